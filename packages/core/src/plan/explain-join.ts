import { printExpression } from './print-expression.js'
import type { PhysicalPlan } from './physical.js'
import type { JoinNode, TemporalJoinNode } from './physical-join.js'

/** `Join left  user = id, also price < top`. */
export function describeJoin(n: JoinNode, plan: PhysicalPlan): readonly [string, string] {
  const parts = [keysOf(n, plan, n.nullsEqual)]
  if (n.residual !== null) parts.push(`where ${printExpression(n.residual)}`)
  if (n.bound !== null) parts.push(n.bound.kind === 'window' ? 'state until the window closes' : 'state while the interval lasts')
  if (n.endless) parts.push(plan.settings.stateTtlMs === undefined ? 'state grows for ever, or SET state.ttl' : `state for ${plan.settings.stateTtlMs} ms`)
  if (n.emit === 'changes') parts.push('emit=changes')
  return [`Join ${n.type}`, parts.join('  ')]
}

/** `Temporal join left  currency = currency  versions as of at`. */
export function describeTemporal(n: TemporalJoinNode, plan: PhysicalPlan): readonly [string, string] {
  const parts = [keysOf(n, plan, []), `versions as of ${plan.nodes[n.inputs[0]!]!.schema[n.sides[0].time]!.name}`]
  if (n.residual !== null) parts.push(`where ${printExpression(n.residual)}`)
  return [`Temporal join ${n.type}`, parts.join('  ')]
}

function keysOf(n: JoinNode | TemporalJoinNode, plan: PhysicalPlan, nullsEqual: readonly boolean[]): string {
  const left = plan.nodes[n.inputs[0]!]!.schema
  const right = plan.nodes[n.inputs[1]!]!.schema
  const keys = n.leftKeys.map((key, k) => `${left[key]!.name} ${nullsEqual[k] === true ? 'IS NOT DISTINCT FROM' : '='} ${right[n.rightKeys[k]!]!.name}`)
  return keys.length === 0 ? 'all pairs' : keys.join(' AND ')
}
