import type { Block, BlockReader, End, ReaderContext, RecordFraming } from '@millrace/core'
import { END, RECORD_BYTES_MAX } from '@millrace/core'
import type { ByteSource } from './byte-source.js'
import { BLOCK_BYTES, BLOCK_SLACK_BYTES, LONG_RECORD_KEPT_BYTES } from './limits.js'

/**
 * Cuts the bytes of a split into blocks of whole records, in one buffer that is used again and again: what is left of
 * the last record moves to its front, and the next bytes follow. The buffer grows for a record that does not fit.
 */
export class RecordBlocks implements BlockReader {
  readonly #source: ByteSource
  readonly #framing: RecordFraming
  readonly #context: ReaderContext
  readonly #splitId: string
  #buffer: Buffer
  /** Position in the split of the buffer's first byte. */
  #position: number
  /** The buffer holds bytes up to here, and those up to `#given` have been given out. */
  #filled = 0
  #given = 0
  #ended = false
  /** What stands before the first record, still to be skipped: a byte order mark, the header. */
  #atFileStart: boolean
  #long: LongRecord | null = null

  /** @param position of the source's first byte in the file; at 0 a byte order mark and the header are skipped */
  constructor(
    source: ByteSource, framing: RecordFraming, position: number, context: ReaderContext, splitId: string,
    buffer: Buffer = blockBuffer(BLOCK_BYTES),
  ) {
    this.#source = source
    this.#framing = framing
    this.#position = position
    this.#context = context
    this.#splitId = splitId
    this.#buffer = buffer
    this.#atFileStart = position === 0
  }

  /** The buffer, for the next split to use. */
  get buffer(): Buffer {
    return this.#buffer
  }

  progress(): number {
    return this.#source.progress()
  }

  next(): Block | End | Promise<Block | End> {
    this.#dropGiven()
    for (;;) {
      if (this.#ended && this.#filled === 0) return END
      const count = this.#ended ? 0 : this.#source.read(this.#buffer, this.#filled, this.#buffer.length - BLOCK_SLACK_BYTES - this.#filled)
      if (typeof count !== 'number') return count.then((got) => this.#take(got) ?? this.next())
      const block = this.#take(count)
      if (block !== null) return block
    }
  }

  async close(): Promise<void> {
    this.#source.close()
  }

  #dropGiven(): void {
    if (this.#given === 0) return
    this.#buffer.copyWithin(0, this.#given, this.#filled)
    this.#position += this.#given
    this.#filled -= this.#given
    this.#given = 0
  }

  /** Takes the bytes just read; null: more are needed. */
  #take(count: number): Block | null {
    this.#filled += count
    this.#context.meter.bytesIn += count
    if (count === 0) this.#ended = true
    if (this.#long !== null && !this.#findLongEnd()) return null
    let start = 0
    let end = this.#ended ? this.#filled : this.#framing.last(this.#buffer, 0, this.#filled)
    if (this.#atFileStart) {
      start = this.#recordsStart()
      if (start === -1 || (start > end && !this.#ended)) end = 0
      else this.#atFileStart = false
    }
    if (end === 0) {
      if (!this.#ended) this.#makeRoom()
      return null
    }
    this.#given = end
    if (start >= end) {
      this.#dropGiven()
      return null
    }
    return { bytes: this.#buffer.subarray(start, end), position: this.#position + start }
  }

  /** Where rows begin in a file: behind byte order mark and header; −1 if that is not in the buffer yet. */
  #recordsStart(): number {
    const buffer = this.#buffer
    if (this.#filled < 3 && !this.#ended) return -1
    let start = this.#filled >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
    for (let i = 0; i < this.#framing.headerRecords && start < this.#filled; i++) {
      const next = this.#framing.next(buffer, start, this.#filled)
      if (next === -1 && !this.#ended) return -1
      start = next === -1 ? this.#filled : next
    }
    return start
  }

  /** The buffer has no whole record in it: it grows, up to the limit of a record. */
  #makeRoom(): void {
    const capacity = this.#buffer.length - BLOCK_SLACK_BYTES
    if (this.#filled < capacity) return
    if (this.#filled >= RECORD_BYTES_MAX) {
      this.#long = new LongRecord(this.#framing, this.#position, this.#buffer.subarray(0, LONG_RECORD_KEPT_BYTES))
      this.#findLongEnd()
      return
    }
    const larger = blockBuffer(Math.min(capacity * 2, RECORD_BYTES_MAX))
    this.#buffer.copy(larger, 0, 0, this.#filled)
    this.#buffer = larger
  }

  /** Passes over a record that is too long; false: its end has not come yet. */
  #findLongEnd(): boolean {
    const long = this.#long!
    const end = this.#ended ? this.#filled : long.endIn(this.#buffer.subarray(0, this.#filled), this.#position)
    if (end === -1) {
      this.#given = this.#filled
      this.#dropGiven()
      return false
    }
    this.#context.rowFailed({
      code: 'ROW_TOO_LONG',
      message: `a record is longer than ${RECORD_BYTES_MAX} bytes; its first ${long.kept.length} bytes are kept`,
      record: long.kept, splitId: this.#splitId, position: long.position,
    })
    this.#long = null
    this.#given = end
    this.#dropGiven()
    return true
  }
}

/** A record that exceeds the limit: followed, piece by piece, to its end. */
class LongRecord {
  readonly #scanner: ReturnType<RecordFraming['scanner']>
  readonly kept: Uint8Array

  constructor(framing: RecordFraming, readonly position: number, start: Uint8Array) {
    this.#scanner = framing.scanner()
    this.kept = start.slice()
  }

  /** The end of the record in a piece that begins at `position` of the split, or −1. */
  endIn(piece: Uint8Array, position: number): number {
    const offset = position - this.position
    const border = this.#scanner.find(piece, offset, offset + 1)
    return border === -1 ? -1 : border - offset
  }
}

export function blockBuffer(capacity: number): Buffer {
  return Buffer.from(new ArrayBuffer(capacity + BLOCK_SLACK_BYTES))
}
