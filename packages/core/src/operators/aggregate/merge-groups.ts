import { copyValue } from '../../types/copy-batch.js'
import type { DataType } from '../../types/data-type.js'
import { readValue } from '../../types/vector-access.js'
import { NARROW_MAX } from '../../limits.js'
import type { Accumulator } from './accumulator.js'
import { CountAccumulator } from './columnar/count.js'
import { ExtremeAccumulator } from './columnar/extreme.js'
import { ExactSumAccumulator } from './columnar/exact-sum.js'

/**
 * Merges states of groups into those of others: `from.groups[i]` into `into[i]`, one after the other. Either may be the same
 * accumulator. Any function can do it by its partial state; counts, exact sums and extremes, which are most of what is asked for, work on arrays.
 *
 * @param types of the columns of the state
 */
export function mergeGroups(
  target: Accumulator, into: Int32Array, source: Accumulator, groups: Int32Array, count: number, types: readonly DataType[],
): void {
  if (target instanceof CountAccumulator && source instanceof CountAccumulator) {
    const { counts } = target
    const added = source.counts
    for (let i = 0; i < count; i++) counts[into[i]!]! += added[groups[i]!]!
    return
  }
  if (target instanceof ExactSumAccumulator && source instanceof ExactSumAccumulator && !source.carries && !target.carries) {
    if (mergeSums(target, into, source, groups, count)) return
  }
  if (target instanceof ExtremeAccumulator && source instanceof ExtremeAccumulator && !source.wide && !target.wide) {
    for (let i = 0; i < count; i++) target.mergeNarrow(into[i]!, source, groups[i]!)
    return
  }
  mergeStates(target, into, source, groups, count, types)
}

/** False, with nothing done, where a sum would leave the safe integers. */
function mergeSums(target: ExactSumAccumulator, into: Int32Array, source: ExactSumAccumulator, groups: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) {
    // Several may go into one: by their number no sum on the way can be larger than this.
    const most = (Math.abs(target.sums[into[i]!]!) + Math.abs(source.sums[groups[i]!]!)) * (count + 1)
    if (most > NARROW_MAX) return false
  }
  for (let i = 0; i < count; i++) {
    target.sums[into[i]!]! += source.sums[groups[i]!]!
    target.counts[into[i]!]! += source.counts[groups[i]!]!
  }
  return true
}

function mergeStates(
  target: Accumulator, into: Int32Array, source: Accumulator, groups: Int32Array, count: number, types: readonly DataType[],
): void {
  if (target !== source) {
    const states = source.states(groups.subarray(0, count), count)
    for (let i = 0; i < count; i++) target.merge(into[i]!, states.map((state, s) => copyValue(readValue(state, types[s]!, i))))
    return
  }
  const one = new Int32Array(1)
  for (let i = 0; i < count; i++) {
    one[0] = groups[i]!
    const states = source.states(one, 1)
    target.merge(into[i]!, states.map((state, s) => copyValue(readValue(state, types[s]!, 0))))
  }
}
