import { assert, unreachable } from '../errors.js'
import { BATCH_ROWS_MAX } from '../limits.js'
import { BatchDecoder } from './batch-decoder.js'
import {
  aligned, ANY, BARRIER, BATCH, BATCH_HEAD_BYTES, BIG, BOOL, END_TAG, F64, HAS_NULLS, HEAD_BYTES, I32, LONG, NARROW, SPAN, TEXT, WATERMARK,
} from './batch-layout.js'
import type { Batch, DictVector, ExactVector, F64Vector, TextVector, Utf8Vector, Vector } from './batch.js'
import type { Schema, Value } from './data-type.js'
import { END } from './element.js'
import type { Element } from './element.js'
import { type NumberSpans, putNumberSpan, spanBytes } from './number-span.js'
import { putSpan, putText } from './put-bytes.js'
import { encodedValueSize, encodeValue, isLong } from './value-codec.js'

/** Exactly the bytes that {@link encodeBatch} writes; a multiple of 8. */
export function encodedSize(batch: Batch, spans: NumberSpans | null = null): number {
  let size = BATCH_HEAD_BYTES + (batch.rowKinds === null ? 0 : aligned(batch.length))
  for (let c = 0; c < batch.columns.length; c++) {
    const column = batch.columns[c]!
    const span = spans?.[c] ?? null
    const data = span === null ? dataSize(column, batch.length) : spanBytes(span, batch.length)
    size += HEAD_BYTES + (column.nulls === null ? 0 : aligned(batch.length)) + aligned(data)
  }
  return size
}

/**
 * Writes a batch at `offset`.
 *
 * @param into a region with room for {@link encodedSize} bytes; `byteOffset + offset` must be a multiple of 8
 * @param spans its `spansOf`, where it is to take fewer bytes and may take more time; without them numbers can be read in place
 * @returns where it ends
 */
export function encodeBatch(batch: Batch, into: Uint8Array, offset: number, spans: NumberSpans | null = null): number {
  assert((into.byteOffset + offset) % 8 === 0, 'a batch is encoded at a multiple of 8')
  assert(batch.length > 0 && batch.length <= BATCH_ROWS_MAX, 'a batch has 1 … BATCH_ROWS_MAX rows')
  const rows = batch.length
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  view.setUint32(offset, BATCH, true)
  view.setUint32(offset + 8, rows, true)
  view.setUint16(offset + 12, batch.columns.length, true)
  view.setUint16(offset + 14, batch.rowKinds === null ? 0 : 1, true)
  let at = offset + BATCH_HEAD_BYTES
  if (batch.rowKinds !== null) at = putBytes(batch.rowKinds, rows, into, at)
  for (let c = 0; c < batch.columns.length; c++) {
    const column = batch.columns[c]!
    const span = spans?.[c] ?? null
    const head = at
    at += HEAD_BYTES
    if (column.nulls !== null) at = putBytes(column.nulls, rows, into, at)
    const form = span === null ? formOf(column, rows) : SPAN + span.width
    const end = span === null ? putData(column, form, rows, into, view, at) : putNumberSpan(column as F64Vector | ExactVector, span, rows, into, at)
    view.setUint32(head, column.nulls === null ? form : form | HAS_NULLS, true)
    view.setUint32(head + 4, end - at, true)
    at = aligned(end - offset) + offset
  }
  view.setUint32(offset + 4, at - offset, true)
  return at
}

/**
 * Reads a batch at `offset`, as views where the place is aligned and as copies where not.
 *
 * @throws MillraceError INTERNAL where the bytes are no batch of this schema
 */
export function decodeBatch(bytes: Uint8Array, offset: number, schema: Schema): Batch {
  const element = decodeElement(bytes, offset, schema)
  assert(element.kind === 'batch', 'the encoded element is a batch')
  return element
}

/** The bytes that an encoded element at `offset` takes, without decoding it. */
export function elementSizeAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, HEAD_BYTES).getUint32(4, true)
}

/** {@link encodedSize} for any element. */
export function encodedElementSize(element: Element): number {
  switch (element.kind) {
    case 'batch': return encodedSize(element)
    case 'watermark': case 'barrier': return HEAD_BYTES + 8
    case 'end': return HEAD_BYTES
    default: return unreachable(element)
  }
}

/** {@link encodeBatch} for any element. */
export function encodeElement(element: Element, into: Uint8Array, offset: number): number {
  switch (element.kind) {
    case 'batch': return encodeBatch(element, into, offset)
    case 'watermark': return putSignal(WATERMARK, element.micros, into, offset)
    case 'barrier': return putSignal(BARRIER, element.epoch, into, offset)
    case 'end': return putSignal(END_TAG, null, into, offset)
    default: return unreachable(element)
  }
}

/** {@link decodeBatch} for any element. */
export function decodeElement(bytes: Uint8Array, offset: number, schema: Schema): Element {
  assert(offset >= 0 && offset + HEAD_BYTES <= bytes.length, 'an encoded element lies within its bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tag = view.getUint32(offset, true)
  const size = view.getUint32(offset + 4, true)
  assert(size >= HEAD_BYTES && offset + size <= bytes.length, 'an encoded element lies within its bytes')
  if (tag === BATCH) return new BatchDecoder(bytes, view, offset, offset + size).batch(schema)
  if (tag === END_TAG) return END
  assert(tag === WATERMARK || tag === BARRIER, 'an encoded element has a known tag')
  assert(size === HEAD_BYTES + 8, 'an encoded signal has one word')
  const word = view.getFloat64(offset + HEAD_BYTES, true)
  return tag === WATERMARK ? { kind: 'watermark', micros: word } : { kind: 'barrier', epoch: word }
}

// ---------------------------------------------------------------------------------------------------------- encoding

function putSignal(tag: number, word: number | null, into: Uint8Array, offset: number): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  const size = word === null ? HEAD_BYTES : HEAD_BYTES + 8
  view.setUint32(offset, tag, true)
  view.setUint32(offset + 4, size, true)
  if (word !== null) view.setFloat64(offset + HEAD_BYTES, word, true)
  return offset + size
}

function formOf(column: Vector, rows: number): number {
  switch (column.kind) {
    case 'bool': return BOOL
    case 'i32': return I32
    case 'f64': return F64
    case 'exact': return column.wide === null ? NARROW : isAllLong(column, rows) ? LONG : BIG
    case 'utf8': case 'dict': case 'text': return TEXT
    case 'any': return ANY
    default: return unreachable(column)
  }
}

function isAllLong(column: ExactVector, rows: number): boolean {
  const wide = column.wide!
  if (wide instanceof BigInt64Array) return true
  for (let i = 0; i < rows; i++) if (!isNull(column, i) && !isLong(wide[i]!)) return false
  return true
}

function dataSize(column: Vector, rows: number): number {
  switch (column.kind) {
    case 'bool': return rows
    case 'i32': return rows * 4
    case 'f64': return rows * 8
    case 'exact': return column.wide === null || isAllLong(column, rows) ? rows * 8 : taggedSize(column.wide, column.nulls, rows)
    case 'utf8': return (rows + 1) * 4 + utf8Size(column, rows)
    case 'dict': return (rows + 1) * 4 + dictSize(column, rows)
    case 'text': return (rows + 1) * 4 + textSize(column, rows)
    case 'any': return taggedSize(column.values as Value[], column.nulls, rows)
    default: return unreachable(column)
  }
}

function utf8Size({ starts, ends, nulls }: Utf8Vector, rows: number): number {
  let size = 0
  for (let i = 0; i < rows; i++) if (nulls === null || nulls[i] === 0) size += ends[i]! - starts[i]!
  return size
}

function dictSize({ codes, dictionary: { starts }, nulls }: DictVector, rows: number): number {
  let size = 0
  for (let i = 0; i < rows; i++) if (nulls === null || nulls[i] === 0) size += starts[codes[i]! + 1]! - starts[codes[i]!]!
  return size
}

function textSize({ values, nulls }: TextVector, rows: number): number {
  let size = 0
  for (let i = 0; i < rows; i++) if (nulls === null || nulls[i] === 0) size += Buffer.byteLength(values[i]!)
  return size
}

function taggedSize(values: ArrayLike<Value>, nulls: Uint8Array | null, rows: number): number {
  let size = 0
  for (let i = 0; i < rows; i++) size += nulls !== null && nulls[i] !== 0 ? 1 : encodedValueSize(values[i]!)
  return size
}

/** Writes a column's data at `at`, a multiple of 8, and returns where it ends. */
function putData(column: Vector, form: number, rows: number, into: Uint8Array, view: DataView, at: number): number {
  const place = into.byteOffset + at
  switch (column.kind) {
    case 'bool':
      into.set(column.values.subarray(0, rows), at)
      return at + rows
    case 'i32':
      new Int32Array(into.buffer, place, rows).set(column.values.subarray(0, rows))
      return at + rows * 4
    case 'f64':
      new Float64Array(into.buffer, place, rows).set(column.values.subarray(0, rows))
      return at + rows * 8
    case 'exact':
      if (form === NARROW) new Float64Array(into.buffer, place, rows).set(column.values.subarray(0, rows))
      else if (form === LONG) putLongs(column, new BigInt64Array(into.buffer, place, rows))
      else return putTagged(column.wide!, column.nulls, rows, into, view, at)
      return at + rows * 8
    case 'utf8': return putUtf8(column, new Int32Array(into.buffer, place, rows + 1), into, at + (rows + 1) * 4)
    case 'dict': return putDict(column, new Int32Array(into.buffer, place, rows + 1), into, at + (rows + 1) * 4)
    case 'text': return putTexts(column, new Int32Array(into.buffer, place, rows + 1), into, at + (rows + 1) * 4)
    case 'any': return putTagged(column.values as Value[], column.nulls, rows, into, view, at)
    default: return unreachable(column)
  }
}

function putBytes(values: Uint8Array, rows: number, into: Uint8Array, at: number): number {
  into.set(values.subarray(0, rows), at)
  return at + aligned(rows)
}

function putLongs(column: ExactVector, into: BigInt64Array): void {
  const wide = column.wide!
  if (wide instanceof BigInt64Array) into.set(wide.subarray(0, into.length))
  else for (let i = 0; i < into.length; i++) into[i] = isNull(column, i) ? 0n : wide[i]!
}

function putTagged(values: ArrayLike<Value>, nulls: Uint8Array | null, rows: number, into: Uint8Array, view: DataView, at: number): number {
  for (let i = 0; i < rows; i++) at = encodeValue(nulls !== null && nulls[i] !== 0 ? null : values[i]!, into, view, at)
  return at
}

function putUtf8(column: Utf8Vector, offsets: Int32Array, into: Uint8Array, base: number): number {
  const { bytes, starts, ends, nulls } = column
  if (isOneSpan(column, offsets.length - 1)) {
    const start = starts[0]!
    for (let i = 1; i < offsets.length; i++) offsets[i] = ends[i - 1]! - start
    offsets[0] = 0
    const end = ends[offsets.length - 2]!
    into.set(bytes.subarray(start, end), base)
    return base + end - start
  }
  let at = base
  for (let i = 0; i < offsets.length - 1; i++) {
    offsets[i] = at - base
    if (nulls === null || nulls[i] === 0) at = putSpan(bytes, starts[i]!, ends[i]!, into, at)
  }
  offsets[offsets.length - 1] = at - base
  return at
}

/** Whether the rows lie one directly behind the other, as those do that were gathered: they are copied at one go. NULLs must be empty. */
function isOneSpan({ starts, ends, nulls }: Utf8Vector, rows: number): boolean {
  if (rows === 0 || ends[0]! < starts[0]!) return false
  for (let i = 1; i < rows; i++) if (starts[i] !== ends[i - 1] || ends[i]! < starts[i]!) return false
  if (nulls !== null) for (let i = 0; i < rows; i++) if (nulls[i] !== 0 && starts[i] !== ends[i]) return false
  return true
}

function putDict({ codes, dictionary: { arena, starts }, nulls }: DictVector, offsets: Int32Array, into: Uint8Array, base: number): number {
  let at = base
  for (let i = 0; i < offsets.length - 1; i++) {
    offsets[i] = at - base
    const code = codes[i]!
    if (nulls === null || nulls[i] === 0) at = putSpan(arena, starts[code]!, starts[code + 1]!, into, at)
  }
  offsets[offsets.length - 1] = at - base
  return at
}

function putTexts({ values, nulls }: TextVector, offsets: Int32Array, into: Uint8Array, base: number): number {
  let at = base
  for (let i = 0; i < offsets.length - 1; i++) {
    offsets[i] = at - base
    if (nulls === null || nulls[i] === 0) at = putText(values[i]!, into, at)
  }
  offsets[offsets.length - 1] = at - base
  return at
}

function isNull(column: Vector, row: number): boolean {
  return column.nulls !== null && column.nulls[row] !== 0
}
