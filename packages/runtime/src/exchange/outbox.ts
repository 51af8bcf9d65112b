import { assert } from '@millrace/core'
import { checkMessageBytes, type RingMemory, RingWriter } from './ring.js'

/** A ring's producer that never refuses: what does not fit waits in memory of its own until {@link flush}. */
export class Outbox {
  readonly #ring: RingWriter
  readonly #waiting: Uint8Array[] = []
  /** How much of the first waiting message is in the ring. */
  #written = 0

  constructor(memory: RingMemory) {
    this.#ring = new RingWriter(memory)
  }

  get empty(): boolean {
    return this.#waiting.length === 0
  }

  /** A message up to so many bytes is encoded in the ring itself, where there is room. */
  get inPlaceBytesMax(): number {
    return this.#ring.inPlaceBytesMax
  }

  /**
   * Sends a message of exactly `length` bytes, which `encode` writes at `offset` (a multiple of 8) of `bytes`: into the
   * ring itself where there is room, else into an array that waits.
   */
  send(length: number, encode: (bytes: Uint8Array, offset: number) => void): void {
    assert(length > 0, 'a message is not empty')
    checkMessageBytes(length)
    if (this.#waiting.length === 0 && length <= this.#ring.inPlaceBytesMax) {
      const offset = this.#ring.reserve(length)
      if (offset >= 0) {
        encode(this.#ring.bytes, offset)
        this.#ring.publish()
        return
      }
    }
    const message = new Uint8Array(length)
    encode(message, 0)
    this.#waiting.push(message)
    this.flush()
  }

  /** How much is in the ring by now, for {@link isTaken}. */
  get tail(): number {
    return this.#ring.tail
  }

  isTaken(tail: number): boolean {
    return this.#ring.isTaken(tail)
  }

  /** Moves what waits into the ring as far as there is room. True if nothing waits any more. */
  flush(): boolean {
    let sent = 0
    while (sent < this.#waiting.length) {
      const message = this.#waiting[sent]!
      this.#written = this.#ring.write(message, this.#written)
      if (this.#written < message.length) break
      this.#written = 0
      sent++
    }
    if (sent > 0) this.#waiting.splice(0, sent)
    return this.#waiting.length === 0
  }
}
