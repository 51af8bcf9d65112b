import { DICTIONARY_ENTRIES_MAX } from '../limits.js'
import type { Vector } from '../types/batch.js'
import type { Dictionary } from '../types/dictionary.js'
import { NullMarks } from './null-marks.js'
import { StringCoder } from './string-coder.js'
import { isUtf8 } from './utf8-text.js'

/** Entries up to which a dictionary is kept whatever it holds. */
const DICTIONARY_ENTRIES_FREE = 4_096

/**
 * Strings: as codes of the column's dictionary while that is worth it, then as views of the block. The choice is made
 * for a batch as a whole, when it begins; a dictionary is given up when it is full, or when more than every second row
 * brought a new entry (identifiers, messages).
 */
export class StringBuffer {
  readonly kind = 'string'
  readonly nulls: NullMarks
  readonly coder: StringCoder
  /** True: `codes` are filled in, else `starts` and `ends`. */
  coded = true
  readonly codes: Int32Array
  /** Row i is `bytes[starts[i] … ends[i])` of the block; starts[i] < 0: entry −1 − starts[i] of `#loose`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Texts that do not stand in the block as such (escapes, doubled quotes). */
  #loose: Uint8Array[] = []
  #rows = 0

  constructor(capacity: number, dictionary: Dictionary) {
    this.nulls = new NullMarks(capacity)
    this.coder = new StringCoder(dictionary)
    this.codes = new Int32Array(capacity)
    this.starts = new Int32Array(capacity)
    this.ends = new Int32Array(capacity)
  }

  /**
   * Puts a string of the block.
   * @returns false if it is not UTF-8
   */
  put(row: number, bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    if (this.coded) {
      const code = this.coder.codeOf(bytes, view, start, end)
      this.codes[row] = code
      return code !== -1
    }
    this.starts[row] = start
    this.ends[row] = end
    return isUtf8(bytes, start, end)
  }

  /** Puts a string from elsewhere; the bytes are copied. It must be UTF-8. */
  putLoose(row: number, bytes: Uint8Array): void {
    if (this.coded) {
      this.codes[row] = this.coder.codeOf(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length)
    } else {
      this.starts[row] = -1 - this.#loose.length
      this.ends[row] = 0
      this.#loose.push(bytes.slice())
    }
  }

  /** The string of a row that was put and is not NULL. */
  at(row: number, bytes: Uint8Array): { readonly bytes: Uint8Array; readonly start: number; readonly end: number } {
    if (this.coded) {
      const { arena, starts } = this.coder.dictionary
      const code = this.codes[row]!
      return { bytes: arena, start: starts[code]!, end: starts[code + 1]! }
    }
    const start = this.starts[row]!
    if (start >= 0) return { bytes, start, end: this.ends[row]! }
    const loose = this.#loose[-1 - start]!
    return { bytes: loose, start: 0, end: loose.length }
  }

  takeBack(row: number): void {
    this.nulls.takeBack(row)
  }

  reset(): void {
    this.nulls.reset()
    this.#loose.length = 0
    if (!this.coded) return
    const entries = this.coder.dictionary.size
    this.coded = entries < DICTIONARY_ENTRIES_MAX && (entries <= DICTIONARY_ENTRIES_FREE || entries * 2 <= this.#rows)
  }

  vector(length: number, bytes: Uint8Array): Vector {
    this.#rows += length
    const nulls = this.nulls.forBatch()
    if (this.coded) return { kind: 'dict', codes: this.codes, dictionary: this.coder.dictionary, nulls }
    if (this.#loose.length === 0) return { kind: 'utf8', bytes, starts: this.starts, ends: this.ends, nulls }
    return { kind: 'utf8', bytes: this.#gathered(length, bytes), starts: this.starts, ends: this.ends, nulls }
  }

  /** Copies all strings of the batch behind each other, the loose ones too. */
  #gathered(length: number, bytes: Uint8Array): Uint8Array {
    const { starts, ends } = this
    let size = 0
    for (let row = 0; row < length; row++) {
      if (!this.nulls.isNull(row)) size += starts[row]! < 0 ? this.#loose[-1 - starts[row]!]!.length : ends[row]! - starts[row]!
    }
    const gathered = new Uint8Array(size)
    let to = 0
    for (let row = 0; row < length; row++) {
      if (this.nulls.isNull(row)) {
        starts[row] = ends[row] = to
        continue
      }
      const from = starts[row]!
      const text = from < 0 ? this.#loose[-1 - from]! : bytes.subarray(from, ends[row])
      gathered.set(text, to)
      starts[row] = to
      to += text.length
      ends[row] = to
    }
    return gathered
  }
}
