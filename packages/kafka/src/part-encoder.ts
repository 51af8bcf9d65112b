import { type Batch, batchOf, ByteBuffer, type RecordEncoder, type RecordPart } from '@millrace/core'

/** Encodes the key or the value of records, a row at a time, into memory that it keeps. */
export class PartEncoder {
  readonly #encoder: RecordEncoder
  readonly #columns: readonly number[]
  readonly #writesKinds: boolean
  /** Bytes behind a record that only set it apart from the next: a newline, where a format is one of lines. */
  readonly #endBytes: number
  readonly #buffer = new ByteBuffer(4_096)
  /** Over the buffer's memory: plain arrays have cheaper views than Buffers. */
  #bytes: Uint8Array = new Uint8Array(0)
  #batch: Batch | null = null

  constructor({ format, table, columns }: RecordPart, writesKinds: boolean) {
    this.#encoder = format.encoder(table.columns, table.options, writesKinds, table)
    this.#columns = columns
    this.#writesKinds = writesKinds
    this.#endBytes = this.#encoder.separatorBytes ?? 1
  }

  /** Fetches what the format needs first. @throws MillraceError SCHEMA_UNAVAILABLE, SCHEMA_REFUSED */
  async open(): Promise<void> {
    await this.#encoder.open?.()
  }

  /** The rows that are encoded next are of this batch. */
  begin({ columns, length, rowKinds, origin }: Batch): void {
    this.#batch = batchOf(this.#columns.map((column) => columns[column]!), length, this.#writesKinds ? rowKinds : null, origin)
  }

  /** @returns how many bytes the row has, from the start of {@link bytes}; −1 where it is none at all. @throws MillraceError ROW_UNENCODABLE */
  encode(row: number): number {
    if (this.#encoder.isNull?.(this.#batch!, row) === true) return -1
    this.#buffer.clear()
    this.#encoder.encode(this.#batch!, row, row + 1, this.#buffer)
    return this.#buffer.length - this.#endBytes
  }

  /** Of the row that was encoded last; valid until the next. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, length } = this.#buffer.bytes
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer, byteOffset, length)
    return this.#bytes
  }

  end(): void {
    this.#batch = null
  }
}
