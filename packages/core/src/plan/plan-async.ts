import type { LogicalAsyncCall } from './logical.js'
import { LOCAL, type Stream, type Wanted } from './physical-builder.js'
import { columnsAround, withHiddenBehind } from './plan-rows.js'
import type { PlanContext } from './stream.js'

/** Calls are made where the rows are. A row can fail, so nobody knows how many are needed for as many to come out. */
export function planAsyncCall(node: LogicalAsyncCall, wanted: Wanted, context: PlanContext): Stream {
  const input = context.plan(node.input, { ordinal: wanted.ordinal, watermark: wanted.watermark })
  const { fields, before, behind } = columnsAround(input, context)
  const { calledAt: _, ...user } = node.user
  const id = context.builder.add({
    kind: 'async call', inputs: [input.node], user, args: node.args, before, behind,
    schema: [...before.map((c) => fields[c]!), node.schema.at(-1)!, ...behind.map((c) => fields[c]!)],
    runsOn: context.builder.get(input.node).runsOn, distribution: LOCAL, onError: input.onError,
  })
  return withHiddenBehind(input, id, node.schema.length, behind)
}
