import type { Row } from '../row-order.js'

/** Dead rows at the front are taken out of memory once there are so many, and as many as live ones. */
const DROPPED_ROWS_MIN = 32

/**
 * The rows of one partition in their order, as far as they are still needed. Positions count from the first row that the
 * partition ever had.
 */
export class PartitionRows {
  #rows: Row[]
  /** Place in `#rows` of the first row that is still needed. */
  #head = 0
  /** Position of that row. */
  first: number

  constructor(rows: Row[] = [], first = 0) {
    this.#rows = rows
    this.first = first
  }

  /** One past the last position. */
  get end(): number {
    return this.first + this.#rows.length - this.#head
  }

  get count(): number {
    return this.#rows.length - this.#head
  }

  at(position: number): Row {
    return this.#rows[this.#head + position - this.first]!
  }

  push(row: Row): void {
    this.#rows.push(row)
  }

  /** Puts a row of a snapshot in its place. By the time that rows are looked at there is one in each. */
  put(position: number, row: Row): void {
    this.#rows[this.#head + position - this.first] = row
  }

  /** Forgets the rows before a position. */
  dropBefore(position: number): void {
    const count = Math.min(Math.max(0, position - this.first), this.count)
    this.first += count
    this.#head += count
    if (this.#head < DROPPED_ROWS_MIN || this.#head * 2 < this.#rows.length) return
    this.#rows = this.#rows.slice(this.#head)
    this.#head = 0
  }
}
