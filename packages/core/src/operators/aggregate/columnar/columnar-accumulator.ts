import type { AggregateCall } from '../../../plan/physical.js'
import type { Accumulating } from '../../../functions/function.js'
import { sameType, type DataType } from '../../../types/data-type.js'
import { vectorKindOf } from '../../../types/batch.js'
import type { Accumulator } from '../accumulator.js'
import { CountAccumulator } from './count.js'
import { DoubleSumAccumulator } from './double-sum.js'
import { ExactSumAccumulator } from './exact-sum.js'
import { ExtremeAccumulator } from './extreme.js'

/**
 * The typed-array form of a call, or null where it has none. Its state columns are those of the function's definition,
 * so that either form can go on with the states of the other.
 */
export function columnarAccumulatorOf(
  call: AggregateCall,
  implementation: Accumulating,
  stateTypes: readonly DataType[],
  retracting = false,
): Accumulator | null {
  const [argType] = call.argTypes
  switch (call.name) {
    case 'count': return new CountAccumulator()
    case 'sum': case 'avg': {
      const state = stateTypes.map(vectorKindOf).join()
      if (state === 'exact,exact') return new ExactSumAccumulator(call.name, call.type, implementation)
      return state === 'f64,f64,exact' ? new DoubleSumAccumulator(call.name, call.type, implementation, retracting) : null
    }
    case 'min': case 'max': {
      const kind = vectorKindOf(argType!)
      const fits = stateTypes.length === 1 && sameType(stateTypes[0]!, call.type) && sameType(argType!, call.type)
      return fits && (kind === 'i32' || kind === 'f64' || kind === 'exact') ? new ExtremeAccumulator(call.name, kind) : null
    }
    default: return null
  }
}
