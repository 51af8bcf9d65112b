import type { Batch, Vector } from '../../types/batch.js'
import { ROW_KIND_TEXT } from '../../types/batch.js'
import type { DataType, Schema, Value } from '../../types/data-type.js'
import type { ByteBuffer } from '../byte-buffer.js'
import type { RecordEncoder } from '../format.js'
import type { Utf8Piece } from '../value-writer.js'
import { isBareType, isSpecial, jsonText, scalarText, storedAt, utf8At } from '../value-writer.js'

/**
 * One object a line, every column in it, NULL as null. Numbers are written in full (BIGINT and DECIMAL beyond what
 * JavaScript's JSON.parse keeps), times as SQL text, TIMESTAMP_LTZ with a `Z`, BYTES in base64, NaN and infinities as
 * strings. A changelog has the kind of the row first, in `op`.
 */
export class JsonEncoder implements RecordEncoder {
  readonly #schema: Schema
  readonly #changelog: boolean
  /** By column: comma, key and colon. */
  readonly #leads: readonly Uint8Array[]
  readonly #ops: readonly Uint8Array[]
  readonly #piece: Utf8Piece = { bytes: new Uint8Array(0), start: 0, end: 0 }

  constructor(schema: Schema, changelog: boolean) {
    this.#schema = schema
    this.#changelog = changelog
    this.#leads = schema.map((field, i) => Buffer.from(`${i === 0 && !changelog ? '' : ','}${JSON.stringify(field.name)}:`))
    this.#ops = ROW_KIND_TEXT.map((text) => Buffer.from(`"op":"${text}"`))
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    for (let row = from; row < to; row++) {
      into.byte(123)
      if (this.#changelog) {
        const op = this.#ops[batch.rowKinds === null ? 0 : batch.rowKinds[row]!]!
        into.copy(op, 0, op.length)
      }
      for (let column = 0; column < this.#schema.length; column++) {
        const lead = this.#leads[column]!
        into.copy(lead, 0, lead.length)
        this.#value(this.#schema[column]!.type, batch.columns[column]!, row, into)
      }
      into.byte(125)
      into.byte(10)
    }
  }

  #value(type: DataType, vector: Vector, row: number, into: ByteBuffer): void {
    if (vector.nulls !== null && vector.nulls[row] === 1) {
      into.ascii('null')
    } else if (type.kind === 'STRING') {
      utf8At(vector, row, this.#piece)
      writeJsonString(this.#piece, into)
    } else if (vector.kind === 'any') {
      into.utf8(jsonText(type, vector.values[row] as Value))
    } else {
      const stored = storedAt(vector, row)
      if (isBareType(type) && !isSpecial(stored)) {
        into.ascii(scalarText(type, stored))
      } else {
        into.byte(34)
        into.ascii(scalarText(type, stored))
        into.byte(34)
      }
    }
  }
}

const SHORT: Readonly<Record<number, string>> = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 34: '\\"', 92: '\\\\' }

function writeJsonString({ bytes, start, end }: Utf8Piece, into: ByteBuffer): void {
  into.reserve(end - start + 2)
  const out = into.bytes
  let to = into.length
  out[to++] = 34
  for (let p = start; p < end; p++) {
    const byte = bytes[p]!
    if (byte < 32 || byte === 34 || byte === 92) {
      // Rare: begin again with room for escapes.
      writeEscaped(bytes, start, end, into)
      return
    }
    out[to++] = byte
  }
  out[to++] = 34
  into.length = to
}

function writeEscaped(bytes: Uint8Array, start: number, end: number, into: ByteBuffer): void {
  into.byte(34)
  let plain = start
  for (let p = start; p < end; p++) {
    const byte = bytes[p]!
    if (byte >= 32 && byte !== 34 && byte !== 92) continue
    into.copy(bytes, plain, p)
    into.ascii(SHORT[byte] ?? `\\u00${byte.toString(16).padStart(2, '0')}`)
    plain = p + 1
  }
  into.copy(bytes, plain, end)
  into.byte(34)
}
