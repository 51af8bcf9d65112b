import type { SinkDescription } from '../connector.js'
import { groupShareOf, isStateless, positionHoldersOf } from './group-share.js'
import type { PhysicalPlan, ScanNode, SinkNode } from './physical.js'

/**
 * What of a job's rows stands in a sink at the end, whatever happens on the way.
 *
 * - `exactly-once`: every row once, however often the job crashes.
 * - `effectively-once`: rows are written again after a crash, and replace those of their keys.
 * - `at-least-once`: rows are written again after a crash.
 * - `all-or-nothing`: without checkpoints. A job that fails leaves nothing there, and is started from the beginning.
 * - `none`: rows may be missing or there twice.
 */
export type Guarantee = 'exactly-once' | 'effectively-once' | 'at-least-once' | 'all-or-nothing' | 'none'

/**
 * Where is kept how far a job has read.
 *
 * - `directory`: with its state, in its checkpoints.
 * - `group`: at the source, by which other processes go on; state is lost with the process.
 * - `process`: in this process, which commits as it goes on; another begins anew.
 * - `nowhere`: it commits once, at its end.
 */
export type PositionsKept = 'directory' | 'group' | 'process' | 'nowhere'

/** What there is to know of a job's way to one sink. */
export interface GuaranteeFacts {
  readonly positions: PositionsKept
  /** Every source of the sink's rows gives them again from a position that was stored. */
  readonly isReplayable: boolean
  readonly sink: SinkDescription['guarantee']
  /** The sink keeps the last row of each key, and no key that was written goes again: see {@link SinkNode.keysStay}. */
  readonly keysStay: boolean
  /** Positions `group`: nothing but positions is needed to go on. */
  readonly isStateless: boolean
  /** Positions `group`: the sink commits them with its rows. */
  readonly holdsPositions: boolean
}

/** As strong as the weakest of its parts. */
export function guaranteeOf({ positions, isReplayable, sink, keysStay, ...facts }: GuaranteeFacts): Guarantee {
  if (positions === 'nowhere') return sink === 'exactly-once' ? 'all-or-nothing' : 'none'
  if (positions === 'process' || !isReplayable || sink === 'none') return 'none'
  // Who has lost its splits and does not know it yet may write after who has them now, and so the last row of a key need not be the right one.
  if (positions === 'group') return !facts.isStateless ? 'none' : facts.holdsPositions ? 'exactly-once' : 'at-least-once'
  return sink === 'at-least-once' && keysStay ? 'effectively-once' : sink
}

export interface SinkGuarantee {
  readonly table: string
  readonly connector: string
  readonly guarantee: Guarantee
}

/**
 * What a job promises of each table that it writes. The caller of a bare SELECT is none.
 *
 * @param hasCheckpoints whether it has a directory, or another store, for them
 */
export function guaranteesOf(plan: PhysicalPlan, hasCheckpoints: boolean): readonly SinkGuarantee[] {
  return plan.nodes.filter((node): node is SinkNode => node.kind === 'sink' && node.table.connector !== 'result')
    .map((sink) => ({ table: sink.table.name, connector: sink.table.connector, guarantee: sinkGuarantee(plan, sink, hasCheckpoints) }))
}

export function sinkGuarantee(plan: PhysicalPlan, sink: SinkNode, hasCheckpoints: boolean): Guarantee {
  const sources = sourcesOf(plan, sink)
  return guaranteeOf({
    positions: positionsOf(plan, sources, hasCheckpoints),
    isReplayable: sources.every(({ replayable }) => replayable !== false),
    sink: sink.guarantee,
    keysStay: sink.keysStay === true,
    isStateless: isStateless(plan),
    holdsPositions: positionHoldersOf(plan).has(sink.id),
  })
}

function positionsOf(plan: PhysicalPlan, sources: readonly ScanNode[], hasCheckpoints: boolean): PositionsKept {
  if (hasCheckpoints) return 'directory'
  if (!isSubscribed(plan)) return 'nowhere'
  return sources.length > 0 && sources.every(({ positionsIn }) => positionsIn !== undefined) ? 'group' : 'process'
}

/** True if splits of one of its tables come and go: it then commits as it goes on, with a directory for its checkpoints or without. */
export function isSubscribed({ nodes }: PhysicalPlan): boolean {
  return nodes.some((node) => node.kind === 'scan' && node.subscribed === true)
}

/** The tables that a sink's rows come from. Rows that failed or are late may have come from any. */
function sourcesOf(plan: PhysicalPlan, sink: SinkNode): ScanNode[] {
  const found = new Set<ScanNode>()
  const visit = (id: number): void => {
    const node = plan.nodes[id]!
    if (node.kind === 'scan') found.add(node)
    else node.inputs.forEach(visit)
  }
  const from = sink.inputs.length > 0 ? sink.inputs : plan.nodes.filter(({ kind }) => kind === 'scan').map(({ id }) => id)
  from.forEach(visit)
  return [...found]
}

/** `exactly-once into sums (file); at-least-once to stdout` */
export function guaranteesText(guarantees: readonly SinkGuarantee[]): string {
  const sinks = new Map<Guarantee, Set<string>>()
  for (const { table, connector, guarantee } of guarantees) {
    const place = connector === 'stdout' || connector === 'print' ? 'to stdout' : `into ${table} (${connector})`
    sinks.set(guarantee, (sinks.get(guarantee) ?? new Set()).add(place))
  }
  return [...sinks].map(([guarantee, places]) => `${guarantee === 'none' ? 'no guarantee' : guarantee} ${[...places].join(', ')}`).join('; ')
}

/** How the processes of a group divide the job among them, and who knows how far it has read; null for a job that no group reads. */
export function groupText(plan: PhysicalPlan, hasCheckpoints: boolean): string | null {
  const group = groupShareOf(plan)
  if (group === null) return null
  if (hasCheckpoints) return 'one process of the group is active and goes on from the checkpoints, the others stand by'
  if (group.share === 'shared') {
    const holds = positionHoldersOf(plan).size > 0
    return `shared among the processes of the group, which keeps the positions${holds ? ', committed with the rows' : ''}`
  }
  const lost = isStateless(plan) ? '' : ', and its state is lost with it: --checkpoint DIR keeps it'
  return `one process of the group is active, because ${group.reason}; the others stand by${lost}`
}
