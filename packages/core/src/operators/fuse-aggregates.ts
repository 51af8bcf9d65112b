import type { AggregateNode, PhysicalNode, PhysicalPlan } from '../plan/physical.js'

/** A plan with its aggregates in one piece. */
export interface FusedPlan {
  readonly plan: PhysicalPlan
  /** Final aggregates that do the work of their partial ones too. */
  readonly fused: ReadonlySet<number>
  /** Partial aggregates and exchanges that have nothing left to do. They stay in the plan, and count nothing. */
  readonly omitted: ReadonlySet<number>
}

/**
 * Of a plan for several workers that runs on one: a partial aggregate, its exchange and the final one are one complete aggregate. It
 * remembers what the final one would, in the same form, so that the job can go on at any number of workers, and before a barrier
 * there is nothing to send on.
 */
export function fuseAggregates(plan: PhysicalPlan): FusedPlan {
  const consumers = plan.nodes.map(() => 0)
  for (const node of plan.nodes) for (const id of node.inputs) consumers[id]!++
  const fused = new Set<number>()
  const omitted = new Set<number>()
  const nodes = plan.nodes.map((node): PhysicalNode => {
    if (node.kind !== 'aggregate' || node.phase !== 'final') return node
    const exchange = plan.nodes[node.inputs[0]!]!
    const partial = exchange.kind === 'exchange' ? plan.nodes[exchange.inputs[0]!]! : exchange
    if (partial === exchange || partial.kind !== 'aggregate' || partial.phase !== 'partial') return node
    if (consumers[exchange.id] !== 1 || consumers[partial.id] !== 1) return node
    fused.add(node.id)
    omitted.add(exchange.id).add(partial.id)
    return completeOf(partial, node)
  })
  return { plan: { ...plan, nodes }, fused, omitted }
}

function completeOf(partial: AggregateNode, final: AggregateNode): AggregateNode {
  const { inputs, filter, keys, calls, window, onError } = partial
  return { ...final, phase: 'complete', inputs, filter, keys, calls, window, onError }
}
