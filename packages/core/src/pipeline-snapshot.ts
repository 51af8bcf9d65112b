import { assert } from './errors.js'
import type { Split } from './connector.js'
import type { PreparedSink } from './pipeline.js'
import type { PhysicalPlan } from './plan/physical.js'
import type { Schema } from './types/data-type.js'

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
  /** All that there have been. None is ever taken out, because ordinals go by their places. */
  readonly splits: readonly Split[]
  /** Ids of those that are not this job's now: see `reassigned`. Left out: all are. */
  readonly absent?: readonly string[]
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
  /** Its columns: what is restored from it has the same. */
  readonly schema?: Schema
  /** The whole table at some epoch, then what has changed up to this one. */
  readonly parts: readonly TablePart[]
}

/** What was stored of a table at one epoch: all of it where it is the first part, else what had changed since the part before. */
export interface TablePart {
  readonly epoch: number
  readonly rows: number
  /** Each as `encodeBatch` writes it. */
  readonly batches: readonly StateBytes[]
  /**
   * The rows of which only what has changed is stored are known by their slots, which stay theirs from the first part to the last: for each
   * of `batches` those of its rows, as `bytesOfSlots` writes them. A later row replaces the one of its slot. Null where the table is always stored whole.
   */
  readonly slots: readonly StateBytes[] | null
  /** Slots that were emptied since the part before, written likewise; null where none was. */
  readonly removed: StateBytes | null
}

/** Bytes of a snapshot: themselves, or where a store has them. */
export type StateBytes = Uint8Array | StoredBytes

export interface StoredBytes {
  /** Name of an object of the `CheckpointStore`. */
  readonly object: string
  readonly at: number
  readonly length: number
}

/** Where the bytes of a snapshot go as they are made. */
export interface StateWriter {
  /** Takes bytes, which are its own from then on: nobody writes to them any more. */
  write(bytes: Uint8Array): StateBytes
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
  /** Read as far as it is wanted; then its position only tells how far that was. */
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
    ofWorker + tables.reduce((ofOperator, { parts }) => ofOperator + parts.reduce((ofTable, part) => ofTable + partBytes(part), 0), 0)), 0), 0)
}

/** Of one part of a table. */
export function partBytes({ batches, slots, removed }: TablePart): number {
  return [...batches, ...(slots ?? []), ...(removed === null ? [] : [removed])].reduce((sum, { length }) => sum + length, 0)
}

/** Of a snapshot in memory. */
export const IN_MEMORY: StateWriter = { write: (bytes) => bytes }

/** The bytes of a snapshot that has been brought into memory. */
export function bytesOf(bytes: StateBytes): Uint8Array {
  assert(bytes instanceof Uint8Array, 'a snapshot is brought into memory before a pipeline goes on from it')
  return bytes
}
