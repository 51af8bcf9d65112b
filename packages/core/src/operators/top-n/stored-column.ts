import { MillraceError } from '../../errors.js'
import { vectorKindOf, type AnyVector, type DictVector, type ExactVector, type TextVector, type Utf8Vector, type Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import type { DataType, Value } from '../../types/data-type.js'
import { putSpan, putText } from '../../types/put-bytes.js'
import { compareDoubles, compareValues } from '../../types/value.js'

/** One column of a {@link RowStore}: values by slot. Which of them are NULL the store knows. */
export interface StoredColumn {
  /** Makes room for so many slots. */
  grow(capacity: number): void
  /** Copies rows `rows[0 … count)` of a vector into `slots`. */
  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void
  /** The values of some slots as a vector, valid until the next change of the column. */
  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector
  /** The order of two values that are not NULL. */
  compare(a: number, b: number): number
  /** The value as a number by which rows can be told apart at a glance; NaN where there is none. */
  numberAt(slot: number): number
  /** The slot is not needed any more. */
  free(slot: number): void
  readonly bytes: number
}

export function storedColumnOf(type: DataType): StoredColumn {
  switch (vectorKindOf(type)) {
    case 'bool': return new BoolColumn()
    case 'i32': return new I32Column()
    case 'f64': return new F64Column()
    case 'exact': return new ExactColumn()
    case 'text': case 'utf8': case 'dict': return new StringColumn()
    case 'any': return new AnyColumn(type)
  }
}

class BoolColumn implements StoredColumn {
  #values = new Uint8Array(0)

  grow(capacity: number): void {
    const larger = new Uint8Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const { values } = vector as { values: Uint8Array }
    for (let i = 0; i < count; i++) this.#values[slots[i]!] = values[rows[i]!]!
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const values = new Uint8Array(count)
    for (let i = 0; i < count; i++) values[i] = this.#values[slots[i]!]!
    return { kind: 'bool', values, nulls }
  }

  compare(a: number, b: number): number {
    return this.#values[a]! - this.#values[b]!
  }

  numberAt(slot: number): number {
    return this.#values[slot]!
  }

  free(): void {}

  get bytes(): number {
    return this.#values.length
  }
}

class I32Column implements StoredColumn {
  #values = new Int32Array(0)

  grow(capacity: number): void {
    const larger = new Int32Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const { values } = vector as { values: Int32Array }
    for (let i = 0; i < count; i++) this.#values[slots[i]!] = values[rows[i]!]!
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const values = new Int32Array(count)
    for (let i = 0; i < count; i++) values[i] = this.#values[slots[i]!]!
    return { kind: 'i32', values, nulls }
  }

  compare(a: number, b: number): number {
    return this.#values[a]! - this.#values[b]!
  }

  numberAt(slot: number): number {
    return this.#values[slot]!
  }

  free(): void {}

  get bytes(): number {
    return this.#values.byteLength
  }
}

class F64Column implements StoredColumn {
  #values = new Float64Array(0)

  grow(capacity: number): void {
    const larger = new Float64Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const { values } = vector as { values: Float64Array }
    for (let i = 0; i < count; i++) this.#values[slots[i]!] = values[rows[i]!]!
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const values = new Float64Array(count)
    for (let i = 0; i < count; i++) values[i] = this.#values[slots[i]!]!
    return { kind: 'f64', values, nulls }
  }

  compare(a: number, b: number): number {
    return compareDoubles(this.#values[a]!, this.#values[b]!)
  }

  numberAt(slot: number): number {
    return this.#values[slot]!
  }

  free(): void {}

  get bytes(): number {
    return this.#values.byteLength
  }
}

/** Narrow numbers in place; of a wide one NaN, and the number beside. */
class ExactColumn implements StoredColumn {
  #values = new Float64Array(0)
  readonly #wide = new Map<number, bigint>()

  grow(capacity: number): void {
    const larger = new Float64Array(capacity)
    larger.set(this.#values)
    this.#values = larger
  }

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const { values, wide, nulls } = vector as ExactVector
    if (wide === null) {
      for (let i = 0; i < count; i++) this.#values[slots[i]!] = values[rows[i]!]!
      return
    }
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      const value = nulls !== null && nulls[row] !== 0 ? 0n : wide[row]!
      const number = Number(value)
      if (Number.isSafeInteger(number)) this.#values[slots[i]!] = number
      else {
        this.#values[slots[i]!] = NaN
        this.#wide.set(slots[i]!, value)
      }
    }
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const values = new Float64Array(count)
    let isWide = false
    for (let i = 0; i < count; i++) {
      const value = values[i] = this.#values[slots[i]!]!
      if (value !== value && (nulls === null || nulls[i] === 0)) isWide = true
    }
    if (!isWide) return { kind: 'exact', values, wide: null, nulls }
    return { kind: 'exact', values, wide: Array.from({ length: count }, (_, i) => (nulls !== null && nulls[i] !== 0 ? 0n : this.#exact(slots[i]!))), nulls }
  }

  #exact(slot: number): bigint {
    return this.#wide.get(slot) ?? BigInt(this.#values[slot]!)
  }

  compare(a: number, b: number): number {
    const [x, y] = [this.#values[a]!, this.#values[b]!]
    if (x === x && y === y) return x - y
    const [p, q] = [this.#exact(a), this.#exact(b)]
    return p < q ? -1 : p > q ? 1 : 0
  }

  numberAt(slot: number): number {
    return this.#values[slot]!
  }

  free(slot: number): void {
    if (this.#wide.size > 0) this.#wide.delete(slot)
  }

  get bytes(): number {
    return this.#values.byteLength + this.#wide.size * WIDE_BYTES
  }
}

/** What a wide number beside its column is reckoned to take. */
const WIDE_BYTES = 64

/** Bytes of one heap: its offsets are Int32. */
const HEAP_BYTES_MAX = 0x7fffffff

/** UTF-8 in one heap, which is tidied up when more of it is garbage than not. */
class StringColumn implements StoredColumn {
  #heap: Uint8Array = new Uint8Array(1024)
  #used = 0
  #garbage = 0
  #starts = new Int32Array(0)
  #lengths = new Int32Array(0)

  grow(capacity: number): void {
    for (const field of ['starts', 'lengths'] as const) {
      const larger = new Int32Array(capacity)
      larger.set(field === 'starts' ? this.#starts : this.#lengths)
      if (field === 'starts') this.#starts = larger
      else this.#lengths = larger
    }
  }

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.#lengths[slots[i]!] = 0
    switch (vector.kind) {
      case 'utf8': return this.#putUtf8(vector, rows, slots, count)
      case 'dict': return this.#putDict(vector, rows, slots, count)
      default: return this.#putTexts(vector as TextVector, rows, slots, count)
    }
  }

  #putUtf8({ bytes, starts, ends, nulls }: Utf8Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      if (nulls === null || nulls[row] === 0) this.#append(bytes, starts[row]!, ends[row]!, slots[i]!)
    }
  }

  #putDict({ codes, dictionary: { arena, starts }, nulls }: DictVector, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      if (nulls !== null && nulls[row] !== 0) continue
      const code = codes[row]!
      this.#append(arena, starts[code]!, starts[code + 1]!, slots[i]!)
    }
  }

  #putTexts({ values, nulls }: TextVector, rows: Int32Array, slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      if (nulls !== null && nulls[row] !== 0) continue
      const text = values[row]!
      this.#reserve(text.length * 3)
      const from = this.#used
      this.#used = putText(text, this.#heap, from)
      this.#starts[slots[i]!] = from
      this.#lengths[slots[i]!] = this.#used - from
    }
  }

  #append(bytes: Uint8Array, start: number, end: number, slot: number): void {
    const length = end - start
    if (this.#used + length > this.#heap.length) this.#reserve(length)
    this.#starts[slot] = this.#used
    this.#used = putSpan(bytes, start, end, this.#heap, this.#used)
    this.#lengths[slot] = length
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#heap.length) return
    const needed = this.#used + size - (this.#garbage * 4 < this.#used ? 0 : this.#garbage)
    if (needed > HEAP_BYTES_MAX) {
      throw new MillraceError('STATE_LIMIT', `one column of Top-N exceeds ${HEAP_BYTES_MAX} bytes on one worker; use more workers or select shorter columns`)
    }
    const larger = new Uint8Array(Math.min(HEAP_BYTES_MAX, Math.max(needed * 2, 1024)))
    if (this.#garbage * 4 < this.#used) larger.set(this.#heap.subarray(0, this.#used))
    else this.#tidyInto(larger)
    this.#heap = larger
  }

  /** Copies what is alive, one after the other. */
  #tidyInto(larger: Uint8Array): void {
    let used = 0
    for (let slot = 0; slot < this.#starts.length; slot++) {
      const length = this.#lengths[slot]!
      if (length === 0) continue
      const from = this.#starts[slot]!
      this.#starts[slot] = used
      used = putSpan(this.#heap, from, from + length, larger, used)
    }
    this.#used = used
    this.#garbage = 0
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    const starts = new Int32Array(count)
    const ends = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!
      starts[i] = this.#starts[slot]!
      ends[i] = starts[i]! + this.#lengths[slot]!
    }
    return { kind: 'utf8', bytes: this.#heap, starts, ends, nulls }
  }

  compare(a: number, b: number): number {
    const heap = this.#heap
    const [x, y] = [this.#starts[a]!, this.#starts[b]!]
    const [p, q] = [this.#lengths[a]!, this.#lengths[b]!]
    const length = Math.min(p, q)
    for (let i = 0; i < length; i++) {
      const order = heap[x + i]! - heap[y + i]!
      if (order !== 0) return order
    }
    return p - q
  }

  numberAt(): number {
    return NaN
  }

  free(slot: number): void {
    this.#garbage += this.#lengths[slot]!
    this.#lengths[slot] = 0
  }

  get bytes(): number {
    return this.#heap.length + this.#starts.byteLength * 2
  }
}

/** What a value of any kind is reckoned to take. */
const ANY_BYTES = 64

class AnyColumn implements StoredColumn {
  readonly #values: Value[] = []
  readonly #compare: (a: Value, b: Value) => number

  constructor(type: DataType) {
    this.#compare = compareValues(type)
  }

  grow(): void {}

  put(vector: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    const { values, nulls } = vector as AnyVector
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      this.#values[slots[i]!] = nulls !== null && nulls[row] !== 0 ? null : copyValue(values[row] as Value)
    }
  }

  gather(slots: Int32Array, count: number, nulls: Uint8Array | null): Vector {
    return { kind: 'any', values: Array.from({ length: count }, (_, i) => this.#values[slots[i]!]), nulls }
  }

  compare(a: number, b: number): number {
    return this.#compare(this.#values[a]!, this.#values[b]!)
  }

  numberAt(): number {
    return NaN
  }

  free(slot: number): void {
    this.#values[slot] = null
  }

  get bytes(): number {
    return this.#values.length * ANY_BYTES
  }
}
