import { MillraceError } from '../../errors.js'
import { JOIN_STATE_ROWS_MAX } from '../../limits.js'
import type { Batch, Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import { storedColumnOf, type StoredColumn } from './stored-column.js'

/** Rows that outlive their batches, as columns. A row has a slot until it is given back; slots are used again. */
export class RowStore {
  /** Rows that are there. */
  size = 0
  /** Slots that have been in use: all are below it. */
  used = 0
  readonly #columns: readonly StoredColumn[]
  #capacity = FIRST_CAPACITY
  #free: Int32Array = new Int32Array(64)
  #freeCount = 0

  constructor(schema: Schema) {
    this.#columns = schema.map((field) => storedColumnOf(field.type, FIRST_CAPACITY))
  }

  get capacity(): number {
    return this.#capacity
  }

  get bytes(): number {
    return this.#columns.reduce((sum, column) => sum + column.bytes, 4 * this.#free.length)
  }

  /**
   * Gives `count` slots into `slots` and copies rows `rows[0 … count)` of the batch there.
   * @throws MillraceError STATE_LIMIT past JOIN_STATE_ROWS_MAX
   */
  add(batch: Batch, rows: Int32Array, count: number, slots: Int32Array): void {
    if (this.size + count > JOIN_STATE_ROWS_MAX) {
      throw new MillraceError(
        'STATE_LIMIT', `a join keeps more than ${JOIN_STATE_ROWS_MAX} rows of one side on one worker; use more workers, a window or a bound in time`,
      )
    }
    for (let i = 0; i < count; i++) slots[i] = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.used++
    if (this.used > this.#capacity) this.#grow()
    this.size += count
    for (let c = 0; c < this.#columns.length; c++) this.#columns[c]!.put(batch.columns[c]!, rows, slots, count, this.used)
  }

  remove(slot: number): void {
    for (const column of this.#columns) column.forget(slot)
    if (this.#freeCount === this.#free.length) {
      const free = new Int32Array(this.#free.length * 2)
      free.set(this.#free)
      this.#free = free
    }
    this.#free[this.#freeCount++] = slot
    this.size--
  }

  equals(slot: number, batch: Batch, row: number): boolean {
    for (let c = 0; c < this.#columns.length; c++) if (!this.#columns[c]!.equals(slot, batch.columns[c]!, row)) return false
    return true
  }

  /** A column by slot, valid until the next `add`. */
  column(c: number): Vector {
    return this.#columns[c]!.vector()
  }

  #grow(): void {
    while (this.#capacity < this.used) this.#capacity *= 2
    for (const column of this.#columns) column.grow(this.#capacity)
  }
}

const FIRST_CAPACITY = 256
