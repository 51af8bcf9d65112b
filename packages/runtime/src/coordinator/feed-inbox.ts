import { RingReader, type RingMemory } from '../exchange/ring.js'
import { FEED, FEED_HEAD_BYTES, type FeedHead, readFeedHead } from './feed-message.js'

/** A worker's end of the feed of one scan: looks at the next message without taking it. */
export class FeedInbox {
  readonly #ring: RingReader
  #head: FeedHead | null = null

  constructor(memory: RingMemory) {
    this.#ring = new RingReader(memory)
  }

  /** The message at the front, or null when there is none yet. It stays until {@link take}. */
  peek(): FeedHead | null {
    if (this.#head === null && this.#ring.next()) this.#head = readFeedHead(this.#ring.bytes, this.#ring.offset)
    return this.#head
  }

  /** True once all has come and was taken. */
  get finished(): boolean {
    return this.peek()?.kind === FEED.finish
  }

  /** Takes what has come and nobody needs, so that the main thread does not wait for room. */
  discard(): void {
    for (let head = this.peek(); head !== null && head.kind !== FEED.finish; head = this.peek()) this.take()
  }

  /** The payload of the message at the front: `bytes[offset … offset + length)`, `offset` a multiple of 8. */
  get bytes(): Uint8Array {
    return this.#ring.bytes
  }

  get offset(): number {
    return this.#ring.offset + FEED_HEAD_BYTES
  }

  get length(): number {
    return this.#ring.length - FEED_HEAD_BYTES
  }

  /** Gives the message at the front back; its payload is no longer valid. */
  take(): void {
    this.#ring.release()
    this.#head = null
  }
}
