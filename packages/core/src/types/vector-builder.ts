import { assert, MillraceError, unreachable } from '../errors.js'
import { BATCH_ROWS_DEFAULT, NARROW_MAX } from '../limits.js'
import { batchOf, vectorKindOf } from './batch.js'
import type { Batch, Vector } from './batch.js'
import type { DataType, Schema, Value } from './data-type.js'

/**
 * Builds one column value by value. For rows that are few or come as values (results of groups, tests, generators);
 * hot loops write typed arrays themselves.
 *
 * A builder owns its arrays and reuses them: a vector that `finish` gave is valid until the next `reset`.
 */
export interface VectorBuilder {
  /** Values appended since the last reset. */
  readonly length: number
  /** Appends a value in the form of the builder's type, or NULL. */
  append(value: Value): void
  /**
   * The column so far.
   * @param length how many rows it must have; another count than was appended is INTERNAL. Default: what was appended
   */
  finish(length?: number): Vector
  /** Empties the builder; the vectors it gave become invalid. */
  reset(): void
}

/** A builder of the column kind that {@link vectorKindOf} gives for `type`, with room for `capacity` rows; it grows. */
export function vectorBuilderOf(type: DataType, capacity: number = BATCH_ROWS_DEFAULT): VectorBuilder {
  const rows = Math.max(1, capacity)
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return new BoolBuilder(rows)
    case 'i32': return new I32Builder(rows)
    case 'f64': return new F64Builder(rows)
    case 'exact': return new ExactBuilder(rows)
    case 'text': return new TextBuilder(rows)
    case 'any': return new AnyBuilder(rows)
    case 'utf8': case 'dict': throw new MillraceError('INTERNAL', 'strings are built as text')
    default: return unreachable(kind)
  }
}

/** A batch of rows given as values, one array of `schema.length` values a row. */
export function batchFromRows(rows: readonly (readonly Value[])[], schema: Schema, rowKinds: Uint8Array | null = null): Batch {
  const columns = schema.map((field, c) => {
    const builder = vectorBuilderOf(field.type, rows.length)
    for (const row of rows) builder.append(row[c]!)
    return builder.finish(rows.length)
  })
  return batchOf(columns, rows.length, rowKinds)
}

/** What all builders share: the count, and which rows are NULL (an array only once there is one). */
abstract class Builder implements VectorBuilder {
  length = 0
  protected capacity: number
  #nulls: Uint8Array | null = null
  #anyNull = false

  constructor(capacity: number) {
    this.capacity = capacity
  }

  append(value: Value): void {
    if (this.length === this.capacity) this.#grow()
    if (value === null) this.#markNull(this.length)
    else this.set(this.length, value)
    this.length++
  }

  finish(length: number = this.length): Vector {
    assert(length === this.length, 'a column is finished with as many rows as were appended')
    return this.vector(this.#anyNull ? this.#nulls : null)
  }

  reset(): void {
    if (this.#anyNull) this.#nulls!.fill(0)
    this.#anyNull = false
    this.length = 0
  }

  #markNull(row: number): void {
    this.#nulls ??= new Uint8Array(this.capacity)
    this.#nulls[row] = 1
    this.#anyNull = true
    this.setNull(row)
  }

  #grow(): void {
    this.capacity *= 2
    if (this.#nulls !== null) {
      const larger = new Uint8Array(this.capacity)
      larger.set(this.#nulls)
      this.#nulls = larger
    }
    this.resize(this.capacity)
  }

  protected abstract set(row: number, value: Value): void
  /** Leaves something of the column's kind beside a NULL. */
  protected setNull(_row: number): void {}
  protected abstract resize(capacity: number): void
  protected abstract vector(nulls: Uint8Array | null): Vector
}

class BoolBuilder extends Builder {
  #values: Uint8Array = new Uint8Array(this.capacity)

  protected set(row: number, value: Value): void {
    this.#values[row] = value === true ? 1 : 0
  }

  protected resize(capacity: number): void {
    const larger = new Uint8Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'bool', values: this.#values, nulls }
  }
}

class I32Builder extends Builder {
  #values: Int32Array = new Int32Array(this.capacity)

  protected set(row: number, value: Value): void {
    this.#values[row] = value as number
  }

  protected resize(capacity: number): void {
    const larger = new Int32Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'i32', values: this.#values, nulls }
  }
}

class F64Builder extends Builder {
  #values: Float64Array = new Float64Array(this.capacity)

  protected set(row: number, value: Value): void {
    this.#values[row] = value as number
  }

  protected resize(capacity: number): void {
    const larger = new Float64Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'f64', values: this.#values, nulls }
  }
}

/** Narrow until the first value that a double cannot hold exactly; then wide until the next reset. */
class ExactBuilder extends Builder {
  #values: Float64Array = new Float64Array(this.capacity)
  #wide: bigint[] | null = null

  override reset(): void {
    super.reset()
    this.#wide = null
  }

  protected set(row: number, value: Value): void {
    const exact = value as bigint
    if (this.#wide === null) {
      if (exact <= NARROW_MAX && exact >= -NARROW_MAX) {
        this.#values[row] = Number(exact)
        return
      }
      this.#wide = widened(this.#values, row)
    }
    this.#wide[row] = exact
  }

  protected override setNull(row: number): void {
    if (this.#wide === null) this.#values[row] = 0
    else this.#wide[row] = 0n
  }

  protected resize(capacity: number): void {
    const larger = new Float64Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'exact', values: this.#values, wide: this.#wide, nulls }
  }
}

class TextBuilder extends Builder {
  #values: string[] = []

  protected set(row: number, value: Value): void {
    this.#values[row] = value as string
  }

  protected override setNull(row: number): void {
    this.#values[row] = ''
  }

  protected resize(): void {}

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'text', values: this.#values, nulls }
  }
}

class AnyBuilder extends Builder {
  #values: unknown[] = []

  protected set(row: number, value: Value): void {
    this.#values[row] = value
  }

  protected override setNull(row: number): void {
    this.#values[row] = null
  }

  protected resize(): void {}

  protected vector(nulls: Uint8Array | null): Vector {
    return { kind: 'any', values: this.#values, nulls }
  }
}

/** The first `length` values of a narrow column as bigints. A value beside a NULL may be anything; it becomes 0. */
export function widened(values: Float64Array, length: number): bigint[] {
  const wide: bigint[] = []
  for (let i = 0; i < length; i++) {
    const value = values[i]!
    wide.push(Number.isSafeInteger(value) ? BigInt(value) : 0n)
  }
  return wide
}
