import { unreachable } from '../errors.js'
import type { SortKey } from '../plan/physical.js'
import type { DictVector, Utf8Vector, Vector } from '../types/batch.js'
import type { Value } from '../types/data-type.js'
import type { Dictionary } from '../types/dictionary.js'
import { compareText } from '../types/text.js'

/** Turns rows away by their first sort key alone, before anything is made of them. */
export class TopNScan {
  readonly #key: SortKey
  readonly #verdicts: CodeVerdicts

  constructor(key: SortKey) {
    this.#key = key
    this.#verdicts = new CodeVerdicts(key.descending)
  }

  /**
   * The next row, at or after `from`, that may come before a row whose first key is `bound`; `length` where there is
   * none. What it cannot judge (NaN, wide numbers, other kinds) it finds.
   *
   * ```js
   * while (i < length && key[i] > bound) i++      // ascending
   * ```
   */
  next(vector: Vector, bound: Value, from: number, length: number): number {
    if (bound === null) return this.#key.nullsFirst ? nextNull(vector.nulls, from, length) : from
    if (vector.nulls === null) return this.#nextPresent(vector, bound, from, length)
    return this.#nextWithNulls(vector, vector.nulls, bound, from, length)
  }

  #nextPresent(vector: Vector, bound: NonNullable<Value>, from: number, length: number): number {
    const { descending } = this.#key
    switch (vector.kind) {
      case 'i32': return nextNumber(vector.values, Number(bound), descending, from, length)
      case 'f64': return Number.isNaN(bound) ? from : nextNumber(vector.values, bound as number, descending, from, length)
      case 'exact': {
        if (vector.wide !== null) return from
        return nextNumber(vector.values, doubleBound(bound as bigint, descending), descending, from, length)
      }
      case 'utf8': return nextUtf8(vector, encoder.encode(bound as string), descending, from, length)
      case 'dict': return this.#verdicts.nextCandidate(vector, bound as string, from, length)
      case 'bool': case 'text': case 'any': return from
      default: return unreachable(vector)
    }
  }

  /** What stands beside a NULL is judged too, but counts for nothing. */
  #nextWithNulls(vector: Vector, nulls: Uint8Array, bound: NonNullable<Value>, from: number, length: number): number {
    if (vector.kind === 'dict' || vector.kind === 'utf8') return from
    for (let i = from; ;) {
      const next = this.#nextPresent(vector, bound, i, length)
      if (this.#key.nullsFirst) return nextNull(nulls, i, next)
      if (next === length || nulls[next] === 0) return next
      i = next + 1
    }
  }
}

/** The first NULL of rows `from … to − 1`, else `to`. */
function nextNull(nulls: Uint8Array | null, from: number, to: number): number {
  if (nulls === null) return to
  let i = from
  while (i < to && nulls[i] === 0) i++
  return i
}

const UNKNOWN = 0
const CANDIDATE = 1
const TURNED_AWAY = 2

/** Whether a dictionary's texts come before a bound: found out once for each that comes, as long as the bound stays. */
class CodeVerdicts {
  readonly #descending: boolean
  #dictionary: Dictionary | null = null
  #bound = ''
  #verdicts: Uint8Array = new Uint8Array(64)

  constructor(descending: boolean) {
    this.#descending = descending
  }

  nextCandidate({ codes, dictionary }: DictVector, bound: string, from: number, length: number): number {
    this.#begin(dictionary, bound)
    const verdicts = this.#verdicts
    let i = from
    for (; i < length; i++) {
      const code = codes[i]!
      if (verdicts[code] === TURNED_AWAY) continue
      if (verdicts[code] === UNKNOWN) verdicts[code] = this.#judge(dictionary.texts[code]!)
      if (verdicts[code] === CANDIDATE) break
    }
    return i
  }

  #begin(dictionary: Dictionary, bound: string): void {
    if (this.#verdicts.length < dictionary.size) {
      const larger = new Uint8Array(dictionary.size * 2)
      larger.set(this.#verdicts)
      this.#verdicts = larger
    }
    if (dictionary === this.#dictionary && bound === this.#bound) return
    this.#dictionary = dictionary
    this.#bound = bound
    this.#verdicts.fill(UNKNOWN)
  }

  #judge(text: string): number {
    const order = compareText(text, this.#bound)
    return (this.#descending ? order >= 0 : order <= 0) ? CANDIDATE : TURNED_AWAY
  }
}

/** A double on the safe side of a bound that it cannot hold; comparing narrow values with it rejects none wrongly. */
function doubleBound(bound: bigint, descending: boolean): number {
  const double = Number(bound)
  if (descending) return BigInt(double) > bound ? bound > 0n ? Number.MAX_SAFE_INTEGER : -Infinity : double
  return BigInt(double) < bound ? bound > 0n ? Infinity : -Number.MAX_SAFE_INTEGER : double
}

function nextNumber(values: Int32Array | Float64Array, bound: number, descending: boolean, from: number, length: number): number {
  let i = from
  if (descending) while (i < length && values[i]! < bound) i++
  else while (i < length && values[i]! > bound) i++
  return i
}

function nextUtf8({ bytes, starts, ends }: Utf8Vector, bound: Uint8Array, descending: boolean, from: number, length: number): number {
  let i = from
  while (i < length) {
    const order = compareBytesAt(bytes, starts[i]!, ends[i]!, bound)
    if (descending ? order >= 0 : order <= 0) return i
    i++
  }
  return i
}

function compareBytesAt(bytes: Uint8Array, start: number, end: number, bound: Uint8Array): number {
  const length = Math.min(end - start, bound.length)
  for (let k = 0; k < length; k++) {
    const order = bytes[start + k]! - bound[k]!
    if (order !== 0) return order
  }
  return end - start - bound.length
}

const encoder = new TextEncoder()
