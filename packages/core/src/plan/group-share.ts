import type { PhysicalNode, PhysicalPlan, ScanNode, SinkNode } from './physical.js'

/**
 * How the processes of a group divide a job among them that has no directory for its checkpoints.
 *
 * - `shared`: each reads a share of the splits.
 * - `whole`: one reads all of them, and the others stand by.
 */
export interface GroupShare {
  readonly share: 'shared' | 'whole'
  /** Why it is not shared: `aggregate keeps state`. Empty where it is. */
  readonly reason: string
}

/** What passes rows on as they come and remembers none of them. */
const STATELESS: ReadonlySet<PhysicalNode['kind']> = new Set(['scan', 'calc', 'union', 'unnest', 'expand', 'sink'])

/**
 * Null where no table of the job keeps positions for a group. A share of a job is right where every row is worked on by itself, on the
 * worker that has read it, and is written for good before its position is kept, or together with it.
 */
export function groupShareOf(plan: PhysicalPlan): GroupShare | null {
  if (!scansOf(plan).some(hasGroup)) return null
  const reason = reasonNotShared(plan)
  return { share: reason === null ? 'shared' : 'whole', reason: reason ?? '' }
}

function reasonNotShared(plan: PhysicalPlan): string | null {
  const ordinary = scansOf(plan).find((scan) => !hasGroup(scan))
  if (ordinary !== undefined) return `${ordinary.spec.table.name} is not read by a group`
  if (plan.nodes.some(({ kind }) => kind === 'values')) return 'VALUES belong to no split'
  if (plan.nodes.some(({ kind }) => kind === 'limit')) return 'LIMIT is over all rows'
  const stateful = plan.nodes.find(({ kind }) => !STATELESS.has(kind) && kind !== 'exchange')
  if (stateful !== undefined) return `${stateful.kind} keeps state`
  if (plan.nodes.some(({ kind, runsOn }) => kind === 'exchange' || runsOn !== 'all')) return 'rows move between workers'
  const holders = positionHoldersOf(plan)
  const committing = sinksOf(plan).find(({ id, guarantee, commitsPositionsOf }) => guarantee === 'exactly-once' && !holders.has(id) && commitsPositionsOf === undefined)
  return committing === undefined ? null : `${committing.table.name} commits rows without their positions`
}

/** Whether every row of the job is worked on by itself, where it was read. */
export function isStateless(plan: PhysicalPlan): boolean {
  return plan.nodes.every(({ kind, runsOn }) => STATELESS.has(kind) && runsOn === 'all')
}

/**
 * The sinks that commit the positions of the rows that they get together with them, where a group keeps positions: ids of sinks. One at
 * most for what hangs together in a plan, because positions that another has committed already would lose this one's rows in a crash
 * between the two. Its commit comes last.
 */
export function positionHoldersOf(plan: PhysicalPlan): ReadonlySet<number> {
  if (!isStateless(plan)) return new Set()
  const holders = new Map<number, number>()
  const components = componentsOf(plan)
  for (const sink of sinksOf(plan)) {
    const component = components[sink.id]!
    const scans = scansOf(plan).filter(({ id }) => components[id] === component)
    const place = sink.commitsPositionsOf
    if (sink.guarantee !== 'exactly-once' || place === undefined || sink.inputs.length === 0 || holders.has(component)) continue
    if (scans.every(({ positionsIn }) => positionsIn === place)) holders.set(component, sink.id)
  }
  return new Set(holders.values())
}

/** The scans whose positions a holder commits: those that hang together with it. */
export function scansHeldBy(plan: PhysicalPlan, sinkId: number): ReadonlySet<number> {
  const components = componentsOf(plan)
  return new Set(scansOf(plan).filter(({ id }) => components[id] === components[sinkId]).map(({ id }) => id))
}

/** A number for each node, the same for nodes that rows connect. A sink without inputs, of failed or late rows, connects all. */
function componentsOf(plan: PhysicalPlan): readonly number[] {
  const parent = plan.nodes.map(({ id }) => id)
  const rootOf = (id: number): number => (parent[id] === id ? id : (parent[id] = rootOf(parent[id]!)))
  const join = (a: number, b: number): void => void (parent[rootOf(a)] = rootOf(b))
  const hasSideSink = sinksOf(plan).some(({ inputs }) => inputs.length === 0)
  for (const { id, inputs } of plan.nodes) {
    for (const input of inputs) join(id, input)
    if (hasSideSink) join(id, 0)
  }
  return plan.nodes.map(({ id }) => rootOf(id))
}

function hasGroup({ positionsIn }: ScanNode): boolean {
  return positionsIn !== undefined
}

function scansOf({ nodes }: PhysicalPlan): ScanNode[] {
  return nodes.filter((node): node is ScanNode => node.kind === 'scan')
}

function sinksOf({ nodes }: PhysicalPlan): SinkNode[] {
  return nodes.filter((node): node is SinkNode => node.kind === 'sink')
}
