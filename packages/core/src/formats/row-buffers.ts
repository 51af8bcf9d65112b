import type { ReaderContext, ScanSpec } from '../connector.js'
import type { Batch, BatchOrigin, RowKind } from '../types/batch.js'
import { batchOf, INSERT } from '../types/batch.js'
import type { Value } from '../types/data-type.js'
import type { ExactBuffer, NumberBuffer } from './column-buffer.js'
import { RecordFault, undecodable } from './record-fault.js'
import type { FieldFilter } from './row-filter.js'
import { fieldFiltersOf, holdsForNumber, holdsForText } from './row-filter.js'
import type { ScanField } from './scan-field.js'
import { scanFieldsOf } from './scan-field.js'
import { isUtf8 } from './utf8-text.js'

/**
 * Where a format that decodes a record at a time puts its rows: one value for each wanted column, then {@link end}. A filter is applied
 * to the values as they were put; what is filtered or failed leaves nothing behind.
 */
export class RowBuffers {
  readonly fields: readonly ScanField[]
  /** The row that is being filled. */
  row = 0
  /** Rows at which a batch is full. */
  readonly rowsMax: number
  /** Rows of the batch that the filter did not let pass. */
  filtered = 0
  /** Of the row, by what reads it. */
  recordNumber = 0
  /** By row: the number of its record. */
  readonly records: Int32Array
  readonly #kinds: Uint8Array
  #hasKinds = false
  #first = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #elsewhere: Uint8Array | null = null
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #filters: readonly FieldFilter[]

  /** @param rowsPerRecord how many a record can give: a batch is never cut inside of one, so that one of 1 row may have 2 */
  constructor(scan: ScanSpec, context: ReaderContext, rowsPerRecord: 1 | 2 = 1) {
    this.rowsMax = Math.max(scan.batchRows, rowsPerRecord)
    this.fields = scanFieldsOf({ ...scan, batchRows: this.rowsMax }, context, 3)
    this.#filters = fieldFiltersOf(this.fields, scan.filter)
    this.records = new Int32Array(this.rowsMax)
    this.#kinds = new Uint8Array(this.rowsMax)
  }

  /** The bytes in which texts of the following records stand. A batch must not go on into others. */
  use(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get view(): DataView {
    return this.#view
  }

  /** An empty batch. */
  reset(): void {
    for (const field of this.fields) field.buffer.reset()
    this.row = 0
    this.filtered = 0
    this.#hasKinds = false
  }

  /** Notes where a record begins, so that {@link takeBack} can undo it. */
  beginRecord(number: number): void {
    this.recordNumber = number
    this.#first = this.row
  }

  /** Removes what the record has put so far. */
  takeBack(): void {
    for (let row = this.row; row >= this.#first; row--) {
      if (row < this.rowsMax) for (const { buffer } of this.fields) buffer.takeBack(row)
    }
    this.row = this.#first
  }

  /** @throws RecordFault where the column is NOT NULL */
  putNull(column: number): void {
    const field = this.fields[column]!
    if (!field.nullable) {
      throw new RecordFault('NULL_NOT_ALLOWED', `column \`${field.name}\` is NOT NULL, and the record has no value for it`)
    }
    field.buffer.nulls.put(this.row)
  }

  /** Booleans as 0 and 1, numbers, dates, times, timestamps; BIGINT and unscaled DECIMAL as number while it is a safe integer, else bigint. */
  putNumber(column: number, value: number | bigint): void {
    (this.fields[column]!.buffer as NumberBuffer | ExactBuffer).put(this.row, value as number)
  }

  /** A text that stands in {@link bytes}. @throws RecordFault where it is no UTF-8 */
  putText(column: number, start: number, end: number): void {
    const { buffer, name } = this.fields[column]!
    if (buffer.kind === 'string') {
      const other = this.#elsewhere
      if (other === null) {
        if (buffer.put(this.row, this.#bytes, this.#view, start, end)) return
      } else if (isUtf8(other, start, end)) {
        buffer.putLoose(this.row, other.subarray(start, end))
        return
      }
    }
    throw undecodable(`column \`${name}\`: the text is no UTF-8`)
  }

  /** Texts that are put meanwhile stand in other bytes; they are copied. */
  elsewhere(bytes: Uint8Array, put: () => void): void {
    this.#elsewhere = bytes
    try {
      put()
    } finally {
      this.#elsewhere = null
    }
  }

  /** A value of the column's type, in the form of `Value`. What it points at must stay. */
  putValue(column: number, value: Value): void {
    const { buffer } = this.fields[column]!
    if (value === null) this.putNull(column)
    else if (buffer.kind === 'any') buffer.put(this.row, value)
    else if (buffer.kind === 'string') buffer.putLoose(this.row, Buffer.from(value as string, 'utf8'))
    else if (typeof value === 'bigint') this.putNumber(column, isSafe(value) ? Number(value) : value)
    else this.putNumber(column, Number(value))
  }

  /** The row is complete. */
  end(kind: RowKind = INSERT): void {
    const { row } = this
    if (!this.#filters.every((filter) => this.#holds(filter))) {
      for (const { buffer } of this.fields) buffer.takeBack(row)
      this.filtered++
      return
    }
    this.records[row] = this.recordNumber
    this.#kinds[row] = kind
    if (kind !== INSERT) this.#hasKinds = true
    this.row = row + 1
  }

  /** The rows so far; valid until {@link reset}. */
  batch(origin: BatchOrigin): Batch {
    const columns = this.fields.map(({ buffer }) => buffer.vector(this.row, this.#bytes))
    return batchOf(columns, this.row, this.#hasKinds ? this.#kinds : null, origin)
  }

  #holds({ index, tests }: FieldFilter): boolean {
    const { buffer } = this.fields[index]!
    const { row } = this
    if (buffer.nulls.isNull(row)) return tests.every(({ op }) => op === 'is null')
    switch (buffer.kind) {
      case 'any': return tests.every(({ op }) => op === 'is not null')
      case 'string': {
        const { bytes, start, end } = buffer.at(row, this.#bytes)
        return tests.every((test) => holdsForText(test, bytes, start, end))
      }
      case 'exact': {
        const value = buffer.last(row)
        return tests.every((test) => holdsForNumber(test, value))
      }
      default: return tests.every((test) => holdsForNumber(test, buffer.values[row]!))
    }
  }
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
}
