import { assert, unreachable } from '../errors.js'
import type { Vector, VectorKind } from '../types/batch.js'
import { vectorKindOf } from '../types/batch.js'
import type { Schema, Value } from '../types/data-type.js'
import { ValueReader } from '../types/value-codec.js'
import { utf8Text } from '../types/vector-access.js'
import type { ByteSink } from './byte-sink.js'

/**
 * Single rows of a schema as bytes: which columns are NULL, a bit each, then the others one after the other, without padding. Batches have
 * a codec of their own, that is made for many rows at once.
 */
export class RowCodec {
  readonly #kinds: readonly VectorKind[]
  readonly #nullBytes: number

  constructor(schema: Schema) {
    this.#kinds = schema.map(({ type }) => vectorKindOf(type))
    this.#nullBytes = (schema.length + 7) >> 3
  }

  /** Puts row `row` of some columns. */
  encode(columns: readonly Vector[], row: number, into: ByteSink): void {
    const nulls = into.reserve(this.#nullBytes)
    into.bytes.fill(0, nulls, nulls + this.#nullBytes)
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!
      if (column.nulls !== null && column.nulls[row] !== 0) into.bytes[nulls + (c >> 3)]! |= 1 << (c & 7)
      else putValueOf(column, row, into)
    }
  }

  /** Values that share no memory with the bytes. */
  decode(bytes: Uint8Array): Value[] {
    const reader = new RowReader(bytes, this.#nullBytes)
    const row = this.#kinds.map((kind, c) => ((bytes[c >> 3]! >>> (c & 7) & 1) !== 0 ? null : reader.next(kind)))
    assert(reader.at === bytes.length, 'an encoded row has the columns of its schema')
    return row
  }
}

function putValueOf(column: Vector, row: number, into: ByteSink): void {
  switch (column.kind) {
    case 'bool': return into.putByte(column.values[row]!)
    case 'i32': return into.putInt32(column.values[row]!)
    case 'f64': return into.putDouble(column.values[row]!)
    case 'exact':
      if (column.wide === null) {
        into.putByte(NARROW)
        return into.putDouble(column.values[row]!)
      }
      into.putByte(WIDE)
      return into.putValue(column.wide[row]!)
    case 'utf8': return into.putSpan(column.bytes, column.starts[row]!, column.ends[row]!)
    case 'dict': {
      const { arena, starts } = column.dictionary
      const code = column.codes[row]!
      return into.putSpan(arena, starts[code]!, starts[code + 1]!)
    }
    case 'text': return into.putText(column.values[row]!)
    case 'any': return into.putValue(column.values[row] as Value)
    default: return unreachable(column)
  }
}

const NARROW = 0
const WIDE = 1

class RowReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  next(kind: VectorKind): Value {
    switch (kind) {
      case 'bool': return this.#bytes[this.#take(1)] !== 0
      case 'i32': return this.#view.getInt32(this.#take(4), true)
      case 'f64': return this.#view.getFloat64(this.#take(8), true)
      case 'exact': return this.#bytes[this.#take(1)] === NARROW ? BigInt(this.#view.getFloat64(this.#take(8), true)) : this.#value()
      case 'text': case 'utf8': case 'dict': {
        const length = this.#view.getInt32(this.#take(4), true)
        const start = this.#take(length)
        return utf8Text(this.#bytes, start, start + length)
      }
      case 'any': return this.#value()
      default: return unreachable(kind)
    }
  }

  #value(): Value {
    const reader = new ValueReader(this.#bytes, this.at, this.#bytes.length)
    const value = reader.next()
    this.at = reader.at
    return value
  }

  #take(count: number): number {
    const at = this.at
    this.at += count
    return at
  }
}
