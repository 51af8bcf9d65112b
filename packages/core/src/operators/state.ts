import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'

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
   * Hands over every row of every table, in batches of the table's schema that are valid until `write` returns. Called between two
   * elements, when the operator has received a barrier on all its inputs, and leaves the operator as it is. Rows come in an order
   * from which {@link restore} makes an operator that goes on as this one would have.
   */
  snapshot(write: (table: number, batch: Batch) => void): void

  /**
   * Takes stored rows of one table, in the order in which they were written, tables in their order. Called on a new operator before
   * its first element; of a keyed table with the rows whose keys belong to this worker, of one without keys with those of every
   * worker that stored any.
   */
  restore(table: number, batch: Batch): void
}

export interface StateTable {
  /** `groups`, `left rows`: unique in the operator, and printed. */
  readonly name: string
  readonly schema: Schema
  /**
   * Columns whose hash says to which worker a row belongs: the same values in the same order as the columns of the exchange in front of
   * the operator. Null for what is no key's (how far event time has come): every worker gets it.
   */
  readonly keys: readonly number[] | null
}
