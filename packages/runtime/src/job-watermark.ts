/**
 * The watermark of one scan over all workers: the minimum of what they publish, and −∞ while a split is unclaimed. Where every split is
 * idle or has ended, it is the highest that any of them has come to: so it does not matter which of them fell silent first.
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
  #reached = -Infinity
  #highest = -Infinity

  constructor(memory: SharedArrayBuffer, workerIndex: number, workerCount: number) {
    this.#bits = new BigInt64Array(memory)
    this.#workerIndex = workerIndex
    this.#workerCount = workerCount
  }

  /** @param reached the highest watermark of any of this worker's splits, whatever has become of it */
  publish(own: number, reached: number = this.#reached): void {
    // Before `own`: whoever sees that nobody holds time back also sees how far it has come.
    if (reached !== this.#reached) this.#store(REACHED_WORD, this.#reached = reached)
    if (own !== this.#published) this.#store(OWN_WORD, this.#published = own)
  }

  /** Holds the job's watermark where it is until the next {@link publish}, or until the function returned is called. */
  hold(): () => void {
    const before = this.#published
    this.publish(-Infinity)
    return () => this.publish(before)
  }

  /** The job's watermark. It never goes back, though single workers hold it while they claim. */
  job(): number {
    let reached = -Infinity
    let lowest = Infinity
    for (let w = 0; w < this.#workerCount; w++) reached = Math.max(reached, this.#load(w, REACHED_WORD))
    for (let w = 0; w < this.#workerCount; w++) lowest = Math.min(lowest, this.#load(w, OWN_WORD))
    const job = lowest === Infinity ? reached : lowest
    if (job > this.#highest) this.#highest = job
    return this.#highest
  }

  #store(word: number, value: number): void {
    this.#scratch[0] = value
    Atomics.store(this.#bits, this.#workerIndex * LINE_WORDS + word, this.#scratchBits[0]!)
  }

  #load(worker: number, word: number): number {
    this.#scratchBits[0] = Atomics.load(this.#bits, worker * LINE_WORDS + word)
    return this.#scratch[0]!
  }
}

const LINE_WORDS = 8
const OWN_WORD = 0
const REACHED_WORD = 1

export function newWatermarkMemory(workerCount: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(workerCount * LINE_WORDS * 8)
  new Float64Array(memory).fill(-Infinity)
  return memory
}
