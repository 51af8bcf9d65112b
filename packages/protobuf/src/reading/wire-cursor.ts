import { NARROW_MAX, undecodable } from '@millrace/core'
import { GROUP_DEPTH_MAX } from '../limits.js'
import { FIXED_32, FIXED_64, GROUP_END, GROUP_START, LENGTH, VARINT } from '../schema/proto-message.js'

const TWO_28 = 2 ** 28
const TWO_32 = 2 ** 32

/** Reads bytes on the wire from start to end. Whatever stands in them, it ends: with a value or with a fault. */
export class WireCursor {
  readonly bytes: Uint8Array
  readonly #view: DataView
  p = 0
  end = 0

  constructor(bytes: Uint8Array, view: DataView) {
    this.bytes = bytes
    this.#view = view
  }

  at(start: number, end: number): this {
    this.p = start
    this.end = end
    return this
  }

  /** An unsigned number of up to 64 bits: a number while that is safe, else a bigint. */
  varint(): number | bigint {
    const { bytes } = this
    let p = this.p
    let byte = bytes[p++]!
    if (byte < 128 && p <= this.end) {
      this.p = p
      return byte
    }
    let low = byte & 127
    let shift = 7
    while (byte >= 128 && shift < 28) {
      byte = bytes[p++]!
      low |= (byte & 127) << shift
      shift += 7
    }
    let middle = 0
    let high = 0
    while (byte >= 128) {
      byte = bytes[p++]!
      if (shift < 56) middle |= (byte & 127) << (shift - 28)
      else high |= (byte & 127) << (shift - 56)
      shift += 7
      if (shift > 70) throw undecodable('a number has more than 10 bytes')
    }
    if (p > this.end) throw truncated()
    this.p = p
    if (high === 0) {
      const value = low + middle * TWO_28
      if (value <= NARROW_MAX) return value
    }
    return BigInt.asUintN(64, BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n))
  }

  /** Its lowest 32 bits, unsigned. */
  varint32(): number {
    const value = this.varint()
    if (typeof value === 'bigint') return Number(BigInt.asUintN(32, value))
    return value < TWO_32 ? value : value % TWO_32
  }

  fixed32(): number {
    return this.#view.getUint32(this.skip(4), true)
  }

  float(): number {
    return this.#view.getFloat32(this.skip(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.skip(8), true)
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true)
  }

  /** The length of what follows: 0 … what is left. */
  length(): number {
    const length = this.varint()
    if (typeof length === 'bigint' || length > this.end - this.p) throw truncated()
    return length
  }

  /** Goes over so many bytes. @returns where they begin */
  skip(length: number): number {
    const start = this.p
    if (length > this.end - start) throw truncated()
    this.p = start + length
    return start
  }

  /** Goes over the value of a field. A group is over when as many have ended as have begun. */
  skipValue(wireType: number): void {
    let depth = 0
    for (let type = wireType; ; type = Number(this.varint32()) & 7) {
      switch (type) {
        case VARINT: this.varint(); break
        case FIXED_64: this.skip(8); break
        case LENGTH: this.skip(this.length()); break
        case FIXED_32: this.skip(4); break
        case GROUP_START:
          if (++depth > GROUP_DEPTH_MAX) throw undecodable(`groups are nested deeper than ${GROUP_DEPTH_MAX} levels`)
          break
        case GROUP_END:
          if (depth-- === 0) throw undecodable('a group ends that has not begun; the record is of another message, or is none')
          break
        default: throw undecodable(`wire type ${type} does not exist; the record is of another message, or is none`)
      }
      if (depth === 0) return
    }
  }
}

export function truncated(): unknown {
  return undecodable('the record ends in the middle of a value; it is of another message, or was cut')
}
