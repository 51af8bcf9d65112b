import type { Connector, Split } from './connector.js'
import type { ExchangePort } from './operators/exchange-port.js'
import type { Spill } from './state/spill-store.js'
import type { Batch } from './types/batch.js'

/**
 * What one pipeline needs of the world around it: the runtime gives it threads, shared memory and a real clock, the
 * simulator a seeded scheduler and a manual one.
 */
export interface PipelineEnvironment {
  readonly jobId: string
  /** See `SinkSpec.attempt`. */
  readonly attempt: string
  readonly workerIndex: number
  readonly workerCount: number
  /** A connector by what stands in `'connector' = '…'`; all those of the plan have been loaded. */
  connector(name: string): Connector
  /** What a module of user functions exports under a name; all modules of the plan have been loaded. */
  functionExport(url: string, exportName: string): unknown
  /** The splits of a scan node, shared with the other workers. */
  splits(scanNodeId: number): SplitQueue
  exchange(exchangeNodeId: number): ExchangePort
  /** Takes rows of a bare SELECT (worker 0, or every worker where order does not matter). */
  readonly results: ResultPort
  /**
   * Publishes the watermark of this worker's part of a scan (microseconds; −Infinity while a split of it has not
   * started, +Infinity when it has ended or all its splits are idle) and returns the job's: the minimum over all workers and unclaimed
   * splits, or where that is +Infinity the highest that any worker has reached.
   * Before a worker has called it, it counts as −Infinity. A worker publishes −Infinity before it claims a split, so that
   * the split is never out of sight between the two.
   *
   * @param reached the highest watermark of any of this worker's splits so far, idle and ended ones too
   */
  jobWatermark(scanNodeId: number, own: number, reached: number): number
  /**
   * Opens what takes state beyond memory. Asked once, by a pipeline whose plan has a limit of memory; it closes what it gets.
   * @param directory of the plan's settings, else null
   * @throws MillraceError STATE_STORE_MISSING, STATE_STORE_FAILED
   */
  openSpill(directory: string | null): Promise<Spill>
  /** Asks the whole job to end early. */
  requestStop(): void
  nowMicros(): number
  /** Milliseconds that only go forward, for idle time-outs and time slices. */
  monotonicMs(): number
  random(): number
  readonly signal: AbortSignal
}

/** Hands out the splits of one scan; each goes to exactly one worker. */
export interface SplitQueue {
  /** All of them, in the order that defines row ordinals. */
  readonly splits: readonly Split[]
  /**
   * Takes the next split for this worker: first of its own share, then of others' (stealing). Returns the split's index,
   * or −1 when none is left. Unbounded splits are not stolen: every worker claims until −1 when it starts, and that must
   * leave each with its own share.
   */
  claim(): number
  /**
   * For scans of which only the first rows are wanted: notes that `rows` rows have come of split `index`, by whoever reads it,
   * and says which split is the last that anybody needs: the first k for which splits 0 … k have given `enough` rows
   * together, Infinity while there is none, −1 where `enough` is 0. Never goes up.
   */
  lastNeeded(enough: number, index: number, rows: number): number
}

export interface ResultPort {
  /** Takes a batch, copying it. What does not fit waits; see `flush`. */
  send(batch: Batch): void
  /** True if nothing waits any more. */
  flush(): boolean
  /** What was sent so far belongs to this epoch, what comes to the next. Absent where nobody asks. */
  endEpoch?(epoch: number): void
}
