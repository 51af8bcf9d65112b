import { NARROW_MAX } from '../limits.js'
import type { Vector } from '../types/batch.js'
import type { DataType, Value } from '../types/data-type.js'
import type { Dictionary } from '../types/dictionary.js'
import { vectorKindOf } from '../types/batch.js'
import { NullMarks } from './null-marks.js'
import { StringBuffer } from './string-buffer.js'

/**
 * Where a decoder puts the values of one column, row by row, until the batch is full. The memory is used again for the
 * next batch. General paths call `put…`, generated code writes into the arrays itself and leaves to `put…` what is rare.
 */
export type ColumnBuffer = NumberBuffer | ExactBuffer | StringBuffer | AnyBuffer

export function columnBufferOf(type: DataType, capacity: number, dictionary: () => Dictionary): ColumnBuffer {
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return new NumberBuffer(kind, new Uint8Array(capacity), capacity)
    case 'i32': return new NumberBuffer(kind, new Int32Array(capacity), capacity)
    case 'f64': return new NumberBuffer(kind, new Float64Array(capacity), capacity)
    case 'exact': return new ExactBuffer(capacity, type.kind === 'BIGINT')
    case 'text': return new StringBuffer(capacity, dictionary())
    default: return new AnyBuffer(capacity)
  }
}

/** Booleans, integers up to INT, doubles, dates and times. */
export class NumberBuffer {
  readonly nulls: NullMarks

  constructor(readonly kind: 'bool' | 'i32' | 'f64', readonly values: Uint8Array | Int32Array | Float64Array, capacity: number) {
    this.nulls = new NullMarks(capacity)
  }

  put(row: number, value: number): void {
    this.values[row] = value
  }

  takeBack(row: number): void {
    this.nulls.takeBack(row)
  }

  reset(): void {
    this.nulls.reset()
  }

  vector(): Vector {
    return { kind: this.kind, values: this.values, nulls: this.nulls.forBatch() } as Vector
  }
}

/** BIGINT and unscaled DECIMALs: doubles, and beside them the few values of a batch that need more. */
export class ExactBuffer {
  readonly kind = 'exact'
  readonly nulls: NullMarks
  readonly values: Float64Array
  readonly #isBigint: boolean
  #wideRows: number[] = []
  #wideValues: bigint[] = []

  constructor(capacity: number, isBigint: boolean) {
    this.nulls = new NullMarks(capacity)
    this.values = new Float64Array(capacity)
    this.#isBigint = isBigint
  }

  put(row: number, value: number | bigint): void {
    if (typeof value === 'number') {
      this.values[row] = value
    } else {
      this.values[row] = 0
      this.#wideRows.push(row)
      this.#wideValues.push(value)
    }
  }

  /** The value of the row put last. */
  last(row: number): number | bigint {
    return this.#wideRows.at(-1) === row ? this.#wideValues.at(-1)! : this.values[row]!
  }

  takeBack(row: number): void {
    this.nulls.takeBack(row)
    while (this.#wideRows.length > 0 && this.#wideRows.at(-1)! >= row) {
      this.#wideRows.pop()
      this.#wideValues.pop()
    }
  }

  reset(): void {
    this.nulls.reset()
    this.#wideRows.length = 0
    this.#wideValues.length = 0
  }

  vector(length: number): Vector {
    const wide = this.#wideRows.length === 0 ? null : this.#widened(length)
    return { kind: 'exact', values: this.values, wide, nulls: this.nulls.forBatch() }
  }

  #widened(length: number): BigInt64Array | bigint[] {
    const wide: BigInt64Array | bigint[] = this.#isBigint ? new BigInt64Array(length) : Array.from({ length }, () => 0n)
    for (let row = 0; row < length; row++) {
      const value = this.values[row]!
      wide[row] = this.nulls.isNull(row) || !(Math.abs(value) <= NARROW_MAX) ? 0n : BigInt(value)
    }
    for (let i = 0; i < this.#wideRows.length; i++) wide[this.#wideRows[i]!] = this.#wideValues[i]!
    return wide
  }
}

/** BYTES, ARRAY, MAP and ROW as values. */
export class AnyBuffer {
  readonly kind = 'any'
  readonly nulls: NullMarks
  readonly values: Value[]

  constructor(capacity: number) {
    this.nulls = new NullMarks(capacity)
    this.values = Array.from({ length: capacity }, () => null)
  }

  put(row: number, value: Value): void {
    this.values[row] = value
  }

  takeBack(row: number): void {
    this.nulls.takeBack(row)
  }

  reset(): void {
    this.nulls.reset()
  }

  vector(): Vector {
    return { kind: 'any', values: this.values as unknown[], nulls: this.nulls.forBatch() }
  }
}
