import { columnOf, literalOf } from '../expressions/expression.js'
import { DOUBLE } from '../types/data-type.js'
import type { LogicalCall } from './logical.js'
import type { AggregateCall } from './physical.js'
import type { Stream } from './physical-builder.js'
import type { PlanContext } from './stream.js'

/**
 * A call with what stands for its `ordered` rows: their ordinal. Where rows have none any more (behind another aggregate,
 * a sort or a union) it is 0: rows of one ordinal go by their values.
 */
export function physicalCall(call: LogicalCall, input: Stream, context: PlanContext): AggregateCall {
  const { name, args, distinct, filter, argTypes, type, orderBy } = call
  if (!call.ordered) return { name, args, distinct, filter, argTypes, type, orderBy: [], ...(call.user === undefined ? {} : { user: call.user }) }
  const ordinal = input.ordinal === null ? literalOf(0, DOUBLE) : columnOf(input.ordinal, context.builder.fieldsOf(input)[input.ordinal]!)
  return { name, args: [...args, ordinal], distinct, filter, argTypes, type, orderBy }
}
