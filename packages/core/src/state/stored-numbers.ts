import type { ExactVector, Vector } from '../types/batch.js'
import { compareDoubles } from '../types/value.js'
import { widened } from '../types/vector-builder.js'
import { larger, StoredColumn, wrongKind } from './stored-column.js'

// One class per array type, so that each loop stays monomorphic.

export class StoredBools extends StoredColumn {
  protected readonly width = 1
  #values: Uint8Array = new Uint8Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'bool') wrongKind(from)
    const values = this.#values
    for (let i = 0; i < count; i++) values[slots[i]!] = from.values[rows[i]!]!
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'bool' && this.#values[slot] === from.values[row]
  }

  compare(a: number, b: number): number {
    return this.#values[a]! - this.#values[b]!
  }

  override numberAt(slot: number): number {
    return this.#values[slot]!
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Uint8Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'bool', values: this.#values, nulls }
  }
}

export class StoredInts extends StoredColumn {
  protected readonly width = 4
  #values: Int32Array = new Int32Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'i32') wrongKind(from)
    const values = this.#values
    for (let i = 0; i < count; i++) values[slots[i]!] = from.values[rows[i]!]!
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'i32' && this.#values[slot] === from.values[row]
  }

  compare(a: number, b: number): number {
    return this.#values[a]! - this.#values[b]!
  }

  override numberAt(slot: number): number {
    return this.#values[slot]!
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Int32Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'i32', values: this.#values, nulls }
  }
}

export class StoredDoubles extends StoredColumn {
  protected readonly width = 8
  #values: Float64Array = new Float64Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'f64') wrongKind(from)
    const values = this.#values
    for (let i = 0; i < count; i++) values[slots[i]!] = from.values[rows[i]!]!
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'f64' && compareDoubles(this.#values[slot]!, from.values[row]!) === 0
  }

  compare(a: number, b: number): number {
    return compareDoubles(this.#values[a]!, this.#values[b]!)
  }

  override numberAt(slot: number): number {
    return this.#values[slot]!
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Float64Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'f64', values: this.#values, nulls }
  }
}

/** Narrow until the first wide number comes, and wide from then on. */
export class StoredExact extends StoredColumn {
  protected readonly width = 8
  #values: Float64Array = new Float64Array(this.capacity)
  #wide: bigint[] | null = null

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number, used: number): void {
    if (from.kind !== 'exact') wrongKind(from)
    if (from.wide === null && this.#wide === null) {
      const values = this.#values
      for (let i = 0; i < count; i++) values[slots[i]!] = from.values[rows[i]!]!
      return
    }
    this.#wide ??= widened(this.#values, used)
    for (let i = 0; i < count; i++) this.#wide[slots[i]!] = exactAt(from, rows[i]!)
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    if (from.kind !== 'exact') return false
    if (this.#wide === null && from.wide === null) return this.#values[slot] === from.values[row]
    return (this.#wide === null ? BigInt(this.#values[slot]!) : this.#wide[slot]!) === exactAt(from, row)
  }

  compare(a: number, b: number): number {
    if (this.#wide === null) return this.#values[a]! - this.#values[b]!
    const [x, y] = [this.#wide[a]!, this.#wide[b]!]
    return x < y ? -1 : x > y ? 1 : 0
  }

  override numberAt(slot: number): number {
    if (this.#wide === null) return this.#values[slot]!
    const number = Number(this.#wide[slot]!)
    return Number.isSafeInteger(number) ? number : NaN
  }

  override get bytes(): number {
    return super.bytes + (this.#wide === null ? 0 : this.#wide.length * WIDE_BYTES)
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Float64Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'exact', values: this.#values, wide: this.#wide, nulls }
  }
}

/** What a wide number is reckoned to take. */
const WIDE_BYTES = 32

/** The value of a row as a bigint; beside a NULL anything. */
function exactAt(from: ExactVector, row: number): bigint {
  if (from.wide !== null) return from.wide[row] ?? 0n
  const value = from.values[row]!
  return Number.isSafeInteger(value) ? BigInt(value) : 0n
}
