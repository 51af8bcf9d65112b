import type { Split } from './connector.js'
import { assert, MillraceError } from './errors.js'
import { ownerOf } from './operators/exchange-port.js'
import type { ScanRestore } from './operators/scan.js'
import type { StatefulNode } from './operators/operator-graph.js'
import type { StateTable } from './operators/state.js'
import type { StateNeeds } from './checkpoint/state-objects.js'
import type { CounterSnapshot, JobSnapshot, PipelineSnapshot, ScanCounters, SplitProgress, TableSnapshot } from './pipeline-snapshot.js'
import type { PhysicalNode, PhysicalPlan } from './plan/physical.js'
import { placementOf } from './plan/row-placement.js'
import { hashColumns } from './state/hash-columns.js'
import { eachStoredBatch, storedRowCount } from './stored-rows.js'
import { BatchBuffer } from './types/batch-buffer.js'
import type { Batch } from './types/batch.js'
import { typeName, type Schema } from './types/data-type.js'

/** The worker of a restored job whose counters go on from those of the whole job, and who knows which splits are done. */
const BOOKKEEPER = 0

/**
 * The same plan for another number of workers.
 *
 * @throws MillraceError RESTORE_MISMATCH for more than one worker where the plan was made for one: it moves no rows between workers
 */
export function rescaled(plan: PhysicalPlan, workerCount: number): PhysicalPlan {
  if (plan.workerCount === workerCount) return plan
  if (plan.workerCount === 1 && plan.rescalable !== true) {
    throw new MillraceError('RESTORE_MISMATCH', 'this job was planned for one worker and goes on with one; plan it for several to run it with more later')
  }
  return { ...plan, workerCount, rescalable: true }
}

/**
 * What is left of a scan's splits: what is done is gone, and where groups live with their split its worker must go on with it.
 * Environments make their queues of it.
 */
export interface SplitsLeft {
  readonly splits: readonly Split[]
  /** By index: read to their end, or not this job's now. */
  readonly done: ReadonlySet<number>
  /** Rows that splits have given so far, by index; for `SplitQueue.lastNeeded`. */
  readonly rows: ReadonlyMap<number, number>
  /** Who must claim a split, by index; whoever likes where it is not listed. */
  readonly owners: ReadonlyMap<number, number>
}

export function splitsLeft(snapshot: JobSnapshot, nodeId: number, workerCount: number): SplitsLeft {
  const { splits: listed = [], absent = [] } = snapshot.splits.find((scan) => scan.nodeId === nodeId) ?? {}
  const indexOf = new Map(listed.map(({ id }, index) => [id, index]))
  const left = { splits: listed, done: new Set<number>(), rows: new Map<number, number>(), owners: new Map<number, number>() }
  const sticky = hasGroupsBySplit(snapshot.plan)
  for (const { progress: { id, done, rows }, worker } of splitsOf(snapshot, nodeId)) {
    const index = indexOf.get(id)
    assert(index !== undefined, 'a split that was read is one of the scan')
    left.rows.set(index, rows)
    if (done) left.done.add(index)
    else if (sticky) left.owners.set(index, worker % workerCount)
  }
  for (const id of absent) left.done.add(indexOf.get(id)!)
  return left
}

interface SplitOfWorker {
  readonly worker: number
  readonly progress: SplitProgress
}

/** The splits of a scan that were claimed, each once. */
function splitsOf({ workers }: JobSnapshot, nodeId: number): SplitOfWorker[] {
  const scans = workers.flatMap(({ workerIndex, scans: all }) => all.filter((scan) => scan.nodeId === nodeId).map((scan) => ({ worker: workerIndex, scan })))
  const byId = new Map<string, SplitOfWorker>()
  for (const { worker, scan } of scans) for (const progress of scan.kept) byId.set(progress.id, { worker, progress })
  for (const { worker, scan } of scans) for (const progress of scan.splits) byId.set(progress.id, { worker, progress })
  return [...byId.values()]
}

/** True if keys are kept together by their split alone. */
function hasGroupsBySplit(plan: PhysicalPlan): boolean {
  return plan.nodes.some((node) => node.kind !== 'scan' && node.kind !== 'exchange' && node.kind !== 'sink' && node.kind !== 'calc'
    && placementOf(plan, node).kind === 'split')
}

/** Hands the rows that belong to worker `workerIndex` to its operator's tables. */
export function restoreTables({ node, state, placement }: StatefulNode, snapshot: JobSnapshot, workerIndex: number, workerCount: number): void {
  state.tables.forEach((table, t) => {
    for (const { workerIndex: from, operators } of snapshot.workers) {
      const stored = operators.find(({ nodeId }) => nodeId === node.id)?.tables.find(({ name }) => name === table.name)
      if (stored === undefined) continue
      const whose = isCopied(table)
        ? from === fullestOf(snapshot, node.id, table.name) ? 'all' : 'none'
        : ownershipOf(table, placement.kind, from, { snapshot, workerIndex, workerCount })
      if (whose === 'none') continue
      checkSchema(stored, table, node)
      assert(whose !== 'by key' || placement.sharedOutBy.some((columns) => columns !== null), `rows of ${node.kind} ${node.id} are shared out by known keys`)
      eachStoredBatch(stored.parts, table.schema, (batch) => {
        if (whose === 'all') state.restore(t, batch)
        else restoreOwned(table, batch, workerIndex, workerCount, (owned) => state.restore(t, owned))
      })
    }
  })
}

/** What was written with other columns would be misread. */
function checkSchema(stored: TableSnapshot, table: StateTable, node: PhysicalNode): void {
  const typesOf = (schema: Schema): string => schema.map(({ type }) => typeName(type)).join(', ')
  if (stored.schema === undefined || typesOf(stored.schema) === typesOf(table.schema)) return
  const what = `the state of ${node.kind} ${node.id} was stored with other columns than it has now`
  throw new MillraceError('RESTORE_MISMATCH', `${what}: ${table.name} had ${typesOf(stored.schema)} and has ${typesOf(table.schema)}`)
}

/** Whether the restored operators of worker `workerIndex` look at what a worker has stored of a table. */
export function needsOf(states: readonly StatefulNode[], snapshot: JobSnapshot, workerIndex: number, workerCount: number): StateNeeds {
  const tables = new Map(states.flatMap(({ node, state, placement }) => state.tables.map((table) => [`${node.id} ${table.name}`, { table, placement }] as const)))
  return (from, nodeId, name) => {
    const known = tables.get(`${nodeId} ${name}`)
    if (known === undefined) return false
    // Of copies the fullest counts, and to find it all are looked at.
    return isCopied(known.table) || ownershipOf(known.table, known.placement.kind, from, { snapshot, workerIndex, workerCount }) !== 'none'
  }
}

function isCopied({ keys, unkeyed }: StateTable): boolean {
  return keys === null && unkeyed === 'copy'
}

/** Whose copy of a table is whole: a worker that had read its splits to their end has let go of its own. */
function fullestOf({ workers }: JobSnapshot, nodeId: number, name: string): number {
  const rowsOf = ({ operators }: PipelineSnapshot): number =>
    storedRowCount(operators.find((operator) => operator.nodeId === nodeId)?.tables.find((table) => table.name === name)?.parts ?? [])
  return workers.reduce((fullest, worker) => (rowsOf(worker) > rowsOf(fullest) ? worker : fullest)).workerIndex
}

interface Whom {
  readonly snapshot: JobSnapshot
  readonly workerIndex: number
  readonly workerCount: number
}

/** Which of the rows that worker `from` stored of a table are for a worker of the restored job. */
function ownershipOf(table: StateTable, kind: StatefulNode['placement']['kind'], from: number, whom: Whom): 'all' | 'none' | 'by key' {
  const { snapshot, workerIndex, workerCount } = whom
  const unkeyed = table.unkeyed ?? 'all'
  if (kind === 'first') return 'all'
  if (snapshot.workers.length === workerCount) return from === workerIndex ? 'all' : 'none'
  if (table.keys === null && unkeyed === 'all') return 'all'
  if (table.keys === null || kind === 'split') return from % workerCount === workerIndex ? 'all' : 'none'
  return 'by key'
}

function restoreOwned(table: StateTable, batch: Batch, workerIndex: number, workerCount: number, take: (batch: Batch) => void): void {
  const keys = table.keys!
  const hashes = new Int32Array(batch.length)
  hashColumns(keys.map((key) => batch.columns[key]!), keys.map((key) => table.schema[key]!.type), batch.length, hashes)
  const rows = Int32Array.from({ length: batch.length }, (_, i) => i).filter((i) => ownerOf(hashes[i]!, workerCount) === workerIndex)
  if (rows.length === 0) return
  const owned = new BatchBuffer(table.schema, rows.length)
  owned.append(batch, rows, 0, rows.length)
  take(owned.batch())
}

/** What the scan of a node is told on one worker. */
export function scanRestore(snapshot: JobSnapshot, nodeId: number, workerIndex: number, workerCount: number): ScanRestore {
  const scans = snapshot.workers.flatMap((worker) => worker.scans).filter((scan) => scan.nodeId === nodeId)
  const splits = splitsOf(snapshot, nodeId)
  const open = splits.filter(({ progress }) => !progress.done)
  const keepsBooks = workerIndex === BOOKKEEPER
  const sticky = hasGroupsBySplit(snapshot.plan)
  return {
    open: open.map(({ progress }) => progress),
    kept: open.filter(({ worker }) => (sticky ? worker % workerCount === workerIndex : keepsBooks)).map(({ progress }) => progress),
    done: keepsBooks ? splits.filter(({ progress }) => progress.done).map(({ progress }) => progress) : [],
    drained: scans.length > 0 && scans.every(({ drained }) => drained),
    counters: keepsBooks ? totalOf(scans.map(({ counters }) => counters), NO_SCAN_COUNTERS) : NO_SCAN_COUNTERS,
  }
}

const NO_SCAN_COUNTERS: ScanCounters = { bytesIn: 0, rowsFiltered: 0, rowsReturned: 0, recordsFailed: 0, splitsDone: 0, weightDone: 0 }

/** The sums of what all workers had counted, by node; nothing for all workers but one. */
export function countersRestore(snapshot: JobSnapshot, workerIndex: number): Map<number, CounterSnapshot> {
  const totals = new Map<number, CounterSnapshot>()
  if (workerIndex !== BOOKKEEPER) return totals
  for (const counters of snapshot.workers.flatMap((worker) => worker.counters)) {
    totals.set(counters.nodeId, { ...totalOf([totals.get(counters.nodeId) ?? NO_COUNTERS, counters], NO_COUNTERS), nodeId: counters.nodeId })
  }
  return totals
}

const NO_COUNTERS: CounterSnapshot = {
  nodeId: 0, rowsIn: 0, rowsOut: 0, rowsFiltered: 0, rowsAggregated: 0, rowsLate: 0, rowsFailed: 0, bytesOut: 0, rowsCopied: 0,
}

function totalOf<Counters extends object>(all: readonly Counters[], none: Counters): Counters {
  const total: Record<string, number> = {}
  for (const name of Object.keys(none)) total[name] = all.reduce((sum, counters) => sum + (counters as Record<string, number>)[name]!, 0)
  return total as Counters
}

/** True if VALUES have been given by whoever had them. */
export function valuesWereGiven({ workers }: JobSnapshot, nodeId: number): boolean {
  return workers.some(({ valuesGiven }: PipelineSnapshot) => valuesGiven.includes(nodeId))
}
