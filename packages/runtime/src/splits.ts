import type { Split, SplitQueue, SplitsLeft } from '@millrace/core'
import type { JobWatermark } from './job-watermark.js'
import type { SplitRows } from './split-rows.js'

/** No worker has the split yet. */
const UNCLAIMED = -1

/** Read to its end before the job was restored: no worker will have it. */
const DONE = 0x7fffffff

/** No worker has the split yet, and only `worker` may: it has the groups that its rows go into. */
function reservedFor(worker: number): number {
  return -2 - worker
}

/** A queue that knows how many of its splits nobody has claimed: until they are, the watermark is held. */
export interface PendingSplits extends SplitQueue {
  readonly unclaimed: number
}

/**
 * Owners by split, then the number of unclaimed ones.
 *
 * @param left of a job that goes on: what it has read already, and who must go on with what
 */
export function newSplitMemory(splitCount: number, left?: SplitsLeft): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((splitCount + 1) * 4)
  const words = new Int32Array(memory)
  words.fill(UNCLAIMED)
  words[splitCount] = splitCount - (left?.done.size ?? 0)
  for (const index of left?.done ?? []) words[index] = DONE
  for (const [index, worker] of left?.owners ?? []) words[index] = reservedFor(worker)
  return memory
}

/**
 * The splits of one scan as one worker sees them. Every worker has a contiguous share of about equal weight, which it
 * takes from the front, in order; when it is done with it, it steals from the end of the share with the most work left.
 * So a file is mostly read forwards, and nobody waits for the slowest.
 *
 * Unbounded splits are never stolen: a worker opens all that it can claim at once, so the first to start would have them all.
 */
export class SharedSplits implements PendingSplits {
  readonly splits: readonly Split[]
  readonly #owners: Int32Array
  readonly #workerIndex: number
  readonly #bounds: Int32Array
  readonly #watermark: JobWatermark | null
  readonly #rows: SplitRows | null
  #next: number
  #nextReserved = 0

  /**
   * @param watermark held while a split is claimed; null where none is kept
   * @param rows kept where only the first rows are wanted
   */
  constructor(
    splits: readonly Split[], memory: SharedArrayBuffer, workerIndex: number, workerCount: number, watermark: JobWatermark | null,
    rows: SplitRows | null = null,
  ) {
    this.splits = splits
    this.#owners = new Int32Array(memory)
    this.#workerIndex = workerIndex
    // What is done when the job begins stays so, and nothing is done later: all workers see the same shares.
    this.#bounds = shareBounds(splits, workerCount, (index) => Atomics.load(this.#owners, index) === DONE)
    this.#watermark = watermark
    this.#rows = rows
    this.#next = this.#bounds[workerIndex]!
  }

  /** Splits that no worker has taken. */
  get unclaimed(): number {
    return Atomics.load(this.#owners, this.splits.length)
  }

  claim(): number {
    if (this.unclaimed === 0) return -1
    const release = this.#watermark?.hold()
    const index = this.#claimReserved() ?? this.#claimOwn() ?? this.#steal()
    if (index < 0) release?.()
    return index
  }

  lastNeeded(enough: number, index: number, rows: number): number {
    return this.#rows === null ? Infinity : this.#rows.lastNeeded(enough, index, rows)
  }

  #claimReserved(): number | null {
    while (this.#nextReserved < this.splits.length) {
      const index = this.#nextReserved++
      if (this.#take(index, reservedFor(this.#workerIndex))) return index
    }
    return null
  }

  #claimOwn(): number | null {
    const end = this.#bounds[this.#workerIndex + 1]!
    while (this.#next < end) {
      const index = this.#next++
      if (this.#take(index)) return index
    }
    return null
  }

  #steal(): number {
    for (;;) {
      const index = this.#richestEnd()
      if (index < 0 || this.#take(index)) return index
    }
  }

  #take(index: number, from = UNCLAIMED): boolean {
    if (Atomics.compareExchange(this.#owners, index, from, this.#workerIndex) !== from) return false
    Atomics.sub(this.#owners, this.splits.length, 1)
    return true
  }

  /** The last unclaimed bounded split of the share that has the most weight in such splits, or −1. */
  #richestEnd(): number {
    let best = -1
    let bestWeight = -1
    for (let share = 0; share + 1 < this.#bounds.length; share++) {
      let weight = 0
      let last = -1
      for (let i = this.#bounds[share]!; i < this.#bounds[share + 1]!; i++) {
        if (!this.splits[i]!.bounded || Atomics.load(this.#owners, i) !== UNCLAIMED) continue
        weight += weightOf(this.splits[i]!)
        last = i
      }
      if (last >= 0 && weight > bestWeight) {
        best = last
        bestWeight = weight
      }
    }
    return best
  }
}

/** An unknown weight counts as one, so that splits of unknown size are shared out by number. */
function weightOf(split: Split): number {
  return split.weight > 0 ? split.weight : 1
}

/** Share w is splits `bounds[w] … bounds[w + 1]`: cut where the weight so far passes w parts of the whole. */
export function shareBounds(splits: readonly Split[], workerCount: number, isDone: (index: number) => boolean = () => false): Int32Array {
  const weights = splits.map((split, index) => (isDone(index) ? 0 : weightOf(split)))
  const bounds = new Int32Array(workerCount + 1).fill(splits.length)
  bounds[0] = 0
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let before = 0
  let share = 1
  for (let i = 0; i < splits.length; i++) {
    const weight = weights[i]!
    // A split belongs to the share that its middle falls into.
    while (share < workerCount && before + weight / 2 >= (total * share) / workerCount) bounds[share++] = i
    before += weight
  }
  return bounds
}
