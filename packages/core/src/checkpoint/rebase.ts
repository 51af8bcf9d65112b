import { MillraceError } from '../errors.js'
import type { CounterSnapshot, JobSnapshot, PipelineSnapshot, ScanSnapshot, SplitProgress } from '../pipeline-snapshot.js'
import { comparePlans, type PlanDifference, type StateChange, type Survivor } from '../plan/identity/compare-plans.js'
import { nodeTexts } from '../plan/identity/node-identity.js'
import type { PhysicalPlan } from '../plan/physical.js'

/** A snapshot as an edited query goes on from it, and what the edit does to it. */
export interface Rebased extends PlanDifference {
  /**
   * Of the new plan: states, positions and prepared output under its node ids. Scans that are not in its `splits` begin anew: their splits
   * are to be listed.
   */
  readonly snapshot: JobSnapshot
}

/**
 * Brings a snapshot to another plan: of the same query, or of one that was edited. What is the same by its identity goes on, whatever its
 * number in the plan; settings and the number of workers may differ. What was prepared for tables that are not written any more is not in
 * the result: it is to be committed from the snapshot as it was stored.
 */
export function rebase(snapshot: JobSnapshot, plan: PhysicalPlan): Rebased {
  const difference = withoutApart(comparePlans(snapshot.plan, plan), snapshot)
  const from = new Map(difference.survives.map(({ nodeId, oldNodeId }) => [nodeId, oldNodeId]))
  const keepsCounting = isSamePlan(snapshot.plan, plan)
  return {
    ...difference,
    snapshot: {
      ...snapshot,
      plan,
      splits: renumbered(snapshot.splits, from),
      workers: snapshot.workers.map((worker) => rebasedWorker(worker, from, keepsCounting)),
    },
  }
}

/**
 * @throws MillraceError RESTORE_MISMATCH where state would be lost, or begin empty behind tables that go on; with all of both in its message
 */
export function refusePartial({ lost, fresh }: PlanDifference): void {
  if (lost.length === 0 && fresh.length === 0) return
  const lines = [...linesOf('is lost', lost), ...linesOf('begins empty, without what came before the checkpoint', fresh)]
  throw new MillraceError(
    'RESTORE_MISMATCH',
    `the query has changed since the checkpoint, and not all of its state fits:\n${lines.join('\n')}\n`
    + 'Go on with the query as it was, begin anew in another directory, or accept that with --allow-partial-restore',
    { lost, fresh },
  )
}

/** What {@link refusePartial} would refuse, for a note; empty where there is nothing. */
export function partialRestoreNote({ lost, fresh }: Pick<PlanDifference, 'lost' | 'fresh'>): string {
  return [...linesOf('is lost', lost), ...linesOf('begins empty, without what came before the checkpoint', fresh)].join('\n')
}

function linesOf(what: string, changes: readonly StateChange[]): string[] {
  return changes.map(({ kind, label, why }) => {
    const noun = kind === 'operator' ? 'state of' : kind === 'scan' ? 'position of' : 'output of'
    return `  ${noun} ${label} ${what}${why.length === 0 ? '' : `: ${why.join('; ')}`}`
  })
}

/** A table that was read several times is read once now: that works where all had come equally far. */
function withoutApart(difference: PlanDifference, snapshot: JobSnapshot): PlanDifference {
  const apart = difference.survives.filter((s) => s.kind === 'scan' && s.mergedNodeIds.some((id) => progressText(snapshot, id) !== progressText(snapshot, s.oldNodeId)))
  if (apart.length === 0) return difference
  const why = 'it was read several times and is read once now, and the reads had not come equally far'
  return { ...difference, lost: [...difference.lost, ...apart.map(({ nodeId, kind, identity, label }: Survivor) => ({ nodeId, kind, identity, label, why: [why] }))] }
}

function progressText({ workers }: JobSnapshot, nodeId: number): string {
  const splits = new Map<string, SplitProgress>()
  const scans = workers.flatMap((worker) => worker.scans.filter((scan) => scan.nodeId === nodeId))
  for (const scan of scans) for (const progress of scan.kept) splits.set(progress.id, progress)
  for (const scan of scans) for (const progress of scan.splits) splits.set(progress.id, progress)
  return JSON.stringify([...splits.values()].map(({ id, done, position }) => [id, done, position]).sort())
}

// ----------------------------------------------------------------------------------------------------------- mapping

function rebasedWorker(worker: PipelineSnapshot, from: ReadonlyMap<number, number>, keepsCounting: boolean): PipelineSnapshot {
  const { operators, scans, valuesGiven, counters, prepared } = worker
  return {
    ...worker,
    operators: renumbered(operators, from),
    scans: renumbered(scans, from).map((scan) => (keepsCounting ? scan : countedAnew(scan))),
    valuesGiven: [...from].filter(([, old]) => valuesGiven.includes(old)).map(([now]) => now),
    counters: keepsCounting ? counters : renumbered(counters, from).map(heldRows),
    prepared: renumbered(prepared, from),
  }
}

/** Entries under the numbers that their nodes have now: twice where two go on from one. */
function renumbered<Entry extends { readonly nodeId: number }>(entries: readonly Entry[], from: ReadonlyMap<number, number>): Entry[] {
  return [...from].flatMap(([now, old]) => entries.filter(({ nodeId }) => nodeId === old).map((entry) => ({ ...entry, nodeId: now })))
}

/** Counters add up over the whole of a plan, so they go on only with the same one. */
function isSamePlan(before: PhysicalPlan, after: PhysicalPlan): boolean {
  if (before.nodes.length !== after.nodes.length) return false
  const [old, now] = [nodeTexts(before), nodeTexts(after)]
  return before.nodes.every((node, i) => node.kind === after.nodes[i]!.kind && node.inputs.join() === after.nodes[i]!.inputs.join()
    && JSON.stringify(exactOf(old[i]!)) === JSON.stringify(exactOf(now[i]!)))
}

function exactOf({ rows: { source, conditions, columns }, facets }: ReturnType<typeof nodeTexts>[number]): unknown {
  return [source.exact, conditions.map((c) => c.exact), columns.map((c) => c.exact), facets?.map(({ name, values }) => [name, values.map((v) => v.exact)])]
}

/** How far tables were read stays. */
function countedAnew(scan: ScanSnapshot): ScanSnapshot {
  return { ...scan, counters: { ...scan.counters, bytesIn: 0, rowsFiltered: 0, rowsReturned: 0, recordsFailed: 0 } }
}

/** Rows that an operator holds will yet be counted as they leave, and so they have come in. */
function heldRows({ nodeId, rowsIn, rowsOut, rowsFiltered, rowsAggregated, rowsLate, rowsFailed }: CounterSnapshot): CounterSnapshot {
  const left = rowsOut + rowsFiltered + rowsAggregated + rowsLate + rowsFailed
  return {
    nodeId, rowsIn: Math.max(0, rowsIn - left), rowsOut: 0, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, bytesOut: 0, rowsCopied: 0,
  }
}
