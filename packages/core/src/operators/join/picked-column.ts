import { unreachable } from '../../errors.js'
import { vectorKindOf } from '../../types/batch.js'
import type { Vector } from '../../types/batch.js'
import type { DataType } from '../../types/data-type.js'

/** In place of a row: none, which gives NULL. */
export const NO_ROW = -1

/**
 * Copies chosen rows of a column, some of them perhaps {@link NO_ROW}, into arrays that are reused: a vector given is valid until the
 * next call. Rows keep their representation: views stay views, codes stay codes.
 */
export class PickedColumn {
  #bytes: Uint8Array = new Uint8Array(0)
  #ints: Int32Array = new Int32Array(0)
  #moreInts: Int32Array = new Int32Array(0)
  #doubles: Float64Array = new Float64Array(0)
  #items: unknown[] = []
  #nulls: Uint8Array = new Uint8Array(0)

  /** @param anyMissing whether any of the rows may be {@link NO_ROW} */
  pick(from: Vector, rows: Int32Array, count: number, anyMissing: boolean): Vector {
    const nulls = this.#pickNulls(from.nulls, rows, count, anyMissing)
    switch (from.kind) {
      case 'bool': return { kind: 'bool', values: pickBytes(from.values, rows, count, (this.#bytes = roomBytes(this.#bytes, count))), nulls }
      case 'i32': return { kind: 'i32', values: pickInts(from.values, rows, count, (this.#ints = roomInts(this.#ints, count))), nulls }
      case 'f64': return { kind: 'f64', values: pickDoubles(from.values, rows, count, (this.#doubles = roomDoubles(this.#doubles, count))), nulls }
      case 'exact': {
        if (from.wide !== null) return { kind: 'exact', values: this.#doubles, wide: pickItems(from.wide, rows, count, this.#items, 0n) as bigint[], nulls }
        return { kind: 'exact', values: pickDoubles(from.values, rows, count, (this.#doubles = roomDoubles(this.#doubles, count))), wide: null, nulls }
      }
      case 'utf8': {
        const starts = pickInts(from.starts, rows, count, (this.#ints = roomInts(this.#ints, count)))
        const ends = pickInts(from.ends, rows, count, (this.#moreInts = roomInts(this.#moreInts, count)))
        return { kind: 'utf8', bytes: from.bytes, starts, ends, nulls }
      }
      case 'dict': return { kind: 'dict', codes: pickInts(from.codes, rows, count, (this.#ints = roomInts(this.#ints, count))), dictionary: from.dictionary, nulls }
      case 'text': return { kind: 'text', values: pickItems(from.values, rows, count, this.#items, '') as string[], nulls }
      case 'any': return { kind: 'any', values: pickItems(from.values, rows, count, this.#items, null), nulls }
      default: return unreachable(from)
    }
  }

  #pickNulls(from: Uint8Array | null, rows: Int32Array, count: number, anyMissing: boolean): Uint8Array | null {
    if (from === null && !anyMissing) return null
    const nulls = this.#nulls = roomBytes(this.#nulls, count)
    if (from === null) for (let i = 0; i < count; i++) nulls[i] = rows[i]! < 0 ? 1 : 0
    else for (let i = 0; i < count; i++) nulls[i] = rows[i]! < 0 ? 1 : from[rows[i]!]!
    return nulls
  }
}

/** A column of a type without rows: what {@link NO_ROW} is picked from where there is no other column at hand. */
export function emptyColumn(type: DataType): Vector {
  const kind = vectorKindOf(type)
  const nulls = null
  switch (kind) {
    case 'bool': return { kind, values: new Uint8Array(0), nulls }
    case 'i32': return { kind, values: new Int32Array(0), nulls }
    case 'f64': return { kind, values: new Float64Array(0), nulls }
    case 'exact': return { kind, values: new Float64Array(0), wide: null, nulls }
    case 'any': return { kind, values: [], nulls }
    case 'text': case 'utf8': case 'dict':
      return { kind: 'utf8', bytes: new Uint8Array(0), starts: new Int32Array(0), ends: new Int32Array(0), nulls }
    default: return unreachable(kind)
  }
}

function roomBytes(values: Uint8Array, length: number): Uint8Array {
  return values.length >= length ? values : new Uint8Array(Math.max(length, values.length * 2))
}

function roomInts(values: Int32Array, length: number): Int32Array {
  return values.length >= length ? values : new Int32Array(Math.max(length, values.length * 2))
}

function roomDoubles(values: Float64Array, length: number): Float64Array {
  return values.length >= length ? values : new Float64Array(Math.max(length, values.length * 2))
}

// One loop per array type, so that each stays monomorphic. A row that is none reads index −1 of nothing as 0: its value is beside a NULL.

function pickBytes(from: Uint8Array, rows: Int32Array, count: number, into: Uint8Array): Uint8Array {
  for (let i = 0; i < count; i++) into[i] = rows[i]! < 0 ? 0 : from[rows[i]!]!
  return into
}

function pickInts(from: Int32Array, rows: Int32Array, count: number, into: Int32Array): Int32Array {
  for (let i = 0; i < count; i++) into[i] = rows[i]! < 0 ? 0 : from[rows[i]!]!
  return into
}

function pickDoubles(from: Float64Array, rows: Int32Array, count: number, into: Float64Array): Float64Array {
  for (let i = 0; i < count; i++) into[i] = rows[i]! < 0 ? 0 : from[rows[i]!]!
  return into
}

function pickItems(from: ArrayLike<unknown>, rows: Int32Array, count: number, into: unknown[], nothing: unknown): unknown[] {
  for (let i = 0; i < count; i++) into[i] = rows[i]! < 0 ? nothing : from[rows[i]!]
  return into
}
