import { assert } from '../errors.js'
import { STATE_PIECE_BYTES, STATE_PIECE_ROWS } from '../limits.js'
import type { Batch } from '../types/batch.js'

/** The rows of one table of an operator's state, each known by the slot in which it stays as long as it is there. */
export interface SlotRows {
  /** All slots that hold a row are below it. */
  readonly slotCount: number
  /** Rows that can be written at a time, where that is few: it is done object by object. */
  readonly pieceRows?: number
  holds(slot: number): boolean
  /** The rows of slots that hold one, in the table's schema; valid until the next call. @param slots in their order */
  rowsOf(slots: Int32Array): Batch
  /** Puts the row of a slot aside as it is: it is about to change. @param place 0, 1, 2, … up to STATE_PIECE_ROWS − 1 */
  putAside(slot: number, place: number): void
  /**
   * The rows as they are now, to be written while those of this table are others: all of them are about to go, and what they lie in is not
   * used again. Left out by tables whose rows do not go so.
   */
  frozen?(): Pick<SlotRows, 'holds' | 'rowsOf'>
  /** The rows that were put aside at places 0 … slots.length − 1, valid until the next call. The next is put aside at place 0. */
  rowsAside(slots: Int32Array): Batch
}

/** Takes what is to be stored of a table at one epoch. */
export interface PartWriter {
  /** `slots[i]` is the slot of row i. Both are valid until this returns. @returns the bytes that they take */
  rows(batch: Batch, slots: Int32Array): number
  /** Slots that held a row once and hold none now. */
  removed(slots: Int32Array): void
}

/**
 * Which rows of a table have changed since it was last stored, and which are still to be stored as they were: what makes a snapshot cost
 * what has changed, and lets the operator go on while it is taken.
 *
 * Whoever changes, adds or removes a row says so before, slot by slot; marks make that one look where it has been said already:
 *
 * ```js
 * if (marks[slot] === 0) changes.beforeChange(slot)
 * ```
 *
 * At a stand ({@link begin}) what was marked becomes what is owed, and marks begin anew. A row that is owed and about to change is put
 * aside first; the others are written piece by piece.
 */
export class ChangedSlots {
  /** By slot: 0 where a change is to be told of. Replaced when it grows, and at every stand. */
  marks: Uint8Array = new Uint8Array(0)
  /** False until the first snapshot: until then nobody needs to tell of changes. */
  tracks = false
  readonly #rows: SlotRows
  /** By slot: 1 where the row is to be written as it was at the stand. All 0 but while a snapshot is taken. */
  #owed: Uint8Array = new Uint8Array(0)
  /** Null where slots have changed their meaning, so that the next snapshot is whole: then all marks are 1. */
  #changed: number | null = null
  #taking: Taking | null = null
  readonly #aside = new Int32Array(STATE_PIECE_ROWS)
  #asideCount = 0
  readonly #piece = new Int32Array(STATE_PIECE_ROWS)
  /** By what the last rows took: rows that a piece holds. */
  #pieceRows = FIRST_PIECE_ROWS

  constructor(rows: SlotRows) {
    this.#rows = rows
  }

  /** Rows that have changed since the last stand; null where the next snapshot has to be whole. */
  get changed(): number | null {
    return this.#changed
  }

  /** All slots that hold a row are below it. */
  get slotCount(): number {
    return this.#rows.slotCount
  }

  /** True while rows of the table are still to be written as they were: slots keep their meaning then. */
  get owes(): boolean {
    return this.#taking !== null && !this.#taking.isApart
  }

  get bytes(): number {
    return this.marks.length + this.#owed.length
  }

  /** Makes room for so many slots. Called before there are rows in them. */
  ensure(slotCount: number): void {
    if (!this.tracks || this.marks.length >= slotCount) return
    this.#grow(Math.max(slotCount, this.marks.length * 2))
  }

  #grow(capacity: number): void {
    const marks = new Uint8Array(capacity)
    if (this.#changed === null) marks.fill(1)
    marks.set(this.marks)
    this.marks = marks
    const owed = new Uint8Array(capacity)
    owed.set(this.#owed)
    this.#owed = owed
    if (this.owes) this.#taking!.owed = owed
  }

  /** A row is to change, to come or to go. */
  beforeChange(slot: number): void {
    // Beyond the marks before the first snapshot.
    if (this.marks[slot] !== 0) return
    this.marks[slot] = 1
    this.#changed!++
    if (this.#owed[slot] === 0) return
    this.#owed[slot] = 0
    if (!this.#rows.holds(slot)) return this.#taking!.remove(slot)
    this.#rows.putAside(slot, this.#asideCount)
    this.#aside[this.#asideCount++] = slot
    if (this.#asideCount === STATE_PIECE_ROWS) this.settle()
  }

  /** Writes what was put aside. Called when everything that {@link SlotRows.putAside} does not keep is about to change too. */
  settle(): void {
    if (this.#asideCount === 0) return
    const slots = this.#aside.subarray(0, this.#asideCount)
    this.#asideCount = 0
    this.#taking!.writer.rows(this.#rows.rowsAside(slots), slots)
  }

  /** All rows are about to go at once, and slots to begin anew: what is owed is still written piece by piece, from where it lies. */
  leave(): void {
    if (!this.owes) return
    if (this.#rows.frozen === undefined) return this.finish()
    this.settle()
    this.#taking!.goApart(this.#rows.frozen())
    this.#owed = new Uint8Array(this.marks.length)
  }

  /** Slots have got another meaning: the next snapshot is whole. Not while this one {@link owes}. */
  renumbered(): void {
    assert(!this.owes, 'slots keep their meaning while a snapshot of them is taken')
    this.#changed = null
    this.marks.fill(1)
  }

  /**
   * Begins a snapshot where the operator stands.
   * @param whole all rows, not only those that have changed; always where {@link changed} is null
   */
  begin(whole: boolean, writer: PartWriter): void {
    assert(this.#taking === null, 'a snapshot begins when the one before is taken')
    // What has changed lies below the marks' end, even where it is gone now.
    if (this.marks.length < this.#rows.slotCount) this.#grow(this.#rows.slotCount)
    const end = whole ? this.#rows.slotCount : this.marks.length
    const isWhole = whole || this.#changed === null
    if (isWhole) {
      this.#owed.fill(1, 0, end)
      this.marks.fill(0)
    } else {
      // Owed are all 0 here: so the marks of the next snapshot.
      [this.marks, this.#owed] = [this.#owed, this.marks]
    }
    this.#taking = new Taking(writer, isWhole, end, this.#rows, this.#owed)
    this.tracks = true
    this.#changed = 0
  }

  /** Writes a piece of the snapshot, of so many rows at most, and what was put aside. True when it is taken. */
  advance(rowsMax: number = this.#pieceRows): boolean {
    const taking = this.#taking
    if (taking === null) return true
    this.settle()
    assert(rowsMax <= STATE_PIECE_ROWS, 'a piece is bounded')
    const piece = this.#piece
    const { rows, owed } = taking
    let count = 0
    while (count < rowsMax && taking.next < taking.end) {
      const slot = owed[taking.next] === 1 ? taking.next : owed.indexOf(1, taking.next)
      if (slot < 0 || slot >= taking.end) {
        taking.next = taking.end
        break
      }
      owed[slot] = 0
      taking.next = slot + 1
      if (rows.holds(slot)) piece[count++] = slot
      else taking.remove(slot)
    }
    if (count > 0) {
      const bytes = taking.writer.rows(rows.rowsOf(piece.subarray(0, count)), piece.subarray(0, count))
      this.#pieceRows = Math.min(this.#rows.pieceRows ?? STATE_PIECE_ROWS, Math.max(1, Math.floor(STATE_PIECE_BYTES * count / bytes)))
    }
    if (taking.next < taking.end) return false
    taking.writeRemoved()
    this.#taking = null
    return true
  }

  /** Writes all that is owed at once, where slots are to get another meaning and that cannot wait. */
  finish(): void {
    while (!this.advance());
  }
}

/** Rows of the first piece of all, when it is not known how large they are. */
const FIRST_PIECE_ROWS = 256

/** A snapshot under way. */
class Taking {
  readonly writer: PartWriter
  next = 0
  readonly end: number
  rows: Pick<SlotRows, 'holds' | 'rowsOf'>
  owed: Uint8Array
  /** Its rows are those of the table no more. */
  isApart = false
  /** Null where the snapshot is whole: what it does not hold is not there. */
  readonly #removed: number[] | null

  constructor(writer: PartWriter, whole: boolean, end: number, rows: SlotRows, owed: Uint8Array) {
    this.writer = writer
    this.end = end
    this.rows = rows
    this.owed = owed
    this.#removed = whole ? null : []
  }

  goApart(rows: Pick<SlotRows, 'holds' | 'rowsOf'>): void {
    this.rows = rows
    this.isApart = true
  }

  remove(slot: number): void {
    this.#removed?.push(slot)
  }

  writeRemoved(): void {
    if (this.#removed !== null && this.#removed.length > 0) this.writer.removed(Int32Array.from(this.#removed))
  }
}
