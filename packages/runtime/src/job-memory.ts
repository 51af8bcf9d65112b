import { assert, type PhysicalPlan, type ScanNode, type Split, type SplitsLeft } from '@millrace/core'
import { newCounterMemory } from './counters.js'
import { type Deal, dealOf } from './coordinator/deal.js'
import { type ExchangeMemory, newExchangeMemory } from './exchange/ring-port.js'
import { exchangeRingBytes } from './exchange/ring-size.js'
import { newRing, type RingMemory } from './exchange/ring.js'
import { newWatermarkMemory } from './job-watermark.js'
import { FEED_BLOCKS_MAX, FEED_RING_BYTES, RESULT_RING_BYTES } from './limits.js'
import { newSplitRowsMemory } from './split-rows.js'
import { newSplitMemory } from './splits.js'

/** All that the workers of one job share. Made on the main thread, given to every worker with its start. */
export interface JobMemory {
  readonly signal: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly scans: readonly ScanMemory[]
  readonly exchanges: readonly { readonly nodeId: number; readonly rings: ExchangeMemory }[]
  /** From each worker to the main thread: result rows, rows of memory tables, lines for stdout. */
  readonly results: readonly RingMemory[]
}

export interface ScanMemory {
  readonly nodeId: number
  readonly splits: readonly Split[]
  readonly owners: SharedArrayBuffer
  /** Rows given by each split (by each block, where the main thread reads); null unless only the first rows are wanted. */
  readonly rows: SharedArrayBuffer | null
  readonly watermarks: SharedArrayBuffer
  /** Set where the main thread reads: how it deals out what it has read. */
  readonly feed: FeedMemory | null
}

export interface FeedMemory {
  readonly deal: Deal
  /** One to each worker. */
  readonly rings: readonly RingMemory[]
}

/**
 * @param splits of every scan of the plan, by node id
 * @param left of a job that goes on: what is left of them
 */
export function newJobMemory(
  plan: PhysicalPlan, splits: ReadonlyMap<number, readonly Split[]>, left: ReadonlyMap<number, SplitsLeft> = new Map(),
): JobMemory {
  const { workerCount } = plan
  const scans = plan.nodes.filter((node): node is ScanNode => node.kind === 'scan')
  // One worker sends nothing to itself.
  const exchanges = workerCount === 1 ? [] : plan.nodes.filter((node) => node.kind === 'exchange')
  const ringBytes = exchangeRingBytes(workerCount, exchanges.length)
  const ringEach = (bytes: number): RingMemory[] => Array.from({ length: workerCount }, () => newRing(bytes))
  return {
    signal: new SharedArrayBuffer(4),
    counters: newCounterMemory(workerCount),
    scans: scans.map((scan) => {
      const own = splits.get(scan.id)
      assert(own !== undefined, 'every scan has its splits')
      return {
        nodeId: scan.id,
        splits: own,
        owners: newSplitMemory(own.length, left.get(scan.id)),
        rows: scan.firstRows === undefined ? null : newSplitRowsMemory(plan.strategy === 'coordinator' ? FEED_BLOCKS_MAX : own.length, left.get(scan.id)?.rows),
        watermarks: newWatermarkMemory(workerCount),
        feed: plan.strategy === 'coordinator' ? { deal: dealOf(scan), rings: ringEach(FEED_RING_BYTES) } : null,
      }
    }),
    exchanges: exchanges.map((node) => ({ nodeId: node.id, rings: newExchangeMemory(workerCount, ringBytes) })),
    results: ringEach(RESULT_RING_BYTES),
  }
}
