import {
  type Batch, batchOf, type MessageDecoder, type Messages, NO_MESSAGES, type ReaderContext, type RecordParts, type RowFailure, type ScanCondition, type ScanSpec,
  scanOfPart, type TableColumn, type Vector,
} from '@millrace/core'
import type { Records } from '../records/records.js'
import { emptyVector, gatherVector } from './gather-vector.js'
import { headersOf, isMetadataKey, keyOf, type MetadataKey, metadataVector, type RecordPlace } from './metadata.js'
import { MetadataFilter } from './metadata-filter.js'

/** The key of records where the scan wants something of it that the value does not have. */
interface KeyPart {
  readonly decoder: MessageDecoder
  /** By column of the decoder: which one of the scan it is. */
  readonly columns: readonly number[]
  readonly ownColumns: readonly TableColumn[]
  /** Conditions on its columns. */
  readonly filter: readonly ScanCondition[]
}

const NO_KEY = -1

/**
 * Makes batches of records: a decoder for the values, one for the keys where they are asked for, metadata beside them. Records are
 * dropped as early as can be: by metadata before anything is decoded, then by their keys, then by their values.
 */
export class RecordRows {
  readonly #scan: ScanSpec
  readonly #context: ReaderContext
  readonly #value: MessageDecoder
  /** By column of the value's decoder: which one of the scan it is. */
  readonly #valueColumns: readonly number[]
  readonly #key: KeyPart | null
  readonly #metadata: readonly { readonly column: number; readonly key: MetadataKey }[]
  readonly #filter: MetadataFilter
  /** True: the batches of the value's decoder are those of the scan. */
  readonly #isPlain: boolean

  #records: Records | null = null
  #place: RecordPlace = { topic: '', partition: 0 }
  #splitId = ''
  /** Records before this one are done. */
  #done = 0
  /** The records of which the values are being decoded end here; `#done`: none are. */
  #pieceEnd = 0
  #messages: Messages = NO_MESSAGES
  /** By message: its record, and its row in the batch of keys. */
  readonly #recordOf: Int32Array
  readonly #keyRowOf: Int32Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  #keys: readonly Vector[] = []
  readonly #keyFailures: RowFailure[] = []
  readonly #recordOfRow: Int32Array
  readonly #keyRowOfRow: Int32Array

  /** @param capacity records given at a time at most */
  constructor(scan: ScanSpec, { key, value }: RecordParts, context: ReaderContext, capacity: number) {
    this.#scan = scan
    this.#context = context
    const ofValue = scanOfPart(scan, value)
    this.#value = value.format.messageDecoder(ofValue.scan, context, value.table.options)
    this.#valueColumns = ofValue.columns
    this.#key = key === null ? null : this.#keyPart(key)
    this.#metadata = scan.columns.flatMap(({ metadata }, column) => (
      metadata !== null && isMetadataKey(metadata) && !ofValue.columns.includes(column) ? [{ column, key: metadata }] : []
    ))
    this.#filter = new MetadataFilter(scan)
    this.#isPlain = this.#key === null && this.#metadata.length === 0 && ofValue.columns.every((column, i) => column === i)
    // A changelog's record may give a row more than a batch has.
    const rowsMax = Math.max(scan.batchRows, this.#value.messageOfRow.length)
    this.#recordOf = new Int32Array(capacity)
    this.#keyRowOf = new Int32Array(capacity)
    this.#starts = new Int32Array(capacity)
    this.#ends = new Int32Array(capacity)
    this.#recordOfRow = new Int32Array(rowsMax)
    this.#keyRowOfRow = new Int32Array(rowsMax)
  }

  /** Columns that stand in the key and in the value are taken from the value. */
  #keyPart(part: NonNullable<RecordParts['key']>): KeyPart | null {
    const { scan, columns } = scanOfPart(this.#scan, part)
    const kept = columns.flatMap((column, i) => (this.#valueColumns.includes(column) ? [] : [i]))
    if (kept.length === 0) return null
    const ownColumns = kept.map((i) => scan.columns[i]!)
    const filter = scan.filter.flatMap((condition) => (kept.includes(condition.column) ? [{ ...condition, column: kept.indexOf(condition.column) }] : []))
    const context: ReaderContext = { ...this.#context, rowFailed: (failure) => this.#keyFailed(failure) }
    const decoder = part.format.messageDecoder({ ...scan, columns: ownColumns, filter }, context, part.table.options)
    return { decoder, columns: kept.map((i) => columns[i]!), ownColumns, filter }
  }

  /** Records that are done: returned, filtered or failed. */
  get consumed(): number {
    if (this.#pieceEnd === this.#done) return this.#done
    const { consumed } = this.#value
    return consumed === this.#messages.count ? this.#pieceEnd : this.#recordOf[consumed]!
  }

  /** Starts on records that have values. They stay as they are until all are consumed. */
  begin(records: Records, place: RecordPlace, splitId: string): void {
    this.#records = records
    this.#place = place
    this.#splitId = splitId
    this.#done = 0
    this.#pieceEnd = 0
    this.#keyFailures.length = 0
  }

  /** The next batch, or null when all records are consumed or, with fewer consumed, something must come first: ask again later. */
  decode(): Batch | null {
    const records = this.#records!
    for (;;) {
      if (this.#pieceEnd > this.#done) {
        const batch = this.#value.decode()
        this.#tellKeyFailures()
        if (batch !== null) return this.#isPlain ? batch : this.#assembled(batch)
        if (this.#value.consumed < this.#messages.count) return null
        this.#done = this.#pieceEnd
      }
      if (this.#done === records.count || !this.#beginPiece()) return null
    }
  }

  // ------------------------------------------------------------------------------------------- from records to messages

  /** @returns false if the keys of the next records cannot be decoded yet */
  #beginPiece(): boolean {
    const records = this.#records!
    const first = this.#done
    if (this.#key === null && this.#filter.isEmpty) {
      for (let record = 0; record < records.count; record++) this.#recordOf[record] = record
      this.#beginValues(records.valueStarts, records.valueEnds, records.count, records.count)
      return true
    }
    let count = 0
    let filtered = 0
    for (let record = first; record < records.count; record++) {
      if (this.#filter.passes(records, record, this.#place)) this.#recordOf[count++] = record
      else filtered++
    }
    let end = records.count
    if (this.#key !== null) {
      const passed = this.#decodeKeys(this.#key, count)
      if (passed === null) return false
      ;[count, end] = passed
    }
    this.#context.meter.rowsFiltered += filtered
    for (let message = 0; message < count; message++) {
      this.#starts[message] = records.valueStarts[this.#recordOf[message]!]!
      this.#ends[message] = records.valueEnds[this.#recordOf[message]!]!
    }
    this.#beginValues(this.#starts, this.#ends, count, end)
    return true
  }

  #beginValues(starts: Int32Array, ends: Int32Array, count: number, end: number): void {
    this.#messages = this.#messagesOf(starts, ends, count, this.#recordOf)
    this.#pieceEnd = end
    this.#value.begin(this.#messages, this.#splitId)
  }

  #messagesOf(starts: Int32Array, ends: Int32Array, count: number, recordOf: Int32Array): Messages {
    const records = this.#records!
    return {
      bytes: records.bytes, starts, ends, count,
      positionOf: (message) => records.offsets[recordOf[message]!]!,
      keyOf: (message) => keyOf(records, recordOf[message]!),
      headersOf: (message) => headersOf(records, recordOf[message]!),
    }
  }

  /**
   * Decodes the keys of the records in `#recordOf`, and leaves there those that pass, with their rows in `#keyRowOf`.
   * @returns how many pass, and the record behind the last one that was looked at; null if none could be decoded yet
   */
  #decodeKeys({ decoder, ownColumns, filter }: KeyPart, count: number): [count: number, end: number] | null {
    const records = this.#records!
    const withKey = new Int32Array(count)
    let keyCount = 0
    for (let i = 0; i < count; i++) {
      const record = this.#recordOf[i]!
      if (records.keyStarts[record] === -1) continue
      this.#starts[keyCount] = records.keyStarts[record]!
      this.#ends[keyCount] = records.keyEnds[record]!
      withKey[keyCount++] = record
    }
    decoder.begin(this.#messagesOf(this.#starts, this.#ends, keyCount, withKey), this.#splitId)
    const batch = decoder.decode()
    const end = decoder.consumed < keyCount ? withKey[decoder.consumed]! : records.count
    if (decoder.consumed === 0 && keyCount > 0) return null
    this.#keys = batch?.columns ?? []
    const rows = batch?.length ?? 0
    const nullsPass = filter.every(({ op }) => op === 'is null')
    const nullIsFault = ownColumns.find(({ nullable }) => !nullable)
    let row = 0
    let passed = 0
    for (let i = 0; i < count && this.#recordOf[i]! < end; i++) {
      const record = this.#recordOf[i]!
      if (records.keyStarts[record] === -1) {
        if (nullIsFault !== undefined) this.#noKey(record, nullIsFault)
        else if (nullsPass) this.#keep(passed++, record, NO_KEY)
        else this.#context.meter.rowsFiltered++
      } else if (row < rows && withKey[decoder.messageOfRow[row]!] === record) {
        this.#keep(passed++, record, row++)
      }
    }
    return [passed, end]
  }

  #keep(message: number, record: number, keyRow: number): void {
    this.#recordOf[message] = record
    this.#keyRowOf[message] = keyRow
  }

  #noKey(record: number, { name }: TableColumn): void {
    this.#keyFailed({
      code: 'NULL_NOT_ALLOWED', message: `column \`${name}\` is NOT NULL, and the record has no key`, splitId: this.#splitId,
      record: null, position: this.#records!.offsets[record]!, key: null,
      headers: headersOf(this.#records!, record),
    })
  }

  /** What failed is the record, not its key alone. It is told when the records before it are done: from there on it may be read again. */
  #keyFailed(failure: RowFailure): void {
    const { bytes, offsets, valueStarts, valueEnds } = this.#records!
    const record = offsets.indexOf(failure.position as number)
    this.#keyFailures.push({ ...failure, message: `key: ${failure.message}`, record: bytes.subarray(valueStarts[record], valueEnds[record]) })
  }

  #tellKeyFailures(): void {
    if (this.#keyFailures.length === 0) return
    const { consumed } = this
    const { count, offsets } = this.#records!
    const until = consumed === count ? Infinity : offsets[consumed]!
    const told = this.#keyFailures.filter(({ position }) => (position as number) < until)
    this.#keyFailures.splice(0, told.length)
    for (const failure of told) this.#context.rowFailed(failure)
  }

  // ---------------------------------------------------------------------------------------------------------- to batches

  #assembled(batch: Batch): Batch {
    const { length } = batch
    const { messageOfRow } = this.#value
    for (let row = 0; row < length; row++) {
      const message = messageOfRow[row]!
      this.#recordOfRow[row] = this.#recordOf[message]!
      this.#keyRowOfRow[row] = this.#keyRowOf[message]!
    }
    const columns: Vector[] = []
    this.#valueColumns.forEach((column, i) => { columns[column] = batch.columns[i]! })
    this.#key?.columns.forEach((column, i) => { columns[column] = this.#keyColumn(i, length) })
    for (const { column, key } of this.#metadata) columns[column] = metadataVector(key, this.#records!, this.#recordOfRow, length, this.#place)
    return batchOf(columns, length, batch.rowKinds, batch.origin)
  }

  #keyColumn(column: number, length: number): Vector {
    const vector = this.#keys[column]
    // Without a batch no record here has a key.
    return gatherVector(vector ?? emptyVector(this.#key!.ownColumns[column]!.type), this.#keyRowOfRow, length)
  }
}
