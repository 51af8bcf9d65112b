import { REQUEST_BYTES_INITIAL } from '../limits.js'

const TEXT = new TextEncoder()

/**
 * Writes the types of the Kafka protocol, big-endian, into a buffer that grows.
 *
 * A `compact` length is one more than the length, as a varint; null is 0. The others have −1 for null.
 */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(bytesInitial: number = REQUEST_BYTES_INITIAL) {
    this.#bytes = new Uint8Array(Math.max(16, bytesInitial))
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** What has been written, as a view that the next write may overwrite or leave behind. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Starts over in the same buffer. */
  reset(): void {
    this.#length = 0
  }

  int8(value: number): this {
    const at = this.#take(1)
    this.#view.setInt8(at, value)
    return this
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }

  int16(value: number): this {
    const at = this.#take(2)
    this.#view.setInt16(at, value)
    return this
  }

  int32(value: number): this {
    const at = this.#take(4)
    this.#view.setInt32(at, value)
    return this
  }

  uint32(value: number): this {
    const at = this.#take(4)
    this.#view.setUint32(at, value)
    return this
  }

  /** A number must be a safe integer. */
  int64(value: number | bigint): this {
    const at = this.#take(8)
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(at, value)
    } else {
      this.#view.setInt32(at, Math.floor(value / 0x1_0000_0000))
      this.#view.setUint32(at + 4, value >>> 0)
    }
    return this
  }

  /** Overwrites four bytes that were written before: a length that was not known then. */
  patchInt32(at: number, value: number): this {
    this.#view.setInt32(at, value)
    return this
  }

  /** 0 … 2³² − 1 */
  uvarint(value: number): this {
    let rest = value >>> 0
    let at = this.#take(5)
    const start = at
    while (rest > 0x7f) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[at++] = rest
    this.#length -= 5 - (at - start)
    return this
  }

  /** Zigzag, 32 bits. */
  varint(value: number): this {
    return this.uvarint((value << 1) ^ (value >> 31))
  }

  /** Zigzag, 64 bits; a number must be a safe integer. */
  varlong(value: number | bigint): this {
    if (typeof value === 'number' && value >= -0x4000_0000 && value < 0x4000_0000) return this.varint(value)
    const wide = BigInt(value)
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
    while (rest > 0x7fn) {
      this.int8(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    return this.int8(Number(rest))
  }

  string(value: string): this {
    const bytes = TEXT.encode(value)
    return this.int16(bytes.length).raw(bytes)
  }

  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value)
  }

  compactString(value: string): this {
    const bytes = TEXT.encode(value)
    return this.uvarint(bytes.length + 1).raw(bytes)
  }

  compactNullableString(value: string | null): this {
    return value === null ? this.uvarint(0) : this.compactString(value)
  }

  bytes(value: Uint8Array): this {
    return this.int32(value.length).raw(value)
  }

  nullableBytes(value: Uint8Array | null): this {
    return value === null ? this.int32(-1) : this.bytes(value)
  }

  array<T>(items: readonly T[], write: (item: T, into: this) => void): this {
    this.int32(items.length)
    for (const item of items) write(item, this)
    return this
  }

  nullableArray<T>(items: readonly T[] | null, write: (item: T, into: this) => void): this {
    return items === null ? this.int32(-1) : this.array(items, write)
  }

  compactArray<T>(items: readonly T[], write: (item: T, into: this) => void): this {
    this.uvarint(items.length + 1)
    for (const item of items) write(item, this)
    return this
  }

  /** The end of a structure in a flexible version: we have no tagged fields. */
  noTags(): this {
    return this.uvarint(0)
  }

  raw(bytes: Uint8Array): this {
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** May replace the buffer: looked at before, it would be the old one. */
  #take(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = needed
    return at
  }
}
