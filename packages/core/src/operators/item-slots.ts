import { STATE_PIECE_ITEMS } from '../limits.js'
import { ChangedSlots } from '../state/changed-slots.js'
import type { SlotRows } from '../state/changed-slots.js'
import { INSERT } from '../types/batch.js'
import type { Batch, RowKind } from '../types/batch.js'
import type { Schema, Value } from '../types/data-type.js'
import { batchFromRows } from '../types/vector-builder.js'

/**
 * Things that are kept as JavaScript objects (rows, partitions) as a table of an operator's state: each has a slot as long as it is there.
 * For operators that have no columns of their own.
 */
export class ItemSlots<T> implements SlotRows {
  readonly changes: ChangedSlots
  readonly pieceRows: number = STATE_PIECE_ITEMS
  readonly #schema: Schema
  readonly #rowOf: (item: T) => readonly Value[]
  readonly #kindOf: (item: T) => RowKind
  #items: (T | undefined)[] = []
  #free: number[] = []
  #aside: (readonly Value[])[] = []
  #asideKinds: RowKind[] = []

  /**
   * @param rowOf what is stored of a thing: values that do not change afterwards
   * @param kindOf the kind of the stored row
   */
  constructor(schema: Schema, rowOf: (item: T) => readonly Value[], kindOf: (item: T) => RowKind = () => INSERT) {
    this.#schema = schema
    this.#rowOf = rowOf
    this.#kindOf = kindOf
    this.changes = new ChangedSlots(this)
  }

  /** Gives a slot to a thing. */
  add(item: T): number {
    const slot = this.#free.pop() ?? this.#items.length
    this.changes.ensure(slot + 1)
    this.changes.beforeChange(slot)
    this.#items[slot] = item
    return slot
  }

  /** The thing in a slot is about to change. */
  beforeChange(slot: number): void {
    this.changes.beforeChange(slot)
  }

  remove(slot: number): void {
    this.changes.beforeChange(slot)
    this.#items[slot] = undefined
    this.#free.push(slot)
  }

  /** Forgets everything. Slots begin anew. */
  clear(): void {
    this.changes.leave()
    this.#items = []
    this.#free = []
    this.changes.renumbered()
  }

  /** Everything that is there, by slot. */
  all(): T[] {
    return this.#items.filter((item) => item !== undefined)
  }

  get slotCount(): number {
    return this.#items.length
  }

  holds(slot: number): boolean {
    return this.#items[slot] !== undefined
  }

  rowsOf(slots: Int32Array): Batch {
    return this.#rowsOf(this.#items, slots)
  }

  frozen(): Pick<SlotRows, 'holds' | 'rowsOf'> {
    const items = this.#items
    return { holds: (slot) => items[slot] !== undefined, rowsOf: (slots) => this.#rowsOf(items, slots) }
  }

  #rowsOf(from: readonly (T | undefined)[], slots: Int32Array): Batch {
    const items = Array.from(slots, (slot) => from[slot]!)
    return this.#batch(items.map(this.#rowOf), items.map(this.#kindOf))
  }

  putAside(slot: number, place: number): void {
    this.#aside[place] = this.#rowOf(this.#items[slot]!)
    this.#asideKinds[place] = this.#kindOf(this.#items[slot]!)
  }

  rowsAside({ length }: Int32Array): Batch {
    return this.#batch(this.#aside.splice(0, length), this.#asideKinds.splice(0, length))
  }

  #batch(rows: readonly (readonly Value[])[], kinds: readonly RowKind[]): Batch {
    return batchFromRows(rows, this.#schema, kinds.every((kind) => kind === INSERT) ? null : Uint8Array.from(kinds))
  }
}
