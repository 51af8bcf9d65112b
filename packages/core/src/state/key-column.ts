import { unreachable } from '../errors.js'
import { vectorKindOf } from '../types/batch.js'
import type { DictVector, ExactVector, F64Vector, I32Vector, Vector } from '../types/batch.js'
import type { DataType, Value } from '../types/data-type.js'
import type { Dictionary } from '../types/dictionary.js'
import { ByteInterner } from './byte-interner.js'
import type { ByteSink } from './byte-sink.js'
import { valueKey } from './value-key.js'

/**
 * One column of a key as 32-bit words: two values are the same key exactly when their words are the same, and the words
 * hold everything needed to give the value back. NULL is told apart by the table's own null words; its words here are 0.
 *
 * Keys lie row by row in one Int32Array: column c of row r at `words[r * stride + at …]`.
 */
export interface KeyColumn {
  /** Words of one value, 1 … 3; fixed by the type. */
  readonly wordCount: number
  /** Position of the column's first word in a row; the row's stride. */
  readonly at: number
  readonly stride: number
  /** Writes the words of rows 0 … length − 1. Rows that are NULL are left as they are. */
  fill(vector: Vector, length: number, words: Int32Array): void
  /** Writes the words of one value, which is not NULL, at `words[base + at …]`. */
  put(value: Value, words: Int32Array, base: number): void
  /** The values of some rows of `words` as a column, valid until the next call. `nulls` are passed on. */
  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector
  /** Puts the value of one row, which is not NULL, as bytes that it has in every table. */
  putBytes(words: Int32Array, base: number, into: ByteSink): void
  /** The values of these rows are all that is left: forgets what else it has interned, and renumbers their words. */
  compact(words: Int32Array, rowCount: number): void
  /** Estimate of what is interned. */
  readonly bytes: number
}

export function wordCountOf(type: DataType): number {
  switch (vectorKindOf(type)) {
    case 'bool': case 'i32': case 'text': case 'utf8': case 'dict': case 'any': return 1
    case 'f64': return 2
    case 'exact': return beyond64Bits(type) ? 3 : 2
  }
}

export function keyColumnOf(type: DataType, at: number, stride: number): KeyColumn {
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return new IntegerKey(at, stride, true)
    case 'i32': return new IntegerKey(at, stride, false)
    case 'f64': return new DoubleKey(at, stride)
    case 'exact': return new ExactKey(at, stride, beyond64Bits(type))
    case 'text': case 'utf8': case 'dict': return new StringKey(at, stride)
    case 'any': return new AnyKey(at, stride, type)
    default: return unreachable(kind)
  }
}

/** DECIMAL of more than 18 digits may leave 64 bits. */
function beyond64Bits(type: DataType): boolean {
  return type.kind === 'DECIMAL' && type.precision > 18
}

export class IntegerKey implements KeyColumn {
  readonly wordCount = 1
  readonly bytes = 0
  #integers = new Int32Array(64)
  #bits = new Uint8Array(64)

  constructor(readonly at: number, readonly stride: number, readonly boolean: boolean) {}

  fill(vector: Vector, length: number, words: Int32Array): void {
    const { values, nulls } = vector as I32Vector
    for (let i = 0, w = this.at; i < length; i++, w += this.stride) if (nulls === null || nulls[i] === 0) words[w] = values[i]!
  }

  put(value: Value, words: Int32Array, base: number): void {
    words[base + this.at] = Number(value)
  }

  putBytes(words: Int32Array, base: number, into: ByteSink): void {
    into.putInt32(words[base + this.at]!)
  }

  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    if (this.#integers.length < count) [this.#integers, this.#bits] = [new Int32Array(count), new Uint8Array(count)]
    const values = this.boolean ? this.#bits : this.#integers
    for (let i = 0; i < count; i++) values[i] = words[rows[i]! * this.stride + this.at]!
    return this.boolean ? { kind: 'bool', values: this.#bits, nulls } : { kind: 'i32', values: this.#integers, nulls }
  }

  compact(): void {}
}

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** A double and its two words, low first on every machine that Node runs on: write the one and read the other. */
export const DOUBLE_BITS: { readonly double: Float64Array; readonly words: Int32Array } = { double, words: halves }

/** The bits of the double; −0 is 0 and every NaN one NaN. */
export class DoubleKey implements KeyColumn {
  readonly wordCount = 2
  readonly bytes = 0
  #values = new Float64Array(64)

  constructor(readonly at: number, readonly stride: number) {}

  fill(vector: Vector, length: number, words: Int32Array): void {
    const { values, nulls } = vector as F64Vector
    for (let i = 0, w = this.at; i < length; i++, w += this.stride) {
      if (nulls !== null && nulls[i] !== 0) continue
      const v = values[i]!
      double[0] = v === v ? v + 0 : NaN
      words[w] = halves[0]!
      words[w + 1] = halves[1]!
    }
  }

  put(value: Value, words: Int32Array, base: number): void {
    const v = value as number
    double[0] = v === v ? v + 0 : NaN
    words[base + this.at] = halves[0]!
    words[base + this.at + 1] = halves[1]!
  }

  putBytes(words: Int32Array, base: number, into: ByteSink): void {
    into.putInt32(words[base + this.at]!)
    into.putInt32(words[base + this.at + 1]!)
  }

  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    if (this.#values.length < count) this.#values = new Float64Array(count)
    const values = this.#values
    for (let i = 0; i < count; i++) {
      const w = rows[i]! * this.stride + this.at
      halves[0] = words[w]!
      halves[1] = words[w + 1]!
      values[i] = double[0]!
    }
    return { kind: 'f64', values, nulls }
  }

  compact(): void {}
}

/**
 * The two words of a whole number's 64-bit two's complement, whatever vector it came in. Decimals that need more are
 * interned: a third word is their number, counted from 1.
 */
export class ExactKey implements KeyColumn {
  readonly wordCount: number
  #values = new Float64Array(64)
  #large: bigint[] = []
  #numberOf = new Map<bigint, number>()

  constructor(readonly at: number, readonly stride: number, readonly long: boolean) {
    this.wordCount = long ? 3 : 2
  }

  get bytes(): number {
    return this.#large.length * 64
  }

  fill(vector: Vector, length: number, words: Int32Array): void {
    const { values, wide, nulls } = vector as ExactVector
    if (wide !== null) {
      for (let i = 0, base = 0; i < length; i++, base += this.stride) if (nulls === null || nulls[i] === 0) this.put(wide[i]!, words, base)
      return
    }
    for (let i = 0, w = this.at; i < length; i++, w += this.stride) {
      if (nulls !== null && nulls[i] !== 0) continue
      const v = values[i]!
      words[w] = v
      words[w + 1] = Math.floor(v / 4294967296)
      if (this.long) words[w + 2] = 0
    }
  }

  put(value: Value, words: Int32Array, base: number): void {
    const v = value as bigint
    const w = base + this.at
    if (this.long && BigInt.asIntN(64, v) !== v) {
      words[w] = words[w + 1] = 0
      words[w + 2] = this.#intern(v)
      return
    }
    words[w] = Number(BigInt.asIntN(32, v))
    words[w + 1] = Number(BigInt.asIntN(32, v >> 32n))
    if (this.long) words[w + 2] = 0
  }

  #intern(v: bigint): number {
    let number = this.#numberOf.get(v)
    if (number === undefined) this.#numberOf.set(v, number = this.#large.push(v))
    return number
  }

  putBytes(words: Int32Array, base: number, into: ByteSink): void {
    const w = base + this.at
    if (!this.long) {
      into.putInt32(words[w]!)
      into.putInt32(words[w + 1]!)
      return
    }
    const interned = words[w + 2]!
    into.putValue(interned !== 0 ? this.#large[interned - 1]! : (BigInt(words[w + 1]!) << 32n) + BigInt(words[w]! >>> 0))
  }

  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    if (this.#values.length < count) this.#values = new Float64Array(count)
    const values = this.#values
    for (let i = 0; i < count; i++) {
      const w = rows[i]! * this.stride + this.at
      const high = words[w + 1]!
      if (high < -0x200000 || high > 0x1fffff || (high === -0x200000 && words[w] === 0) || (this.long && words[w + 2] !== 0)) {
        return { kind: 'exact', values, wide: this.#outputWide(words, rows, count), nulls }
      }
      values[i] = high * 4294967296 + (words[w]! >>> 0)
    }
    return { kind: 'exact', values, wide: null, nulls }
  }

  #outputWide(words: Int32Array, rows: Int32Array, count: number): bigint[] {
    return Array.from({ length: count }, (_, i) => {
      const w = rows[i]! * this.stride + this.at
      if (this.long && words[w + 2] !== 0) return this.#large[words[w + 2]! - 1]!
      return (BigInt(words[w + 1]!) << 32n) + BigInt(words[w]! >>> 0)
    })
  }

  compact(words: Int32Array, rowCount: number): void {
    if (this.#large.length === 0) return
    const large = this.#large
    this.#large = []
    this.#numberOf = new Map()
    for (let r = 0, w = this.at + 2; r < rowCount; r++, w += this.stride) if (words[w] !== 0) words[w] = this.#intern(large[words[w]! - 1]!)
  }
}

/** Strings as codes of an interner of UTF-8 bytes; the codes of a dictionary's entries are looked up once each. */
export class StringKey implements KeyColumn {
  readonly wordCount = 1
  /** Replaced by {@link compact}. */
  interner: ByteInterner = new ByteInterner()
  #codesByDictionary = new WeakMap<Dictionary, DictionaryTable>()
  #starts = new Int32Array(64)
  #ends = new Int32Array(64)

  constructor(readonly at: number, readonly stride: number) {}

  get bytes(): number {
    return this.interner.bytes
  }

  fill(vector: Vector, length: number, words: Int32Array): void {
    const { stride, at, interner } = this
    const nulls = vector.nulls
    if (vector.kind === 'dict') {
      const codes = this.codesOf(vector)
      for (let i = 0, w = at; i < length; i++, w += stride) if (nulls === null || nulls[i] === 0) words[w] = codes[vector.codes[i]!]!
    } else if (vector.kind === 'utf8') {
      const { bytes, starts, ends } = vector
      for (let i = 0, w = at; i < length; i++, w += stride) {
        if (nulls === null || nulls[i] === 0) words[w] = interner.codeOf(bytes, starts[i]!, ends[i]!)
      }
    } else if (vector.kind === 'text') {
      for (let i = 0, w = at; i < length; i++, w += stride) {
        if (nulls === null || nulls[i] === 0) words[w] = interner.codeOfText(vector.values[i]!)
      }
    }
  }

  /** Codes of the interner by codes of the vector's dictionary, for all its entries. */
  codesOf({ dictionary }: DictVector): Int32Array {
    const known = dictionaryTable(this.#codesByDictionary, dictionary)
    const { interner } = this
    for (let code = known.filled; code < dictionary.size; code++) {
      known.values[code] = interner.codeOf(dictionary.arena, dictionary.starts[code]!, dictionary.starts[code + 1]!)
    }
    known.filled = dictionary.size
    return known.values
  }

  put(value: Value, words: Int32Array, base: number): void {
    words[base + this.at] = this.interner.codeOfText(value as string)
  }

  putBytes(words: Int32Array, base: number, into: ByteSink): void {
    const { arena, starts } = this.interner
    const code = words[base + this.at]!
    into.putSpan(arena, starts[code]!, starts[code + 1]!)
  }

  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    if (this.#starts.length < count) [this.#starts, this.#ends] = [new Int32Array(count), new Int32Array(count)]
    const { arena, starts } = this.interner
    for (let i = 0; i < count; i++) {
      if (nulls !== null && nulls[i] !== 0) {
        this.#starts[i] = this.#ends[i] = 0
        continue
      }
      const code = words[rows[i]! * this.stride + this.at]!
      this.#starts[i] = starts[code]!
      this.#ends[i] = starts[code + 1]!
    }
    return { kind: 'utf8', bytes: arena, starts: this.#starts, ends: this.#ends, nulls }
  }

  compact(words: Int32Array, rowCount: number): void {
    const { arena, starts, size } = this.interner
    this.interner = new ByteInterner()
    this.#codesByDictionary = new WeakMap()
    if (size === 0) return
    for (let r = 0, w = this.at; r < rowCount; r++, w += this.stride) {
      const code = words[w]!
      words[w] = this.interner.codeOf(arena, starts[code]!, starts[code + 1]!)
    }
  }
}

/** BYTES, ARRAY, MAP, ROW: interned by {@link valueKey}, first come first kept. */
export class AnyKey implements KeyColumn {
  readonly wordCount = 1
  #values: Value[] = []
  #codeOf = new Map<string, number>()

  constructor(readonly at: number, readonly stride: number, readonly type: DataType) {}

  get bytes(): number {
    return this.#values.length * 128
  }

  fill(vector: Vector, length: number, words: Int32Array): void {
    if (vector.kind !== 'any') return
    for (let i = 0, base = 0; i < length; i++, base += this.stride) {
      if (vector.nulls === null || vector.nulls[i] === 0) this.put(vector.values[i] as Value, words, base)
    }
  }

  put(value: Value, words: Int32Array, base: number): void {
    const key = valueKey(value, this.type)
    let code = this.#codeOf.get(key)
    if (code === undefined) this.#codeOf.set(key, code = this.#values.push(value instanceof Uint8Array ? value.slice() : value) - 1)
    words[base + this.at] = code
  }

  putBytes(words: Int32Array, base: number, into: ByteSink): void {
    into.putText(valueKey(this.#values[words[base + this.at]!]!, this.type))
  }

  output(words: Int32Array, rows: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const values = Array.from({ length: count }, (_, i) => {
      return nulls !== null && nulls[i] !== 0 ? null : this.#values[words[rows[i]! * this.stride + this.at]!]!
    })
    return { kind: 'any', values, nulls }
  }

  compact(words: Int32Array, rowCount: number): void {
    const values = this.#values
    this.#values = []
    this.#codeOf = new Map()
    if (values.length === 0) return
    for (let r = 0; r < rowCount; r++) this.put(values[words[r * this.stride + this.at]!]!, words, r * this.stride)
  }
}

/** Something known about each entry of a dictionary, as far as it has been looked at. */
export interface DictionaryTable {
  /** At least as long as the dictionary; −1 where nothing is known yet. */
  values: Int32Array
  /** Entries below it are known, for those who fill in order. */
  filled: number
}

export function dictionaryTable(tables: WeakMap<Dictionary, DictionaryTable>, dictionary: Dictionary): DictionaryTable {
  let known = tables.get(dictionary)
  if (known === undefined) tables.set(dictionary, known = { values: new Int32Array(0), filled: 0 })
  if (known.values.length < dictionary.size) {
    const larger = new Int32Array(Math.max(64, dictionary.size * 2)).fill(-1)
    larger.set(known.values)
    known.values = larger
  }
  return known
}
