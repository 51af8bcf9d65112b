import type { AfterCheckpoint, CheckpointPart, JobSnapshot, PhysicalPlan, PreparedSink, StoredObject } from '@millrace/core'
import type { MessagePort } from 'node:worker_threads'
import type { StoreAddress } from '../checkpoint/store-address.js'
import type { ConnectorAddress } from '../connectors/connector-address.js'
import type { JobMemory } from '../job-memory.js'
import type { Outcome } from '../outcome.js'

/** All that a worker needs to build its pipeline. Plain data and shared memory. */
export interface PipelineStart {
  readonly jobId: string
  /** See `SinkSpec.attempt`. */
  readonly attempt: string
  readonly plan: PhysicalPlan
  readonly workerIndex: number
  readonly workerCount: number
  readonly memory: JobMemory
  readonly connectors: readonly ConnectorAddress[]
  /** Where its checkpoints are kept; null for a job without. */
  readonly store: StoreAddress | null
  /** What it goes on from, without the bytes of its state: the worker gets those from the store. */
  readonly restore: PipelineRestore | null
  /** See `PipelineOptions.sinksHoldPositions`. */
  readonly sinksHoldPositions: boolean
}

export interface PipelineRestore {
  readonly snapshot: JobSnapshot
  readonly objects: readonly StoredObject[]
}

/** What is posted to a thread of the pool: one task is one pipeline, from its opening until `port` closes. */
export interface WorkerTask {
  readonly start: PipelineStart
  readonly port: MessagePort
  /** Leads to the store of the checkpoints, where the main thread has it; else null. */
  readonly storePort: MessagePort | null
}

/** How a pipeline's run ended: its input is used up and everything is written, or it was told to stop. */
export type RunEnd = 'ended' | 'stopped'

/**
 * The control channel of one pipeline. Called by the main thread in this order: `open`, `run`, `prepare`, `close`; `stop`
 * and `close` at any time, and `barrier` at any time after `run` was called, in place of `prepare`. That the job drains or stops is also in shared memory, which a busy worker sees sooner.
 */
export interface PipelineControl {
  /** Loads connectors and builds the pipeline; reads nothing yet. */
  open(): Promise<Outcome<void>>
  /** Runs until the input has ended or the job stops. */
  run(): Promise<Outcome<RunEnd>>
  /**
   * Brings the pipeline to a stand behind the barrier of an epoch, takes its snapshot while it goes on, and gives its part when all of it
   * is durable. Also when `run` has ended. Asked again for the same epoch it gives the same part.
   *
   * @param after see `CheckpointPorts.ask`; but for `goes on`, the worker's counters stay as they are at that stand
   */
  barrier(epoch: number, after: AfterCheckpoint): Promise<Outcome<CheckpointPart>>
  /** Makes what was written durable. */
  prepare(epoch: number): Promise<Outcome<readonly PreparedSink[]>>
  /** Ends waits of readers and writers: the job is stopping. */
  stop(): void
  /** Lets go of everything. May be called again. */
  close(): Promise<Outcome<void>>
}
