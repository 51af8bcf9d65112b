import { NARROW_MAX, type RecordFault, undecodable } from '@millrace/core'
import { AVRO_DEPTH_MAX, EMPTY_ITEMS_MAX } from '../limits.js'

const TWO_28 = 2 ** 28

/** Reads the bytes of one record from start to end. Whatever stands in them, it ends: with a value or with a fault. */
export class AvroCursor {
  bytes: Uint8Array = new Uint8Array(0)
  p = 0
  end = 0
  #view: DataView = new DataView(new ArrayBuffer(0))
  #depth = 0
  #items = 0

  /** @param view of the same bytes */
  begin(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    this.bytes = bytes
    this.#view = view
    this.p = start
    this.end = end
    this.#depth = 0
    // An item that takes no byte of its own is one that costs nothing to claim.
    this.#items = end - start + EMPTY_ITEMS_MAX
  }

  /** An int or a long: a number while that is safe, else a bigint. */
  long(): number | bigint {
    const { bytes } = this
    let p = this.p
    let byte = bytes[p++]!
    if (byte < 128 && p <= this.end) {
      this.p = p
      return (byte >>> 1) ^ -(byte & 1)
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
      if (shift > 70) throw undecodable(`byte ${this.p}: a number of more than 10 bytes`)
    }
    if (p > this.end) throw this.#truncated()
    this.p = p
    if (high === 0) {
      const value = low + middle * TWO_28
      if (value <= NARROW_MAX) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    const value = BigInt.asUintN(64, BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n))
    const signed = (value >> 1n) ^ -(value & 1n)
    const number = Number(signed)
    return Math.abs(number) <= NARROW_MAX ? number : signed
  }

  /** Goes over an int or a long. */
  skipLong(): void {
    const { bytes, p } = this
    let next = p + 1
    if (bytes[p]! >= 128) while (bytes[next++]! >= 128 && next - p <= 10);
    if (next > this.end || next - p > 10) throw next - p > 10 ? undecodable(`byte ${p}: a number of more than 10 bytes`) : this.#truncated()
    this.p = next
  }

  /** The length of what follows: 0 … what is left. */
  length(): number {
    const length = this.long()
    if (typeof length === 'bigint' || length < 0 || length > this.end - this.p) throw this.#truncated()
    return length
  }

  boolean(): 0 | 1 {
    const byte = this.skip(1)
    if (this.bytes[byte]! > 1) throw undecodable(`a boolean is ${this.bytes[byte]!}, and neither 0 nor 1`)
    return this.bytes[byte] as 0 | 1
  }

  float(): number {
    return this.#view.getFloat32(this.skip(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.skip(8), true)
  }

  /** Goes over so many bytes. @returns where they begin */
  skip(length: number): number {
    const start = this.p
    if (length > this.end - start) throw this.#truncated()
    this.p = start + length
    return start
  }

  /** The index of a union's branch or an enum's symbol. */
  index(count: number): number {
    const index = this.long()
    if (typeof index === 'bigint' || index < 0 || index >= count) throw undecodable(`${index} is no index of ${count}; the record was written with another schema`)
    return index
  }

  /**
   * Goes through an array or a map.
   * @param item reads one
   */
  blocks(item: () => void): void {
    this.deeper()
    for (;;) {
      let count = this.long()
      if (count === 0) break
      if (count < 0) {
        count = -count
        this.long()
      }
      if (typeof count === 'bigint' || (this.#items -= count) < 0) throw undecodable(`an array or map claims ${count} items, more than the record can hold`)
      for (let i = 0; i < count; i++) item()
    }
    this.#depth--
  }

  deeper(): void {
    if (++this.#depth > AVRO_DEPTH_MAX) throw undecodable(`the record is nested deeper than ${AVRO_DEPTH_MAX} levels`)
  }

  shallower(): void {
    this.#depth--
  }

  #truncated(): RecordFault {
    return undecodable('the record ends in the middle of a value; it was written with another schema, or was cut')
  }
}
