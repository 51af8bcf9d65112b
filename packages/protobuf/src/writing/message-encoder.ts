import type { Batch, ByteBuffer, RecordEncoder, Schema } from '@millrace/core'
import type { ProtoMessage } from '../schema/proto-message.js'
import { cellOf, checkRequired, fieldWritersOf, type WriteField } from './value-writer.js'

/** Rows as messages, with nothing between. NULL is absent, and so is the default of a field without presence. */
export class MessageEncoder implements RecordEncoder {
  readonly separatorBytes = 0
  readonly #columns: Schema
  readonly #fields: readonly WriteField[]

  /** @throws MillraceError SQL_UNSUPPORTED where the columns do not fit the message */
  constructor(columns: Schema, message: ProtoMessage) {
    this.#columns = columns
    this.#fields = fieldWritersOf(message, columns, null)
    checkRequired(message, columns)
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    for (let row = from; row < to; row++) {
      for (let column = 0; column < this.#fields.length; column++) {
        this.#fields[column]!(cellOf(batch.columns[column]!, this.#columns[column]!.type, row), into)
      }
    }
  }
}
