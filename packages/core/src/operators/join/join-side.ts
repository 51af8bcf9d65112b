import type { ChangedSlots } from '../../state/changed-slots.js'
import { RowStore } from '../../state/row-store.js'
import type { Batch } from '../../types/batch.js'
import { BOOLEAN, INT, type Schema } from '../../types/data-type.js'
import { stateField } from '../state-rows.js'
import { StoredSlots } from '../stored-slots.js'
import { JOIN_LIMIT } from './join-limit.js'

/** No row: the end of a chain. */
export const NONE = -1

/**
 * The rows of one input that a join keeps: stored by slot, chained by key, newest first. Keys are groups of a table that both sides of
 * the join share; rows of no group (a NULL in the key) lie in no chain.
 */
export class JoinSide {
  readonly store: RowStore
  /** First slot of a group's chain, {@link NONE} where there is none. At least as long as the table of keys. */
  heads: Int32Array = new Int32Array(256).fill(NONE)
  /** By slot. */
  next: Int32Array
  #previous: Int32Array
  groups: Int32Array
  /** How many rows of the other side go with a row; kept where `counted`. */
  matches: Int32Array
  /** 1 where the row is out by itself: beside NULLs, or as one that has (`semi`) or has not (`anti`) a match. */
  shown: Uint8Array
  readonly counted: boolean
  /** For snapshots: told before `matches` or `shown` change. */
  readonly changes: ChangedSlots

  constructor(schema: Schema, counted: boolean) {
    this.store = new RowStore(schema, JOIN_LIMIT)
    this.counted = counted
    this.changes = new StoredSlots(this.store, counted ? [...schema, ...COUNTS] : schema, () => (counted ? [
      { kind: 'i32', values: this.matches, nulls: null }, { kind: 'bool', values: this.shown, nulls: null },
    ] : [])).changes
    const { capacity } = this.store
    this.next = new Int32Array(capacity)
    this.#previous = new Int32Array(capacity)
    this.groups = new Int32Array(capacity)
    this.matches = new Int32Array(counted ? capacity : 0)
    this.shown = new Uint8Array(counted ? capacity : 0)
  }

  get bytes(): number {
    return this.store.bytes + 4 * (this.heads.length + 3 * this.next.length + this.matches.length) + this.shown.length
  }

  /** Makes room for so many groups. */
  reserveGroups(count: number): void {
    if (count <= this.heads.length) return
    const heads = new Int32Array(Math.max(count, this.heads.length * 2)).fill(NONE)
    heads.set(this.heads)
    this.heads = heads
  }

  /** Stores rows `rows[0 … count)` of the batch, whose groups are `groups[row]`; gives their slots into `slots`. */
  add(batch: Batch, rows: Int32Array, count: number, groups: Int32Array, slots: Int32Array): void {
    this.store.add(batch, rows, count, slots)
    if (this.next.length < this.store.capacity) this.#grow(this.store.capacity)
    const { heads, next } = this
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!
      const group = groups[rows[i]!]!
      this.groups[slot] = group
      this.#previous[slot] = NONE
      if (group === NONE) {
        next[slot] = NONE
        continue
      }
      const head = heads[group]!
      next[slot] = head
      if (head !== NONE) this.#previous[head] = slot
      heads[group] = slot
    }
  }

  remove(slot: number): void {
    const group = this.groups[slot]!
    const [next, previous] = [this.next[slot]!, this.#previous[slot]!]
    if (previous !== NONE) this.next[previous] = next
    else if (group !== NONE) this.heads[group] = next
    if (next !== NONE) this.#previous[next] = previous
    this.groups[slot] = GONE
    this.store.remove(slot)
  }

  /** Forgets every row. */
  clear(): void {
    this.store.clear()
    const { capacity } = this.store
    this.heads = new Int32Array(256).fill(NONE)
    this.next = new Int32Array(capacity)
    this.#previous = new Int32Array(capacity)
    this.groups = new Int32Array(capacity)
    this.matches = new Int32Array(this.counted ? capacity : 0)
    this.shown = new Uint8Array(this.counted ? capacity : 0)
  }

  /** Whether a slot holds a row. */
  holds(slot: number): boolean {
    return this.store.holds(slot)
  }

  /** The slot of a row equal to the one given, {@link NONE} where there is none. Rows of no group are not found. */
  find(batch: Batch, row: number, group: number): number {
    let slot = group === NONE ? NONE : this.heads[group]!
    while (slot !== NONE && !this.store.equals(slot, batch, row)) slot = this.next[slot]!
    return slot
  }

  /** Takes over the new numbers of groups: `places[old]`. All groups of rows that are there have one. */
  renumber(places: Int32Array, count: number): void {
    const heads = new Int32Array(Math.max(256, count)).fill(NONE)
    const known = Math.min(places.length, this.heads.length)
    for (let group = 0; group < known; group++) if (places[group]! >= 0) heads[places[group]!] = this.heads[group]!
    this.heads = heads
    for (let slot = 0; slot < this.store.used; slot++) if (this.groups[slot]! >= 0) this.groups[slot] = places[this.groups[slot]!]!
  }

  #grow(capacity: number): void {
    const enlarged = (from: Int32Array): Int32Array => {
      const into = new Int32Array(capacity)
      into.set(from)
      return into
    }
    this.next = enlarged(this.next)
    this.#previous = enlarged(this.#previous)
    this.groups = enlarged(this.groups)
    if (!this.counted) return
    this.matches = enlarged(this.matches)
    const shown = new Uint8Array(capacity)
    shown.set(this.shown)
    this.shown = shown
  }
}

/** What is stored of a row whose matches are counted, behind its own columns. */
export const COUNTS: Schema = [stateField('#matches', INT, false), stateField('#shown', BOOLEAN, false)]

/** In place of a group: the slot is free. */
const GONE = -2
