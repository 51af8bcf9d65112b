import { MillraceError } from '../../errors.js'
import { OVER_ROWS_MAX } from '../../limits.js'
import type { SortKey } from '../../plan/physical.js'
import type { Batch, Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import { storedColumnOf, type StoredColumn } from './stored-column.js'

/**
 * Rows by slot, column by column: no objects, and what comes out is as it came in, strings as bytes. A slot that is freed is
 * used again.
 */
export class RowStore {
  readonly columns: readonly StoredColumn[]
  readonly #nulls: (Uint8Array | null)[]
  readonly #order: readonly OrderColumn[]
  readonly #keyCount: number
  #capacity = 0
  #free: Int32Array = new Int32Array(64)
  #freeCount = 0
  /** Slots that have ever been used. */
  #high = 0

  /** @param keys the order of rows; rows that they leave equal go by their other columns */
  constructor(schema: Schema, keys: readonly SortKey[]) {
    this.columns = schema.map(({ type }) => storedColumnOf(type))
    this.#nulls = schema.map(() => null)
    const rest = [...schema.keys()].filter((column) => !keys.some((key) => key.column === column))
    const all = [...keys, ...rest.map((column): SortKey => ({ column, descending: false, nullsFirst: true }))]
    this.#keyCount = keys.length
    this.#order = all.map(({ column, descending, nullsFirst }) => ({
      column, stored: this.columns[column]!, sign: descending ? -1 : 1, nullRank: nullsFirst ? -1 : 1,
    }))
  }

  get size(): number {
    return this.#high - this.#freeCount
  }

  get bytes(): number {
    return this.#free.byteLength + this.columns.reduce((sum, column) => sum + column.bytes, 0)
  }

  /** Copies rows `rows[0 … count)` of a batch into free slots, which it writes to `slots`. */
  put(batch: Batch, rows: Int32Array, count: number, slots: Int32Array): void {
    for (let i = 0; i < count; i++) {
      const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#high++
      if (slot >= this.#capacity) this.#grow(slot)
      slots[i] = slot
    }
    for (let c = 0; c < this.columns.length; c++) {
      const vector = batch.columns[c]!
      this.#putNulls(c, vector.nulls, rows, slots, count)
      this.columns[c]!.put(vector, rows, slots, count)
    }
  }

  #putNulls(c: number, from: Uint8Array | null, rows: Int32Array, slots: Int32Array, count: number): void {
    let nulls = this.#nulls[c]!
    if (from === null && nulls === null) return
    nulls ??= this.#nulls[c] = new Uint8Array(this.#capacity)
    for (let i = 0; i < count; i++) nulls[slots[i]!] = from === null ? 0 : from[rows[i]!]!
  }

  #grow(slot: number): void {
    if (slot >= OVER_ROWS_MAX) {
      throw new MillraceError('STATE_LIMIT', `Top-N keeps more than ${OVER_ROWS_MAX} rows on one worker; use more workers, a smaller n or a window`)
    }
    this.#capacity = Math.max(256, this.#capacity * 2)
    const grown = (bytes: Uint8Array): Uint8Array => {
      const larger = new Uint8Array(this.#capacity)
      larger.set(bytes)
      return larger
    }
    this.#nulls.forEach((nulls, c) => { if (nulls !== null) this.#nulls[c] = grown(nulls) })
    for (const column of this.columns) column.grow(this.#capacity)
  }

  free(slot: number): void {
    for (const column of this.columns) column.free(slot)
    if (this.#freeCount === this.#free.length) {
      const larger = new Int32Array(this.#free.length * 2)
      larger.set(this.#free)
      this.#free = larger
    }
    this.#free[this.#freeCount++] = slot
  }

  /** Negative where the row of slot `a` comes first; 0 where the rows are equal in every column. */
  compare(a: number, b: number): number {
    return this.#compareBy(a, b, this.#order.length)
  }

  /** By the keys alone. */
  compareKeys(a: number, b: number): number {
    return this.#compareBy(a, b, this.#keyCount)
  }

  #compareBy(a: number, b: number, count: number): number {
    for (let k = 0; k < count; k++) {
      const { column, stored, sign, nullRank } = this.#order[k]!
      const nulls = this.#nulls[column]!
      if (nulls !== null && (nulls[a] !== 0 || nulls[b] !== 0)) {
        if (nulls[a] === nulls[b]) continue
        return nulls[a] !== 0 ? nullRank : -nullRank
      }
      const order = stored.compare(a, b)
      if (order !== 0) return order * sign
    }
    return 0
  }

  /** The first key of a row as a number that is greater the later the row comes; +∞ where it cannot be said. */
  firstKey(slot: number): number {
    const first = this.#order[0]!
    const nulls = this.#nulls[first.column]!
    if (this.#keyCount === 0 || (nulls !== null && nulls[slot] !== 0)) return Infinity
    const number = first.stored.numberAt(slot)
    return number === number ? number * first.sign : Infinity
  }

  /** The rows of some slots as columns, valid until the next change of the store. */
  gather(slots: Int32Array, count: number): Vector[] {
    return this.columns.map((column, c) => column.gather(slots, count, this.#gatherNulls(c, slots, count)))
  }

  #gatherNulls(c: number, slots: Int32Array, count: number): Uint8Array | null {
    const from = this.#nulls[c]!
    if (from === null) return null
    const nulls = new Uint8Array(count)
    let any = 0
    for (let i = 0; i < count; i++) any |= nulls[i] = from[slots[i]!]!
    return any === 0 ? null : nulls
  }
}

interface OrderColumn {
  readonly column: number
  readonly stored: StoredColumn
  readonly sign: number
  readonly nullRank: number
}
