import type { AfterCheckpoint, CheckpointPart, PreparedSink } from '@millrace/core'
import type { RunEnd } from './worker-protocol.js'

/** The main thread's hold on one pipeline, wherever it runs. Methods reject with what went wrong in it. */
export interface PipelineHandle {
  open(): Promise<void>
  run(): Promise<RunEnd>
  /** @param after see `CheckpointPorts.ask` */
  barrier(epoch: number, after: AfterCheckpoint): Promise<CheckpointPart>
  prepare(epoch: number): Promise<readonly PreparedSink[]>
  /** Ends waits inside the pipeline. */
  stop(): void
  /** Never rejects and never hangs: a thread that does not let go in time is ended. */
  close(): Promise<void>
}
