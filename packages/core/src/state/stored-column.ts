import { MillraceError } from '../errors.js'
import type { Vector } from '../types/batch.js'

/** One column of rows that are kept: values by slot. Slots are given out and taken back by the {@link RowStore} around it. */
export abstract class StoredColumn {
  #nulls: Uint8Array | null = null
  protected capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Copies rows `rows[0 … count)` of the vector into slots `slots[0 … count)`, all of them below `used`. */
  put(from: Vector, rows: Int32Array, slots: Int32Array, count: number, used: number): void {
    this.set(from, rows, slots, count, used)
    const nulls = from.nulls
    if (nulls === null) {
      if (this.#nulls !== null) for (let i = 0; i < count; i++) this.#nulls[slots[i]!] = 0
      return
    }
    this.#nulls ??= new Uint8Array(this.capacity)
    for (let i = 0; i < count; i++) this.#nulls[slots[i]!] = nulls[rows[i]!]!
  }

  isNull(slot: number): boolean {
    return this.#nulls !== null && this.#nulls[slot] !== 0
  }

  /** Whether a slot holds the value of a row: NULL is NULL's equal, NaN NaN's. */
  equals(slot: number, from: Vector, row: number): boolean {
    const here = this.isNull(slot)
    const there = from.nulls !== null && from.nulls[row] !== 0
    return here || there ? here && there : this.same(slot, from, row)
  }

  /** The order of the values of two slots, neither of them NULL. */
  abstract compare(a: number, b: number): number

  /** The value as a number by which rows can be told apart at a glance; NaN where there is none. Not of NULL. */
  numberAt(_slot: number): number {
    return NaN
  }

  grow(capacity: number): void {
    this.capacity = capacity
    if (this.#nulls !== null) this.#nulls = larger(this.#nulls, new Uint8Array(capacity))
    this.resize(capacity)
  }

  /** The values by slot, valid until the next `put` or `grow`. */
  vector(): Vector {
    return this.view(this.#nulls)
  }

  /** Lets go of what a slot holds beyond its place. */
  forget(_slot: number): void {}

  get bytes(): number {
    return this.width * this.capacity + (this.#nulls === null ? 0 : this.capacity)
  }

  /** Bytes of a value, or what they are reckoned to be. */
  protected abstract readonly width: number
  protected abstract set(from: Vector, rows: Int32Array, slots: Int32Array, count: number, used: number): void
  protected abstract same(slot: number, from: Vector, row: number): boolean
  protected abstract resize(capacity: number): void
  protected abstract view(nulls: Uint8Array | null): Vector
}

export function larger<T extends Uint8Array | Int32Array | Float64Array>(from: T, into: T): T {
  into.set(from)
  return into
}

export function wrongKind(vector: Vector): never {
  throw new MillraceError('INTERNAL', `a column of kind ${vector.kind} does not hold the type of its place`)
}
