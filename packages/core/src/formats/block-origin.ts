import type { BatchOrigin } from '../types/batch.js'
import type { RecordFraming } from './format.js'
import { recordEnd } from './record-framing.js'

/** Rows of a block: where each record begins is noted while decoding, where it ends is looked up when somebody asks. */
export class BlockOrigin implements BatchOrigin {
  constructor(
    readonly table: string,
    readonly splitId: string,
    readonly bytes: Uint8Array,
    readonly limit: number,
    readonly position: number,
    readonly starts: Int32Array,
    readonly framing: RecordFraming,
  ) {}

  recordBytes(row: number): Uint8Array {
    const start = this.starts[row]!
    const next = this.framing.next(this.bytes, start, this.limit)
    return this.bytes.subarray(start, recordEnd(this.bytes, start, next === -1 ? this.limit : next))
  }

  recordPosition(row: number): number {
    return this.position + this.starts[row]!
  }
}
