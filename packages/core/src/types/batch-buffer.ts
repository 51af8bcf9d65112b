import { assert, MillraceError } from '../errors.js'
import { batchOf, INSERT, vectorKindOf } from './batch.js'
import type { AnyVector, Batch, DictVector, ExactVector, TextVector, Utf8Vector, Vector } from './batch.js'
import { copyValue } from './copy-batch.js'
import type { DataType, Schema, Value } from './data-type.js'
import type { Dictionary } from './dictionary.js'
import { putSpan, putText } from './put-bytes.js'
import { widened } from './vector-builder.js'

/**
 * Gathers rows of batches, whatever representation their columns have, into one batch. This is how an exchange collects
 * what goes to one worker, and how rows outlive the batch they came in.
 *
 * Strings are kept as UTF-8 or as codes of their dictionary, so that rows of a file are moved without ever becoming JavaScript strings.
 */
export class BatchBuffer {
  readonly capacity: number
  #length = 0
  readonly #columns: readonly ColumnBuffer[]
  readonly #rowKinds: Uint8Array
  #anyChange = false

  constructor(schema: Schema, capacity: number) {
    this.capacity = capacity
    this.#columns = schema.map((field) => columnBufferOf(field.type, capacity))
    this.#rowKinds = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Appends rows `rows[from … to)` of the batch. There must be room for them. */
  append(batch: Batch, rows: Int32Array, from: number, to: number): void {
    const at = this.#length
    assert(at + to - from <= this.capacity, 'a batch buffer is not overfilled')
    for (let c = 0; c < this.#columns.length; c++) this.#columns[c]!.append(batch.columns[c]!, rows, from, to, at)
    if (batch.rowKinds !== null) {
      gatherBytes(batch.rowKinds, rows, from, to, this.#rowKinds, at)
      this.#anyChange = true
    } else if (this.#anyChange) {
      this.#rowKinds.fill(INSERT, at, at + to - from)
    }
    this.#length = at + to - from
  }

  /** The rows so far, valid until the next `append` or `reset`. */
  batch(): Batch {
    return batchOf(this.#columns.map((column) => column.vector()), this.#length, this.#anyChange ? this.#rowKinds : null)
  }

  reset(): void {
    for (const column of this.#columns) column.reset()
    if (this.#anyChange) this.#rowKinds.fill(INSERT)
    this.#anyChange = false
    this.#length = 0
  }
}

/** Row numbers 0, 1, 2, … for appending whole batches; grown on demand and shared. */
export function allRows(length: number): Int32Array {
  if (identity.length < length) identity = Int32Array.from({ length: Math.max(length, identity.length * 2) }, (_, i) => i)
  return identity
}

let identity: Int32Array = Int32Array.from({ length: 1024 }, (_, i) => i)

/** One column of the buffer. `at` is where the first of the gathered rows goes. */
abstract class ColumnBuffer {
  #nulls: Uint8Array | null = null
  #anyNull = false

  constructor(protected readonly capacity: number) {}

  append(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    this.gather(from, rows, start, end, at)
    if (from.nulls === null) {
      if (this.#anyNull) this.#nulls!.fill(0, at, at + end - start)
      return
    }
    this.#nulls ??= new Uint8Array(this.capacity)
    gatherBytes(from.nulls, rows, start, end, this.#nulls, at)
    this.#anyNull = true
  }

  reset(): void {
    if (this.#anyNull) this.#nulls!.fill(0)
    this.#anyNull = false
  }

  protected get nulls(): Uint8Array | null {
    return this.#anyNull ? this.#nulls : null
  }

  protected abstract gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void
  abstract vector(): Vector
}

function columnBufferOf(type: DataType, capacity: number): ColumnBuffer {
  switch (vectorKindOf(type)) {
    case 'bool': return new BoolBuffer(capacity)
    case 'i32': return new I32Buffer(capacity)
    case 'f64': return new F64Buffer(capacity)
    case 'exact': return new ExactBuffer(capacity)
    case 'text': case 'utf8': case 'dict': return new StringBuffer(capacity)
    case 'any': return new AnyBuffer(capacity)
  }
}

class BoolBuffer extends ColumnBuffer {
  readonly #values = new Uint8Array(this.capacity)

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind !== 'bool') wrongKind(from)
    gatherBytes(from.values, rows, start, end, this.#values, at)
  }

  vector(): Vector {
    return { kind: 'bool', values: this.#values, nulls: this.nulls }
  }
}

class I32Buffer extends ColumnBuffer {
  readonly #values = new Int32Array(this.capacity)

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind !== 'i32') wrongKind(from)
    gatherIntegers(from.values, rows, start, end, this.#values, at)
  }

  vector(): Vector {
    return { kind: 'i32', values: this.#values, nulls: this.nulls }
  }
}

class F64Buffer extends ColumnBuffer {
  readonly #values = new Float64Array(this.capacity)

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind !== 'f64') wrongKind(from)
    gatherDoubles(from.values, rows, start, end, this.#values, at)
  }

  vector(): Vector {
    return { kind: 'f64', values: this.#values, nulls: this.nulls }
  }
}

/** Narrow until the first wide batch comes, then wide until the next reset. */
class ExactBuffer extends ColumnBuffer {
  readonly #values = new Float64Array(this.capacity)
  #wide: bigint[] | null = null

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind !== 'exact') wrongKind(from)
    if (from.wide === null && this.#wide === null) return gatherDoubles(from.values, rows, start, end, this.#values, at)
    this.#wide ??= widened(this.#values, at)
    gatherWide(from, rows, start, end, this.#wide, at)
  }

  override reset(): void {
    super.reset()
    this.#wide = null
  }

  vector(): Vector {
    return { kind: 'exact', values: this.#values, wide: this.#wide, nulls: this.nulls }
  }
}

/**
 * Codes while all that comes has one dictionary, so that the text is not copied here; else row i is
 * `#bytes[#offsets[i] … #offsets[i + 1])`, where a NULL is empty. Room is made first, so that the loops only copy.
 */
class StringBuffer extends ColumnBuffer {
  readonly #offsets = new Int32Array(this.capacity + 1)
  #bytes: Uint8Array = new Uint8Array(this.capacity * 8)
  #codes: Int32Array | null = null
  /** Of the codes; null where the rows are bytes. */
  #dictionary: Dictionary | null = null

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind === 'dict' && (at === 0 || from.dictionary === this.#dictionary)) {
      this.#dictionary = from.dictionary
      this.#codes ??= new Int32Array(this.capacity)
      return gatherIntegers(from.codes, rows, start, end, this.#codes, at)
    }
    if (this.#dictionary !== null) this.#spell(at)
    this.#gatherBytes(from, rows, start, end, at)
  }

  override reset(): void {
    super.reset()
    this.#dictionary = null
  }

  vector(): Vector {
    if (this.#dictionary !== null) return { kind: 'dict', codes: this.#codes!, dictionary: this.#dictionary, nulls: this.nulls }
    return { kind: 'utf8', bytes: this.#bytes, starts: this.#offsets, ends: this.#offsets.subarray(1), nulls: this.nulls }
  }

  /** Writes the first `length` rows, so far codes, as bytes. */
  #spell(length: number): void {
    const codes: DictVector = { kind: 'dict', codes: this.#codes!, dictionary: this.#dictionary!, nulls: this.nulls }
    this.#dictionary = null
    this.#gatherBytes(codes, allRows(length), 0, length, 0)
  }

  #gatherBytes(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    switch (from.kind) {
      case 'utf8':
        this.#reserve(this.#offsets[at]! + sizeOfUtf8(from, rows, start, end))
        return gatherUtf8(from, rows, start, end, this.#offsets, this.#bytes, at)
      case 'dict':
        this.#reserve(this.#offsets[at]! + sizeOfDict(from, rows, start, end))
        return gatherDict(from, rows, start, end, this.#offsets, this.#bytes, at)
      case 'text':
        this.#reserve(this.#offsets[at]! + UTF8_BYTES_PER_UNIT * unitsOfText(from, rows, start, end))
        return gatherText(from, rows, start, end, this.#offsets, this.#bytes, at)
      default: wrongKind(from)
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(size, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

class AnyBuffer extends ColumnBuffer {
  readonly #values: Value[] = []

  protected gather(from: Vector, rows: Int32Array, start: number, end: number, at: number): void {
    if (from.kind !== 'any') wrongKind(from)
    gatherAny(from, rows, start, end, this.#values, at)
  }

  override reset(): void {
    super.reset()
    this.#values.length = 0
  }

  vector(): Vector {
    return { kind: 'any', values: this.#values, nulls: this.nulls }
  }
}

function gatherBytes(from: Uint8Array, rows: Int32Array, start: number, end: number, into: Uint8Array, at: number): void {
  for (let i = start; i < end; i++) into[at++] = from[rows[i]!]!
}

function gatherIntegers(from: Int32Array, rows: Int32Array, start: number, end: number, into: Int32Array, at: number): void {
  for (let i = start; i < end; i++) into[at++] = from[rows[i]!]!
}

function gatherDoubles(from: Float64Array, rows: Int32Array, start: number, end: number, into: Float64Array, at: number): void {
  for (let i = start; i < end; i++) into[at++] = from[rows[i]!]!
}

function gatherWide(from: ExactVector, rows: Int32Array, start: number, end: number, into: bigint[], at: number): void {
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    const isNull = from.nulls !== null && from.nulls[row] !== 0
    into[at++] = isNull ? 0n : from.wide === null ? BigInt(from.values[row]!) : from.wide[row]!
  }
}

function gatherAny(from: AnyVector, rows: Int32Array, start: number, end: number, into: Value[], at: number): void {
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    into[at++] = from.nulls !== null && from.nulls[row] !== 0 ? null : copyValue(from.values[row] as Value)
  }
}

/** A UTF-16 unit takes at most so many bytes. */
const UTF8_BYTES_PER_UNIT = 3

function sizeOfUtf8({ starts, ends, nulls }: Utf8Vector, rows: Int32Array, start: number, end: number): number {
  let size = 0
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) size += ends[row]! - starts[row]!
  }
  return size
}

function gatherUtf8(from: Utf8Vector, rows: Int32Array, start: number, end: number, offsets: Int32Array, into: Uint8Array, at: number): void {
  const { bytes, starts, ends, nulls } = from
  let place = offsets[at]!
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) place = putSpan(bytes, starts[row]!, ends[row]!, into, place)
    offsets[++at] = place
  }
}

function sizeOfDict({ codes, dictionary: { starts }, nulls }: DictVector, rows: Int32Array, start: number, end: number): number {
  let size = 0
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) size += starts[codes[row]! + 1]! - starts[codes[row]!]!
  }
  return size
}

function gatherDict(from: DictVector, rows: Int32Array, start: number, end: number, offsets: Int32Array, into: Uint8Array, at: number): void {
  const { codes, dictionary: { arena, starts }, nulls } = from
  let place = offsets[at]!
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) place = putSpan(arena, starts[codes[row]!]!, starts[codes[row]! + 1]!, into, place)
    offsets[++at] = place
  }
}

function unitsOfText({ values, nulls }: TextVector, rows: Int32Array, start: number, end: number): number {
  let units = 0
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) units += values[row]!.length
  }
  return units
}

function gatherText(from: TextVector, rows: Int32Array, start: number, end: number, offsets: Int32Array, into: Uint8Array, at: number): void {
  const { values, nulls } = from
  let place = offsets[at]!
  for (let i = start; i < end; i++) {
    const row = rows[i]!
    if (nulls === null || nulls[row] === 0) place = putText(values[row]!, into, place)
    offsets[++at] = place
  }
}

function wrongKind(vector: Vector): never {
  throw new MillraceError('INTERNAL', `a column of kind ${vector.kind} does not hold the type of its place`)
}
