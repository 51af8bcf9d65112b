import { MillraceError } from '../../errors.js'
import type { Batch, Vector } from '../../types/batch.js'
import type { Field } from '../../types/data-type.js'
import type { ByteBuffer } from '../byte-buffer.js'
import type { RecordEncoder } from '../format.js'
import type { Utf8Piece } from '../value-writer.js'
import { storedAt, utf8At } from '../value-writer.js'
import { sizeOfNumber } from './number-size.js'

const NEWLINE = 10

/** The value of one column, and a newline, which messages are sent without. */
export class RawEncoder implements RecordEncoder {
  readonly #field: Field
  readonly #littleEndian: boolean
  /** A value must not have one of its own. */
  readonly #endsAtNewline: boolean
  readonly #piece: Utf8Piece = { bytes: new Uint8Array(0), start: 0, end: 0 }

  constructor(field: Field, littleEndian: boolean, endsAtNewline: boolean) {
    this.#field = field
    this.#littleEndian = littleEndian
    this.#endsAtNewline = endsAtNewline
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  isNull(batch: Batch, row: number): boolean {
    const { nulls } = batch.columns[0]!
    return nulls !== null && nulls[row] === 1
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    const vector = batch.columns[0]!
    for (let row = from; row < to; row++) {
      if (this.isNull(batch, row)) {
        throw new MillraceError('ROW_UNENCODABLE', `column \`${this.#field.name}\` is NULL, for which raw has no bytes; use COALESCE or leave such rows out`)
      }
      const start = into.length
      this.#value(vector, row, into)
      if (this.#endsAtNewline && into.bytes.subarray(start, into.length).includes(NEWLINE)) {
        throw new MillraceError('ROW_UNENCODABLE', `column \`${this.#field.name}\` holds a newline, at which a line of raw ends; write json instead`)
      }
      into.byte(NEWLINE)
    }
  }

  #value(vector: Vector, row: number, into: ByteBuffer): void {
    const { type } = this.#field
    if (type.kind === 'STRING') {
      utf8At(vector, row, this.#piece)
      into.copy(this.#piece.bytes, this.#piece.start, this.#piece.end)
      return
    }
    if (vector.kind === 'any') {
      const bytes = vector.values[row] as Uint8Array
      into.copy(bytes, 0, bytes.length)
      return
    }
    const size = sizeOfNumber(type)
    into.reserve(size)
    const view = new DataView(into.bytes.buffer, into.bytes.byteOffset + into.length, size)
    const value = storedAt(vector, row)
    switch (type.kind) {
      case 'BOOLEAN': case 'TINYINT': view.setInt8(0, Number(value)); break
      case 'SMALLINT': view.setInt16(0, Number(value), this.#littleEndian); break
      case 'INT': view.setInt32(0, Number(value), this.#littleEndian); break
      case 'FLOAT': view.setFloat32(0, Number(value), this.#littleEndian); break
      case 'DOUBLE': view.setFloat64(0, Number(value), this.#littleEndian); break
      default: view.setBigInt64(0, BigInt(value), this.#littleEndian)
    }
    into.length += size
  }
}
