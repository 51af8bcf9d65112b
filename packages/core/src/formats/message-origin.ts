import type { BatchOrigin } from '../types/batch.js'
import type { Messages } from './messages.js'

/** Rows of messages. */
export class MessageOrigin implements BatchOrigin {
  constructor(
    readonly table: string, readonly splitId: string, readonly messages: Messages,
    /** By row. */
    readonly messageOfRow: Int32Array,
  ) {}

  recordBytes(row: number): Uint8Array {
    const { bytes, starts, ends } = this.messages
    const message = this.messageOfRow[row]!
    return bytes.subarray(starts[message], ends[message])
  }

  recordPosition(row: number): unknown {
    return this.messages.positionOf(this.messageOfRow[row]!)
  }

  recordKey(row: number): Uint8Array | null {
    return this.messages.keyOf?.(this.messageOfRow[row]!) ?? null
  }

  recordHeaders(row: number): ReadonlyMap<string, Uint8Array | null> | null {
    return this.messages.headersOf?.(this.messageOfRow[row]!) ?? null
  }
}
