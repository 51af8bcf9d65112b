import type { SortKey } from '../plan/physical.js'
import type { Batch } from '../types/batch.js'
import type { Schema, Value } from '../types/data-type.js'
import { readValue } from '../types/vector-access.js'
import { compareValues, type Comparator } from '../types/value.js'

export type Row = readonly Value[]

/** The total order of an ORDER BY: by its keys, then by the remaining columns in their order. */
export class RowOrder {
  readonly #schema: Schema
  readonly #columns: readonly OrderColumn[]

  constructor(keys: readonly SortKey[], schema: Schema) {
    this.#schema = schema
    const rest = schema.map((_, column) => column).filter((column) => !keys.some((key) => key.column === column))
    const all = [...keys, ...rest.map((column): SortKey => ({ column, descending: false, nullsFirst: true }))]
    this.#columns = all.map(({ column, descending, nullsFirst }) => ({
      column, compare: compareValues(schema[column]!.type), sign: descending ? -1 : 1, nullRank: nullsFirst ? -1 : 1,
    }))
  }

  /** Negative where `a` comes before `b`. */
  compare(a: Row, b: Row): number {
    for (const column of this.#columns) {
      const order = compareIn(column, a[column.column]!, b[column.column]!)
      if (order !== 0) return order
    }
    return 0
  }

  /** {@link compare} for row `i` of a batch, of which only as many values are read as are needed. */
  compareAt(batch: Batch, i: number, b: Row): number {
    for (const column of this.#columns) {
      const value = readValue(batch.columns[column.column]!, this.#schema[column.column]!.type, i)
      const order = compareIn(column, value, b[column.column]!)
      if (order !== 0) return order
    }
    return 0
  }
}

interface OrderColumn {
  readonly column: number
  readonly compare: Comparator
  readonly sign: number
  /** What NULL is against any other value. */
  readonly nullRank: number
}

function compareIn({ compare, sign, nullRank }: OrderColumn, a: Value, b: Value): number {
  if (a === null) return b === null ? 0 : nullRank
  return b === null ? -nullRank : compare(a, b) * sign
}
