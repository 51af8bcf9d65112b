import { MillraceError } from '../errors.js'
import { GROUPS_MAX } from '../limits.js'
import type { DictVector, Vector } from '../types/batch.js'
import type { DataType, Value } from '../types/data-type.js'
import type { Dictionary } from '../types/dictionary.js'
import type { ByteSink } from './byte-sink.js'
import { DOUBLE_BITS, dictionaryTable, keyColumnOf, wordCountOf, type DictionaryTable, type KeyColumn, type StringKey } from './key-column.js'

/**
 * Numbers the distinct values of a tuple of columns: 0, 1, 2, … in the order in which they are first seen. NULL is a
 * value of its own, −0 is 0, NaN is NaN, and a value is the same key from a narrow, wide, `dict`, `utf8` or `text` vector.
 *
 * A key is a few 32-bit words (see {@link KeyColumn}), the first of which mark its NULLs. Keys lie one after the other in
 * `words`; `slots` is an open-addressing index of them. `operators/aggregate/key-text.ts` writes the lookup out word by word.
 */
export class GroupTable {
  readonly columns: readonly KeyColumn[]
  /** Words of a key. */
  readonly stride: number
  /** A key to be looked up by {@link find}: whoever fills it sets every word. */
  readonly key: Int32Array
  size = 0
  /** Keys by group: group g at `words[g * stride …]`. Replaced when it grows; for generated lookups, like `slots`. */
  words: Int32Array
  /** Groups, or −1, at the low bits of their keys' hashes or after; a power of two of them. */
  slots: Int32Array = new Int32Array(256).fill(-1)
  #rowWords: Int32Array = new Int32Array(0)
  #groupsByDictionary = new WeakMap<Dictionary, DictionaryTable>()
  readonly #nullWords: number
  #nulls: Uint8Array[]
  /** Told of every new group as soon as it has its number, before anything is known of it. */
  onAdded: ((group: number) => void) | null = null

  constructor(types: readonly DataType[]) {
    this.#nullWords = Math.ceil(types.length / 32)
    this.stride = types.reduce((sum, type) => sum + wordCountOf(type), this.#nullWords)
    let at = this.#nullWords
    this.columns = types.map((type) => {
      const column = keyColumnOf(type, at, this.stride)
      at += column.wordCount
      return column
    })
    this.key = new Int32Array(this.stride)
    this.words = new Int32Array(64 * this.stride)
    this.#nulls = types.map(() => new Uint8Array(0))
  }

  /** Estimate of the memory held. */
  get bytes(): number {
    return 4 * (this.words.length + this.slots.length) + this.columns.reduce((sum, column) => sum + column.bytes, 0)
  }

  /**
   * The groups of rows 0 … length − 1, new ones added: `out[i]`.
   * @throws MillraceError STATE_LIMIT past GROUPS_MAX
   */
  groupsOf(vectors: readonly Vector[], length: number, out: Int32Array): void {
    if (vectors.length === 1 && vectors[0]!.kind === 'dict') return this.#groupsOfDict(vectors[0]!, length, out)
    const { stride } = this
    if (this.#rowWords.length < length * stride) this.#rowWords = new Int32Array(length * stride)
    const words = this.#rowWords.fill(0, 0, length * stride)
    for (let c = 0; c < vectors.length; c++) {
      const vector = vectors[c]!
      this.columns[c]!.fill(vector, length, words)
      const { nulls } = vector
      if (nulls === null) continue
      for (let i = 0, w = c >> 5; i < length; i++, w += stride) if (nulls[i] !== 0) words[w]! |= 1 << (c & 31)
    }
    for (let i = 0; i < length; i++) out[i] = this.findAt(words, i * stride)
  }

  #groupsOfDict(vector: DictVector, length: number, out: Int32Array): void {
    const groups = this.groupsByCode(vector.dictionary)
    const { codes, nulls } = vector
    for (let i = 0; i < length; i++) {
      if (nulls !== null && nulls[i] !== 0) {
        out[i] = this.groupOfNull()
        continue
      }
      const group = groups[codes[i]!]!
      out[i] = group >= 0 ? group : this.groupOfCode(vector.dictionary, codes[i]!)
    }
  }

  /** For a key of one string column: groups by code of a dictionary, −1 where {@link groupOfCode} has not been asked. */
  groupsByCode(dictionary: Dictionary): Int32Array {
    return dictionaryTable(this.#groupsByDictionary, dictionary).values
  }

  groupOfCode(dictionary: Dictionary, code: number): number {
    const column = this.columns[0] as StringKey
    this.key[0] = 0
    this.key[1] = column.interner.codeOf(dictionary.arena, dictionary.starts[code]!, dictionary.starts[code + 1]!)
    return dictionaryTable(this.#groupsByDictionary, dictionary).values[code] = this.find()
  }

  /** For a key of one column. */
  groupOfNull(): number {
    this.key.fill(0)
    this.key[0] = 1
    return this.find()
  }

  /** The group of a key given as values. */
  groupOf(values: readonly Value[]): number {
    const { key } = this
    key.fill(0)
    for (let c = 0; c < values.length; c++) {
      const value = values[c]!
      if (value === null) key[c >> 5]! |= 1 << (c & 31)
      else this.columns[c]!.put(value, key, 0)
    }
    return this.find()
  }

  /** The group of the key in {@link key}, added if it is new. */
  find(): number {
    return this.findAt(this.key, 0)
  }

  /** The group of the key at `source[base …]`, added if it is new. */
  findAt(source: Int32Array, base: number): number {
    const { stride } = this
    const slots = this.slots
    const words = this.words
    const mask = slots.length - 1
    let hash = 0
    for (let w = 0; w < stride; w++) hash = hashWord(hash, source[base + w]!)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const group = slots[slot]!
      if (group < 0) return this.#add(source, base, slot)
      const at = group * stride
      let w = 0
      while (w < stride && words[at + w] === source[base + w]) w++
      if (w === stride) return group
    }
  }

  #add(source: Int32Array, base: number, slot: number): number {
    const { stride } = this
    const group = this.size
    if (group >= GROUPS_MAX) {
      throw new MillraceError('STATE_LIMIT', `more than ${GROUPS_MAX} groups on one worker; use more workers, coarser keys or a window`)
    }
    this.size++
    if (this.words.length < this.size * stride) {
      const larger = new Int32Array(this.words.length * 2)
      larger.set(this.words)
      this.words = larger
    }
    for (let w = 0; w < stride; w++) this.words[group * stride + w] = source[base + w]!
    this.slots[slot] = group
    if (this.size * 2 > this.slots.length) this.#index(this.slots.length * 2)
    if (this.onAdded !== null) this.onAdded(group)
    return group
  }

  /** Groups that there is room for without a larger array of keys. */
  get capacity(): number {
    return this.words.length / this.stride
  }

  /**
   * Puts the key of a group as bytes: the same for the same key in every table of these columns.
   * @param first a column of doubles by which the bytes are ordered, NULL last; −1 for none
   */
  putKeyBytes(group: number, first: number, into: ByteSink): void {
    const { words, stride } = this
    const base = group * stride
    if (first >= 0) this.#putFirst(words, base, first, into)
    for (let c = 0; c < this.columns.length; c++) {
      if (c !== first && (words[base + (c >> 5)]! >>> (c & 31) & 1) === 0) this.columns[c]!.putBytes(words, base, into)
    }
    for (let w = 0; w < this.#nullWords; w++) into.putInt32(words[base + w]!)
  }

  #putFirst(words: Int32Array, base: number, first: number, into: ByteSink): void {
    if ((words[base + (first >> 5)]! >>> (first & 31) & 1) !== 0) return into.putOrdered(NaN)
    const { at } = this.columns[first]!
    const { double, words: halves } = DOUBLE_BITS
    halves[0] = words[base + at]!
    halves[1] = words[base + at + 1]!
    into.putOrdered(double[0]!)
  }

  /** Builds the index anew, of so many slots. */
  #index(slotCount: number): void {
    const { stride } = this
    const words = this.words
    const slots = new Int32Array(slotCount).fill(-1)
    const mask = slotCount - 1
    for (let group = 0, at = 0; group < this.size; group++, at += stride) {
      let hash = 0
      for (let w = 0; w < stride; w++) hash = hashWord(hash, words[at + w]!)
      let slot = hash & mask
      while (slots[slot]! >= 0) slot = (slot + 1) & mask
      slots[slot] = group
    }
    this.slots = slots
  }

  /** The keys of `groups[0 … count)` as columns, valid until the next call. */
  keyVectors(groups: Int32Array, count: number): Vector[] {
    return this.columns.map((_, c) => this.keyVector(c, groups, count))
  }

  /** One column of {@link keyVectors}. */
  keyVector(c: number, groups: Int32Array, count: number): Vector {
    return this.columns[c]!.output(this.words, groups, count, this.#nullsOf(c, groups, count))
  }

  #nullsOf(c: number, groups: Int32Array, count: number): Uint8Array | null {
    let nulls = this.#nulls[c]!
    if (nulls.length < count) nulls = this.#nulls[c] = new Uint8Array(count)
    let any = 0
    for (let i = 0; i < count; i++) any |= nulls[i] = this.words[groups[i]! * this.stride + (c >> 5)]! >>> (c & 31) & 1
    return any === 0 ? null : nulls
  }

  /** The words of a NULL are 0; a column that renumbers its words does not know which are. */
  #clearNulls(): void {
    this.columns.forEach((column, c) => {
      for (let group = 0, at = 0; group < this.size; group++, at += this.stride) {
        if ((this.words[at + (c >> 5)]! >>> (c & 31) & 1) !== 0) this.words.fill(0, at + column.at, at + column.at + column.wordCount)
      }
    })
  }

  /** Forgets every group. */
  clear(): void {
    this.compact(new Int32Array(0), 0)
  }

  /** Keeps `live[0 … count)`, ascending, alone: group `live[i]` becomes group i. */
  compact(live: Int32Array, count: number): void {
    const { stride } = this
    const words = new Int32Array(Math.max(64, count) * stride)
    for (let i = 0; i < count; i++) words.set(this.words.subarray(live[i]! * stride, (live[i]! + 1) * stride), i * stride)
    this.words = words
    this.size = count
    this.#groupsByDictionary = new WeakMap()
    for (const column of this.columns) column.compact(words, count)
    this.#clearNulls()
    let slotCount = 256
    while (slotCount < count * 2) slotCount *= 2
    this.#index(slotCount)
  }
}

/** Folds a word into a key's hash. Words of 0 at the front leave it 0: generated lookups leave them out. */
function hashWord(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}
