import { assert, MillraceError } from '@millrace/core'
import { MESSAGE_BYTES_MAX } from '../limits.js'

/**
 * A single-producer single-consumer ring of records in shared memory.
 *
 * ```
 *   byte 0            64               128                                      128 + capacity
 *   │ head (consumer) │ tail (producer) │ record │ record │ padding │            │
 *   └ own cache line ─┴ own cache line ─┘
 *   record = length: i32, kind: i32, payload rounded up to 8 bytes
 * ```
 *
 * `head` and `tail` count 8-byte words since the start and wrap at 2³², so `tail − head` is the fill whatever they are.
 * Records never wrap around the end (a padding record fills it), so that payloads can be read in place. A message larger
 * than a record may be goes as fragments and is put together by the consumer.
 *
 * The producer writes a record and then moves `tail`, the consumer is done with a record and then moves `head`; both are
 * Atomics stores, which order the plain accesses before them.
 */
export type RingMemory = SharedArrayBuffer

const HEAD = 0
const TAIL = 16
const DATA_BYTES = 128
const WORD_BYTES = 8
const HEADER_BYTES = 8

const WHOLE = 0
const PADDING = 1
/** More of the message follows. */
const FRAGMENT = 2
const LAST_FRAGMENT = 3

/** @param capacityBytes a power of two from 1,024 to 2³⁰ */
export function newRing(capacityBytes: number): RingMemory {
  const powerOf2 = Number.isInteger(Math.log2(capacityBytes))
  assert(powerOf2 && capacityBytes >= 1_024 && capacityBytes <= 2 ** 30, 'a ring has a power of two of bytes')
  return new SharedArrayBuffer(DATA_BYTES + capacityBytes)
}

/** Payload of a record at most: with it a record of any length fits into an empty ring wherever its head stands. */
function recordBytesMax(capacityBytes: number): number {
  return capacityBytes / 2 - HEADER_BYTES
}

const roundUp = (bytes: number): number => (bytes + WORD_BYTES - 1) & -WORD_BYTES

/** The producer's end. */
export class RingWriter {
  /** All of the ring's memory; offsets from {@link reserve} are into it. */
  readonly bytes: Uint8Array
  /** Messages up to this many bytes can be written in place. */
  readonly inPlaceBytesMax: number
  readonly #words: Int32Array
  readonly #capacityWords: number
  #tail: number
  /** The consumer's head as last seen: read again only when the ring looks full. */
  #headSeen: number
  #reservedWords = 0

  constructor(memory: RingMemory) {
    this.bytes = new Uint8Array(memory)
    this.#words = new Int32Array(memory)
    this.#capacityWords = (memory.byteLength - DATA_BYTES) / WORD_BYTES
    this.inPlaceBytesMax = recordBytesMax(memory.byteLength - DATA_BYTES)
    this.#tail = Atomics.load(this.#words, TAIL)
    this.#headSeen = Atomics.load(this.#words, HEAD)
  }

  /**
   * Makes room for a message of `length` bytes, to be written at the offset returned (a multiple of 8) and made visible
   * by {@link publish}; −1 when there is no room now.
   */
  reserve(length: number): number {
    return this.#reserve(length, WHOLE)
  }

  /** How far has been written, for {@link isTaken}. */
  get tail(): number {
    return this.#tail
  }

  /** Whether the consumer is done with everything up to a {@link tail}. */
  isTaken(tail: number): boolean {
    return ((Atomics.load(this.#words, HEAD) - tail) | 0) >= 0
  }

  publish(): void {
    this.#tail = (this.#tail + this.#reservedWords) | 0
    this.#reservedWords = 0
    Atomics.store(this.#words, TAIL, this.#tail)
  }

  /**
   * Writes as much of `message` from `start` as there is room for, in fragments where it is too large for one record.
   *
   * @returns where it goes on; `message.length` when all is written
   */
  write(message: Uint8Array, start: number): number {
    if (start === 0 && message.length <= this.inPlaceBytesMax) {
      const offset = this.reserve(message.length)
      if (offset < 0) return 0
      this.bytes.set(message, offset)
      this.publish()
      return message.length
    }
    const fragmentBytes = roundUp(this.inPlaceBytesMax / 2)
    let at = start
    while (at < message.length) {
      const end = Math.min(message.length, at + fragmentBytes)
      const offset = this.#reserve(end - at, end === message.length ? LAST_FRAGMENT : FRAGMENT)
      if (offset < 0) return at
      this.bytes.set(message.subarray(at, end), offset)
      this.publish()
      at = end
    }
    return at
  }

  #reserve(length: number, kind: number): number {
    assert(length <= this.inPlaceBytesMax, 'a record fits into its ring')
    const capacity = this.#capacityWords
    const needed = 1 + roundUp(length) / WORD_BYTES
    const at = (this.#tail >>> 0) % capacity
    const toEnd = capacity - at
    const padding = needed > toEnd ? toEnd : 0
    if (!this.#hasRoom(padding + needed)) return -1
    if (padding > 0) this.#header(at, (padding - 1) * WORD_BYTES, PADDING)
    const word = padding > 0 ? 0 : at
    this.#header(word, length, kind)
    this.#reservedWords = padding + needed
    return DATA_BYTES + word * WORD_BYTES + HEADER_BYTES
  }

  #hasRoom(words: number): boolean {
    if (words <= this.#capacityWords - ((this.#tail - this.#headSeen) | 0)) return true
    this.#headSeen = Atomics.load(this.#words, HEAD)
    return words <= this.#capacityWords - ((this.#tail - this.#headSeen) | 0)
  }

  #header(word: number, length: number, kind: number): void {
    const at = (DATA_BYTES + word * WORD_BYTES) >> 2
    this.#words[at] = length
    this.#words[at + 1] = kind
  }
}

/** The consumer's end. The message at hand is `bytes[offset … offset + length)`; `offset` is a multiple of 8. */
export class RingReader {
  bytes: Uint8Array
  offset = 0
  length = 0
  readonly #ring: Uint8Array
  readonly #words: Int32Array
  readonly #capacityWords: number
  #head: number
  /** Words of the record at hand: given back to the producer by the next call. */
  #heldWords = 0
  #fragments: Uint8Array[] = []
  #fragmentBytes = 0

  constructor(memory: RingMemory) {
    this.#ring = new Uint8Array(memory)
    this.bytes = this.#ring
    this.#words = new Int32Array(memory)
    this.#capacityWords = (memory.byteLength - DATA_BYTES) / WORD_BYTES
    this.#head = Atomics.load(this.#words, HEAD)
  }

  /** Goes on to the next message; the one before it is no longer valid. False when there is none yet. */
  next(): boolean {
    this.release()
    for (;;) {
      if (Atomics.load(this.#words, TAIL) === this.#head) return false
      const word = (this.#head >>> 0) % this.#capacityWords
      const header = (DATA_BYTES + word * WORD_BYTES) >> 2
      const length = this.#words[header]!
      const kind = this.#words[header + 1]!
      const offset = DATA_BYTES + word * WORD_BYTES + HEADER_BYTES
      assert(length >= 0 && offset + length <= this.#ring.length, 'a record lies within its ring')
      this.#heldWords = 1 + roundUp(length) / WORD_BYTES
      switch (kind) {
        case WHOLE:
          this.bytes = this.#ring
          this.offset = offset
          this.length = length
          return true
        case PADDING:
          this.release()
          break
        case FRAGMENT: case LAST_FRAGMENT:
          this.#keep(this.#ring.slice(offset, offset + length))
          this.release()
          if (kind === FRAGMENT) break
          this.#join()
          return true
        default:
          assert(false, `a ring holds no record of kind ${kind}`)
      }
    }
  }

  /** Gives the memory of the message at hand back to the producer now, not at the next call. */
  release(): void {
    if (this.#heldWords === 0) return
    this.#head = (this.#head + this.#heldWords) | 0
    this.#heldWords = 0
    Atomics.store(this.#words, HEAD, this.#head)
  }

  #keep(fragment: Uint8Array): void {
    this.#fragments.push(fragment)
    this.#fragmentBytes += fragment.length
  }

  #join(): void {
    const message = new Uint8Array(this.#fragmentBytes)
    let at = 0
    for (const fragment of this.#fragments) {
      message.set(fragment, at)
      at += fragment.length
    }
    this.#fragments = []
    this.#fragmentBytes = 0
    this.bytes = message
    this.offset = 0
    this.length = message.length
  }
}

/** @throws MillraceError EXCHANGE_TOO_LARGE */
export function checkMessageBytes(bytes: number): void {
  if (bytes <= MESSAGE_BYTES_MAX) return
  const message = `a message of ${bytes} bytes between workers exceeds ${MESSAGE_BYTES_MAX}; use smaller values or batches ('batch.rows')`
  throw new MillraceError('EXCHANGE_TOO_LARGE', message)
}
