import { MillraceError } from '../errors.js'
import { COUNTED_ROWS_MAX } from '../limits.js'
import { valueKey } from '../state/value-key.js'
import type { DataType, Schema } from '../types/data-type.js'
import { rowBytes } from '../types/value-bytes.js'
import type { Row } from './row-order.js'

/** Rows as often as they were added more than taken back. */
export class FoldedRows {
  readonly #types: readonly DataType[]
  readonly #entries = new Map<string, { readonly row: Row; count: number }>()

  constructor(schema: Schema) {
    this.#types = schema.map(({ type }) => type)
  }

  /** Estimate of the memory held. */
  bytes = 0

  /** Different rows. */
  get size(): number {
    return this.#entries.size
  }

  /** @param sign 1 to add the row, which is kept; −1 to take back one that equals it, which may come later */
  add(row: Row, sign: number): void {
    const key = rowKey(row, this.#types)
    const entry = this.#entries.get(key)
    if (entry === undefined) {
      checkCountedRows(this.#entries.size)
      this.#entries.set(key, { row, count: sign })
      this.bytes += ENTRY_BYTES + key.length + rowBytes(row)
    } else if ((entry.count += sign) === 0) {
      this.#entries.delete(key)
      this.bytes -= ENTRY_BYTES + key.length + rowBytes(entry.row)
    }
  }

  clear(): void {
    this.#entries.clear()
    this.bytes = 0
  }

  rows(): Row[] {
    return [...this.#entries.values()].flatMap(({ row, count }) => Array.from({ length: Math.max(0, count) }, () => row))
  }
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
