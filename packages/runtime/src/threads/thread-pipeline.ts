import { type AfterCheckpoint, type CheckpointPart, MillraceError, type PreparedSink } from '@millrace/core'
import { type Remote, wrap } from 'comlink'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { ProcessStore } from '../checkpoint/process-store.js'
import { type Outcome, valueOf } from '../outcome.js'
import { settledWithin } from './deadline.js'
import type { PipelineHandle } from './pipeline-handle.js'
import type { PipelineControl, PipelineStart, RunEnd, WorkerTask } from './worker-protocol.js'

/**
 * A pipeline in a thread of the pool. Every call is raced against the end of the thread, because a call to a dead thread
 * never settles.
 */
export class ThreadPipeline implements PipelineHandle {
  readonly #port: MessagePort
  /** Kept in a field: a collected proxy drops the replies to its calls. */
  readonly #control: Remote<PipelineControl>
  readonly #kill = new AbortController()
  readonly #task: Promise<void>
  readonly #lost: Promise<never>
  readonly #stopMsMax: number
  #released = false

  constructor(pool: Piscina<WorkerTask, void>, start: PipelineStart, stopMsMax: number) {
    this.#stopMsMax = stopMsMax
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#control = wrap<PipelineControl>(port1 as never)
    const storePort = start.store?.kind === 'process' ? ProcessStore.find(start.store.id)!.port() : null
    this.#task = pool.run({ start, port: port2, storePort }, { transferList: storePort === null ? [port2] : [port2, storePort], signal: this.#kill.signal })
    this.#lost = this.#task.then(
      () => {
        throw lost(start.workerIndex, 'it ended')
      },
      (error: unknown) => {
        throw lost(start.workerIndex, error instanceof Error ? error.message : String(error), error)
      },
    )
    this.#lost.catch(() => {})
  }

  async open(): Promise<void> {
    await this.#call((control) => control.open())
  }

  run(): Promise<RunEnd> {
    return this.#call((control) => control.run())
  }

  barrier(epoch: number, after: AfterCheckpoint): Promise<CheckpointPart> {
    return this.#call((control) => control.barrier(epoch, after))
  }

  prepare(epoch: number): Promise<readonly PreparedSink[]> {
    return this.#call((control) => control.prepare(epoch))
  }

  stop(): void {
    if (!this.#released) void Promise.race([this.#control.stop(), this.#lost]).catch(() => {})
  }

  async close(): Promise<void> {
    if (this.#released) return
    this.#released = true
    const closed = await settledWithin(this.#stopMsMax, this.#call((control) => control.close()))
    // The thread sees its end of the channel close, and its task ends.
    this.#port.close()
    if (closed === 'settled' && (await settledWithin(this.#stopMsMax, this.#task)) === 'settled') return
    this.#kill.abort()
    await this.#task.catch(() => {})
  }

  async #call<T>(call: (control: Remote<PipelineControl>) => Promise<Outcome<T>>): Promise<T> {
    return valueOf(await Promise.race([call(this.#control), this.#lost]))
  }
}

function lost(workerIndex: number, why: string, cause?: unknown): MillraceError {
  return new MillraceError('WORKER_LOST', `worker ${workerIndex} was lost: ${why}`, { worker: workerIndex }, { cause })
}
