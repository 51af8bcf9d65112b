import type { Batch, Vector } from './batch.js'

/** Whole numbers close to one another: how much each is more than the least takes fewer bytes than the number itself. */
export interface NumberSpan {
  readonly least: number
  /** Bytes that such a difference takes. */
  readonly width: 1 | 2 | 4
}

/** Of each column of a batch what {@link spanOf} says. */
export type NumberSpans = readonly (NumberSpan | null)[]

/** Bytes in front of the differences: the least. */
export const SPAN_HEAD_BYTES = 8

export function spansOf(batch: Batch): NumberSpans {
  return batch.columns.map((column) => spanOf(column, batch.length))
}

/** Null where a column has no numbers, or not only whole ones within 2³² of one another; what stands beside a NULL may be anything. */
export function spanOf(column: Vector, rows: number): NumberSpan | null {
  if (column.kind !== 'f64' && (column.kind !== 'exact' || column.wide !== null)) return null
  const { values, nulls } = column
  let least = Infinity
  let most = -Infinity
  for (let i = 0; i < rows; i++) {
    if (nulls !== null && nulls[i] !== 0) continue
    const value = values[i]!
    if (value < least) least = value
    if (value > most) most = value
  }
  // No number at all, or only NaN.
  if (!(most - least <= 0xffff_ffff)) return null
  // A zero of a DOUBLE may have a sign.
  if (column.kind === 'f64' && least <= 0 && most >= 0) return null
  for (let i = 0; i < rows; i++) {
    if (nulls !== null && nulls[i] !== 0) continue
    // Fractions and NaN do not come back.
    if (least + ((values[i]! - least) >>> 0) !== values[i]) return null
  }
  const range = most - least
  return { least, width: range <= 0xff ? 1 : range <= 0xffff ? 2 : 4 }
}

export function spanBytes({ width }: NumberSpan, rows: number): number {
  return SPAN_HEAD_BYTES + rows * width
}

/** Writes a column at a multiple of 8 of the buffer; returns where it ends. */
export function putNumberSpan({ values, nulls }: { readonly values: Float64Array; readonly nulls: Uint8Array | null }, span: NumberSpan, rows: number, into: Uint8Array, at: number): number {
  const place = into.byteOffset + at
  const { least, width } = span
  new Float64Array(into.buffer, place, 1)[0] = least
  const offsets = offsetsAt(into.buffer, place + SPAN_HEAD_BYTES, width, rows)
  if (nulls === null) for (let i = 0; i < rows; i++) offsets[i] = values[i]! - least
  else for (let i = 0; i < rows; i++) offsets[i] = nulls[i] === 0 ? values[i]! - least : 0
  return at + spanBytes(span, rows)
}

/** The numbers of a column that was written so, wherever its bytes lie. */
export function readNumberSpan(bytes: Uint8Array, at: number, width: NumberSpan['width'], rows: number): Float64Array {
  const copy = new Uint8Array(bytes.subarray(at, at + SPAN_HEAD_BYTES + rows * width)).buffer
  const least = new Float64Array(copy, 0, 1)[0]!
  return Float64Array.from(offsetsAt(copy, SPAN_HEAD_BYTES, width, rows), (offset) => least + offset)
}

function offsetsAt(buffer: ArrayBufferLike, place: number, width: NumberSpan['width'], rows: number): Uint8Array | Uint16Array | Uint32Array {
  switch (width) {
    case 1: return new Uint8Array(buffer, place, rows)
    case 2: return new Uint16Array(buffer, place, rows)
    case 4: return new Uint32Array(buffer, place, rows)
  }
}
