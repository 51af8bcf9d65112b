import type { Expression } from '../expressions/expression.js'
import type { PhysicalNode, PhysicalPlan } from './physical.js'
import { passedColumn } from './substitute.js'

/**
 * Why a node's rows are on the worker on which they are. It says where the state made of them belongs when a job goes on at another
 * number of workers.
 *
 * - `first`: the node runs on worker 0 alone.
 * - `hash`: rows came to the owners of their keys.
 * - `split`: rows are where their split is read.
 */
export interface RowPlacement {
  readonly kind: 'first' | 'hash' | 'split'
  /** By input: its columns by whose hash rows have come, in the order of the hash; null where they have not come by a hash known here. */
  readonly sharedOutBy: readonly (readonly number[] | null)[]
}

export function placementOf(plan: PhysicalPlan, node: PhysicalNode): RowPlacement {
  const sharedOutBy = node.inputs.map((input) => hashedColumns(plan, plan.nodes[input]!))
  if (node.runsOn === 'first') return { kind: 'first', sharedOutBy }
  return { kind: node.inputs.some((input) => isReadHere(plan, plan.nodes[input]!)) ? 'split' : 'hash', sharedOutBy }
}

/** True if rows of the node have stayed with the worker that read them. */
function isReadHere(plan: PhysicalPlan, node: PhysicalNode): boolean {
  if (node.kind === 'exchange') return false
  return node.kind === 'scan' || node.inputs.some((input) => isReadHere(plan, plan.nodes[input]!))
}

/** The columns of a node's output that hold what its rows were last shared out by. */
function hashedColumns(plan: PhysicalPlan, node: PhysicalNode): readonly number[] | null {
  switch (node.kind) {
    case 'exchange': return node.to.kind === 'hash' ? node.to.columns : null
    case 'calc': return moved(hashedColumns(plan, plan.nodes[node.inputs[0]!]!), node.project)
    case 'aggregate': return moved(hashedColumns(plan, plan.nodes[node.inputs[0]!]!), node.keys)
    default: return null
  }
}

/** Where columns of the input stand in what is made of it. */
function moved(columns: readonly number[] | null, expressions: readonly Expression[]): readonly number[] | null {
  const places = columns?.map((column) => expressions.findIndex((e) => passedColumn(e) === column)) ?? null
  return places === null || places.includes(-1) ? null : places
}
