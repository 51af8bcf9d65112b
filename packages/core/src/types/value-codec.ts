import { assert } from '../errors.js'
import { VALUE_DEPTH_MAX } from '../limits.js'
import { utf8Text } from './vector-access.js'
import type { Value } from './data-type.js'

/**
 * Values of any type as bytes: one tag, then what the tag says, least significant byte first and unaligned. For columns
 * of kind `any`, and for numbers of more than 64 bits.
 */
const NULL = 0
const FALSE = 1
const TRUE = 2
const NUMBER = 3
/** A bigint of 64 bits. */
const LONG = 4
/** A larger one: sign (0 or 1), count of bytes (u32), magnitude. */
const BIG = 5
const STRING = 6
const BYTES = 7
/** ARRAY and ROW: count (u32), values. */
const LIST = 8
/** Count (u32), keys and values in turn. */
const MAP = 9

const HEAD_BYTES = 5
const LONG_MAX = 0x7fffffffffffffffn
const LONG_MIN = -0x8000000000000000n

const encoder = new TextEncoder()

/** True for a bigint that fits 64 bits. */
export function isLong(value: bigint): boolean {
  return value >= LONG_MIN && value <= LONG_MAX
}

/** Exactly the bytes that {@link encodeValue} writes. */
export function encodedValueSize(value: Value): number {
  switch (typeof value) {
    case 'boolean': return 1
    case 'number': return 9
    case 'bigint': return isLong(value) ? 9 : HEAD_BYTES + 1 + magnitudeBytes(value)
    case 'string': return HEAD_BYTES + Buffer.byteLength(value)
  }
  if (value === null) return 1
  if (value instanceof Uint8Array) return HEAD_BYTES + value.length
  let size = HEAD_BYTES
  if (isMap(value)) for (const [k, v] of value) size += encodedValueSize(k) + encodedValueSize(v)
  else for (const element of value) size += encodedValueSize(element)
  return size
}

/** Writes a value at `at` and returns where it ends. `view` is over the same bytes as `into`. */
export function encodeValue(value: Value, into: Uint8Array, view: DataView, at: number): number {
  switch (typeof value) {
    case 'boolean':
      into[at] = value ? TRUE : FALSE
      return at + 1
    case 'number':
      into[at] = NUMBER
      view.setFloat64(at + 1, value, true)
      return at + 9
    case 'bigint':
      return encodeBigint(value, into, view, at)
    case 'string': {
      const { written } = encoder.encodeInto(value, into.subarray(at + HEAD_BYTES))
      return head(STRING, written, into, view, at) + written
    }
  }
  if (value === null) {
    into[at] = NULL
    return at + 1
  }
  if (value instanceof Uint8Array) {
    into.set(value, at + HEAD_BYTES)
    return head(BYTES, value.length, into, view, at) + value.length
  }
  if (isMap(value)) {
    let end = head(MAP, value.size, into, view, at)
    for (const [k, v] of value) end = encodeValue(v, into, view, encodeValue(k, into, view, end))
    return end
  }
  let end = head(LIST, value.length, into, view, at)
  for (const element of value) end = encodeValue(element, into, view, end)
  return end
}

/**
 * Reads values one after the other. Bytes that no encoder wrote are INTERNAL, whatever they are. BYTES are copies.
 */
export class ValueReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  at: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
    this.#end = end
  }

  next(depth: number = 0): Value {
    assert(depth <= VALUE_DEPTH_MAX, 'an encoded value is not nested deeper than VALUE_DEPTH_MAX')
    const tag = this.#bytes[this.#take(1)]
    switch (tag) {
      case NULL: return null
      case FALSE: return false
      case TRUE: return true
      case NUMBER: return this.#view.getFloat64(this.#take(8), true)
      case LONG: return this.#view.getBigInt64(this.#take(8), true)
      case BIG: return this.#big()
      case STRING: {
        const length = this.#count(1)
        const start = this.#take(length)
        return utf8Text(this.#bytes, start, start + length)
      }
      case BYTES: {
        const length = this.#count(1)
        const start = this.#take(length)
        return new Uint8Array(this.#bytes.subarray(start, start + length))
      }
      case LIST: return Array.from({ length: this.#count(1) }, () => this.next(depth + 1))
      case MAP: {
        const map = new Map<Value, Value>()
        for (let left = this.#count(2); left > 0; left--) map.set(this.next(depth + 1), this.next(depth + 1))
        return map
      }
    }
    assert(false, 'an encoded value has a known tag')
  }

  #big(): bigint {
    const length = this.#count(1)
    const negative = this.#bytes[this.#take(1)] === 1
    const start = this.#take(length)
    let magnitude = 0n
    for (let i = start + length - 1; i >= start; i--) magnitude = magnitude << 8n | BigInt(this.#bytes[i]!)
    return negative ? -magnitude : magnitude
  }

  /** A count of things of at least `bytesEach`, which must be there: a false one must not reserve gigabytes. */
  #count(bytesEach: number): number {
    const count = this.#view.getUint32(this.#take(4), true)
    assert(count * bytesEach <= this.#end - this.at, 'an encoded value does not exceed its column')
    return count
  }

  #take(length: number): number {
    const start = this.at
    assert(length <= this.#end - start, 'an encoded value does not exceed its column')
    this.at = start + length
    return start
  }
}

function encodeBigint(value: bigint, into: Uint8Array, view: DataView, at: number): number {
  if (isLong(value)) {
    into[at] = LONG
    view.setBigInt64(at + 1, value, true)
    return at + 9
  }
  const length = magnitudeBytes(value)
  let end = head(BIG, length, into, view, at)
  into[end++] = value < 0n ? 1 : 0
  let rest = value < 0n ? -value : value
  for (let i = 0; i < length; i++, rest >>= 8n) into[end++] = Number(rest & 255n)
  return end
}

function head(tag: number, count: number, into: Uint8Array, view: DataView, at: number): number {
  into[at] = tag
  view.setUint32(at + 1, count, true)
  return at + HEAD_BYTES
}

function magnitudeBytes(value: bigint): number {
  return Math.ceil((value < 0n ? -value : value).toString(16).length / 2)
}

function isMap(value: readonly Value[] | ReadonlyMap<Value, Value>): value is ReadonlyMap<Value, Value> {
  return value instanceof Map
}
