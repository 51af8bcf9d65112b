import type { Element, ExchangePort, ReceivedElement, Schema } from '@millrace/core'
import { decodeElement, encodedElementSize, encodeElement } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'

/**
 * The channels of one exchange between all workers of a simulation. They carry encoded elements, hold only so many bytes,
 * and take back what they gave: the bytes of an element are spoiled at the next `receive`, as in a ring.
 */
export class SimulatedExchange {
  /** By sender, then receiver. */
  readonly #channels: readonly (readonly Channel[])[]
  readonly #schema: Schema
  readonly #random: SeededRandom

  constructor(schema: Schema, workerCount: number, bytesMax: number, random: SeededRandom) {
    this.#schema = schema
    this.#random = random
    this.#channels = Array.from({ length: workerCount }, () => Array.from({ length: workerCount }, () => new Channel(bytesMax)))
  }

  /** True if nothing is under way. */
  get isEmpty(): boolean {
    return this.#channels.every((row) => row.every((channel) => channel.isEmpty))
  }

  port(workerIndex: number): ExchangePort {
    const out = this.#channels[workerIndex]!
    const into = this.#channels.map((row) => row[workerIndex]!)
    let last: Uint8Array | null = null
    return {
      workerIndex,
      workerCount: out.length,
      send: (target, element) => out[target]!.send(encoded(element)),
      flush: () => out.map((channel) => channel.flush()).every(Boolean),
      receive: (held): ReceivedElement | null => {
        last?.fill(0xff)
        last = null
        const first = this.#random.below(into.length)
        for (let i = 0; i < into.length; i++) {
          const from = (first + i) % into.length
          if (held?.[from] === true) continue
          last = into[from]!.take()
          if (last !== null) return { from, element: decodeElement(last, 0, this.#schema) }
        }
        return null
      },
    }
  }
}

/** From one worker to another: what fits is in the channel, the rest waits with the sender. */
class Channel {
  readonly #bytesMax: number
  readonly #inside: Uint8Array[] = []
  readonly #waiting: Uint8Array[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get isEmpty(): boolean {
    return this.#inside.length === 0 && this.#waiting.length === 0
  }

  send(element: Uint8Array): void {
    this.#waiting.push(element)
    this.flush()
  }

  /** An element that is larger than the channel passes when it is alone. */
  flush(): boolean {
    while (this.#waiting.length > 0 && (this.#bytes + this.#waiting[0]!.length <= this.#bytesMax || this.#inside.length === 0)) {
      const element = this.#waiting.shift()!
      this.#bytes += element.length
      this.#inside.push(element)
    }
    return this.#waiting.length === 0
  }

  take(): Uint8Array | null {
    const element = this.#inside.shift() ?? null
    if (element !== null) this.#bytes -= element.length
    return element
  }
}

function encoded(element: Element): Uint8Array {
  const bytes = new Uint8Array(encodedElementSize(element))
  encodeElement(element, bytes, 0)
  return bytes
}
