import { decodeElement, encodedElementSize, encodeElement } from '@millrace/core'
import type { Element, ExchangePort, ReceivedElement, Schema } from '@millrace/core'
import { Outbox } from './outbox.js'
import { newRing, type RingMemory, RingReader } from './ring.js'

/** The rings of one exchange: the one from worker `from` to worker `to` is `rings[from * workerCount + to]`. */
export type ExchangeMemory = readonly RingMemory[]

export function newExchangeMemory(workerCount: number, ringBytes: number): ExchangeMemory {
  return Array.from({ length: workerCount * workerCount }, () => newRing(ringBytes))
}

/** One worker's end of an exchange, over a ring to every worker and one from every worker. */
export class RingPort implements ExchangePort {
  readonly workerIndex: number
  readonly workerCount: number
  readonly #schema: Schema
  readonly #outboxes: readonly Outbox[]
  readonly #inboxes: readonly RingReader[]
  /** Whose turn it is to be received from. */
  #turn = 0
  /** The inbox whose message was handed out and is valid until the next call. */
  #held: RingReader | null = null

  constructor(memory: ExchangeMemory, workerIndex: number, workerCount: number, schema: Schema) {
    this.workerIndex = workerIndex
    this.workerCount = workerCount
    this.#schema = schema
    this.#outboxes = Array.from({ length: workerCount }, (_, to) => new Outbox(memory[workerIndex * workerCount + to]!))
    this.#inboxes = Array.from({ length: workerCount }, (_, from) => new RingReader(memory[from * workerCount + workerIndex]!))
  }

  send(target: number, element: Element): void {
    this.#outboxes[target]!.send(encodedElementSize(element), (bytes, offset) => encodeElement(element, bytes, offset))
  }

  flush(): boolean {
    let empty = true
    for (const outbox of this.#outboxes) if (!outbox.empty && !outbox.flush()) empty = false
    return empty
  }

  receive(held?: readonly boolean[]): ReceivedElement | null {
    this.#held?.release()
    this.#held = null
    for (let tried = 0; tried < this.workerCount; tried++) {
      const from = this.#turn
      const inbox = this.#inboxes[from]!
      this.#turn = from + 1 === this.workerCount ? 0 : from + 1
      if (held?.[from] === true || !inbox.next()) continue
      this.#held = inbox
      return { from, element: decodeElement(inbox.bytes, inbox.offset, this.#schema) }
    }
    return null
  }
}
