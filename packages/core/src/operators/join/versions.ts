import type { ChangedSlots } from '../../state/changed-slots.js'
import { RowStore } from '../../state/row-store.js'
import type { Batch } from '../../types/batch.js'
import { BOOLEAN, DOUBLE, type Schema } from '../../types/data-type.js'
import { stateField } from '../state-rows.js'
import { StoredSlots } from '../stored-slots.js'
import { JOIN_LIMIT } from './join-limit.js'
import { NONE } from './join-side.js'

/**
 * The versions of a table's rows: by key a chain, the newest first. A version holds from its own time to that of the next; one that is a
 * deletion holds nothing.
 */
export class Versions {
  readonly store: RowStore
  /** For snapshots. */
  readonly changes: ChangedSlots
  heads: Int32Array = new Int32Array(256).fill(NONE)
  #older: Int32Array
  #times: Float64Array
  #groups: Int32Array
  #deletions: Uint8Array
  /** By slot, when it was added, as a number that goes up: of versions of one time the last counts. */
  #arrivals: Float64Array
  #lastArrival = 0

  constructor(schema: Schema) {
    this.store = new RowStore(schema, JOIN_LIMIT)
    this.changes = new StoredSlots(this.store, [...schema, ...VERSION], () => [
      { kind: 'bool', values: this.#deletions, nulls: null }, { kind: 'f64', values: this.#arrivals, nulls: null },
    ]).changes
    const { capacity } = this.store
    this.#older = new Int32Array(capacity)
    this.#times = new Float64Array(capacity)
    this.#groups = new Int32Array(capacity)
    this.#deletions = new Uint8Array(capacity)
    this.#arrivals = new Float64Array(capacity)
  }

  get bytes(): number {
    return this.store.bytes + 4 * this.heads.length + 25 * this.#older.length
  }

  reserveGroups(count: number): void {
    if (count <= this.heads.length) return
    const heads = new Int32Array(Math.max(count, this.heads.length * 2)).fill(NONE)
    heads.set(this.heads)
    this.heads = heads
  }

  /**
   * Adds a row of a batch as a version of its key. Of two of one time the one that comes later counts. Gives its slot.
   * @param arrival of a version that comes back from a snapshot
   */
  add(batch: Batch, row: number, group: number, time: number, deletion: boolean, arrival: number = this.#lastArrival + 1): number {
    oneRow[0] = row
    this.store.add(batch, oneRow, 1, oneSlot)
    const slot = oneSlot[0]!
    if (this.#older.length < this.store.capacity) this.#grow(this.store.capacity)
    this.#times[slot] = time
    this.#groups[slot] = group
    this.#deletions[slot] = deletion ? 1 : 0
    this.#arrivals[slot] = arrival
    this.#lastArrival = Math.max(this.#lastArrival, arrival)
    let newer = NONE
    let at = this.heads[group]!
    for (; at !== NONE && (this.#times[at]! > time || (this.#times[at] === time && this.#arrivals[at]! > arrival)); at = this.#older[at]!) newer = at
    this.#older[slot] = at
    if (newer === NONE) this.heads[group] = slot
    else this.#older[newer] = slot
    return slot
  }

  /** The version of a key at a time, {@link NONE} where there is none. */
  at(group: number, time: number): number {
    let slot = group === NONE ? NONE : this.heads[group]!
    while (slot !== NONE && this.#times[slot]! > time) slot = this.#older[slot]!
    return slot === NONE || this.#deletions[slot] !== 0 ? NONE : slot
  }

  /** Nothing will ask for a time before that of a version any more: those before it go, and it too if it is a deletion. */
  forgetBefore(slot: number): void {
    // Of several versions of one time one may have taken others with it.
    if (this.#groups[slot] === GONE) return
    for (let at = this.#older[slot]!; at !== NONE;) {
      const next = this.#older[at]!
      this.#remove(at)
      at = next
    }
    this.#older[slot] = NONE
    if (this.#deletions[slot] === 0) return
    const group = this.#groups[slot]!
    if (this.heads[group] === slot) this.heads[group] = NONE
    else {
      let newer = this.heads[group]!
      while (this.#older[newer] !== slot) newer = this.#older[newer]!
      this.#older[newer] = NONE
    }
    this.#remove(slot)
  }

  /** Takes over the new numbers of groups: `places[old]`. */
  renumber(places: Int32Array, count: number): void {
    const heads = new Int32Array(Math.max(256, count)).fill(NONE)
    const known = Math.min(places.length, this.heads.length)
    for (let group = 0; group < known; group++) if (places[group]! >= 0) heads[places[group]!] = this.heads[group]!
    this.heads = heads
    for (let slot = 0; slot < this.store.used; slot++) if (this.#groups[slot]! >= 0) this.#groups[slot] = places[this.#groups[slot]!]!
  }

  #remove(slot: number): void {
    this.#groups[slot] = GONE
    this.store.remove(slot)
  }

  #grow(capacity: number): void {
    const ints = (from: Int32Array): Int32Array => {
      const into = new Int32Array(capacity)
      into.set(from)
      return into
    }
    this.#older = ints(this.#older)
    this.#groups = ints(this.#groups)
    const doubles = (from: Float64Array): Float64Array => {
      const into = new Float64Array(capacity)
      into.set(from)
      return into
    }
    this.#times = doubles(this.#times)
    this.#arrivals = doubles(this.#arrivals)
    const deletions = new Uint8Array(capacity)
    deletions.set(this.#deletions)
    this.#deletions = deletions
  }
}

/** What is stored of a version behind its own columns. */
export const VERSION: Schema = [stateField('#deletion', BOOLEAN, false), stateField('#arrival', DOUBLE, false)]

/** In place of a group: the slot is free. */
const GONE = -2

const oneRow = new Int32Array(1)
const oneSlot = new Int32Array(1)
