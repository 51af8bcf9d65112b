import type { Split } from '@millrace/core'
import type { SplitRows } from '../split-rows.js'
import type { PendingSplits } from '../splits.js'
import type { Deal } from './deal.js'
import type { FeedInbox } from './feed-inbox.js'

/** What stands in `detail` of the splits that a worker sees under the coordinator. */
export interface FedSplitDetail {
  readonly scanNodeId: number
  readonly unit: number
}

/** The splits of one scan as a worker sees them when the main thread reads: see {@link Deal}. */
export class FedSplits implements PendingSplits {
  readonly splits: Split[] = []
  readonly #scanNodeId: number
  readonly #deal: Deal
  readonly #inbox: FeedInbox
  readonly #real: readonly Split[]
  readonly #workerCount: number
  readonly #rows: SplitRows | null
  #next: number

  /** @param rows kept where only the first rows are wanted */
  constructor(
    scanNodeId: number, deal: Deal, inbox: FeedInbox, real: readonly Split[], workerIndex: number, workerCount: number,
    rows: SplitRows | null = null,
  ) {
    this.#scanNodeId = scanNodeId
    this.#deal = deal
    this.#inbox = inbox
    this.#real = real
    this.#workerCount = workerCount
    this.#rows = rows
    this.#next = workerIndex
    if (deal === 'sticky') real.forEach((split, unit) => this.#show(unit, split))
  }

  get unclaimed(): number {
    if (this.#deal !== 'sticky') return 0
    return Math.max(0, Math.ceil((this.#real.length - this.#next) / this.#workerCount))
  }

  claim(): number {
    const unit = this.#next
    switch (this.#deal) {
      case 'free':
        if (unit >= this.#workerCount) return -1
        this.#show(unit, { id: `worker ${unit}`, weight: 0, bounded: true, detail: null })
        break
      case 'numbered':
        if (this.#rows !== null && this.#rows.last < unit) this.#inbox.discard()
        if (this.#inbox.finished) return -1
        this.#show(unit, { id: `block ${unit}`, weight: 0, bounded: true, detail: null })
        break
      case 'sticky':
        if (unit >= this.#real.length) return -1
        break
    }
    // A unit that nobody needs stands for all that follow: it comes again until the main thread has seen that it may stop.
    if (this.#rows === null || unit <= this.#rows.last) this.#next += this.#workerCount
    return unit
  }

  lastNeeded(enough: number, index: number, rows: number): number {
    return this.#rows === null ? Infinity : this.#rows.lastNeeded(enough, index, rows)
  }

  #show(unit: number, split: Split): void {
    const detail: FedSplitDetail = { scanNodeId: this.#scanNodeId, unit }
    // The weight is counted where the split is really read.
    this.splits[unit] = { ...split, weight: 0, detail }
  }
}
