import { MillraceError, type PreparedSink } from '@millrace/core'
import type { Feeder } from '../coordinator/feeder.js'
import type { ResultPump } from '../results/result-pump.js'
import type { PipelineHandle } from '../threads/pipeline-handle.js'

/** All pipelines of a job as one, with what feeds them and what takes their results. */
export class Pipelines {
  readonly handles: readonly PipelineHandle[]
  readonly #feeders: readonly Feeder[]
  readonly #pump: ResultPump

  constructor(handles: readonly PipelineHandle[], feeders: readonly Feeder[], pump: ResultPump) {
    this.handles = handles
    this.#feeders = feeders
    this.#pump = pump
  }

  /** Weight of what was read for them. */
  get weightFed(): number {
    return this.#feeders.reduce((sum, feeder) => sum + feeder.weightDone, 0)
  }

  async open(): Promise<void> {
    await Promise.all(this.handles.map((pipeline) => pipeline.open()))
  }

  /**
   * Runs pipelines, feeders and the pump together, then `last` while the pump still takes what is sent; the first failure of any ends all.
   */
  async run<T>(last: (ended: Promise<void>) => Promise<T>): Promise<T> {
    const pumping = this.#pump.run()
    const running = Promise.all([...this.handles.map(runToEnd), ...this.#feeders.map((feeder) => feeder.run())])
    const ending = last(running.then(() => {}))
    try {
      await Promise.race([ending, pumping.then(() => ending)])
    } finally {
      this.#pump.stop()
      // Where one has failed the others end too, in their own time; their errors are consequences.
      running.catch(() => {})
      pumping.catch(() => {})
      ending.catch(() => {})
    }
    await pumping
    return this.#pump.finish(ending)
  }

  async prepare(epoch: number): Promise<PreparedSink[]> {
    return (await Promise.all(this.handles.map((pipeline) => pipeline.prepare(epoch)))).flat()
  }

  stop(): void {
    for (const pipeline of this.handles) pipeline.stop()
  }

  async close(): Promise<void> {
    await Promise.all(this.handles.map((pipeline) => pipeline.close()))
  }
}

/** A pipeline that was stopped has not ended: what it wrote is never committed as if it had. */
async function runToEnd(pipeline: PipelineHandle): Promise<void> {
  if ((await pipeline.run()) === 'stopped') throw new MillraceError('JOB_CANCELLED', 'the job was stopped before its end')
}
