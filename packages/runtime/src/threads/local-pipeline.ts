import type { AfterCheckpoint, CheckpointPart, PreparedSink } from '@millrace/core'
import { valueOf } from '../outcome.js'
import { settledWithin } from './deadline.js'
import type { PipelineHandle } from './pipeline-handle.js'
import { PipelineHost } from './pipeline-host.js'
import type { PipelineStart, RunEnd } from './worker-protocol.js'

/** A pipeline in the calling thread: the `single` strategy. */
export class LocalPipeline implements PipelineHandle {
  readonly #host: PipelineHost
  readonly #stopMsMax: number

  constructor(start: PipelineStart, stopMsMax: number) {
    this.#stopMsMax = stopMsMax
    this.#host = new PipelineHost(start)
  }

  async open(): Promise<void> {
    valueOf(await this.#host.open())
  }

  async run(): Promise<RunEnd> {
    return valueOf(await this.#host.run())
  }

  async barrier(epoch: number, after: AfterCheckpoint): Promise<CheckpointPart> {
    return valueOf(await this.#host.barrier(epoch, after))
  }

  async prepare(epoch: number): Promise<readonly PreparedSink[]> {
    return valueOf(await this.#host.prepare(epoch))
  }

  stop(): void {
    this.#host.stop()
  }

  async close(): Promise<void> {
    await settledWithin(this.#stopMsMax, this.#host.close())
  }
}
