import type { Value } from '../types/data-type.js'
import { putSpan, putText } from '../types/put-bytes.js'
import { encodedValueSize, encodeValue } from '../types/value-codec.js'

/** Bytes one after the other, in an array that grows. */
export class ByteSink {
  /** `bytes[0 … length)`. Replaced when it grows. */
  bytes: Uint8Array = new Uint8Array(256)
  length = 0
  #view = new DataView(this.bytes.buffer)

  /** What was put since the last {@link clear}, valid until the next `put`. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  /** Makes room for so many more bytes, and returns where they begin. */
  reserve(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2))
      larger.set(this.bytes)
      this.bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }

  putByte(value: number): void {
    const at = this.reserve(1)
    this.bytes[at] = value
  }

  putInt32(value: number): void {
    const at = this.reserve(4)
    this.#view.setInt32(at, value, true)
  }

  putDouble(value: number): void {
    const at = this.reserve(8)
    this.#view.setFloat64(at, value, true)
  }

  /** A double as eight bytes that are in the order of the numbers. NaN is above all. */
  putOrdered(value: number): void {
    const at = this.reserve(8)
    this.#view.setFloat64(at, value)
    if ((this.bytes[at]! & 0x80) === 0) this.bytes[at]! |= 0x80
    else for (let i = at; i < at + 8; i++) this.bytes[i] = ~this.bytes[i]!
  }

  /** With their length. */
  putSpan(from: Uint8Array, start: number, end: number): void {
    this.putInt32(end - start)
    const at = this.reserve(end - start)
    putSpan(from, start, end, this.bytes, at)
  }

  /** UTF-8, with its length. */
  putText(text: string): void {
    const head = this.reserve(4 + text.length * 3)
    const end = putText(text, this.bytes, head + 4)
    this.#view.setInt32(head, end - head - 4, true)
    this.length = end
  }

  putValue(value: Value): void {
    const at = this.reserve(encodedValueSize(value))
    encodeValue(value, this.bytes, this.#view, at)
  }
}
