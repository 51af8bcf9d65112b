import { decodeElement, encodedElementSize, encodeElement, sliceBatch } from '@millrace/core'
import type { Element, ExchangePort, ReceivedElement, Schema } from '@millrace/core'
import { Outbox } from './outbox.js'
import { newRing, type RingMemory, RingReader } from './ring.js'

/** The rings of one exchange: the one from worker `from` to worker `to` is `rings[from * workerCount + to]`. */
export type ExchangeMemory = readonly RingMemory[]

export function newExchangeMemory(workerCount: number, ringBytes: number): ExchangeMemory {
  return Array.from({ length: workerCount * workerCount }, () => newRing(ringBytes))
}

/** Parts of a large batch are to take so much of the largest record: rows differ in size. */
const PART_OF_RECORD = 0.75

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

  /** A batch that is larger than a record goes in parts, so that each is encoded in place and read in place. */
  send(target: number, element: Element): void {
    const outbox = this.#outboxes[target]!
    const size = encodedElementSize(element)
    if (element.kind !== 'batch' || size <= outbox.inPlaceBytesMax || element.length === 1) return send(outbox, element, size)
    const parts = Math.min(element.length, Math.ceil(size / (outbox.inPlaceBytesMax * PART_OF_RECORD)))
    for (let part = 0, from = 0; part < parts; part++) {
      const to = Math.floor(element.length * (part + 1) / parts)
      const slice = sliceBatch(element, from, to)
      send(outbox, slice, encodedElementSize(slice))
      from = to
    }
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

function send(outbox: Outbox, element: Element, size: number): void {
  outbox.send(size, (bytes, offset) => encodeElement(element, bytes, offset))
}
