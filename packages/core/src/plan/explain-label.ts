import { explainTrees, type ExplainNode } from './explain-tree.js'
import type { PhysicalPlan } from './physical.js'

/** By node id the line that EXPLAIN has for it, without what is said about the place of its rows. */
export function operatorLabels(plan: PhysicalPlan): ReadonlyMap<number, string> {
  const labels = new Map<number, string>()
  const visit = (node: ExplainNode): void => {
    // A filter stands in front of the node that applies it, or behind the one that reads.
    const known = labels.get(node.id)
    if (known === undefined || known.startsWith('Filter ')) labels.set(node.id, labelOf(node))
    node.inputs.forEach(visit)
  }
  explainTrees(plan).forEach(visit)
  return labels
}

export function labelOf(node: ExplainNode): string {
  const gap = /^(Aggregate|Distinct|Exchange)/.test(node.operator) ? '  ' : ' '
  return node.detail === '' ? node.operator : `${node.operator}${gap}${node.detail}`
}
