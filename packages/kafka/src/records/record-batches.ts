import type { MillraceError } from '@millrace/core'
import { kafkaFailure } from '../kafka-failure.js'
import { crc32c } from './crc32c.js'
import { CODEC_NAMES, unpacked } from './decompress.js'
import { Records } from './records.js'
import { Unpackable } from './snappy.js'
import { varintAt, varintEnd } from './varint.js'

/** Before the length of a batch: its first offset and that length. */
const LENGTH_END = 12
const HEADER_BYTES = 61

const CODEC_MASK = 7
const APPEND_TIME = 8
const TRANSACTIONAL = 16
const CONTROL = 32

/** What a Fetch gave of one partition, and what of it is wanted. */
export interface FetchedRecords {
  readonly topic: string
  readonly partition: number
  /** Record batches one after the other; the last one may be cut off. */
  readonly bytes: Uint8Array
  /** The first offset that is wanted: batches may begin before it. */
  readonly from: number
  /** Offsets from here on are not wanted; Infinity: all are. */
  readonly until: number
  /** Under read_committed the transactions among them that were aborted, by first offset; null: records of every transaction are wanted. */
  readonly aborted: readonly AbortedTransaction[] | null
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/**
 * Walks the record batches that a broker gives as they lie on its disk (magic 2), and finds where each record's parts are. Checks the
 * checksum of each batch, unpacks it, leaves out control records, aborted transactions and what is before or behind the wanted offsets.
 */
export class RecordBatchReader {
  readonly records: Records
  /** Records without a value that were left out. */
  tombstones = 0
  /** All offsets below this one have been gone over, those that gave no record too. */
  nextOffset = 0

  readonly #keepsTombstones: boolean
  #fetched: FetchedRecords | null = null
  #view: DataView = new DataView(new ArrayBuffer(0))
  /** Where the next batch begins. */
  #batch = 0
  #aborted: AbortedTransaction[] = []
  readonly #abortedProducers = new Set<number>()

  /** Of the batch whose records are being walked: how many are left, and where. */
  #left = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #p = 0
  #end = 0
  #isPacked = false
  #baseOffset = 0
  #lastOffset = 0
  #baseTimestamp = 0
  #appendTimestamp = -1
  #leaderEpoch = 0

  /** @param keepsTombstones whether records without a value are of interest */
  constructor(capacity: number, keepsTombstones: boolean) {
    this.records = new Records(capacity)
    this.#keepsTombstones = keepsTombstones
  }

  /** Starts on what a Fetch gave. Its bytes must stay as they are until `next` has returned false. */
  begin(fetched: FetchedRecords): void {
    const { bytes, aborted } = fetched
    this.#fetched = fetched
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#batch = 0
    this.#left = 0
    this.nextOffset = fetched.from
    this.#aborted = [...aborted ?? []].sort((a, b) => a.firstOffset - b.firstOffset)
    this.#abortedProducers.clear()
  }

  /**
   * Fills `records` with the next ones, at most as many as fit: those of several batches where these lie in the same bytes.
   *
   * @returns false when there are none any more
   * @throws MillraceError SOURCE_CORRUPT
   */
  next(): boolean {
    const { records } = this
    records.count = 0
    for (;;) {
      if (this.#left === 0 && !this.#openBatch()) return records.count > 0
      // Records of one filling lie in the same bytes.
      if (records.count > 0 && this.#bytes !== records.bytes) return true
      records.bytes = this.#bytes
      this.#takeRecords()
      if (records.count === records.capacity || (this.#isPacked && records.count > 0)) return true
    }
  }

  /** Goes to the next batch that has records. */
  #openBatch(): boolean {
    const fetched = this.#fetched
    if (fetched === null) return false
    const { bytes, from, until } = fetched
    const view = this.#view
    for (;;) {
      const start = this.#batch
      if (start + HEADER_BYTES > bytes.length || this.nextOffset >= until) return this.#finish()
      const end = start + LENGTH_END + view.getInt32(start + 8)
      if (view.getUint8(start + 16) !== 2) throw this.#oldFormat(view.getUint8(start + 16), offsetAt(view, start))
      if (end > bytes.length) return this.#finish()
      const baseOffset = offsetAt(view, start)
      const lastOffset = baseOffset + view.getInt32(start + 23)
      if (end < start + HEADER_BYTES || lastOffset < baseOffset) throw this.#corrupt(baseOffset, 'the header of a batch is garbage')
      this.#batch = end
      if (lastOffset < from) continue
      if (baseOffset >= until) {
        this.nextOffset = Math.max(this.nextOffset, until)
        return this.#finish()
      }
      if (crc32c(bytes, start + 21, end) !== view.getUint32(start + 17)) throw this.#corrupt(baseOffset, 'the checksum of a batch is wrong')
      if (this.#isUnwanted(start, end, baseOffset, lastOffset)) {
        this.nextOffset = Math.min(until, lastOffset + 1)
        continue
      }
      this.#enter(start, end, baseOffset, lastOffset)
      if (this.#left > 0) return true
      this.nextOffset = Math.min(until, lastOffset + 1)
    }
  }

  #finish(): false {
    this.#fetched = null
    return false
  }

  /** Control records, and records of transactions that were aborted. */
  #isUnwanted(start: number, end: number, baseOffset: number, lastOffset: number): boolean {
    const view = this.#view
    const attributes = view.getInt16(start + 21)
    const isControl = (attributes & CONTROL) !== 0
    if (this.#fetched!.aborted === null || (attributes & TRANSACTIONAL) === 0) return isControl
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= lastOffset) this.#abortedProducers.add(this.#aborted.shift()!.producerId)
    const producerId = offsetAt(view, start + 43)
    if (!isControl) return this.#abortedProducers.has(producerId)
    if (this.#isAbort(start + HEADER_BYTES, end, baseOffset)) this.#abortedProducers.delete(producerId)
    return true
  }

  /** Whether a control record says that a transaction was aborted: its key is two int16, a version and 0 for that. */
  #isAbort(start: number, end: number, offset: number): boolean {
    const { bytes } = this.#fetched!
    varintAt(bytes, start)
    varintAt(bytes, varintEnd() + 1)
    varintAt(bytes, varintEnd())
    const keyBytes = varintAt(bytes, varintEnd())
    const key = varintEnd()
    if (keyBytes < 4 || key + 4 > end) throw this.#corrupt(offset, 'the end of a transaction is garbage')
    return this.#view.getInt16(key + 2) === 0
  }

  #enter(start: number, end: number, baseOffset: number, lastOffset: number): void {
    const view = this.#view
    const { bytes } = this.#fetched!
    const attributes = view.getInt16(start + 21)
    const codec = attributes & CODEC_MASK
    this.#isPacked = codec !== 0
    this.#left = view.getInt32(start + 57)
    this.#baseOffset = baseOffset
    this.#lastOffset = lastOffset
    this.#leaderEpoch = view.getInt32(start + 12)
    this.#baseTimestamp = offsetAt(view, start + 27)
    this.#appendTimestamp = (attributes & APPEND_TIME) === 0 ? -1 : offsetAt(view, start + 35)
    if (codec === 0) {
      this.#bytes = bytes
      this.#p = start + HEADER_BYTES
      this.#end = end
      return
    }
    if (this.#left === 0) return
    try {
      this.#bytes = unpacked(codec, bytes, start + HEADER_BYTES, end)
    } catch (error) {
      if (!(error instanceof Unpackable)) throw error
      throw this.#corrupt(baseOffset, `a batch cannot be unpacked (${CODEC_NAMES[codec] ?? codec}): ${error.message}`)
    }
    this.#p = 0
    this.#end = this.#bytes.length
  }

  /**
   * Takes the records of the present batch, as many as there is room for. A record is
   *
   *     length attributes timestampDelta offsetDelta keyLength key valueLength value headerCount headers
   *
   * of which numbers are varints. Those of one byte, nearly all, are read here.
   */
  #takeRecords(): void {
    const { records } = this
    const { from, until } = this.#fetched!
    const { offsets, timestamps, valueStarts, valueEnds, keyStarts, keyEnds, headerStarts, capacity } = records
    const bytes = this.#bytes
    const first = records.count
    let count = first
    let left = this.#left
    let p = this.#p
    while (left > 0 && count < capacity) {
      const length = varintAt(bytes, p)
      const start = varintEnd()
      const end = start + length
      if (!(length > 0 && end <= this.#end)) throw this.#corrupt(this.#baseOffset, 'a record goes past the end of its batch')
      // Behind the attributes, of which there are none yet.
      p = start + 1
      const timestampDelta = varintAt(bytes, p)
      p = varintEnd()
      const offsetDelta = varintAt(bytes, p)
      p = varintEnd()
      const keyBytes = varintAt(bytes, p)
      const keyStart = varintEnd()
      const keyEnd = keyBytes < 0 ? keyStart : keyStart + keyBytes
      const valueBytes = varintAt(bytes, keyEnd)
      const valueStart = varintEnd()
      const valueEnd = valueBytes < 0 ? valueStart : valueStart + valueBytes
      if (!(valueEnd < end)) throw this.#corrupt(this.#baseOffset + offsetDelta, 'a part of a record goes past its end')
      p = end
      left--
      const offset = this.#baseOffset + offsetDelta
      if (offset < from) continue
      if (offset >= until) {
        left = 0
        this.#batch = this.#fetched!.bytes.length
        this.#lastOffset = until - 1
        break
      }
      if (valueBytes < 0 && !this.#keepsTombstones) {
        this.tombstones++
        continue
      }
      offsets[count] = offset
      timestamps[count] = this.#baseTimestamp + timestampDelta
      keyStarts[count] = keyBytes < 0 ? -1 : keyStart
      keyEnds[count] = keyEnd
      valueStarts[count] = valueBytes < 0 ? -1 : valueStart
      valueEnds[count] = valueEnd
      headerStarts[count] = valueEnd
      count++
    }
    this.#p = p
    this.#left = left
    records.count = count
    records.leaderEpochs.fill(this.#leaderEpoch, first, count)
    records.isAppendTime.fill(this.#appendTimestamp === -1 ? 0 : 1, first, count)
    if (this.#appendTimestamp !== -1) timestamps.fill(this.#appendTimestamp, first, count)
    this.nextOffset = left === 0 ? Math.min(until, this.#lastOffset + 1) : Math.max(this.nextOffset, count > first ? offsets[count - 1]! + 1 : 0)
  }

  #corrupt(offset: number, what: string): MillraceError {
    const { topic, partition } = this.#fetched!
    return kafkaFailure('SOURCE_CORRUPT', `topic \`${topic}\` partition ${partition} at offset ${offset}: ${what}`, { topic, partition, offset })
  }

  #oldFormat(magic: number, offset: number): MillraceError {
    return this.#corrupt(offset, `the batch has the format ${magic} of before Kafka 0.11; write the topic anew, with \`log.message.format.version\` 2.4 or later`)
  }
}

/** An int64 that is an offset, a time or an id. */
function offsetAt(view: DataView, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}

/**
 * The offset behind the last whole batch of what a Fetch gave, from the headers alone; `from` where there is no whole batch.
 */
export function offsetBehind(bytes: Uint8Array, from: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let behind = from
  for (let start = 0; start + HEADER_BYTES <= bytes.length;) {
    const length = view.getInt32(start + 8)
    const end = start + LENGTH_END + length
    // Garbage is for the reader to say.
    if (length < HEADER_BYTES - LENGTH_END || end > bytes.length) break
    behind = Math.max(behind, offsetAt(view, start) + view.getInt32(start + 23) + 1)
    start = end
  }
  return behind
}
