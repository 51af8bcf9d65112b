const QUOTE = 34
const BACKSLASH = 92

const { indexOf } = Buffer.prototype

/**
 * Goes over long strings of messages that nobody wants. Readably: `while (p < limit && bytes[p] !== QUOTE && bytes[p] !== BACKSLASH) p++`.
 * Here the system's own search for a byte does it, which looks at 16 or 32 bytes at once; and as most data have no backslash for long, the
 * next one is looked for once and not for each string.
 */
export class FarString {
  #bytes: Uint8Array | null = null
  /** Of `#bytes`: the first backslash at or behind where strings have been looked at last. */
  #backslash = -1

  /** The first quote or backslash in `bytes[p … limit)`, or −1. Asked from the front of `bytes` to its end. */
  readonly end = (bytes: Uint8Array, p: number, limit: number): number => {
    if (bytes !== this.#bytes || p > this.#backslash) {
      const found = indexOf.call(bytes, BACKSLASH, p)
      this.#backslash = found === -1 ? Infinity : found
      this.#bytes = bytes
    }
    const quote = indexOf.call(bytes, QUOTE, p)
    const end = quote === -1 ? this.#backslash : Math.min(quote, this.#backslash)
    return end < limit ? end : -1
  }
}
