import { assert, type Batch, decodeBatch, type Schema } from '@millrace/core'
import { RingReader, type RingMemory } from '../exchange/ring.js'
import { nextTurn, sleepMs } from '../turn.js'
import { RESULT, RESULT_HEAD_BYTES } from './result-outbox.js'

/** Takes what one sink sends. A promise holds everything behind it: that is the back-pressure of slow consumers. */
export interface ResultTarget {
  readonly schema: Schema
  /** The batch is valid until this returns; who waits copies first. */
  batch?(batch: Batch, worker: number): void | Promise<void>
  bytes?(payload: Uint8Array): void | Promise<void>
  /** What the worker has sent since the last one belongs to the epoch. */
  endEpoch?(worker: number, epoch: number): void
}

/** Longest sleep of an idle pump; it starts at 1 ms and doubles. */
const SLEEP_MS_MAX = 8

/** Takes result messages out of the workers' rings on the main thread, in order per worker. */
export class ResultPump {
  readonly #inboxes: readonly RingReader[]
  readonly #targets: ReadonlyMap<number, ResultTarget>
  #closing = false

  constructor(memory: readonly RingMemory[], targets: ReadonlyMap<number, ResultTarget>) {
    this.#inboxes = memory.map((ring) => new RingReader(ring))
    this.#targets = targets
  }

  /** Runs until {@link stop}; rejects with what a target throws. */
  async run(): Promise<void> {
    let idleMs = 1
    while (!this.#closing) {
      if (await this.#round()) {
        idleMs = 1
        await nextTurn()
      } else {
        await sleepMs(idleMs)
        idleMs = Math.min(SLEEP_MS_MAX, idleMs * 2)
      }
    }
  }

  /** Goes on, after {@link run} has ended, until `last` resolves and nothing is left that it sent; gives its value. */
  async finish<T>(last: Promise<T>): Promise<T> {
    const state = { ended: false }
    const ending = last.finally(() => {
      state.ended = true
    })
    ending.catch(() => {})
    while (!state.ended) if (!(await this.#round())) await sleepMs(1)
    while (await this.#round());
    return ending
  }

  stop(): void {
    this.#closing = true
  }

  /** One message of each worker. */
  async #round(): Promise<boolean> {
    let any = false
    for (const [worker, inbox] of this.#inboxes.entries()) {
      if (!inbox.next()) continue
      any = true
      const done = this.#deliver(inbox, worker)
      if (done instanceof Promise) await done
      inbox.release()
    }
    return any
  }

  #deliver(inbox: RingReader, worker: number): void | Promise<void> {
    const head = new Int32Array(inbox.bytes.buffer, inbox.bytes.byteOffset + inbox.offset, 2)
    const target = this.#targets.get(head[0]!)
    assert(target !== undefined, 'results come from sinks of the plan')
    const at = inbox.offset + RESULT_HEAD_BYTES
    switch (head[1]) {
      case RESULT.batch: return target.batch?.(decodeBatch(inbox.bytes, at, target.schema), worker)
      case RESULT.bytes: return target.bytes?.(inbox.bytes.subarray(at, inbox.offset + inbox.length))
      case RESULT.epoch: return target.endEpoch?.(worker, new DataView(inbox.bytes.buffer, inbox.bytes.byteOffset + at).getFloat64(0, true))
      default: return assert(false, `a worker sends no message of kind ${head[1]}`)
    }
  }
}
