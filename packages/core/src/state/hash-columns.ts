import { unreachable } from '../errors.js'
import type {
  AnyVector, BoolVector, DictVector, ExactVector, F64Vector, I32Vector, TextVector, Utf8Vector, Vector,
} from '../types/batch.js'
import type { DataType } from '../types/data-type.js'
import { hashBytes, mixHash, type Dictionary } from '../types/dictionary.js'
import { putText } from '../types/put-bytes.js'
import { valueKey } from './value-key.js'

/**
 * Hashes the rows of some columns: `out[i]` for i < length. The same values give the same hash in every worker, process
 * and version of the state, whatever vectors they come in: narrow or wide, `dict`, `utf8` or `text`; −0 is 0, every NaN
 * is one NaN. It decides which worker owns a key.
 *
 * @param types the columns' types; the same on both sides of whatever compares hashes
 */
export function hashColumns(vectors: readonly Vector[], types: readonly DataType[], length: number, out: Int32Array): void {
  out.fill(SEED, 0, length)
  for (let c = 0; c < vectors.length; c++) hashColumn(vectors[c]!, types[c]!, length, out)
}

const SEED = 0x4d696c6c
const NULL_HASH = 0x6e756c6c

/** Folds one more hash into a row's. */
function fold(row: number, hash: number): number {
  return mixHash(Math.imul(row, 31) + hash | 0)
}

function hashColumn(vector: Vector, type: DataType, length: number, out: Int32Array): void {
  switch (vector.kind) {
    case 'bool': case 'i32': return hashIntegers(vector, length, out)
    case 'f64': return hashDoubles(vector, length, out)
    case 'exact': return vector.wide === null ? hashNarrow(vector, length, out) : hashWide(vector, vector.wide, length, out)
    case 'utf8': return hashUtf8(vector, length, out)
    case 'dict': return hashDict(vector, length, out)
    case 'text': return hashText(vector, length, out)
    case 'any': return hashAny(vector, type, length, out)
    default: return unreachable(vector)
  }
}

function hashIntegers({ values, nulls }: BoolVector | I32Vector, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) out[i] = fold(out[i]!, nulls !== null && nulls[i] !== 0 ? NULL_HASH : values[i]!)
}

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

function hashDoubles({ values, nulls }: F64Vector, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) {
    let hash = NULL_HASH
    if (nulls === null || nulls[i] === 0) {
      const v = values[i]!
      double[0] = v === v ? v + 0 : NaN
      hash = Math.imul(words[0]!, 0x9e3779b1) ^ words[1]!
    }
    out[i] = fold(out[i]!, hash)
  }
}

/** Whole numbers are hashed as the two words of their 64-bit two's complement, so that narrow and wide agree. */
function hashNarrow({ values, nulls }: ExactVector, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) {
    let hash = NULL_HASH
    if (nulls === null || nulls[i] === 0) {
      const v = values[i]!
      hash = Math.imul(v | 0, 0x9e3779b1) ^ Math.floor(v / 4294967296)
    }
    out[i] = fold(out[i]!, hash)
  }
}

function hashWide({ nulls }: ExactVector, wide: BigInt64Array | bigint[], length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) out[i] = fold(out[i]!, nulls !== null && nulls[i] !== 0 ? NULL_HASH : hashBigint(wide[i]!))
}

function hashBigint(v: bigint): number {
  let hash = Math.imul(Number(BigInt.asIntN(32, v)), 0x9e3779b1) ^ Number(BigInt.asIntN(32, v >> 32n))
  if (BigInt.asIntN(64, v) !== v) {
    for (let rest = v >> 64n; rest !== 0n && rest !== -1n; rest >>= 32n) hash = fold(hash, Number(BigInt.asIntN(32, rest)))
  }
  return hash
}

function hashUtf8({ bytes, starts, ends, nulls }: Utf8Vector, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) {
    out[i] = fold(out[i]!, nulls !== null && nulls[i] !== 0 ? NULL_HASH : hashBytes(bytes, starts[i]!, ends[i]!))
  }
}

const hashesByDictionary = new WeakMap<Dictionary, { hashes: Int32Array; size: number }>()

/** Hashes by code, computed once for every entry of a dictionary. */
function hashesOf(dictionary: Dictionary): Int32Array {
  let known = hashesByDictionary.get(dictionary)
  if (known === undefined) hashesByDictionary.set(dictionary, known = { hashes: new Int32Array(64), size: 0 })
  const { size, arena, starts } = dictionary
  if (known.hashes.length < size) {
    const larger = new Int32Array(Math.max(size, known.hashes.length * 2))
    larger.set(known.hashes)
    known.hashes = larger
  }
  for (let code = known.size; code < size; code++) known.hashes[code] = hashBytes(arena, starts[code]!, starts[code + 1]!)
  known.size = size
  return known.hashes
}

function hashDict({ codes, dictionary, nulls }: DictVector, length: number, out: Int32Array): void {
  const hashes = hashesOf(dictionary)
  for (let i = 0; i < length; i++) out[i] = fold(out[i]!, nulls !== null && nulls[i] !== 0 ? NULL_HASH : hashes[codes[i]!]!)
}

let scratch: Uint8Array = new Uint8Array(1024)

function hashOfText(text: string): number {
  if (scratch.length < text.length * 3) scratch = new Uint8Array(text.length * 6)
  return hashBytes(scratch, 0, putText(text, scratch, 0))
}

function hashText({ values, nulls }: TextVector, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) out[i] = fold(out[i]!, nulls !== null && nulls[i] !== 0 ? NULL_HASH : hashOfText(values[i]!))
}

function hashAny({ values, nulls }: AnyVector, type: DataType, length: number, out: Int32Array): void {
  for (let i = 0; i < length; i++) {
    const value = values[i]
    const absent = value === null || nulls !== null && nulls[i] !== 0
    out[i] = fold(out[i]!, absent ? NULL_HASH : hashOfText(valueKey(value, type)))
  }
}
