import type { TopNNode } from '../../plan/physical-over.js'
import type { RowStore } from '../../state/row-store.js'
import { DELETE, INSERT } from '../../types/batch.js'
import type { OperatorContext } from '../operator.js'
import { placesOf } from './ranked-list.js'
import { SlotEmitter } from './slot-emitter.js'
import type { SlotLists } from './slot-lists.js'
import type { SlotOrder } from './slot-order.js'

/**
 * Turns what a batch has done to the lists into as few changes as can be: of each group that it touched, the first rows before
 * against the first rows after.
 */
export class TopNChanges {
  readonly #node: TopNNode
  readonly #store: RowStore
  readonly #order: SlotOrder
  readonly #lists: SlotLists
  readonly #emitter: SlotEmitter
  /** Groups touched, with where their rows before lie in `#before`. */
  readonly #touched: number[] = []
  readonly #beforeStarts: number[] = []
  #before: Int32Array = new Int32Array(256)
  #beforeCount = 0
  #epoch = 1
  #touchEpochs: Int32Array = new Int32Array(64)
  #birthEpochs: Int32Array = new Int32Array(256)
  /** Slots whose rows have been given out and are still to be taken back. */
  readonly #dying: number[] = []
  #marks: Int32Array = new Int32Array(256)
  #mark = 0
  #places: Float64Array = new Float64Array(64)
  #placesBefore: Float64Array = new Float64Array(64)

  constructor(node: TopNNode, store: RowStore, order: SlotOrder, lists: SlotLists, context: OperatorContext) {
    this.#node = node
    this.#store = store
    this.#order = order
    this.#lists = lists
    this.#emitter = new SlotEmitter(store, node.rank, context)
  }

  ensure(groupCount: number): void {
    if (groupCount <= this.#touchEpochs.length) return
    this.#touchEpochs = grown(this.#touchEpochs, groupCount)
  }

  scratch(count: number): Float64Array {
    if (this.#places.length < count) this.#places = new Float64Array(count * 2)
    return this.#places
  }

  /** A group is about to change: what it was is remembered, once a batch. */
  touch(group: number): void {
    if (this.#node.emit === 'final' || this.#touchEpochs[group] === this.#epoch) return
    this.#touchEpochs[group] = this.#epoch
    const { slots, starts, counts } = this.#lists
    const start = starts[group]!
    const count = this.#visible(slots, start, counts[group]!, this.scratch(counts[group]!))
    this.#touched.push(group)
    this.#beforeStarts.push(this.#beforeCount)
    if (this.#beforeCount + count > this.#before.length) this.#before = grown(this.#before, this.#beforeCount + count)
    for (let i = 0; i < count; i++) this.#before[this.#beforeCount + i] = slots[start + i]!
    this.#beforeCount += count
  }

  born(slot: number): void {
    if (slot >= this.#birthEpochs.length) this.#birthEpochs = grown(this.#birthEpochs, slot + 1)
    this.#birthEpochs[slot] = this.#epoch
  }

  /** A row leaves its list. It stays in the store as long as it may have to be taken back. */
  died(slot: number): void {
    if (this.#node.emit === 'final' || this.#birthEpochs[slot] === this.#epoch) this.#store.remove(slot)
    else this.#dying.push(slot)
  }

  #visible(slots: Int32Array, start: number, count: number, into: Float64Array): number {
    const { function: f, to } = this.#node
    return placesOf(f, slots, start, count, to, this.#order, into)
  }

  /** Gives out the first rows of a group that is complete. */
  emitAll(group: number): void {
    const { slots, starts, counts } = this.#lists
    const places = this.scratch(counts[group]!)
    const start = starts[group]!
    const count = this.#visible(slots, start, counts[group]!, places)
    for (let i = 0; i < count; i++) if (places[i]! >= this.#node.from) this.#emitter.push(slots[start + i]!, places[i]!, INSERT)
  }

  /** Gives out what the batch has changed. */
  emitTouched(): void {
    const touched = this.#touched
    for (let t = 0; t < touched.length; t++) {
      const end = t + 1 < touched.length ? this.#beforeStarts[t + 1]! : this.#beforeCount
      if (this.#node.function !== 'row_number') this.#emitRanked(touched[t]!, this.#beforeStarts[t]!, end)
      else if (this.#node.rank) this.#emitPlaces(touched[t]!, this.#beforeStarts[t]!, end)
      else this.#emitMembers(touched[t]!, this.#beforeStarts[t]!, end)
    }
    this.#emitter.flush()
    for (const slot of this.#dying) this.#store.remove(slot)
    this.forget()
  }

  /** Begins the next batch. */
  forget(): void {
    this.#touched.length = 0
    this.#beforeStarts.length = 0
    this.#beforeCount = 0
    this.#dying.length = 0
    this.#epoch++
  }

  flush(): void {
    this.#emitter.flush()
  }

  /** ROW_NUMBER is selected: a result row is what stands in a place. */
  #emitPlaces(group: number, before: number, beforeEnd: number): void {
    const { slots, starts, counts } = this.#lists
    const { from, to } = this.#node
    const start = starts[group]!
    const beforeCount = beforeEnd - before
    const afterCount = Math.min(counts[group]!, to)
    for (let i = from - 1; i < Math.max(beforeCount, afterCount); i++) {
      const old = i < beforeCount ? this.#before[before + i]! : -1
      const now = i < afterCount ? slots[start + i]! : -1
      if (old === now) continue
      if (old === -1) this.#emitter.push(now, i + 1, INSERT)
      else if (now === -1) this.#emitter.push(old, i + 1, DELETE)
      else if (this.#order.compare(old, now) !== 0) this.#emitter.pushUpdate(old, i + 1, now, i + 1)
    }
  }

  /** The place is not selected: only which rows are among the first counts. */
  #emitMembers(group: number, before: number, beforeEnd: number): void {
    const { slots, starts, counts } = this.#lists
    const { from, to } = this.#node
    const first = starts[group]! + from - 1
    const last = starts[group]! + Math.min(counts[group]!, to)
    const gone = this.#different(this.#before, before + from - 1, beforeEnd, slots, first, last)
    const come = this.#different(slots, first, last, this.#before, before + from - 1, beforeEnd)
    this.#cancel(gone, come)
    if (from === to && gone.length === 1 && come.length === 1) return this.#emitter.pushUpdate(gone[0]!, from, come[0]!, from)
    for (const slot of gone) this.#emitter.push(slot, 0, DELETE)
    for (const slot of come) this.#emitter.push(slot, 0, INSERT)
  }

  /** Slots of the one list that are not in the other. */
  #different(a: Int32Array, from: number, to: number, b: Int32Array, otherFrom: number, otherTo: number): number[] {
    const mark = ++this.#mark
    for (let i = otherFrom; i < otherTo; i++) {
      const slot = b[i]!
      if (slot >= this.#marks.length) this.#marks = grown(this.#marks, slot + 1)
      this.#marks[slot] = mark
    }
    const found: number[] = []
    for (let i = from; i < to; i++) if (this.#marks[a[i]!] !== mark) found.push(a[i]!)
    return found
  }

  /** Rows that were taken back and came again, equal, are no change. Both lists are in order. */
  #cancel(gone: number[], come: number[]): void {
    let [g, c] = [0, 0]
    while (g < gone.length && c < come.length) {
      const order = this.#order.compare(gone[g]!, come[c]!)
      if (order < 0) g++
      else if (order > 0) c++
      else {
        gone.splice(g, 1)
        come.splice(c, 1)
      }
    }
  }

  /** RANK and DENSE_RANK: several rows can have one place, so a result row is a row with its place. */
  #emitRanked(group: number, before: number, beforeEnd: number): void {
    const { slots, starts, counts } = this.#lists
    const { from, rank } = this.#node
    const beforeCount = beforeEnd - before
    if (this.#placesBefore.length < beforeCount) this.#placesBefore = new Float64Array(beforeCount * 2)
    this.#visible(this.#before, before, beforeCount, this.#placesBefore)
    const start = starts[group]!
    const places = this.scratch(counts[group]!)
    const afterCount = this.#visible(slots, start, counts[group]!, places)
    let [b, a] = [0, 0]
    // Both lists are in the same order: one walk pairs equal rows.
    while (b < beforeCount || a < afterCount) {
      const order = b === beforeCount ? 1 : a === afterCount ? -1 : this.#order.compare(this.#before[before + b]!, slots[start + a]!)
      const old = order <= 0 && this.#placesBefore[b]! >= from
      const now = order >= 0 && places[a]! >= from
      if (old && now) {
        if (rank && this.#placesBefore[b] !== places[a]) this.#emitter.pushUpdate(this.#before[before + b]!, this.#placesBefore[b]!, slots[start + a]!, places[a]!)
      } else if (old) this.#emitter.push(this.#before[before + b]!, this.#placesBefore[b]!, DELETE)
      else if (now) this.#emitter.push(slots[start + a]!, places[a]!, INSERT)
      if (order <= 0) b++
      if (order >= 0) a++
    }
  }
}

function grown(values: Int32Array, needed: number): Int32Array {
  const larger = new Int32Array(Math.max(needed, values.length * 2))
  larger.set(values)
  return larger
}
