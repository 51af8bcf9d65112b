import { aggregateOf } from '../functions/user/user-aggregate.js'
import { array, DOUBLE, row } from '../types/data-type.js'
import type { DataType, Field } from '../types/data-type.js'
import type { AggregateCall } from './physical.js'

/**
 * The columns that the partial state of a call is moved and stored as: those of its function, except where the call has
 * to remember its rows.
 *
 * - DISTINCT: one ARRAY of the distinct arguments (of ROWs, where there are several).
 * - ordered, with DISTINCT or ORDER BY: one ARRAY of ROWs of the arguments, the keys of the order and the ordinal.
 */
export function stateTypesOf(call: AggregateCall): readonly DataType[] {
  const { function: described, overload, types } = aggregateOf(call)
  if (remembersOrder(call, described.ordered)) return [array(orderedElementType(call))]
  if (call.distinct && described.distinctIsNoop !== true) return [array(distinctElementType(call))]
  return overload.stateTypes(types)
}

/** The state of a call as fields of a partial aggregate's schema, named after the result. */
export function stateFieldsOf(call: AggregateCall, name: string): Field[] {
  return stateTypesOf(call).map((type, s) => ({ name: `${name}$${s}`, type, nullable: true }))
}

/** True if the call's rows must be kept and sorted before they are aggregated. */
export function remembersOrder(call: AggregateCall, ordered: boolean): boolean {
  return ordered && (call.distinct || call.orderBy.length > 0)
}

export function distinctElementType(call: AggregateCall): DataType {
  if (call.argTypes.length === 1) return call.argTypes[0]!
  return row(call.argTypes.map((type, a) => ({ name: `arg${a}`, type })))
}

/** Arguments, keys of the order, ordinal. */
export function orderedElementType(call: AggregateCall): DataType {
  return row([
    ...call.argTypes.map((type, a) => ({ name: `arg${a}`, type })),
    ...call.orderBy.map(({ key }, k) => ({ name: `key${k}`, type: key.type })),
    { name: 'ordinal', type: DOUBLE },
  ])
}
