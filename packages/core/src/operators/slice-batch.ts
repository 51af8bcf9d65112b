import { unreachable } from '../errors.js'
import { batchOf } from '../types/batch.js'
import type { Batch, BatchOrigin, Vector } from '../types/batch.js'

/** Rows `from … to − 1` of a batch, as views of its columns. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  if (from === 0 && to === batch.length) return batch
  const columns = from === 0 ? batch.columns : batch.columns.map((column) => sliceVector(column, from, to))
  return batchOf(columns, to - from, batch.rowKinds?.subarray(from, to) ?? null, sliceOrigin(batch.origin, from))
}

function sliceVector(vector: Vector, from: number, to: number): Vector {
  const nulls = vector.nulls?.subarray(from, to) ?? null
  switch (vector.kind) {
    case 'bool': return { kind: 'bool', values: vector.values.subarray(from, to), nulls }
    case 'i32': return { kind: 'i32', values: vector.values.subarray(from, to), nulls }
    case 'f64': return { kind: 'f64', values: vector.values.subarray(from, to), nulls }
    case 'exact': return { kind: 'exact', values: vector.values.subarray(from, to), wide: vector.wide?.slice(from, to) ?? null, nulls }
    case 'utf8': return { ...vector, starts: vector.starts.subarray(from, to), ends: vector.ends.subarray(from, to), nulls }
    case 'dict': return { kind: 'dict', codes: vector.codes.subarray(from, to), dictionary: vector.dictionary, nulls }
    case 'text': return { kind: 'text', values: vector.values.slice(from, to), nulls }
    case 'any': return { kind: 'any', values: vector.values.slice(from, to), nulls }
    default: return unreachable(vector)
  }
}

function sliceOrigin(origin: BatchOrigin | null, from: number): BatchOrigin | null {
  if (origin === null || from === 0) return origin
  return {
    table: origin.table,
    splitId: origin.splitId,
    recordBytes: (row) => origin.recordBytes(from + row),
    recordPosition: (row) => origin.recordPosition(from + row),
  }
}
