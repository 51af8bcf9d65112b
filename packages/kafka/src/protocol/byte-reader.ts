import type { MillraceError } from '@millrace/core'
import { kafkaFailure } from '../kafka-failure.js'
import { ARRAY_LENGTH_MAX } from '../limits.js'

const TEXT = new TextDecoder()

/**
 * Reads the types of the Kafka protocol from one buffer: the mirror of `ByteWriter`.
 *
 * Answers come from outside: whatever the bytes are, it reads within them or throws KAFKA_PROTOCOL.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  /** Index in `bytes` of what is read next. */
  offset: number
  readonly #view: DataView
  readonly #end: number

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.offset = offset
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.offset
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  /** As a number, which must be a safe integer: offsets, ids and times. */
  int64(): number {
    const at = this.#take(8)
    return safe(this.#view.getInt32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4))
  }

  bigint64(): bigint {
    return this.#view.getBigInt64(this.#take(8))
  }

  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    throw garbled('a number of variable length is too long')
  }

  varint(): number {
    const zigzag = this.uvarint()
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  /** As a number, which must be a safe integer. */
  varlong(): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.#take(1)]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return safe(Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))))
    }
    throw garbled('a number of variable length is too long')
  }

  string(): string {
    return this.nullableString() ?? missing()
  }

  nullableString(): string | null {
    return this.#text(this.int16())
  }

  compactString(): string {
    return this.compactNullableString() ?? missing()
  }

  compactNullableString(): string | null {
    return this.#text(this.uvarint() - 1)
  }

  /** A view, not a copy. */
  nullableBytes(): Uint8Array | null {
    const length = this.int32()
    return length < 0 ? null : this.view(length)
  }

  byteString(): Uint8Array {
    return this.nullableBytes() ?? missing()
  }

  /** The next bytes without a copy: valid as long as the answer is kept. */
  view(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** An array that may not be null; null, which some versions send, is empty. */
  array<T>(read: (from: this) => T): T[] {
    return this.#items(this.int32(), read)
  }

  compactArray<T>(read: (from: this) => T): T[] {
    return this.#items(this.uvarint() - 1, read)
  }

  /** The tagged fields at the end of a structure in a flexible version; none of them is of use to us. */
  skipTags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint()
      this.skip(this.uvarint())
    }
  }

  #items<T>(length: number, read: (from: this) => T): T[] {
    if (length > ARRAY_LENGTH_MAX || length > this.remaining) throw garbled(`it has an array of ${length} entries and ${this.remaining} bytes left`)
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(read(this))
    return items
  }

  #text(length: number): string | null {
    if (length < 0) return null
    const at = this.#take(length)
    return TEXT.decode(this.bytes.subarray(at, at + length))
  }

  #take(count: number): number {
    const at = this.offset
    if (!(count >= 0 && at + count <= this.#end)) throw garbled(`it ends at byte ${this.#end} where ${count} more were needed from ${at} on`)
    this.offset = at + count
    return at
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw garbled(`the number ${value} is beyond all offsets and times`)
  return value
}

function missing(): never {
  throw garbled('a value that must be there is null')
}

function garbled(what: string): MillraceError {
  return kafkaFailure('KAFKA_PROTOCOL', `an answer of the broker cannot be read: ${what}; is that a Kafka broker of version 2.4 or later?`)
}
