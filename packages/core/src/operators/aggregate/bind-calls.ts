import { assert } from '../../errors.js'
import { columnOf } from '../../expressions/expression.js'
import type { FunctionContext } from '../../functions/function.js'
import { aggregateOf } from '../../functions/user/user-aggregate.js'
import { distinctElementType, orderedElementType, remembersOrder, stateTypesOf } from '../../plan/aggregate-state.js'
import type { AggregateCall, AggregateNode } from '../../plan/physical.js'
import { DOUBLE, type Schema } from '../../types/data-type.js'
import type { Accumulator } from './accumulator.js'
import { columnarAccumulatorOf } from './columnar/columnar-accumulator.js'
import { CountedAccumulator } from './counted-accumulator.js'
import { CountedExtreme } from './counted-extreme.js'
import { DistinctAccumulator } from './distinct-accumulator.js'
import type { KernelCall } from './kernel.js'
import { ObjectAccumulator } from './object-accumulator.js'
import { OrderedAccumulator } from './ordered-accumulator.js'

/** The calls of a node with their accumulators; of a `final` node with the columns of the states that they merge. */
export function bindCalls(
  node: Pick<AggregateNode, 'phase' | 'calls' | 'keys' | 'retracting'>, inputSchema: Schema, columnar: boolean, context: FunctionContext,
): KernelCall[] {
  let column = node.keys.length
  return node.calls.map((call) => {
    const accumulator = node.retracting === true ? retractingAccumulatorOf(call, context) : accumulatorOf(call, columnar, context)
    if (node.phase !== 'final') return { ...inputsOf(call), filter: call.filter, accumulator }
    const inputTypes = stateTypesOf(call)
    const inputs = inputTypes.map(() => {
      const index = column++
      assert(index < inputSchema.length, 'the input of a final aggregate has the state columns of every call')
      return columnOf(index, inputSchema[index]!)
    })
    return { filter: null, inputs, inputTypes, accumulator }
  })
}

/** What a call evaluates for a row. The ordinal, which `ordered` functions get last, stays last. */
function inputsOf(call: AggregateCall): Pick<KernelCall, 'inputs' | 'inputTypes'> {
  const inputs = call.args.toSpliced(call.argTypes.length, 0, ...call.orderBy.map(({ key }) => key))
  return { inputs, inputTypes: inputs.map((input) => input.type) }
}

function accumulatorOf(call: AggregateCall, columnar: boolean, context: FunctionContext): Accumulator {
  const { function: described, overload, types } = aggregateOf(call)
  const implementation = overload.implement(types, context)
  if (remembersOrder(call, described.ordered)) {
    assert(orderedElementType(call).kind === 'ROW' && call.args.length === call.argTypes.length + 1, 'an ordered call has an ordinal')
    return new OrderedAccumulator(call, implementation)
  }
  const stateTypes = overload.stateTypes(types)
  const typed = columnar ? columnarAccumulatorOf(call, implementation, stateTypes) : null
  const plain = typed ?? new ObjectAccumulator(implementation, call.type, stateTypes)
  if (!call.distinct || described.distinctIsNoop === true) return plain
  return new DistinctAccumulator(plain, call.argTypes, distinctElementType(call))
}

/**
 * What takes rows back: typed arrays where sums and counts do, else the function itself where it can, else the rows that
 * are left.
 */
function retractingAccumulatorOf(call: AggregateCall, context: FunctionContext): Accumulator {
  const { function: described, overload, types } = aggregateOf(call)
  const implementation = overload.implement(types, context)
  if (remembersOrder(call, described.ordered)) return new OrderedAccumulator(call, implementation)
  const once = described.distinctIsNoop === true
  const plain = (): Accumulator => {
    if (['min', 'max', 'any_value'].includes(described.name)) return new CountedExtreme(call.type, described.name === 'max' ? 1 : -1)
    if (implementation.retract === undefined) {
      return new CountedAccumulator(implementation, call.type, described.ordered ? [...call.argTypes, DOUBLE] : call.argTypes, once)
    }
    const stateTypes = overload.stateTypes(types)
    return columnarAccumulatorOf(call, implementation, stateTypes, true) ?? new ObjectAccumulator(implementation, call.type, stateTypes)
  }
  if (!call.distinct || once) return plain()
  return new DistinctAccumulator(plain(), call.argTypes, distinctElementType(call))
}
