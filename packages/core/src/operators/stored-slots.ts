import { RowGather } from '../expressions/selected-rows.js'
import { STATE_PIECE_ROWS } from '../limits.js'
import { ChangedSlots } from '../state/changed-slots.js'
import type { SlotRows } from '../state/changed-slots.js'
import type { RowStore } from '../state/row-store.js'
import { BatchBuffer } from '../types/batch-buffer.js'
import { batchOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import { sliceBatch } from './slice-batch.js'

/**
 * The rows of a store as a table of an operator's state. They come and go but do not change; what else there is to know of each stands in
 * columns by slot behind them, and whoever changes it tells {@link changes} before.
 */
export class StoredSlots implements SlotRows {
  readonly changes: ChangedSlots
  readonly #store: RowStore
  readonly #schema: Schema
  readonly #added: () => readonly Vector[]
  readonly #gathers: readonly RowGather[]
  readonly #one = new Int32Array(1)
  #aside: BatchBuffer | null = null

  /** @param added what stands behind the columns of the store, by slot; @param schema of all */
  constructor(store: RowStore, schema: Schema, added: () => readonly Vector[] = () => []) {
    this.#store = store
    this.#schema = schema
    this.#added = added
    this.#gathers = schema.map(() => new RowGather())
    this.changes = new ChangedSlots(this)
    store.changes = this.changes
  }

  get slotCount(): number {
    return this.#store.used
  }

  holds(slot: number): boolean {
    return this.#store.holds(slot)
  }

  rowsOf(slots: Int32Array): Batch {
    return this.#rowsOf(this.#columns(), slots)
  }

  frozen(): Pick<SlotRows, 'holds' | 'rowsOf'> {
    const columns = this.#columns()
    return { holds: this.#store.heldNow, rowsOf: (slots) => this.#rowsOf(columns, slots) }
  }

  #rowsOf(columns: readonly Vector[], slots: Int32Array): Batch {
    const [first, last] = [slots[0]!, slots[slots.length - 1]!]
    // Rows that have been added lie side by side.
    if (last - first === slots.length - 1) return sliceBatch(batchOf(columns, last + 1), first, last + 1)
    return batchOf(this.#gathers.map((gather, c) => gather.gather(columns[c]!, slots, slots.length)), slots.length)
  }

  putAside(slot: number, place: number): void {
    this.#aside ??= new BatchBuffer(this.#schema, STATE_PIECE_ROWS)
    if (place === 0) this.#aside.reset()
    this.#one[0] = slot
    this.#aside.append(batchOf(this.#columns(), this.#store.used), this.#one, 0, 1)
  }

  rowsAside(): Batch {
    return this.#aside!.batch()
  }

  #columns(): Vector[] {
    return [...this.#store.columns.map((_, c) => this.#store.vector(c)), ...this.#added()]
  }
}
