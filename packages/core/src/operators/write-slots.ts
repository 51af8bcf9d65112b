import { RowGather } from '../expressions/selected-rows.js'
import type { RowStore } from '../state/row-store.js'
import { batchOf, type Vector } from '../types/batch.js'
import { eachPiece, type WriteState } from './state-rows.js'

/** Writes the rows of some slots of a store. @param added what stands behind the columns of a piece of them */
export function writeSlots(
  write: WriteState, table: number, store: RowStore, slots: Int32Array, added: (piece: Int32Array) => readonly Vector[] = () => [],
): void {
  const gathers = store.columns.map(() => new RowGather())
  eachPiece(slots, (piece) => {
    const columns = gathers.map((gather, c) => gather.gather(store.vector(c), piece, piece.length))
    write(table, batchOf([...columns, ...added(piece)], piece.length))
  })
}
