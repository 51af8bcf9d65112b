import type { Expression } from '../expressions/expression.js'
import type { PhysicalNode, PhysicalPlan } from './physical.js'
import type { JoinNode, TemporalJoinNode } from './physical-join.js'
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
    case 'unnest': {
      const columns = hashedColumns(plan, plan.nodes[node.inputs[0]!]!)
      const behind = node.schema.length - node.behind.length
      return known(columns?.map((c) => (node.before.includes(c) ? node.before.indexOf(c) : node.behind.includes(c) ? behind + node.behind.indexOf(c) : -1)))
    }
    // Columns of the input keep their places.
    case 'over': case 'top-n': return known(hashedColumns(plan, plan.nodes[node.inputs[0]!]!)?.map((column) => (column < node.width ? column : -1)))
    case 'expand': return known(hashedColumns(plan, plan.nodes[node.inputs[0]!]!)?.map((column) => node.columns.indexOf(column)))
    case 'join': case 'temporal join': return hashedJoin(plan, node)
    case 'window': {
      const added = node.schema.length - plan.nodes[node.inputs[0]!]!.schema.length
      return known(hashedColumns(plan, plan.nodes[node.inputs[0]!]!)?.map((column) => (column < node.width ? column : column + added)))
    }
    case 'session': return known(hashedColumns(plan, plan.nodes[node.inputs[0]!]!)?.map((column) => (
      node.calls !== null ? node.keys.indexOf(column) : column < node.width ? column : -1)))
    default: return null
  }
}

/** Rows of a join are where those of a side are of which each has its columns in the result. */
function hashedJoin(plan: PhysicalPlan, node: JoinNode | TemporalJoinNode): readonly number[] | null {
  const [left, right] = node.inputs.map((input) => plan.nodes[input]!)
  const after = (side: PhysicalNode, from: number): readonly number[] | null =>
    known(hashedColumns(plan, side)?.map((column) => node.output.indexOf(from + column)))
  const ofLeft = node.type === 'right' || node.type === 'full' ? null : after(left!, 0)
  return ofLeft ?? (node.type === 'inner' || node.type === 'right' ? after(right!, left!.schema.length) : null)
}

function known(columns: readonly number[] | null | undefined): readonly number[] | null {
  return columns === null || columns === undefined || columns.includes(-1) ? null : columns
}

/** Where columns of the input stand in what is made of it. */
function moved(columns: readonly number[] | null, expressions: readonly Expression[]): readonly number[] | null {
  return known(columns?.map((column) => expressions.findIndex((e) => passedColumn(e) === column)))
}
