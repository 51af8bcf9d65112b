import { STATE_BATCH_ROWS } from '../../limits.js'
import { batchOf, type Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { StateTable } from '../state.js'
import type { WriteState } from '../state-rows.js'
import { PickedColumn } from './picked-column.js'
import type { RowStore } from './row-store.js'

/** A table of an operator's state that holds rows of one of its inputs, and what else there is to know of each behind them. */
export function rowsTable(name: string, schema: Schema, added: Schema, sharedOutBy: readonly number[] | null | undefined, copied = false): StateTable {
  const rows = [...schema, ...added]
  if (copied) return { name, schema: rows, keys: null, unkeyed: 'copy' }
  return sharedOutBy === null || sharedOutBy === undefined ? { name, schema: rows, keys: null, unkeyed: 'part' } : { name, schema: rows, keys: sharedOutBy }
}

/** Writes the rows of some slots. @param added what stands behind the columns of a piece of them */
export function writeSlots(
  write: WriteState, table: number, store: RowStore, width: number, slots: Int32Array, added: (piece: Int32Array) => readonly Vector[],
): void {
  const columns = Array.from({ length: width }, () => new PickedColumn())
  for (let from = 0; from < slots.length; from += STATE_BATCH_ROWS) {
    const piece = slots.subarray(from, Math.min(from + STATE_BATCH_ROWS, slots.length))
    const picked = columns.map((column, c) => column.pick(store.column(c), piece, piece.length, false))
    write(table, batchOf([...picked, ...added(piece)], piece.length))
  }
}
