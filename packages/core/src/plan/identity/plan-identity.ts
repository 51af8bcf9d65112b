import { operatorLabels } from '../explain-label.js'
import type { PhysicalNode, PhysicalPlan } from '../physical.js'
import type { Facet } from './facets.js'
import { hashOf, nodeTexts } from './node-identity.js'

/** A node that keeps a position or state, or writes. */
export interface Keeper {
  readonly nodeId: number
  readonly kind: 'scan' | 'values' | 'operator' | 'sink'
  /**
   * What it is, as a name that stays while what it computes is the same: `aggregate-1f0c…`. The second of two that are equal is
   * `aggregate-1f0c….2`: in the order of the tables that they lead to.
   */
  readonly identity: string
  /** As EXPLAIN shows it. */
  readonly label: string
  readonly facets: readonly Facet[]
  /** By input, ids of the keepers whose rows come in, through whatever remembers nothing. */
  readonly inputs: readonly (readonly number[])[]
}

/**
 * The nodes of a plan that remember something from one epoch to the next, by identities that do not change with what has no part in them:
 * names, comments, settings, the order of statements, how many workers there are, what else is read, computed or written.
 *
 * Partial aggregates remember nothing between epochs and are none of them.
 */
export function keepersOf(plan: PhysicalPlan): readonly Keeper[] {
  const texts = nodeTexts(plan)
  const labels = operatorLabels(plan)
  const above = keepersAbove(plan, (id) => texts[id]!.facets !== null)
  const leadsTo = tablesBehind(plan)
  const found = plan.nodes.flatMap((node): Keeper[] => {
    const { facets } = texts[node.id]!
    if (facets === null) return []
    const name = `${node.kind.replaceAll(' ', '-')}-${hashOf(facets.filter(({ of }) => of !== 'place'))}`
    return [{ nodeId: node.id, kind: kindOf(node), identity: name, label: labels.get(node.id) ?? node.kind, facets, inputs: above[node.id]! }]
  })
  return withOrdinals(found, (nodeId) => leadsTo[nodeId]!)
}

/** What makes two of one identity differ in nothing is told apart by where their rows go. */
function withOrdinals(found: readonly Keeper[], leadsTo: (nodeId: number) => string): readonly Keeper[] {
  const groups = new Map<string, Keeper[]>()
  for (const keeper of found) groups.set(keeper.identity, [...groups.get(keeper.identity) ?? [], keeper])
  const ordinals = new Map<number, number>()
  for (const group of groups.values()) {
    const sorted = group.toSorted((a, b) => compare(leadsTo(a.nodeId), leadsTo(b.nodeId)) || a.nodeId - b.nodeId)
    sorted.forEach(({ nodeId }, i) => ordinals.set(nodeId, i + 1))
  }
  return found.map((keeper) => (ordinals.get(keeper.nodeId) === 1 ? keeper : { ...keeper, identity: `${keeper.identity}.${ordinals.get(keeper.nodeId)}` }))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function kindOf(node: PhysicalNode): Keeper['kind'] {
  return node.kind === 'scan' || node.kind === 'values' || node.kind === 'sink' ? node.kind : 'operator'
}

/** By node and input the keepers that come next on the way to the tables. */
function keepersAbove(plan: PhysicalPlan, isKeeper: (id: number) => boolean): readonly (readonly (readonly number[])[])[] {
  const above: (readonly (readonly number[])[])[] = []
  for (const node of plan.nodes) above.push(node.inputs.map((id) => (isKeeper(id) ? [id] : above[id]!.flat())))
  return above
}

/** By node the tables that its rows come to. */
function tablesBehind(plan: PhysicalPlan): readonly string[] {
  const behind = plan.nodes.map(() => new Set<string>())
  for (const node of plan.nodes.toReversed()) {
    if (node.kind === 'sink') behind[node.id]!.add(node.table.name)
    for (const id of node.inputs) for (const name of behind[node.id]!) behind[id]!.add(name)
  }
  return behind.map((names) => [...names].sort().join('\n'))
}
