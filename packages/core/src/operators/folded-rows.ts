import { MillraceError } from '../errors.js'
import { COUNTED_ROWS_MAX } from '../limits.js'
import { valueKey } from '../state/value-key.js'
import type { ChangedSlots } from '../state/changed-slots.js'
import type { Batch } from '../types/batch.js'
import { DOUBLE, type DataType, type Schema } from '../types/data-type.js'
import { rowBytes } from '../types/value-bytes.js'
import { ItemSlots } from './item-slots.js'
import { eachRow, stateField } from './state-rows.js'
import type { Row } from './row-order.js'

/** Rows as often as they were added more than taken back. */
export class FoldedRows {
  /** What is stored of it: each different row with how often it is there. */
  readonly stored: Schema
  readonly #schema: Schema
  readonly #types: readonly DataType[]
  readonly #entries = new Map<string, Entry>()
  readonly #slots: ItemSlots<Entry>

  constructor(schema: Schema) {
    this.#schema = schema
    this.#types = schema.map(({ type }) => type)
    this.stored = [...schema, stateField('#count', DOUBLE, false)]
    this.#slots = new ItemSlots(this.stored, ({ row, count }: Entry) => [...row, count])
  }

  get changes(): ChangedSlots {
    return this.#slots.changes
  }

  /** Estimate of the memory held. */
  bytes = 0

  /** Different rows. */
  get size(): number {
    return this.#entries.size
  }

  /** @param by 1 to add the row, which is kept; −1 to take back one that equals it, which may come later */
  add(row: Row, by: number): void {
    const key = rowKey(row, this.#types)
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      checkCountedRows(this.#entries.size)
      const added = { row, count: by, slot: 0 }
      added.slot = this.#slots.add(added)
      this.#entries.set(key, added)
      this.bytes += ENTRY_BYTES + key.length + rowBytes(row)
      return
    }
    this.#slots.beforeChange(entry.slot)
    if ((entry.count += by) === 0) {
      this.#entries.delete(key)
      this.#slots.remove(entry.slot)
      this.bytes -= ENTRY_BYTES + key.length + rowBytes(entry.row)
    }
  }

  clear(): void {
    this.#slots.clear()
    this.#entries.clear()
    this.bytes = 0
  }

  /** Takes rows of a snapshot. */
  restore(batch: Batch): void {
    eachRow(batch, this.stored, (row) => this.add(row.slice(0, this.#schema.length), row.at(-1) as number))
  }

  rows(): Row[] {
    return [...this.#entries.values()].flatMap(({ row, count }) => Array.from({ length: Math.max(0, count) }, () => row))
  }
}

interface Entry {
  readonly row: Row
  count: number
  slot: number
}

/**
 * @param count of different rows that are kept already
 * @throws MillraceError STATE_LIMIT
 */
export function checkCountedRows(count: number): void {
  if (count < COUNTED_ROWS_MAX) return
  throw new MillraceError(
    'STATE_LIMIT', `more than ${COUNTED_ROWS_MAX} different rows that may be taken back on one worker; use more workers, coarser values or a window`,
  )
}

/** A place in the map, its key's header, and the row with its count. */
const ENTRY_BYTES = 96

/** A text that equal rows share, and no others. */
export function rowKey(row: Row, types: readonly DataType[]): string {
  let text = ''
  for (let c = 0; c < types.length; c++) {
    const key = valueKey(row[c], types[c]!)
    text += `${key.length}:${key}`
  }
  return text
}
