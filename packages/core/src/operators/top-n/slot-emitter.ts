import { RowGather } from '../../expressions/selected-rows.js'
import type { RowStore } from '../../state/row-store.js'
import { batchOf, INSERT, type RowKind, type Vector } from '../../types/batch.js'
import type { OperatorContext } from '../operator.js'

/** Gathers what Top-N gives out, by slot, until it is a batch. */
export class SlotEmitter {
  readonly #store: RowStore
  readonly #gathers: readonly RowGather[]
  readonly #context: OperatorContext
  readonly #hasRank: boolean
  readonly #slots: Int32Array
  readonly #ranks: Float64Array
  readonly #kinds: Uint8Array
  #count = 0
  #changes = false

  constructor(store: RowStore, hasRank: boolean, context: OperatorContext) {
    this.#store = store
    this.#gathers = store.columns.map(() => new RowGather())
    this.#hasRank = hasRank
    this.#context = context
    const capacity = Math.max(2, context.settings.batchRows)
    this.#slots = new Int32Array(capacity)
    this.#ranks = new Float64Array(capacity)
    this.#kinds = new Uint8Array(capacity)
  }

  push(slot: number, rank: number, kind: RowKind): void {
    if (this.#count === this.#slots.length) this.flush()
    this.#slots[this.#count] = slot
    this.#ranks[this.#count] = rank
    this.#kinds[this.#count++] = kind
    if (kind !== INSERT) this.#changes = true
  }

  /** The two halves of an update stay in one batch. */
  pushUpdate(before: number, beforeRank: number, after: number, afterRank: number): void {
    if (this.#count + 2 > this.#slots.length) this.flush()
    this.push(before, beforeRank, 1)
    this.push(after, afterRank, 2)
  }

  flush(): void {
    const count = this.#count
    if (count === 0) return
    const columns: Vector[] = this.#gathers.map((gather, c) => gather.gather(this.#store.vector(c), this.#slots, count))
    if (this.#hasRank) columns.push({ kind: 'exact', values: this.#ranks.slice(0, count), wide: null, nulls: null })
    const kinds = this.#changes ? this.#kinds.slice(0, count) : null
    this.#count = 0
    this.#changes = false
    this.#context.meter.rowsOut += count
    this.#context.output.push(batchOf(columns, count, kinds))
  }
}
