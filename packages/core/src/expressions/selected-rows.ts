import { unreachable } from '../errors.js'
import type { Batch, BatchOrigin, Vector } from '../types/batch.js'

/** In place of a row: none, which gives NULL. */
export const NO_ROW = -1

/**
 * Copies chosen rows of a column in its own representation (views stay views, codes stay codes) into arrays that are
 * reused: a vector given is valid until the next call.
 */
export class RowGather {
  #bytes: Uint8Array = new Uint8Array(0)
  #ints: Int32Array = new Int32Array(0)
  #moreInts: Int32Array = new Int32Array(0)
  #doubles: Float64Array = new Float64Array(0)
  #items: unknown[] = []
  #nulls: Uint8Array = new Uint8Array(0)
  #present: Int32Array = new Int32Array(0)

  /** Rows `selection[0 … length)` of `vector`. */
  gather(vector: Vector, selection: Int32Array, length: number): Vector {
    const nulls = vector.nulls === null ? null : gatherBytes(vector.nulls, selection, length, (this.#nulls = roomForBytes(this.#nulls, length)))
    return this.#gather(vector, selection, length, nulls)
  }

  /** The same where some rows may be {@link NO_ROW}. The vector has a row at least: any value will do beside a NULL. */
  gatherOrNull(vector: Vector, selection: Int32Array, length: number): Vector {
    const nulls = this.#nulls = roomForBytes(this.#nulls, length)
    const present = this.#present = roomForInts(this.#present, length)
    for (let i = 0; i < length; i++) {
      const row = selection[i]!
      present[i] = row === NO_ROW ? 0 : row
      nulls[i] = row === NO_ROW ? 1 : vector.nulls === null ? 0 : vector.nulls[row]!
    }
    return this.#gather(vector, present, length, nulls)
  }

  #gather(vector: Vector, selection: Int32Array, length: number, nulls: Uint8Array | null): Vector {
    switch (vector.kind) {
      case 'bool': return { kind: 'bool', values: gatherBytes(vector.values, selection, length, (this.#bytes = roomForBytes(this.#bytes, length))), nulls }
      case 'i32': return { kind: 'i32', values: gatherInts(vector.values, selection, length, (this.#ints = roomForInts(this.#ints, length))), nulls }
      case 'f64': return { kind: 'f64', values: gatherDoubles(vector.values, selection, length, (this.#doubles = roomForDoubles(this.#doubles, length))), nulls }
      case 'exact': {
        if (vector.wide !== null) return { kind: 'exact', values: this.#doubles, wide: gatherItems(vector.wide, selection, length, this.#items) as bigint[], nulls }
        return { kind: 'exact', values: gatherDoubles(vector.values, selection, length, (this.#doubles = roomForDoubles(this.#doubles, length))), wide: null, nulls }
      }
      case 'utf8': {
        const starts = gatherInts(vector.starts, selection, length, (this.#ints = roomForInts(this.#ints, length)))
        const ends = gatherInts(vector.ends, selection, length, (this.#moreInts = roomForInts(this.#moreInts, length)))
        return { kind: 'utf8', bytes: vector.bytes, starts, ends, nulls }
      }
      case 'dict': return { kind: 'dict', codes: gatherInts(vector.codes, selection, length, (this.#ints = roomForInts(this.#ints, length))), dictionary: vector.dictionary, nulls }
      case 'text': return { kind: 'text', values: gatherItems(vector.values, selection, length, this.#items) as string[], nulls }
      case 'any': return { kind: 'any', values: gatherItems(vector.values, selection, length, this.#items), nulls }
      default: return unreachable(vector)
    }
  }
}

/** The origin of a batch of chosen rows of another. */
export function selectedOrigin(batch: Batch, selection: Int32Array): BatchOrigin | null {
  const origin = batch.origin
  if (origin === null) return null
  return {
    table: origin.table,
    splitId: origin.splitId,
    recordBytes: (row) => origin.recordBytes(selection[row]!),
    recordPosition: (row) => origin.recordPosition(selection[row]!),
  }
}

function roomForBytes(values: Uint8Array, length: number): Uint8Array {
  return values.length >= length ? values : new Uint8Array(length)
}

function roomForInts(values: Int32Array, length: number): Int32Array {
  return values.length >= length ? values : new Int32Array(length)
}

function roomForDoubles(values: Float64Array, length: number): Float64Array {
  return values.length >= length ? values : new Float64Array(length)
}

// One loop per array type, so that each stays monomorphic.

export function gatherBytes(from: Uint8Array, selection: Int32Array, length: number, into: Uint8Array): Uint8Array {
  for (let i = 0; i < length; i++) into[i] = from[selection[i]!]!
  return into
}

function gatherInts(from: Int32Array, selection: Int32Array, length: number, into: Int32Array): Int32Array {
  for (let i = 0; i < length; i++) into[i] = from[selection[i]!]!
  return into
}

function gatherDoubles(from: Float64Array, selection: Int32Array, length: number, into: Float64Array): Float64Array {
  for (let i = 0; i < length; i++) into[i] = from[selection[i]!]!
  return into
}

function gatherItems(from: ArrayLike<unknown>, selection: Int32Array, length: number, into: unknown[]): unknown[] {
  for (let i = 0; i < length; i++) into[i] = from[selection[i]!]
  return into
}
