import type { Dictionary } from '../types/dictionary.js'
import { isUtf8 } from './utf8-text.js'

/** Numbers of a slot: code (−1: free), hash, first word, length in bytes. */
const SLOT_NUMBERS = 4

/** Strings longer than this are not searched for by {@link StringCoder.scan}. */
const SCAN_BYTES_MAX = 64

/** What is kept of a word of which 0 … 3 bytes belong to a string. */
const TAIL_MASKS: Int32Array = Int32Array.of(0, 0xff, 0xffff, 0xffffff)

/**
 * Finds the codes of strings in a dictionary, four bytes at a time: `Dictionary.codeOf` goes byte by byte, which would be
 * the dearest step of decoding. A table beside the dictionary, with a hash of its own and copies of the strings in
 * words; strings that are not in it yet are checked to be UTF-8 and added to both.
 */
export class StringCoder {
  readonly dictionary: Dictionary
  /** Where the string that {@link scan} found ends. */
  end = 0
  #table: Int32Array = new Int32Array(256 * SLOT_NUMBERS).fill(-1)
  #mask = 255
  #count = 0
  /** The strings, each from a word on, the last word filled up with zeros (a whole one where nothing is left over). */
  #words: Int32Array = new Int32Array(1024)
  #wordCount = 0
  /** The byte that {@link scan} looks for, four times. */
  #closer = 0
  #stops: Uint8Array | null = null

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary
  }

  /**
   * Prepares {@link scan}.
   * @param closer the byte that ends a string
   * @param stops 1 for bytes that must not be in a string that `scan` finds: line ends, escapes
   */
  prepareScan(closer: number, stops: Uint8Array): void {
    this.#closer = Math.imul(closer, 0x01010101)
    this.#stops = stops
    this.#table.fill(-1)
    this.#count = 0
    this.#wordCount = 0
  }

  /**
   * The code of the string at `p` that ends before the next closer, if it is known: its end is then in `end`. −1 if it
   * is not; that says nothing about what stands there.
   *
   * Readably: `end = bytes.indexOf(closer, p)`, then a look-up. Here the words that are searched for the closer are hashed
   * in the same step; and whoever is found in the table needs no search for escapes or line ends, because no string with
   * one gets into it.
   */
  scan(view: DataView, p: number, limit: number): number {
    const closer = this.#closer
    const scanLimit = Math.min(limit, p + SCAN_BYTES_MAX)
    let q = p
    let h = 0
    let word = 0
    let found = 0
    for (;;) {
      if (q >= scanLimit) return -1
      word = view.getInt32(q, true)
      const t = word ^ closer
      // The highest bit of each byte that is 0; of those before the first such byte nothing is set.
      found = (t - 0x01010101) & ~t & 0x80808080
      if (found !== 0) break
      h = Math.imul(h ^ word, 0x9e3779b1)
      h ^= h >>> 15
      q += 4
    }
    const over = (31 - Math.clz32(found & -found)) >> 3
    const tail = word & TAIL_MASKS[over]!
    const hash = finish(h, tail)
    const length = q + over - p
    const table = this.#table
    const words = this.#words
    const mask = this.#mask
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT_NUMBERS
      const code = table[at]!
      if (code === -1) return -1
      if (table[at + 1] !== hash || table[at + 3] !== length) continue
      let w = table[at + 2]!
      let r = p
      while (r < q && words[w] === view.getInt32(r, true)) {
        r += 4
        w++
      }
      if (r < q || words[w] !== tail) continue
      this.end = q + over
      return code
    }
  }

  /** The code of `bytes[start … end)`, or −1 if it is not UTF-8. */
  codeOf(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const tailStart = end - ((end - start) & 3)
    let h = 0
    for (let p = start; p < tailStart; p += 4) {
      h = Math.imul(h ^ view.getInt32(p, true), 0x9e3779b1)
      h ^= h >>> 15
    }
    const tail = tailStart + 4 <= view.byteLength
      ? view.getInt32(tailStart, true) & TAIL_MASKS[(end - start) & 3]!
      : tailOf(bytes, tailStart, end)
    const hash = finish(h, tail)
    const table = this.#table
    const mask = this.#mask
    let slot = hash & mask
    for (; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT_NUMBERS
      const code = table[at]!
      if (code === -1) break
      if (table[at + 1] === hash && table[at + 3] === end - start && this.#equals(table[at + 2]!, view, start, tailStart, tail)) return code
    }
    if (!isUtf8(bytes, start, end)) return -1
    const code = this.dictionary.codeOf(bytes, start, end)
    if (!this.#hasStops(bytes, start, end)) this.#add(slot, code, hash, view, start, tailStart, tail, end - start)
    return code
  }

  #equals(firstWord: number, view: DataView, start: number, tailStart: number, tail: number): boolean {
    const words = this.#words
    let w = firstWord
    for (let p = start; p < tailStart; p += 4) if (words[w++] !== view.getInt32(p, true)) return false
    return words[w] === tail
  }

  #hasStops(bytes: Uint8Array, start: number, end: number): boolean {
    const stops = this.#stops
    if (stops === null) return false
    for (let p = start; p < end; p++) if (stops[bytes[p]!] !== 0) return true
    return false
  }

  #add(slot: number, code: number, hash: number, view: DataView, start: number, tailStart: number, tail: number, length: number): void {
    const wordCount = ((tailStart - start) >> 2) + 1
    if (this.#wordCount + wordCount > this.#words.length) {
      const larger = new Int32Array((this.#wordCount + wordCount) * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    const at = slot * SLOT_NUMBERS
    this.#table[at] = code
    this.#table[at + 1] = hash
    this.#table[at + 2] = this.#wordCount
    this.#table[at + 3] = length
    for (let p = start; p < tailStart; p += 4) this.#words[this.#wordCount++] = view.getInt32(p, true)
    this.#words[this.#wordCount++] = tail
    if (++this.#count * 2 > this.#mask) this.#grow()
  }

  #grow(): void {
    const old = this.#table
    const mask = (this.#mask + 1) * 4 - 1
    const table = new Int32Array((mask + 1) * SLOT_NUMBERS).fill(-1)
    for (let from = 0; from < old.length; from += SLOT_NUMBERS) {
      if (old[from] === -1) continue
      let slot = old[from + 1]! & mask
      while (table[slot * SLOT_NUMBERS] !== -1) slot = (slot + 1) & mask
      table.set(old.subarray(from, from + SLOT_NUMBERS), slot * SLOT_NUMBERS)
    }
    this.#table = table
    this.#mask = mask
  }
}

/** The last 0 … 3 bytes of a string as a word. */
function tailOf(bytes: Uint8Array, start: number, end: number): number {
  let tail = 0
  for (let p = end - 1; p >= start; p--) tail = (tail << 8) | bytes[p]!
  return tail
}

/** The last step of the hash (for tables inside one thread only): the tail, and a mix into the low bits. */
function finish(h: number, tail: number): number {
  h = Math.imul(h ^ tail, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
