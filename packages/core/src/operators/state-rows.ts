import { assert } from '../errors.js'
import { STATE_BATCH_ROWS } from '../limits.js'
import type { Batch } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import { DOUBLE } from '../types/data-type.js'
import type { DataType, Schema, Value } from '../types/data-type.js'
import { rowValues } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import type { OperatorState, StateTable } from './state.js'

/** Where an operator hands over the rows of its tables: see {@link OperatorState.snapshot}. */
export type WriteState = Parameters<OperatorState['snapshot']>[0]

/** Writes rows given as values, in batches. */
export function writeRows(write: WriteState, table: number, schema: Schema, rows: Iterable<readonly Value[]>): void {
  let part: (readonly Value[])[] = []
  for (const row of rows) {
    if (part.push(row) < STATE_BATCH_ROWS) continue
    write(table, batchFromRows(part, schema))
    part = []
  }
  if (part.length > 0) write(table, batchFromRows(part, schema))
}

/** Reads back what {@link writeRows} wrote: values that outlive the batch. */
export function eachRow(batch: Batch, schema: Schema, take: (row: Value[]) => void): void {
  for (let i = 0; i < batch.length; i++) take(rowValues(batch, schema, i).map(copyValue))
}

/** Cuts row numbers into pieces of at most a batch, for those who write columns. */
export function eachPiece(rows: Int32Array, take: (piece: Int32Array) => void): void {
  for (let from = 0; from < rows.length; from += STATE_BATCH_ROWS) take(rows.subarray(from, Math.min(from + STATE_BATCH_ROWS, rows.length)))
}

/** A field of a state's table. */
export function stateField(name: string, type: DataType, nullable = true): Schema[number] {
  return { name, type, nullable }
}

/**
 * A table of one row of numbers, each by its name: how far event time has come, what is left of a LIMIT. Several workers may each have
 * written a row; of each number the least is taken, which is right for time and for what is left.
 */
export class NumbersTable implements StateTable {
  readonly name: string
  readonly schema: Schema
  readonly keys = null
  readonly #restored: (number | undefined)[] = []

  constructor(name: string, numbers: readonly string[]) {
    this.name = name
    this.schema = numbers.map((number) => stateField(number, DOUBLE, false))
  }

  write(write: WriteState, table: number, numbers: readonly number[]): void {
    assert(numbers.length === this.schema.length, 'every number of the table is given')
    write(table, batchFromRows([numbers], this.schema))
  }

  /** The numbers so far, after a batch of the table. */
  restore(batch: Batch): number[] {
    eachRow(batch, this.schema, (row) => row.forEach((number, n) => {
      this.#restored[n] = Math.min(this.#restored[n] ?? Infinity, number as number)
    }))
    return this.schema.map((_, n) => this.#restored[n]!)
  }
}
