import { MillraceError, unreachable } from '../errors.js'
import { vectorKindOf, type Batch, type Vector } from '../types/batch.js'
import type { DataType, Schema } from '../types/data-type.js'
import { larger, type StoredColumn } from './stored-column.js'
import type { ChangedSlots } from './changed-slots.js'
import { StoredBools, StoredDoubles, StoredExact, StoredInts } from './stored-numbers.js'
import { StoredText } from './stored-text.js'
import { StoredValues } from './stored-values.js'

/** How much a store may hold, and what is said when it is to hold more: that it does, and what to do. */
export interface StoreLimit {
  readonly rowsMax: number
  /** Past `rowsMax`. */
  readonly tooManyRows: string
  /** Past STORED_TEXT_BYTES_MAX in one column. */
  readonly tooMuchText: string
}

/**
 * Rows that outlive their batches, column by column: no objects, and strings as bytes. A row has a slot until it is given back; slots
 * are used again.
 */
export class RowStore {
  readonly columns: readonly StoredColumn[]
  /** Told before a row comes or goes, where the rows are stored by what has changed. */
  changes: ChangedSlots | null = null
  /** Rows that are there. */
  size = 0
  /** Slots that have been in use: all are below it. */
  used = 0
  readonly #limit: StoreLimit
  #capacity = FIRST_CAPACITY
  #held: Uint8Array = new Uint8Array(FIRST_CAPACITY)
  #free: Int32Array = new Int32Array(64)
  #freeCount = 0
  readonly #schema: Schema

  constructor(schema: Schema, limit: StoreLimit) {
    this.#limit = limit
    this.#schema = schema
    this.columns = this.#newColumns()
  }

  #newColumns(): StoredColumn[] {
    return this.#schema.map((field) => storedColumnOf(field.type, this.#limit))
  }

  /** Whether a slot holds a row. */
  holds(slot: number): boolean {
    return this.#held[slot] === 1
  }

  /** {@link holds}, as it is when {@link clear} is called. */
  get heldNow(): (slot: number) => boolean {
    const held = this.#held
    return (slot) => held[slot] === 1
  }

  get capacity(): number {
    return this.#capacity
  }

  get bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.bytes, 4 * this.#free.length + this.#held.length) + (this.changes?.bytes ?? 0)
  }

  /**
   * Gives `count` slots into `slots` and copies rows `rows[0 … count)` of the batch there.
   * @throws MillraceError STATE_LIMIT past the limit
   */
  add(batch: Batch, rows: Int32Array, count: number, slots: Int32Array): void {
    if (this.size + count > this.#limit.rowsMax) throw new MillraceError('STATE_LIMIT', this.#limit.tooManyRows)
    for (let i = 0; i < count; i++) slots[i] = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.used++
    if (this.used > this.#capacity) this.#grow()
    this.size += count
    if (this.changes?.tracks === true) this.#tell(this.changes, slots, count)
    for (let i = 0; i < count; i++) this.#held[slots[i]!] = 1
    for (let c = 0; c < this.columns.length; c++) this.columns[c]!.put(batch.columns[c]!, rows, slots, count, this.used)
  }

  #tell(changes: ChangedSlots, slots: Int32Array, count: number): void {
    changes.ensure(this.#capacity)
    for (let i = 0; i < count; i++) changes.beforeChange(slots[i]!)
  }

  remove(slot: number): void {
    this.changes?.beforeChange(slot)
    this.#held[slot] = 0
    for (const column of this.columns) column.forget(slot)
    if (this.#freeCount === this.#free.length) {
      const free = new Int32Array(this.#free.length * 2)
      free.set(this.#free)
      this.#free = free
    }
    this.#free[this.#freeCount++] = slot
    this.size--
  }

  /** Whether the row of a slot equals one of a batch in every column. */
  equals(slot: number, batch: Batch, row: number): boolean {
    for (let c = 0; c < this.columns.length; c++) if (!this.columns[c]!.equals(slot, batch.columns[c]!, row)) return false
    return true
  }

  /** A column by slot, valid until the next `add`. */
  vector(c: number): Vector {
    return this.columns[c]!.vector()
  }

  /** Forgets every row. Slots begin anew. */
  clear(): void {
    this.changes?.leave()
    ;(this.columns as StoredColumn[]).splice(0, this.columns.length, ...this.#newColumns())
    this.size = this.used = this.#freeCount = 0
    this.#capacity = FIRST_CAPACITY
    this.#held = new Uint8Array(FIRST_CAPACITY)
    this.#free = new Int32Array(64)
    this.changes?.renumbered()
  }

  #grow(): void {
    while (this.#capacity < this.used) this.#capacity *= 2
    this.#held = larger(this.#held, new Uint8Array(this.#capacity))
    for (const column of this.columns) column.grow(this.#capacity)
  }
}

const FIRST_CAPACITY = 256

function storedColumnOf(type: DataType, limit: StoreLimit): StoredColumn {
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return new StoredBools(FIRST_CAPACITY)
    case 'i32': return new StoredInts(FIRST_CAPACITY)
    case 'f64': return new StoredDoubles(FIRST_CAPACITY)
    case 'exact': return new StoredExact(FIRST_CAPACITY)
    case 'text': case 'utf8': case 'dict': return new StoredText(FIRST_CAPACITY, limit.tooMuchText)
    case 'any': return new StoredValues(FIRST_CAPACITY, type)
    default: return unreachable(kind)
  }
}
