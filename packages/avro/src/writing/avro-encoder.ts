import type { Batch, ByteBuffer, RecordEncoder, Schema } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import type { AvroType } from '../schema/avro-type.js'
import { cellWriterOf, type FieldWriter, fieldWritersOf, type WriteCell } from './value-writer.js'

/** Rows as records of a schema, one behind the other with nothing between. */
export class AvroEncoder implements RecordEncoder {
  readonly separatorBytes = 0
  readonly #fields: readonly FieldWriter<WriteCell>[]

  /** @throws MillraceError SQL_UNSUPPORTED where the columns do not fit the schema */
  constructor(columns: Schema, type: AvroType) {
    this.#fields = writersOf(columns, type)
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    for (let row = from; row < to; row++) {
      for (const { at, write, fallback } of this.#fields) {
        if (at === -1) into.copy(fallback, 0, fallback.length)
        else write!(batch.columns[at]!, row, into)
      }
    }
  }
}

function writersOf(columns: Schema, type: AvroType): readonly FieldWriter<WriteCell>[] {
  const writerOf = (field: AvroType, at: number): WriteCell => cellWriterOf(field, columns[at]!.name, columns[at]!.type)
  if (type.kind === 'record') return fieldWritersOf(type, null, columns, writerOf)
  // A key of a single value.
  if (columns.length === 1) return [{ at: 0, write: writerOf(type, 0), fallback: new Uint8Array(0) }]
  throw new MillraceError('SQL_UNSUPPORTED', 'the schema is no record, so it holds one column and no more')
}
