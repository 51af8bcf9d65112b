import type { SortKey } from '../../plan/physical.js'
import type { RowStore } from '../../state/row-store.js'
import type { StoredColumn } from '../../state/stored-column.js'

/** The order of rows in a store, by slot: that of some keys; rows that they leave equal go by their other columns. */
export class SlotOrder {
  readonly #columns: readonly OrderColumn[]
  readonly #keyCount: number

  constructor(store: RowStore, keys: readonly SortKey[]) {
    const rest = [...store.columns.keys()].filter((column) => !keys.some((key) => key.column === column))
    const all = [...keys, ...rest.map((column): SortKey => ({ column, descending: false, nullsFirst: true }))]
    this.#keyCount = keys.length
    this.#columns = all.map(({ column, descending, nullsFirst }) => ({
      stored: store.columns[column]!, sign: descending ? -1 : 1, nullRank: nullsFirst ? -1 : 1,
    }))
  }

  /** Negative where the row of slot `a` comes first; 0 where the rows are equal in every column. */
  compare(a: number, b: number): number {
    return this.#compareBy(a, b, this.#columns.length)
  }

  /** By the keys alone. */
  compareKeys(a: number, b: number): number {
    return this.#compareBy(a, b, this.#keyCount)
  }

  #compareBy(a: number, b: number, count: number): number {
    for (let k = 0; k < count; k++) {
      const { stored, sign, nullRank } = this.#columns[k]!
      const [isNullA, isNullB] = [stored.isNull(a), stored.isNull(b)]
      if (isNullA || isNullB) {
        if (isNullA && isNullB) continue
        return isNullA ? nullRank : -nullRank
      }
      const order = stored.compare(a, b)
      if (order !== 0) return order * sign
    }
    return 0
  }

  /** The first key of a row as a number that is greater the later the row comes; +∞ where it cannot be said. */
  firstKey(slot: number): number {
    const { stored, sign } = this.#columns[0]!
    if (this.#keyCount === 0 || stored.isNull(slot)) return Infinity
    const number = stored.numberAt(slot)
    return number === number ? number * sign : Infinity
  }
}

interface OrderColumn {
  readonly stored: StoredColumn
  readonly sign: number
  readonly nullRank: number
}
