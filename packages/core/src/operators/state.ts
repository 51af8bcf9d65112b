import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { ChangedSlots } from '../state/changed-slots.js'

/**
 * What an operator remembers between two batches, as tables of rows. That one form serves all: it is what checkpoints store, what
 * `inspect` prints, and what is shared out anew by key when a job is restored at another number of workers.
 *
 * An operator without it remembers nothing.
 */
export interface OperatorState {
  /** The tables, the same for every operator of one plan node. */
  readonly tables: readonly StateTable[]

  /**
   * By table: its rows by their slots, where only what has changed since the last snapshot is stored, piece by piece while the operator
   * goes on. For tables that may be large. Null, or left out: the table is stored whole by {@link snapshot}.
   */
  readonly slots?: readonly (ChangedSlots | null)[]

  /** By table: its rows, stored whole each time, piece by piece while the operator goes on. Null, or left out: not so. */
  readonly streams?: readonly (StateStream | null)[]

  /**
   * Hands over every row of every table that is not stored by {@link slots} or {@link streams}, in batches of the table's schema that are valid until `write` returns. Called between two
   * elements, when the operator has received a barrier on all its inputs (or End), and leaves the operator as it is. Rows come in an
   * order from which {@link restore} makes an operator that goes on as this one would have.
   */
  snapshot(write: (table: number, batch: Batch) => void): void

  /**
   * Takes stored rows of one table, in the order in which they were written, or of their slots; tables in their order; see
   * {@link StateTable} for whose.
   * Called on a new operator before its first element. The batch is valid until `restore` returns.
   *
   * What has flowed flows again: watermarks and End come to a restored operator anew, on every input that had them.
   */
  restore(table: number, batch: Batch): void
}

/** The rows of a table as they are where the operator stands, read while they go on changing. */
export interface StateStream {
  /** The operator stands. The stream that was begun before has been read to its end. */
  beginStream(): void
  /** The next rows, at most so many, in the table's schema and valid until the next call; null at the end. */
  nextOfStream(rowsMax: number): Batch | null
}

/** Rows are written and read back with `writeRows` and `eachRow` (state-rows.ts), or as columns by who has columns. */
export interface StateTable {
  /** `groups`, `left rows`: unique in the operator, and printed. */
  readonly name: string
  readonly schema: Schema
  /**
   * Columns whose hash says to which worker a row belongs: the same values in the same order as the columns of the exchange in front of
   * the operator. Null where rows have no key: then `unkeyed` tells who gets them.
   */
  readonly keys: readonly number[] | null
  /**
   * Of a table without keys. Default `all`.
   *
   * - `all`: every worker gets the rows of all: how far event time has come. It takes the least.
   * - `part`: each row belongs to one worker, whichever: rows that are kept for an ORDER BY.
   * - `copy`: all workers have the same rows (a side that is broadcast): every worker gets those that one had.
   */
  readonly unkeyed?: 'all' | 'part' | 'copy'
}
