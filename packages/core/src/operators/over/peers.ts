import type { SortKey } from '../../plan/physical.js'
import type { Schema } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import type { Row } from '../row-order.js'
import type { PartitionRows } from './partition-rows.js'

/** Whether two rows are equal in all keys of the order. Without keys all are. */
export type SamePeers = (a: Row, b: Row) => boolean

export function samePeers(order: readonly SortKey[], schema: Schema): SamePeers {
  const keys = order.map(({ column }) => ({ column, compare: compareValues(schema[column]!.type) }))
  return (a, b) => keys.every(({ column, compare }) => compare(a[column]!, b[column]!) === 0)
}

/** The rows that the order leaves equal to the current one, as that moves on. */
export class Peers {
  /** Positions of the first of them, and of the first behind them. */
  start = 0
  end = 0
  /** How many groups of equals there have been, with this one. */
  groups = 0
  readonly #same: SamePeers
  readonly #rows: PartitionRows

  constructor(rows: PartitionRows, same: SamePeers) {
    this.#rows = rows
    this.#same = same
  }

  /** Starts at a position that may be among equals of rows before it. */
  seek(position: number): void {
    const rows = this.#rows
    let start = position
    while (start > rows.first && start < rows.end && this.#same(rows.at(start - 1), rows.at(start))) start--
    this.start = start
    this.end = start
  }

  /** Moves to the row at a position, one behind the last or the first after {@link seek}. */
  advance(position: number): void {
    if (position < this.end) return
    const rows = this.#rows
    this.start = this.end
    this.groups++
    let end = Math.max(position, this.start) + 1
    while (end < rows.end && this.#same(rows.at(end - 1), rows.at(end))) end++
    this.end = end
  }
}
