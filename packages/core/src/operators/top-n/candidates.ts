import type { SortKey } from '../../plan/physical.js'
import type { Batch } from '../../types/batch.js'

/**
 * The rows `from … to − 1` of a batch that may be among the first of their groups: all but those whose first key is beyond
 * the bound of a full group. Rows that cannot be judged so (NULL, NaN, wide numbers, text) are candidates.
 *
 * ```js
 * if (!(key[i] > bounds[groups[i]])) into[count++] = i
 * ```
 *
 * @returns how many there are
 */
export function candidates(
  batch: Batch, key: SortKey | undefined, groups: Int32Array, bounds: Float64Array, from: number, to: number, into: Int32Array,
): number {
  const vector = key === undefined ? undefined : batch.columns[key.column]!
  if (vector === undefined || vector.nulls !== null) return all(from, to, into)
  switch (vector.kind) {
    case 'i32': return withinIntegers(vector.values, key!.descending ? -1 : 1, groups, bounds, from, to, into)
    case 'f64': return withinDoubles(vector.values, key!.descending ? -1 : 1, groups, bounds, from, to, into)
    case 'exact':
      if (vector.wide !== null) return all(from, to, into)
      return withinDoubles(vector.values, key!.descending ? -1 : 1, groups, bounds, from, to, into)
    default: return all(from, to, into)
  }
}

function all(from: number, to: number, into: Int32Array): number {
  for (let i = from; i < to; i++) into[i - from] = i
  return to - from
}

function withinDoubles(
  values: Float64Array, sign: number, groups: Int32Array, bounds: Float64Array, from: number, to: number, into: Int32Array,
): number {
  let count = 0
  for (let i = from; i < to; i++) if (!(values[i]! * sign > bounds[groups[i]!]!)) into[count++] = i
  return count
}

function withinIntegers(
  values: Int32Array, sign: number, groups: Int32Array, bounds: Float64Array, from: number, to: number, into: Int32Array,
): number {
  let count = 0
  for (let i = from; i < to; i++) if (!(values[i]! * sign > bounds[groups[i]!]!)) into[count++] = i
  return count
}
