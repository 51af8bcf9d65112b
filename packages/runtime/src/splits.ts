import type { Split, SplitQueue } from '@millrace/core'
import type { JobWatermark } from './job-watermark.js'
import type { SplitRows } from './split-rows.js'

/** No worker has the split yet. */
const UNCLAIMED = -1

/** A queue that knows how many of its splits nobody has claimed: until they are, the watermark is held. */
export interface PendingSplits extends SplitQueue {
  readonly unclaimed: number
}

/** Owners by split, then the number of unclaimed ones. */
export function newSplitMemory(splitCount: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer((splitCount + 1) * 4)
  const words = new Int32Array(memory)
  words.fill(UNCLAIMED)
  words[splitCount] = splitCount
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
    this.#bounds = shareBounds(splits, workerCount)
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
    const index = this.#claimOwn() ?? this.#steal()
    if (index < 0) release?.()
    return index
  }

  lastNeeded(enough: number, index: number, rows: number): number {
    return this.#rows === null ? Infinity : this.#rows.lastNeeded(enough, index, rows)
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

  #take(index: number): boolean {
    if (Atomics.compareExchange(this.#owners, index, UNCLAIMED, this.#workerIndex) !== UNCLAIMED) return false
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
export function shareBounds(splits: readonly Split[], workerCount: number): Int32Array {
  const bounds = new Int32Array(workerCount + 1).fill(splits.length)
  bounds[0] = 0
  const total = splits.reduce((sum, split) => sum + weightOf(split), 0)
  let before = 0
  let share = 1
  for (let i = 0; i < splits.length; i++) {
    const weight = weightOf(splits[i]!)
    // A split belongs to the share that its middle falls into.
    while (share < workerCount && before + weight / 2 >= (total * share) / workerCount) bounds[share++] = i
    before += weight
  }
  return bounds
}
