import type { Split, SplitQueue, SplitsLeft } from '@millrace/core'
import { assert } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'

/**
 * The splits of one scan and its watermark. Bounded ones go to whoever asks, in any order; unbounded ones belong to
 * workers in turn.
 */
export class SharedSplits {
  readonly #splits: readonly Split[]
  readonly #unclaimed: Set<number>
  readonly #published: number[]
  readonly #reached: number[]
  /** Rows that each split has given, where anybody asks. */
  readonly #rows: number[]
  /** Who must claim a split; see {@link SplitsLeft}. */
  readonly #owners: ReadonlyMap<number, number>
  readonly #random: SeededRandom

  constructor({ splits, done, rows, owners }: SplitsLeft, workerCount: number, random: SeededRandom) {
    this.#splits = splits
    this.#unclaimed = new Set([...splits.keys()].filter((index) => !done.has(index)))
    this.#rows = splits.map((_, index) => rows.get(index) ?? 0)
    this.#owners = owners
    this.#published = Array.from({ length: workerCount }, () => -Infinity)
    this.#reached = Array.from({ length: workerCount }, () => -Infinity)
    this.#random = random
  }

  queueOf(workerIndex: number): SplitQueue {
    return {
      splits: this.#splits,
      claim: () => this.#claim(workerIndex),
      lastNeeded: (enough, index, rows) => this.#lastNeeded(enough, index, rows),
    }
  }

  publish(workerIndex: number, own: number, reached: number): number {
    this.#published[workerIndex] = own
    this.#reached[workerIndex] = reached
    if (this.#unclaimed.size > 0) return -Infinity
    const least = Math.min(...this.#published)
    return least === Infinity ? Math.max(...this.#reached) : least
  }

  #lastNeeded(enough: number, index: number, rows: number): number {
    this.#rows[index] = rows
    let sum = 0
    for (let k = -1; k < this.#rows.length; k++) {
      sum += this.#rows[k] ?? 0
      if (sum >= enough) return k
    }
    return Infinity
  }

  #claim(workerIndex: number): number {
    const mine = [...this.#unclaimed].filter((i) => {
      const owner = this.#owners.get(i) ?? (this.#splits[i]!.bounded ? workerIndex : i % this.#published.length)
      return owner === workerIndex
    })
    if (mine.length === 0) return -1
    const index = this.#random.pick(mine)
    assert(this.#unclaimed.delete(index), 'a split is claimed once')
    return index
  }
}
