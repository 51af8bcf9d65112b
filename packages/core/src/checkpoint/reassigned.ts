import type { Split } from '../connector.js'
import type { JobSnapshot, ScanSnapshot, ScanSplits, SplitProgress } from '../pipeline-snapshot.js'
import { toPlainText } from './plain-text.js'

/**
 * A snapshot as a job goes on from it with the splits that it has from now on, where splits come and go: those of `assigned` scans, by node
 * id. Splits that are gone keep their places in the list, because ordinals go by them, and what is known of them, because they may come
 * back; new ones come behind. What a split has been given as its position outranks how far it had been read.
 */
export function reassigned(snapshot: JobSnapshot, assigned: ReadonlyMap<number, readonly Split[]>): JobSnapshot {
  const given = new Map([...assigned].map(([nodeId, splits]) => [nodeId, new Map(splits.map((split) => [split.id, split]))]))
  const before = snapshot.splits.map((scan) => (given.has(scan.nodeId) ? merged(scan, given.get(scan.nodeId)!, begunIn(snapshot, scan.nodeId)) : scan))
  const known = new Set(before.map(({ nodeId }) => nodeId))
  return {
    ...snapshot,
    splits: [...before, ...[...assigned].filter(([nodeId]) => !known.has(nodeId)).map(([nodeId, splits]) => ({ nodeId, splits }))],
    workers: snapshot.workers.map((worker) => ({
      ...worker,
      scans: worker.scans.map((scan) => (given.has(scan.nodeId) ? repositioned(scan, given.get(scan.nodeId)!) : scan)),
    })),
  }
}

/** Ids of the splits of a scan that have been read, or begun. */
export function begunIn({ workers }: JobSnapshot, nodeId: number): ReadonlySet<string> {
  return new Set(workers.flatMap(({ scans }) => scans.filter((scan) => scan.nodeId === nodeId).flatMap(({ splits, kept }) => [...kept, ...splits].map(({ id }) => id))))
}

/** How far the splits of a scan have been read, by id; those of which a position is known. */
export function positionsIn({ workers }: JobSnapshot, nodeId: number): Map<string, unknown> {
  const scans = workers.flatMap((worker) => worker.scans.filter((scan) => scan.nodeId === nodeId))
  // What was kept from before holds where nobody has gone on with it.
  const all = [...scans.flatMap(({ kept }) => kept), ...scans.flatMap(({ splits }) => splits)]
  return new Map(all.filter(({ position }) => position !== undefined).map(({ id, position }) => [id, position]))
}

function merged({ nodeId, splits }: ScanSplits, given: ReadonlyMap<string, Split>, begun: ReadonlySet<string>): ScanSplits {
  const listed = new Set(splits.map(({ id }) => id))
  const all = splits.map((stored) => {
    const split = given.get(stored.id)
    if (split === undefined || begun.has(stored.id)) return split ?? stored
    // Nobody has opened it yet, and where it begins may depend on when it was asked for.
    return split.position === undefined ? stored : split
  })
  const absent = splits.filter(({ id }) => !given.has(id)).map(({ id }) => id)
  return { nodeId, splits: [...all, ...[...given.values()].filter(({ id }) => !listed.has(id))], ...(absent.length === 0 ? {} : { absent }) }
}

function repositioned(scan: ScanSnapshot, given: ReadonlyMap<string, Split>): ScanSnapshot {
  const from = (progress: SplitProgress): SplitProgress => {
    const position = given.get(progress.id)?.position
    if (position === undefined || toPlainText(position) === toPlainText(progress.position)) return progress
    // Others may have read on, and what this job had taken for the end need not be it.
    return { ...progress, position, done: false }
  }
  return { ...scan, splits: scan.splits.map(from), kept: scan.kept.map(from) }
}
