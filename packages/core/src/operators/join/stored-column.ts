import { MillraceError, unreachable } from '../../errors.js'
import { JOIN_STATE_TEXT_BYTES_MAX } from '../../limits.js'
import { valueKey } from '../../state/value-key.js'
import { vectorKindOf } from '../../types/batch.js'
import type { ExactVector, Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { putSpan, putText } from '../../types/put-bytes.js'
import { widened } from '../../types/vector-builder.js'

/** One column of rows that are kept: values by slot. Slots are given out and taken back by the {@link RowStore} around it. */
export abstract class StoredColumn {
  #nulls: Uint8Array | null = null
  protected capacity: number

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Copies rows `rows[0 … count)` of the vector into slots `slots[0 … count)`, of which there are fewer than `used`. */
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

  /** Whether a slot holds the value of a row: NULL is NULL's equal, NaN NaN's. */
  equals(slot: number, from: Vector, row: number): boolean {
    const here = this.#nulls !== null && this.#nulls[slot] !== 0
    const there = from.nulls !== null && from.nulls[row] !== 0
    return here || there ? here && there : this.same(slot, from, row)
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

  protected abstract readonly width: number
  protected abstract set(from: Vector, rows: Int32Array, slots: Int32Array, count: number, used: number): void
  protected abstract same(slot: number, from: Vector, row: number): boolean
  protected abstract resize(capacity: number): void
  protected abstract view(nulls: Uint8Array | null): Vector
}

export function storedColumnOf(type: DataType, capacity: number): StoredColumn {
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return new StoredBytes(capacity)
    case 'i32': return new StoredInts(capacity)
    case 'f64': return new StoredDoubles(capacity)
    case 'exact': return new StoredExact(capacity)
    case 'text': case 'utf8': case 'dict': return new StoredText(capacity)
    case 'any': return new StoredValues(capacity, type)
    default: return unreachable(kind)
  }
}

class StoredBytes extends StoredColumn {
  protected readonly width = 1
  #values: Uint8Array = new Uint8Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'bool') wrongKind(from)
    for (let i = 0; i < count; i++) this.#values[slots[i]!] = from.values[rows[i]!]!
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'bool' && this.#values[slot] === from.values[row]
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Uint8Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'bool', values: this.#values, nulls }
  }
}

class StoredInts extends StoredColumn {
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

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Int32Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'i32', values: this.#values, nulls }
  }
}

class StoredDoubles extends StoredColumn {
  protected readonly width = 8
  #values: Float64Array = new Float64Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'f64') wrongKind(from)
    const values = this.#values
    for (let i = 0; i < count; i++) values[slots[i]!] = from.values[rows[i]!]!
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    if (from.kind !== 'f64') return false
    const [a, b] = [this.#values[slot]!, from.values[row]!]
    return a === b || (a !== a && b !== b)
  }

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Float64Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'f64', values: this.#values, nulls }
  }
}

/** Narrow until the first wide number comes, and wide from then on. */
class StoredExact extends StoredColumn {
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

  protected resize(capacity: number): void {
    this.#values = larger(this.#values, new Float64Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'exact', values: this.#values, wide: this.#wide, nulls }
  }
}

/** The value of a row as a bigint; beside a NULL anything. */
function exactAt(from: ExactVector, row: number): bigint {
  if (from.wide !== null) return from.wide[row] ?? 0n
  const value = from.values[row]!
  return Number.isSafeInteger(value) ? BigInt(value) : 0n
}

/** UTF-8 in an arena, of which the bytes of slots that were given back are swept out once they are the greater part. */
class StoredText extends StoredColumn {
  protected readonly width = 8
  #arena: Uint8Array = new Uint8Array(this.capacity * 8)
  #end = 0
  #dead = 0
  #starts: Int32Array = new Int32Array(this.capacity)
  #ends: Int32Array = new Int32Array(this.capacity)

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const [starts, ends] = [this.#starts, this.#ends]
    this.#makeRoom(sizeOf(from, rows, count))
    let end = this.#end
    for (let i = 0; i < count; i++) {
      const [row, slot] = [rows[i]!, slots[i]!]
      starts[slot] = end
      if (from.nulls === null || from.nulls[row] === 0) end = putString(from, row, this.#arena, end)
      ends[slot] = end
    }
    this.#end = end
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    const [start, end] = [this.#starts[slot]!, this.#ends[slot]!]
    const length = sizeOf(from, Int32Array.of(row), 1)
    if (from.kind !== 'text' && length !== end - start) return false
    if (scratch.length < length) scratch = new Uint8Array(length * 2)
    if (putString(from, row, scratch, 0) !== end - start) return false
    for (let i = start, j = 0; i < end; i++, j++) if (this.#arena[i] !== scratch[j]) return false
    return true
  }

  override forget(slot: number): void {
    this.#dead += this.#ends[slot]! - this.#starts[slot]!
    this.#ends[slot] = this.#starts[slot]!
  }

  override get bytes(): number {
    return super.bytes + this.#arena.length
  }

  #makeRoom(size: number): void {
    if (this.#end + size <= this.#arena.length) return
    if (this.#dead * 2 > this.#end) this.#sweep()
    const needed = this.#end + size
    if (needed <= this.#arena.length) return
    if (needed > JOIN_STATE_TEXT_BYTES_MAX) {
      throw new MillraceError(
        'STATE_LIMIT', `a column of text in the state of a join exceeds ${JOIN_STATE_TEXT_BYTES_MAX} bytes on one worker; use more workers or a window`,
      )
    }
    this.#arena = larger(this.#arena, new Uint8Array(Math.min(JOIN_STATE_TEXT_BYTES_MAX, Math.max(needed, this.#arena.length * 2))))
  }

  /** Slots that hold nothing are empty, so that what is copied is what is alive. */
  #sweep(): void {
    const from = this.#arena
    const into = new Uint8Array(from.length)
    let end = 0
    for (let slot = 0; slot < this.#starts.length; slot++) {
      const start = end
      if (this.#ends[slot]! > this.#starts[slot]!) end = putSpan(from, this.#starts[slot]!, this.#ends[slot]!, into, end)
      this.#starts[slot] = start
      this.#ends[slot] = end
    }
    this.#arena = into
    this.#end = end
    this.#dead = 0
  }

  protected resize(capacity: number): void {
    this.#starts = larger(this.#starts, new Int32Array(capacity))
    this.#ends = larger(this.#ends, new Int32Array(capacity))
  }

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'utf8', bytes: this.#arena, starts: this.#starts, ends: this.#ends, nulls }
  }
}

let scratch: Uint8Array = new Uint8Array(1024)

/** Bytes that the rows take; of strings an upper bound. */
function sizeOf(from: Vector, rows: Int32Array, count: number): number {
  const nulls = from.nulls
  let size = 0
  switch (from.kind) {
    case 'utf8':
      for (let i = 0; i < count; i++) if (nulls === null || nulls[rows[i]!] === 0) size += from.ends[rows[i]!]! - from.starts[rows[i]!]!
      return size
    case 'dict': {
      const { starts } = from.dictionary
      for (let i = 0; i < count; i++) {
        if (nulls === null || nulls[rows[i]!] === 0) size += starts[from.codes[rows[i]!]! + 1]! - starts[from.codes[rows[i]!]!]!
      }
      return size
    }
    case 'text':
      for (let i = 0; i < count; i++) if (nulls === null || nulls[rows[i]!] === 0) size += 3 * from.values[rows[i]!]!.length
      return size
    default: return wrongKind(from)
  }
}

function putString(from: Vector, row: number, into: Uint8Array, at: number): number {
  switch (from.kind) {
    case 'utf8': return putSpan(from.bytes, from.starts[row]!, from.ends[row]!, into, at)
    case 'dict': return putSpan(from.dictionary.arena, from.dictionary.starts[from.codes[row]!]!, from.dictionary.starts[from.codes[row]! + 1]!, into, at)
    case 'text': return putText(from.values[row]!, into, at)
    default: return wrongKind(from)
  }
}

class StoredValues extends StoredColumn {
  protected readonly width = 64
  readonly #type: DataType
  readonly #values: Value[] = []

  constructor(capacity: number, type: DataType) {
    super(capacity)
    this.#type = type
  }

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    if (from.kind !== 'any') wrongKind(from)
    for (let i = 0; i < count; i++) this.#values[slots[i]!] = copyValue(from.values[rows[i]!] as Value)
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    return from.kind === 'any' && valueKey(this.#values[slot], this.#type) === valueKey(from.values[row], this.#type)
  }

  override forget(slot: number): void {
    this.#values[slot] = null
  }

  protected resize(): void {}

  protected view(nulls: Uint8Array | null): Vector {
    return { kind: 'any', values: this.#values, nulls }
  }
}

function larger<T extends Uint8Array | Int32Array | Float64Array>(from: T, into: T): T {
  into.set(from)
  return into
}

function wrongKind(vector: Vector): never {
  throw new MillraceError('INTERNAL', `a column of kind ${vector.kind} does not hold the type of its place`)
}
