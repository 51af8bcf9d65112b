import type { CheckpointPart, CheckpointStore, Pipeline, PipelineCounters, PlainError } from '@millrace/core'
import { MillraceError, SnapshotTaker, toPlainError } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'
import type { ControlChannel } from './control-channel.js'
import type { History } from './history.js'
import type { Turns } from './turns.js'

/** What a coordinator asks of a worker. */
export interface Barrier {
  readonly epoch: number
  readonly isLast: boolean
}

/** What a worker tells its coordinator. */
export type FromWorker =
  | { readonly kind: 'ended'; readonly worker: number }
  | { readonly kind: 'part'; readonly part: CheckpointPart }
  | { readonly kind: 'failed'; readonly error: PlainError }

export interface WorkerParts {
  readonly index: number
  readonly pipeline: Pipeline
  readonly store: CheckpointStore
  readonly turns: Turns
  readonly history: History
  readonly random: SeededRandom
  readonly inbox: ControlChannel<Barrier>
  readonly outbox: ControlChannel<FromWorker>
}

/** Turns that a worker lets pass when it has had nothing to do. */
const IDLE_TURNS = 3

/** One worker of a simulated process: the loop around a pipeline. */
export class SimulatedWorker {
  readonly #parts: WorkerParts
  readonly #snapshots: SnapshotTaker
  #ended = false
  #isStopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(parts: WorkerParts) {
    this.#parts = parts
    // Pieces of a snapshot are as long as the seed says, whatever they take.
    let ticks = 0
    const { pipeline, store, index: workerIndex, random } = parts
    this.#snapshots = new SnapshotTaker(pipeline, store, { workerIndex, nowMs: () => ticks++, sliceMs: random.pick([2, 3, 1_000]), pieceRows: random.pick([1, 2, 100]) })
  }

  get counters(): PipelineCounters {
    return this.#parts.pipeline.counters
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Lets go of everything, as a worker does whose job goes on in another attempt, or has ended. */
  async close(): Promise<void> {
    this.#isStopped = true
    await this.#running
    this.#snapshots.fail(new MillraceError('JOB_CANCELLED', 'the simulated attempt is over'))
    await this.#snapshots.settled()
    await this.#parts.pipeline.close()
    await this.#parts.store.close()
  }

  async #run(): Promise<void> {
    const { turns, outbox, index } = this.#parts
    try {
      for (let rest = 0; ;) {
        await turns.wait(`worker ${index}`, rest)
        if (this.#isStopped) return
        this.#answer()
        this.#snapshots.ask()
        const worked = (await this.#step()) || this.#snapshots.advance()
        rest = worked ? 0 : IDLE_TURNS
      }
    } catch (error) {
      this.#snapshots.fail(error)
      outbox.send({ kind: 'failed', error: toPlainError(error) })
    }
  }

  #answer(): void {
    const { inbox, outbox } = this.#parts
    for (let asked = inbox.receive(); asked !== null; asked = inbox.receive()) {
      const part = this.#snapshots.part(asked.epoch, asked.isLast)
      part.then((given) => outbox.send({ kind: 'part', part: given }), (error: unknown) => outbox.send({ kind: 'failed', error: toPlainError(error) }))
    }
  }

  /** True if there was something to do. */
  async #step(): Promise<boolean> {
    const { pipeline, history, outbox, index } = this.#parts
    if (this.#ended && pipeline.due === null) return false
    const result = await pipeline.step()
    history.note(`worker ${index}`, result)
    if (result === 'aligned') this.#snapshots.begin()
    if (result === 'ended' && !this.#ended) {
      this.#ended = true
      outbox.send({ kind: 'ended', worker: index })
    }
    return result === 'worked' || result === 'aligned'
  }
}
