import type { SinkDescription } from '../connector.js'
import type { PhysicalPlan, SinkNode } from './physical.js'

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

/** What there is to know of a job's way to one sink. */
export interface GuaranteeFacts {
  readonly hasCheckpoints: boolean
  /** Every source of the sink's rows gives them again from a position that was stored. */
  readonly isReplayable: boolean
  readonly sink: SinkDescription['guarantee']
  /** The sink keeps the last row of each key, and no key that was written goes again: see {@link SinkNode.keysStay}. */
  readonly keysStay: boolean
}

/** As strong as the weakest of its parts. */
export function guaranteeOf({ hasCheckpoints, isReplayable, sink, keysStay }: GuaranteeFacts): Guarantee {
  if (!hasCheckpoints) return sink === 'exactly-once' ? 'all-or-nothing' : 'none'
  if (!isReplayable || sink === 'none') return 'none'
  return sink === 'at-least-once' && keysStay ? 'effectively-once' : sink
}

export interface SinkGuarantee {
  readonly table: string
  readonly connector: string
  readonly guarantee: Guarantee
}

/** What a job promises of each table that it writes. The caller of a bare SELECT is none. */
export function guaranteesOf(plan: PhysicalPlan, hasCheckpoints: boolean): readonly SinkGuarantee[] {
  return plan.nodes.filter((node): node is SinkNode => node.kind === 'sink' && node.table.connector !== 'result')
    .map((sink) => ({ table: sink.table.name, connector: sink.table.connector, guarantee: sinkGuarantee(plan, sink, hasCheckpoints) }))
}

export function sinkGuarantee(plan: PhysicalPlan, sink: SinkNode, hasCheckpoints: boolean): Guarantee {
  return guaranteeOf({ hasCheckpoints, isReplayable: isReplayable(plan, sink), sink: sink.guarantee, keysStay: sink.keysStay === true })
}

/** Rows that failed or are late may have come from any table. */
function isReplayable(plan: PhysicalPlan, sink: SinkNode): boolean {
  const visit = (id: number): boolean => {
    const node = plan.nodes[id]!
    return node.kind === 'scan' ? node.replayable !== false : node.inputs.every(visit)
  }
  const from = sink.inputs.length > 0 ? sink.inputs : plan.nodes.filter(({ kind }) => kind === 'scan').map(({ id }) => id)
  return from.every(visit)
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
