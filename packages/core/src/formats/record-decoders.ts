import type { Block, ReaderContext, RowFailure, ScanSpec } from '../connector.js'
import type { Batch } from '../types/batch.js'
import { BlockOrigin } from './block-origin.js'
import type { MessageDecoder, RecordDecoder, RecordFraming } from './format.js'
import { MessageOrigin } from './message-origin.js'
import { aboutMessage, type Messages, NO_MESSAGES } from './messages.js'
import { RecordFault } from './record-fault.js'
import { recordEnd } from './record-framing.js'
import { RowBuffers } from './row-buffers.js'

/** What a format implements to be read a record at a time: from the bytes of one record to rows. */
export interface RowsOfRecord {
  /** Rows that a record gives at most; they stay in one batch. */
  readonly rowsPerRecord: 1 | 2
  /**
   * Puts the rows of `bytes[start … end)` into `rows`, which are the columns of the scan: one value for each, then `rows.end()`. A record
   * may have none.
   *
   * @returns a promise of what must come first (the schema with an id), before anything was put: the record is decoded again when it has
   *   resolved, and the job fails with its error
   * @throws RecordFault, which fails this record alone
   */
  decode(bytes: Uint8Array, start: number, end: number, rows: RowBuffers): void | Promise<void>
}

/** One record after the other, until a batch is full or something has to come first. */
class RecordLoop {
  readonly rows: RowBuffers
  splitId = ''
  /** What has to come first. */
  #pending: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  readonly #format: RowsOfRecord
  readonly #context: ReaderContext

  constructor(scan: ScanSpec, context: ReaderContext, format: RowsOfRecord) {
    this.rows = new RowBuffers(scan, context, format.rowsPerRecord)
    this.#format = format
    this.#context = context
  }

  begin(bytes: Uint8Array, splitId: string): void {
    // Always the same class of array, however the bytes come.
    this.rows.use(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    this.splitId = splitId
    this.#pending = null
  }

  /** @param next decodes one record with {@link record}; false where there is none left */
  run(next: () => boolean): void {
    const { rows } = this
    rows.reset()
    if (this.#failure !== null) throw this.#failure.error
    while (this.#pending === null && rows.row + this.#format.rowsPerRecord <= rows.rowsMax && next());
    this.#context.meter.rowsFiltered += rows.filtered
  }

  /** @returns false if it has to be decoded again */
  record(number: number, start: number, end: number, about: (number: number) => Place): boolean {
    const { rows } = this
    rows.beginRecord(number)
    try {
      const first = this.#format.decode(rows.bytes, start, end, rows)
      if (first === undefined) return true
      this.#await(first)
      return false
    } catch (error) {
      rows.takeBack()
      if (!(error instanceof RecordFault)) throw error
      const { code, message } = error
      this.#context.rowFailed({ code, message, record: rows.bytes.subarray(start, end), splitId: this.splitId, ...about(number) })
      return true
    }
  }

  #await(first: Promise<void>): void {
    const settled: Promise<void> = first.then(() => {}, (error: unknown) => {
      this.#failure = { error }
    }).finally(() => {
      if (this.#pending === settled) this.#pending = null
    })
    this.#pending = settled
  }
}

/** Where a failed record stood, and what came with it. */
type Place = Pick<RowFailure, 'position' | 'key' | 'headers'>

/** Decodes messages one at a time. */
export class RecordMessageDecoder implements MessageDecoder {
  readonly #loop: RecordLoop
  readonly #table: string
  #messages: Messages = NO_MESSAGES
  #next = 0

  constructor(scan: ScanSpec, context: ReaderContext, format: RowsOfRecord) {
    this.#loop = new RecordLoop(scan, context, format)
    this.#table = scan.table.name
  }

  get consumed(): number {
    return this.#next
  }

  get messageOfRow(): Int32Array {
    return this.#loop.rows.records
  }

  begin(messages: Messages, splitId: string): void {
    this.#loop.begin(messages.bytes, splitId)
    this.#messages = messages
    this.#next = 0
  }

  decode(): Batch | null {
    const { rows } = this.#loop
    this.#loop.run(this.#one)
    return rows.row === 0 ? null : rows.batch(new MessageOrigin(this.#table, this.#loop.splitId, this.#messages, rows.records))
  }

  readonly #one = (): boolean => {
    const { starts, ends, count } = this.#messages
    if (this.#next === count) return false
    if (this.#loop.record(this.#next, starts[this.#next]!, ends[this.#next]!, this.#about)) this.#next++
    return true
  }

  readonly #about = (index: number): Place => aboutMessage(this.#messages, index)
}

/** Decodes blocks of records with borders one record at a time. */
export class RecordBlockDecoder implements RecordDecoder {
  readonly #loop: RecordLoop
  readonly #table: string
  readonly #framing: RecordFraming
  #position = 0
  #limit = 0
  #next = 0

  constructor(scan: ScanSpec, context: ReaderContext, format: RowsOfRecord, framing: RecordFraming) {
    this.#loop = new RecordLoop(scan, context, format)
    this.#table = scan.table.name
    this.#framing = framing
  }

  get consumed(): number {
    return this.#next
  }

  begin(block: Block, splitId: string): void {
    this.#loop.begin(block.bytes, splitId)
    this.#position = block.position
    this.#limit = block.bytes.length
    this.#next = 0
  }

  decode(): Batch | null {
    const { rows, splitId } = this.#loop
    this.#loop.run(this.#one)
    if (rows.row === 0) return null
    return rows.batch(new BlockOrigin(this.#table, splitId, rows.bytes, this.#limit, this.#position, rows.records, this.#framing))
  }

  readonly #one = (): boolean => {
    const start = this.#next
    if (start === this.#limit) return false
    const { bytes } = this.#loop.rows
    const following = this.#framing.next(bytes, start, this.#limit)
    const next = following === -1 ? this.#limit : following
    if (this.#loop.record(start, start, recordEnd(bytes, start, next), this.#about)) this.#next = next
    return true
  }

  readonly #about = (start: number): Place => ({ position: this.#position + start })
}
