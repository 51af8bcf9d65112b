import type { Split } from './connector.js'
import type { PreparedSink } from './pipeline.js'
import type { PhysicalPlan } from './plan/physical.js'

/**
 * A job between two epochs, as plain data: everything that its workers remember, how far its tables were read, and what its writers
 * have prepared. JSON but for the encoded batches.
 */
export interface JobSnapshot {
  readonly formatVersion: 1
  readonly epoch: number
  /** The plan that ran. It is restored by the same plan, at any number of workers: see `rescaled`. */
  readonly plan: PhysicalPlan
  /** The splits of every scan in the order that defines the ordinals of their rows, by node id. */
  readonly splits: readonly ScanSplits[]
  /** One a worker. */
  readonly workers: readonly PipelineSnapshot[]
}

export interface ScanSplits {
  readonly nodeId: number
  readonly splits: readonly Split[]
}

/** What one pipeline adds to a {@link JobSnapshot}. */
export interface PipelineSnapshot {
  readonly epoch: number
  readonly workerIndex: number
  readonly operators: readonly OperatorSnapshot[]
  readonly scans: readonly ScanSnapshot[]
  /** VALUES whose rows have been given. */
  readonly valuesGiven: readonly number[]
  readonly counters: readonly CounterSnapshot[]
  /** What `WriterFactory.commit` takes when every worker has its part of the snapshot. */
  readonly prepared: readonly PreparedSink[]
}

export interface OperatorSnapshot {
  readonly nodeId: number
  readonly tables: readonly TableSnapshot[]
}

/** One of an operator's tables: see `OperatorState`. */
export interface TableSnapshot {
  readonly name: string
  readonly rows: number
  /** Each as `encodeBatch` writes it. */
  readonly batches: readonly Uint8Array[]
}

export interface ScanSnapshot {
  readonly nodeId: number
  /** Those that this worker had claimed. What no worker names has not been claimed. */
  readonly splits: readonly SplitProgress[]
  /** Splits that were open before the last restore; they hold where no worker has claimed them since. */
  readonly kept: readonly SplitProgress[]
  /** True if it was told to read no more. */
  readonly drained: boolean
  readonly counters: ScanCounters
}

export interface SplitProgress {
  readonly id: string
  /** Read as far as it is wanted; then only its rows and its last watermark count. */
  readonly done: boolean
  /** What `Reader.position` gave. */
  readonly position: unknown
  /** Rows returned so far: the ordinal of the next. */
  readonly rows: number
  /** Microseconds, or null where no row has given one. */
  readonly watermark: number | null
  /** Held nobody back any more; then it goes on from `resumesAt`, the job's watermark as this worker knew it. */
  readonly idle: boolean
  readonly resumesAt: number | null
  /** For how long it had given nothing. */
  readonly silentMs: number
}

export interface ScanCounters {
  readonly bytesIn: number
  readonly rowsFiltered: number
  readonly rowsReturned: number
  readonly recordsFailed: number
  readonly splitsDone: number
  readonly weightDone: number
}

/** What an operator had counted. After a restore the first worker goes on from the sums, so that the job's counters go on. */
export interface CounterSnapshot {
  readonly nodeId: number
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rowsFiltered: number
  readonly rowsAggregated: number
  readonly rowsLate: number
  readonly rowsFailed: number
  /** Written by a sink. */
  readonly bytesOut: number
  /** Where its rows go to several: copies made. */
  readonly rowsCopied: number
}

/** Bytes of encoded state. */
export function snapshotBytes({ workers }: JobSnapshot): number {
  return workers.reduce((sum, { operators }) => sum + operators.reduce((ofWorker, { tables }) => (
    ofWorker + tables.reduce((ofOperator, { batches }) => ofOperator + batches.reduce((bytes, batch) => bytes + batch.length, 0), 0)), 0), 0)
}
