import { MillraceError, type Value } from '@millrace/core'
import { type EncodedHeaders, putVarint } from './record-set.js'

/** The most that one of the two lengths of a header needs. */
const VARINT_BYTES_MAX = 5

/** Encodes the headers of records one after the other, in memory that it keeps. */
export class HeaderEncoder {
  #bytes: Buffer = Buffer.from(new ArrayBuffer(256))

  /** Valid until the next call. @param headers a MAP<STRING, BYTES>: names, and bytes or NULL */
  encode(headers: ReadonlyMap<Value, Value>): EncodedHeaders | null {
    if (headers.size === 0) return null
    let at = 0
    for (const [name, value] of headers) {
      if (typeof name !== 'string') throw new MillraceError('ROW_UNENCODABLE', 'a header of a record needs a name; leave out what has none')
      const nameBytes = Buffer.byteLength(name)
      const bytes = value as Uint8Array | null
      this.#reserve(at + nameBytes + (bytes?.length ?? 0) + 2 * VARINT_BYTES_MAX)
      at = putVarint(this.#bytes, at, nameBytes)
      at += this.#bytes.write(name, at)
      at = putVarint(this.#bytes, at, bytes === null ? -1 : bytes.length)
      if (bytes === null) continue
      this.#bytes.set(bytes, at)
      at += bytes.length
    }
    return { bytes: this.#bytes, start: 0, end: at, count: headers.size }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const larger = Buffer.from(new ArrayBuffer(Math.max(bytes, 2 * this.#bytes.length)))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
