import { type DataType, unreachable, type Vector, vectorKindOf } from '@millrace/core'

/**
 * Rows of a column by number, in whatever order and any number of times; −1 stands for NULL.
 * @param rows of which the first `count` are looked at
 */
export function gatherVector(vector: Vector, rows: Int32Array, count: number): Vector {
  const nulls = gatheredNulls(vector.nulls, rows, count)
  switch (vector.kind) {
    case 'bool': return { kind: 'bool', values: gathered(vector.values, new Uint8Array(count), rows), nulls }
    case 'i32': return { kind: 'i32', values: gathered(vector.values, new Int32Array(count), rows), nulls }
    case 'f64': return { kind: 'f64', values: gathered(vector.values, new Float64Array(count), rows), nulls }
    case 'exact': {
      const { wide } = vector
      const values = wide === null ? gathered(vector.values, new Float64Array(count), rows) : new Float64Array(count)
      return { kind: 'exact', values, wide: wide === null ? null : Array.from({ length: count }, (_, i) => wide[Math.max(0, rows[i]!)]!), nulls }
    }
    case 'utf8': {
      const starts = gathered(vector.starts, new Int32Array(count), rows)
      return { kind: 'utf8', bytes: vector.bytes, starts, ends: gathered(vector.ends, new Int32Array(count), rows), nulls }
    }
    case 'dict': return { kind: 'dict', codes: gathered(vector.codes, new Int32Array(count), rows), dictionary: vector.dictionary, nulls }
    case 'text': return { kind: 'text', values: Array.from({ length: count }, (_, i) => vector.values[Math.max(0, rows[i]!)]!), nulls }
    case 'any': return { kind: 'any', values: Array.from({ length: count }, (_, i) => vector.values[Math.max(0, rows[i]!)]), nulls }
    default: return unreachable(vector)
  }
}

function gathered<A extends Uint8Array | Int32Array | Float64Array>(values: A, into: A, rows: Int32Array): A {
  for (let i = 0; i < into.length; i++) into[i] = values[Math.max(0, rows[i]!)]!
  return into
}

function gatheredNulls(nulls: Uint8Array | null, rows: Int32Array, count: number): Uint8Array | null {
  let result: Uint8Array | null = null
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    if (row !== -1 && (nulls === null || nulls[row] === 0)) continue
    result ??= new Uint8Array(count)
    result[i] = 1
  }
  return result
}

/** A column without rows. */
export function emptyVector(type: DataType): Vector {
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return { kind, values: new Uint8Array(0), nulls: null }
    case 'i32': return { kind, values: new Int32Array(0), nulls: null }
    case 'f64': return { kind, values: new Float64Array(0), nulls: null }
    case 'exact': return { kind, values: new Float64Array(0), wide: null, nulls: null }
    case 'text': return { kind, values: [], nulls: null }
    default: return { kind: 'any', values: [], nulls: null }
  }
}
