import type { Pipeline, PipelineCounters, PipelineSnapshot, SnapshotTaking } from '@millrace/core'
import { IN_MEMORY } from '@millrace/core'
import type { ControlChannel } from './control-channel.js'
import type { History } from './history.js'
import type { Turns } from './turns.js'

/** What a coordinator tells a worker. */
export type ToWorker = { readonly kind: 'barrier'; readonly epoch: number } | { readonly kind: 'close' }

/** What a worker tells its coordinator. */
export type ToMain = { readonly kind: 'ended'; readonly worker: number } | { readonly kind: 'part'; readonly part: PipelineSnapshot }

/** Turns that a worker lets pass when it has had nothing to do. */
const IDLE_TURNS = 3

/** One worker of a simulated process: the loop around a pipeline, and its side of checkpoints. */
export class SimulatedWorker {
  readonly #index: number
  readonly #pipeline: Pipeline
  readonly #turns: Turns
  readonly #history: History
  readonly #inbox: ControlChannel<ToWorker>
  readonly #outbox: ControlChannel<ToMain>
  #taking: SnapshotTaking | null = null
  #epoch: number
  #ended = false

  constructor(index: number, pipeline: Pipeline, parts: { turns: Turns; history: History; inbox: ControlChannel<ToWorker>; outbox: ControlChannel<ToMain>; epoch: number }) {
    this.#index = index
    this.#pipeline = pipeline
    this.#turns = parts.turns
    this.#history = parts.history
    this.#inbox = parts.inbox
    this.#outbox = parts.outbox
    this.#epoch = parts.epoch
  }

  get counters(): PipelineCounters {
    return this.#pipeline.counters
  }

  async run(): Promise<void> {
    for (let rest = 0; ;) {
      await this.#turns.wait(`worker ${this.#index}`, rest)
      const message = this.#inbox.receive()
      if (message?.kind === 'close') return
      if (message !== null && message.epoch > this.#epoch) {
        this.#pipeline.barrier(message.epoch)
        this.#ended = false
      }
      if (this.#taking !== null && this.#taking.advance()) await this.#finish()
      rest = this.#ended ? IDLE_TURNS : await this.#step()
    }
  }

  async #step(): Promise<number> {
    const result = await this.#pipeline.step()
    this.#history.note(`worker ${this.#index}`, result)
    if (result === 'aligned') {
      this.#taking = this.#pipeline.beginSnapshot(IN_MEMORY)
      this.#epoch = this.#taking.epoch
    }
    if (result === 'ended') {
      this.#ended = true
      this.#outbox.send({ kind: 'ended', worker: this.#index })
    }
    return result === 'worked' || result === 'aligned' ? 0 : IDLE_TURNS
  }

  async #finish(): Promise<void> {
    const taking = this.#taking!
    this.#taking = null
    this.#outbox.send({ kind: 'part', part: await taking.finish() })
  }
}
