import { describe, expect, it } from 'vitest'
import type { Split } from '../connector.js'
import type { JobSnapshot, ScanSnapshot, SplitProgress } from '../pipeline-snapshot.js'
import { splitsLeft } from '../restore-share.js'
import { begunIn, positionsIn, reassigned } from './reassigned.js'

const SCAN = 3
const counters = { bytesIn: 0, rowsFiltered: 0, rowsReturned: 0, recordsFailed: 0, splitsDone: 0, weightDone: 0 }

const split = (id: string, more: Partial<Split> = {}): Split => ({ id, weight: 0, bounded: false, detail: { start: 0 }, ...more })
const progress = (id: string, position: unknown, more: Partial<SplitProgress> = {}): SplitProgress =>
  ({ id, done: false, position, rows: 5, watermark: null, idle: false, resumesAt: null, silentMs: 0, ...more })
const scan = (splits: readonly SplitProgress[], kept: readonly SplitProgress[] = []): ScanSnapshot => ({ nodeId: SCAN, splits, kept, drained: false, counters })

const snapshotOf = (listed: readonly Split[], ...scans: readonly ScanSnapshot[]): JobSnapshot => ({
  formatVersion: 1, epoch: 4, splits: [{ nodeId: SCAN, splits: listed }],
  plan: { formatVersion: 1, strategy: 'pipelines', workerCount: scans.length, settings: { compile: true, batchRows: 1, timeZone: 'UTC', seed: 1 }, nodes: [] },
  workers: scans.map((own, workerIndex) => ({ epoch: 4, workerIndex, operators: [], scans: [own], valuesGiven: [], counters: [], prepared: [] })),
})

const now = (snapshot: JobSnapshot, ...splits: readonly Split[]): JobSnapshot => reassigned(snapshot, new Map([[SCAN, splits]]))
const listOf = ({ splits }: JobSnapshot): unknown => splits[0]!.splits.map(({ id }) => id)

describe('a snapshot with other splits', () => {
  const before = snapshotOf([split('a'), split('b'), split('c')], scan([progress('a', 10), progress('b', 20, { done: true })]), scan([progress('c', 30)]))

  it('keeps places: those that are gone are not claimed, those that are new come behind', () => {
    const after = now(before, split('d'), split('a'), split('c'))
    expect(listOf(after)).toEqual(['a', 'b', 'c', 'd'])
    expect(after.splits[0]!.absent).toEqual(['b'])
    expect(splitsLeft(after, SCAN, 2).done).toEqual(new Set([1]))
    const back = now(now(after, split('d')), split('b'), split('c'))
    expect(listOf(back)).toEqual(['a', 'b', 'c', 'd'])
    expect(splitsLeft(back, SCAN, 2).done).toEqual(new Set([0, 1, 3]))
    expect(splitsLeft(now(back, split('a'), split('c'), split('d')), SCAN, 2).done).toEqual(new Set([1]))
  })

  it('goes on where it was, unless it is told where', () => {
    const after = now(before, split('a', { position: 15 }), split('b', { position: 20 }), split('c'))
    expect(positionsIn(after, SCAN)).toEqual(new Map([['a', 15], ['b', 20], ['c', 30]]))
    // At its end it was before, and at its end it is.
    expect(splitsLeft(after, SCAN, 2).done).toEqual(new Set([1]))
    expect(splitsLeft(now(before, split('a'), split('b', { position: 19 }), split('c')), SCAN, 2).done).toEqual(new Set())
  })

  it('takes the detail of today, but of a split that nobody has opened yet that of its beginning', () => {
    const after = now(snapshotOf([split('a'), split('b')], scan([progress('a', 10)])), split('a', { detail: { start: 99 } }), split('b', { detail: { start: 99 } }))
    expect(after.splits[0]!.splits.map(({ detail }) => detail)).toEqual([{ start: 99 }, { start: 0 }])
    const told = now(snapshotOf([split('b')], scan([])), split('b', { detail: { start: 99 }, position: 7 }))
    expect(told.splits[0]!.splits).toEqual([split('b', { detail: { start: 99 }, position: 7 })])
  })

  it('knows what was begun, by whom ever, and of what was kept only what nobody has gone on with', () => {
    const kept = snapshotOf([split('a'), split('b')], scan([progress('a', 11)], []), scan([], [progress('a', 10), progress('b', 20)]))
    expect(begunIn(kept, SCAN)).toEqual(new Set(['a', 'b']))
    expect(positionsIn(kept, SCAN)).toEqual(new Map([['a', 11], ['b', 20]]))
    expect(positionsIn(now(kept, split('a'), split('b', { position: 25 })), SCAN)).toEqual(new Map([['a', 11], ['b', 25]]))
  })

  it('begins to read a table of which nothing is known', () => {
    const after = reassigned(before, new Map([[SCAN, [split('a')]], [7, [split('x')]]]))
    expect(after.splits[1]).toEqual({ nodeId: 7, splits: [split('x')] })
  })
})
