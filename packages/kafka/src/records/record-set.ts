import { ByteBuffer } from '@millrace/core'
import type { Compress } from './compress.js'
import { crc32c } from './crc32c.js'

/** Bytes in front of the records of a batch. */
export const BATCH_HEADER_BYTES = 61

/** The most that a record needs beside key, value and headers: seven varints and its attributes. */
const RECORD_OVERHEAD_BYTES_MAX = 40

const TRANSACTIONAL = 0x10

/** Who writes a batch, as its header says it. */
export interface BatchProducer {
  /** −1: nobody in particular, so that the broker cannot tell a batch that is sent twice. */
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the batch's first record; counts the producer's records in this partition. −1 where there is no producer id. */
  readonly baseSequence: number
  readonly transactional: boolean
}

export const NO_PRODUCER: BatchProducer = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }

/** Headers of a record, encoded: their count, and `bytes[start … end)` with keys and values. */
export interface EncodedHeaders {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly count: number
}

/**
 * Records of one partition, encoded as they come into what becomes one record batch of magic 2. There is no object for a record: keys and
 * values are copied from where their rows were encoded.
 */
export class RecordSet {
  readonly #buffer: ByteBuffer
  #count = 0
  #baseTimestampMs = 0
  #maxTimestampMs = 0

  constructor(capacity = 16_384) {
    this.#buffer = new ByteBuffer(capacity)
    this.#buffer.length = BATCH_HEADER_BYTES
  }

  get count(): number {
    return this.#count
  }

  /** Bytes so far, uncompressed, with the header of the batch. */
  get bytes(): number {
    return this.#buffer.length
  }

  /** Forgets everything but its memory. */
  clear(): void {
    this.#buffer.length = BATCH_HEADER_BYTES
    this.#count = 0
  }

  /** Bytes that memory is held for. */
  get capacity(): number {
    return this.#buffer.bytes.length
  }

  /**
   * Adds a record. Key and value are `[start … end)` of their bytes; null has none.
   */
  append(
    timestampMs: number,
    key: Uint8Array | null, keyStart: number, keyEnd: number,
    value: Uint8Array | null, valueStart: number, valueEnd: number,
    headers: EncodedHeaders | null,
  ): void {
    if (this.#count === 0) this.#baseTimestampMs = this.#maxTimestampMs = timestampMs
    else if (timestampMs > this.#maxTimestampMs) this.#maxTimestampMs = timestampMs
    const timestampDelta = timestampMs - this.#baseTimestampMs
    const offsetDelta = this.#count++
    const keyLength = key === null ? -1 : keyEnd - keyStart
    const valueLength = value === null ? -1 : valueEnd - valueStart
    const headerBytes = headers === null ? 0 : headers.end - headers.start
    const headerCount = headers === null ? 0 : headers.count
    const length = 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta)
      + varintBytes(keyLength) + Math.max(keyLength, 0) + varintBytes(valueLength) + Math.max(valueLength, 0)
      + varintBytes(headerCount) + headerBytes
    const into = this.#buffer
    into.reserve(length + RECORD_OVERHEAD_BYTES_MAX)
    const bytes = into.bytes
    let at = putVarint(bytes, into.length, length)
    bytes[at++] = 0
    at = putVarint(bytes, at, timestampDelta)
    at = putVarint(bytes, at, offsetDelta)
    at = putVarint(bytes, at, keyLength)
    if (keyLength > 0) at = copyBytes(key!, keyStart, keyEnd, bytes, at)
    at = putVarint(bytes, at, valueLength)
    if (valueLength > 0) at = copyBytes(value!, valueStart, valueEnd, bytes, at)
    at = putVarint(bytes, at, headerCount)
    if (headerBytes > 0) at = copyBytes(headers!.bytes, headers!.start, headers!.end, bytes, at)
    into.length = at
  }

  /**
   * The batch as a broker takes it. Without compression it is a view of this set, valid until something is appended or it is cleared.
   */
  seal(producer: BatchProducer, compress: Compress | null): Uint8Array {
    const plain = this.#buffer.view()
    let batch = plain
    if (compress !== null) {
      const records = compress.compress(plain.subarray(BATCH_HEADER_BYTES))
      batch = Buffer.from(new ArrayBuffer(BATCH_HEADER_BYTES + records.length))
      batch.set(records, BATCH_HEADER_BYTES)
    }
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
    const attributes = (compress?.codec ?? 0) | (producer.transactional ? TRANSACTIONAL : 0)
    view.setBigInt64(0, 0n)
    view.setInt32(8, batch.length - 12)
    view.setInt32(12, -1)
    view.setInt8(16, 2)
    view.setInt16(21, attributes)
    view.setInt32(23, this.#count - 1)
    view.setBigInt64(27, BigInt(this.#baseTimestampMs))
    view.setBigInt64(35, BigInt(this.#maxTimestampMs))
    view.setBigInt64(43, BigInt(producer.producerId))
    view.setInt16(51, producer.producerEpoch)
    view.setInt32(53, producer.baseSequence)
    view.setInt32(57, this.#count)
    view.setUint32(17, crc32c(batch, 21, batch.length))
    return batch
  }

  /** Two sets of about half the records each, for a broker that takes no batch of this size. Only where there are several. */
  halves(): [RecordSet, RecordSet] {
    const bytes = this.#buffer.bytes
    const first = new RecordSet(this.bytes)
    const second = new RecordSet(this.bytes)
    const middle = this.#count >>> 1
    const at = { value: BATCH_HEADER_BYTES }
    for (let i = 0; i < this.#count; i++) {
      const end = takeVarint(bytes, at) + at.value
      at.value++
      const timestampMs = this.#baseTimestampMs + takeVarint(bytes, at)
      takeVarint(bytes, at)
      const keyLength = takeVarint(bytes, at)
      const keyStart = at.value
      at.value += Math.max(keyLength, 0)
      const valueLength = takeVarint(bytes, at)
      const valueStart = at.value
      at.value += Math.max(valueLength, 0)
      const headerCount = takeVarint(bytes, at)
      const headers = headerCount === 0 ? null : { bytes, start: at.value, end, count: headerCount }
      ;(i < middle ? first : second).append(
        timestampMs, keyLength < 0 ? null : bytes, keyStart, keyStart + keyLength, valueLength < 0 ? null : bytes, valueStart,
        valueStart + valueLength, headers,
      )
      at.value = end
    }
    return [first, second]
  }
}

/** Bytes of a whole number as a zigzag varint: magnitudes below 2⁵² do. */
export function varintBytes(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  let count = 1
  for (; rest >= 128; count++) rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128)
  return count
}

/** @returns where it ends */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  for (; rest >= 128; rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128
  bytes[at++] = rest
  return at
}

function takeVarint(bytes: Uint8Array, at: { value: number }): number {
  let zigzag = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at.value++]!
    zigzag += (byte & 127) * factor
    if (byte < 128) break
  }
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
}

function copyBytes(source: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  if (end - start <= 32) {
    for (let i = start; i < end; i++) into[at++] = source[i]!
    return at
  }
  into.set(source.subarray(start, end), at)
  return at + end - start
}
