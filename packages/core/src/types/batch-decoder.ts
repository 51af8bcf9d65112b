import { assert } from '../errors.js'
import { BATCH_ROWS_MAX } from '../limits.js'
import { aligned, ANY, BIG, BOOL, F64, HAS_NULLS, HEAD_BYTES, I32, LONG, NARROW, SPAN, TEXT } from './batch-layout.js'
import { batchOf, vectorKindOf } from './batch.js'
import type { Batch, Utf8Vector, Vector, VectorKind } from './batch.js'
import type { DataType, Schema, Value } from './data-type.js'
import { type NumberSpan, readNumberSpan, SPAN_HEAD_BYTES } from './number-span.js'
import { ValueReader } from './value-codec.js'

const CONTENT_RULE = 'an encoded column holds what its type says'
const NO_VALUES = new Float64Array(0)

/** Reads one encoded batch, head by head; every step is held to the end that its head declares. */
export class BatchDecoder {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #offset: number
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, view: DataView, offset: number, end: number) {
    this.#bytes = bytes
    this.#view = view
    this.#offset = offset
    this.#end = end
    this.#at = offset + HEAD_BYTES
  }

  batch(schema: Schema): Batch {
    const head = this.#take(8)
    const rows = this.#view.getUint32(head, true)
    assert(rows > 0 && rows <= BATCH_ROWS_MAX, 'an encoded batch has 1 … BATCH_ROWS_MAX rows')
    assert(this.#view.getUint16(head + 4, true) === schema.length, 'an encoded batch has the columns of its schema')
    const rowKinds = this.#view.getUint16(head + 6, true) === 0 ? null : this.#take8(rows)
    if (rowKinds !== null) for (let i = 0; i < rows; i++) assert(rowKinds[i]! <= 3, 'an encoded row has a known kind')
    const columns = new Array<Vector>(schema.length)
    for (let c = 0; c < schema.length; c++) columns[c] = this.#column(schema[c]!.type, rows)
    return batchOf(columns, rows, rowKinds)
  }

  #column(type: DataType, rows: number): Vector {
    const head = this.#take(HEAD_BYTES)
    const form = this.#view.getUint32(head, true)
    const size = this.#view.getUint32(head + 4, true)
    const nulls = (form & HAS_NULLS) === 0 ? null : this.#take8(rows)
    const at = this.#take(size)
    const end = at + size
    this.#at = Math.min(aligned(end - this.#offset) + this.#offset, this.#end)
    const kind = vectorKindOf(type)
    switch (form & ~HAS_NULLS) {
      case BOOL:
        assert(kind === 'bool' && size === rows, CONTENT_RULE)
        return { kind, values: this.#bytes.subarray(at, end), nulls }
      case I32:
        assert(kind === 'i32' && size === rows * 4, CONTENT_RULE)
        return { kind, values: this.#i32(at, rows), nulls }
      case F64:
        assert(kind === 'f64' && size === rows * 8, CONTENT_RULE)
        return { kind, values: this.#f64(at, rows), nulls }
      case NARROW:
        assert(kind === 'exact' && size === rows * 8, CONTENT_RULE)
        return { kind, values: safeIntegers(this.#f64(at, rows), rows, nulls), wide: null, nulls }
      case SPAN + 1: return this.#span(kind, at, size, 1, rows, nulls)
      case SPAN + 2: return this.#span(kind, at, size, 2, rows, nulls)
      case SPAN + 4: return this.#span(kind, at, size, 4, rows, nulls)
      case LONG:
        assert(kind === 'exact' && size === rows * 8, CONTENT_RULE)
        return { kind, values: NO_VALUES, wide: this.#i64(at, rows), nulls }
      case BIG:
        assert(kind === 'exact', CONTENT_RULE)
        return { kind, values: NO_VALUES, wide: this.#bigs(at, end, rows), nulls }
      case TEXT:
        assert(kind === 'text' && size >= (rows + 1) * 4, CONTENT_RULE)
        return this.#utf8(at, end, rows, nulls)
      case ANY:
        assert(kind === 'any', CONTENT_RULE)
        return { kind, values: this.#tagged(at, end, rows), nulls }
    }
    assert(false, CONTENT_RULE)
  }

  #span(kind: VectorKind, at: number, size: number, width: NumberSpan['width'], rows: number, nulls: Uint8Array | null): Vector {
    assert((kind === 'f64' || kind === 'exact') && size === SPAN_HEAD_BYTES + rows * width, CONTENT_RULE)
    const values = readNumberSpan(this.#bytes, at, width, rows)
    return kind === 'f64' ? { kind, values, nulls } : { kind, values: safeIntegers(values, rows, nulls), wide: null, nulls }
  }

  #utf8(at: number, end: number, rows: number, nulls: Uint8Array | null): Utf8Vector {
    const offsets = this.#i32(at, rows + 1)
    const bytes = this.#bytes.subarray(at + (rows + 1) * 4, end)
    let last = 0
    for (let i = 0; i <= rows; i++) {
      const offset = offsets[i]!
      assert(offset >= last, CONTENT_RULE)
      last = offset
    }
    assert(last === bytes.length, CONTENT_RULE)
    return { kind: 'utf8', bytes, starts: offsets.subarray(0, rows), ends: offsets.subarray(1), nulls }
  }

  #tagged(at: number, end: number, rows: number): Value[] {
    const reader = new ValueReader(this.#bytes, at, end)
    const values = new Array<Value>(rows)
    for (let i = 0; i < rows; i++) values[i] = reader.next()
    assert(reader.at === end, CONTENT_RULE)
    return values
  }

  #bigs(at: number, end: number, rows: number): bigint[] {
    const values = this.#tagged(at, end, rows)
    for (let i = 0; i < rows; i++) {
      if (values[i] === null) values[i] = 0n
      else assert(typeof values[i] === 'bigint', CONTENT_RULE)
    }
    return values as bigint[]
  }

  #i32(at: number, count: number): Int32Array {
    const place = this.#bytes.byteOffset + at
    return place % 4 === 0 ? new Int32Array(this.#bytes.buffer, place, count) : new Int32Array(this.#copy(at, count * 4))
  }

  #f64(at: number, count: number): Float64Array {
    const place = this.#bytes.byteOffset + at
    return place % 8 === 0 ? new Float64Array(this.#bytes.buffer, place, count) : new Float64Array(this.#copy(at, count * 8))
  }

  #i64(at: number, count: number): BigInt64Array {
    const place = this.#bytes.byteOffset + at
    return place % 8 === 0 ? new BigInt64Array(this.#bytes.buffer, place, count) : new BigInt64Array(this.#copy(at, count * 8))
  }

  #copy(at: number, size: number): ArrayBuffer {
    return new Uint8Array(this.#bytes.subarray(at, at + size)).buffer
  }

  /** A byte a row, padded. */
  #take8(rows: number): Uint8Array {
    const at = this.#take(aligned(rows))
    return this.#bytes.subarray(at, at + rows)
  }

  #take(size: number): number {
    const at = this.#at
    assert(size <= this.#end - at, 'an encoded batch does not exceed its size')
    this.#at = at + size
    return at
  }
}

/** What stands beside a NULL may be anything. */
function safeIntegers(values: Float64Array, rows: number, nulls: Uint8Array | null): Float64Array {
  for (let i = 0; i < rows; i++) assert(Number.isSafeInteger(values[i]) || (nulls !== null && nulls[i] !== 0), CONTENT_RULE)
  return values
}
