import type { AggregateNode, PhysicalNode, PhysicalPlan } from '../plan/physical.js'
import type { TopNNode } from '../plan/physical-over.js'

/** A plan for several workers as one runs it alone. */
export interface PlanForOne {
  readonly plan: PhysicalPlan
  /** Nodes that do the work of those in front of them too, which every worker would have done for itself. */
  readonly fused: ReadonlySet<number>
  /** Those, and the exchanges between them: they have nothing left to do. They stay in the plan, and count nothing. */
  readonly omitted: ReadonlySet<number>
}

/**
 * Of a plan for several workers that runs on one: a partial aggregate, its exchange and the final one are one complete aggregate, and
 * of a Top-N of each worker and that over all the second is enough. What is left remembers what the second would, in the same form, so
 * that the job can go on at any number of workers.
 *
 * @param isStored whether what the job goes on from has rows of a node: then the node is needed
 */
export function planForOne(plan: PhysicalPlan, isStored: (nodeId: number) => boolean): PlanForOne {
  const consumers = plan.nodes.map(() => 0)
  for (const node of plan.nodes) for (const id of node.inputs) consumers[id]!++
  const fused = new Set<number>()
  const omitted = new Set<number>()
  const nodes = plan.nodes.map((node): PhysicalNode => {
    const exchange = plan.nodes[node.inputs[0] ?? -1]
    if (exchange?.kind !== 'exchange' || consumers[exchange.id] !== 1) return node
    const first = plan.nodes[exchange.inputs[0]!]!
    const whole = consumers[first.id] === 1 && !isStored(first.id) ? fusedOf(first, node, plan) : null
    if (whole === null) return node
    fused.add(node.id)
    omitted.add(exchange.id).add(first.id)
    return whole
  })
  return { plan: { ...plan, nodes }, fused, omitted }
}

function fusedOf(first: PhysicalNode, second: PhysicalNode, plan: PhysicalPlan): PhysicalNode | null {
  if (first.kind === 'aggregate' && first.phase === 'partial' && second.kind === 'aggregate' && second.phase === 'final') return completeOf(first, second)
  if (first.kind === 'top-n' && second.kind === 'top-n' && preselects(first, second, plan)) return { ...second, inputs: first.inputs }
  return null
}

function completeOf(partial: AggregateNode, final: AggregateNode): AggregateNode {
  const { inputs, filter, keys, calls, window, onError } = partial
  return { ...final, phase: 'complete', inputs, filter, keys, calls, window, onError }
}

/** True if the first only leaves out rows that the second would, and changes none. */
function preselects(first: TopNNode, second: TopNNode, plan: PhysicalPlan): boolean {
  const sameKeys = JSON.stringify([first.partitionBy, first.order, first.function, first.latest, first.retracting, first.window])
    === JSON.stringify([second.partitionBy, second.order, second.function, second.latest, second.retracting, second.window])
  return sameKeys && !first.rank && first.from === 1 && first.to >= second.to && first.watermarkColumn === null
    && first.width === plan.nodes[first.inputs[0]!]!.schema.length
}
