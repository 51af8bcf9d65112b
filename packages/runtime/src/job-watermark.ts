/**
 * The watermark of one scan over all workers: the minimum of what they publish, and −∞ while a split is unclaimed.
 *
 * Each worker has a cache line of its own. Values go through Atomics as the bits of a double, so that none is ever read
 * half-written and claims are seen in order: {@link SharedSplits} publishes −∞ *before* it takes a split, so that the
 * split is never without somebody who holds the watermark back for it.
 */
export class JobWatermark {
  readonly #bits: BigInt64Array
  readonly #workerIndex: number
  readonly #workerCount: number
  readonly #scratch = new Float64Array(1)
  readonly #scratchBits: BigInt64Array = new BigInt64Array(this.#scratch.buffer)
  #published = -Infinity
  #highest = -Infinity

  constructor(memory: SharedArrayBuffer, workerIndex: number, workerCount: number) {
    this.#bits = new BigInt64Array(memory)
    this.#workerIndex = workerIndex
    this.#workerCount = workerCount
  }

  publish(own: number): void {
    if (own === this.#published) return
    this.#published = own
    this.#scratch[0] = own
    Atomics.store(this.#bits, this.#workerIndex * LINE_WORDS, this.#scratchBits[0]!)
  }

  /** Holds the job's watermark where it is until the next {@link publish}, or until the function returned is called. */
  hold(): () => void {
    const before = this.#published
    this.publish(-Infinity)
    return () => this.publish(before)
  }

  /** The job's watermark. It never goes back, though single workers hold it while they claim. */
  job(): number {
    let lowest = Infinity
    for (let w = 0; w < this.#workerCount; w++) {
      this.#scratchBits[0] = Atomics.load(this.#bits, w * LINE_WORDS)
      const value = this.#scratch[0]!
      if (value < lowest) lowest = value
    }
    if (lowest > this.#highest) this.#highest = lowest
    return this.#highest
  }
}

const LINE_WORDS = 8

export function newWatermarkMemory(workerCount: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(workerCount * LINE_WORDS * 8)
  new Float64Array(memory).fill(-Infinity)
  return memory
}
