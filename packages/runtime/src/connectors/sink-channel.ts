import type { Batch } from '@millrace/core'

/** How built-in sinks reach the main thread, by name of their table. */
export interface SinkChannel {
  sendBatch(table: string, batch: Batch): void
  sendBytes(table: string, payload: Uint8Array): void
  /** True if nothing waits any more. */
  flush(): boolean
  /** Resolves when nothing waits any more, or the job stops. */
  drain(): Promise<void>
  /**
   * Ends an epoch: what was sent before belongs to it. Resolves when the main thread is done with all of that, so that it outlives this
   * worker, or when the job stops.
   */
  endEpoch(table: string, epoch: number): Promise<void>
}
