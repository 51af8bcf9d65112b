import { MillraceError } from '../errors.js'
import { STORED_TEXT_BYTES_MAX } from '../limits.js'
import type { DictVector, TextVector, Utf8Vector, Vector } from '../types/batch.js'
import { putSpan, putText } from '../types/put-bytes.js'
import { larger, StoredColumn, wrongKind } from './stored-column.js'

/** UTF-8 in an arena, of which the bytes of slots that were given back are swept out once they are the greater part. */
export class StoredText extends StoredColumn {
  protected readonly width = 8
  readonly #tooMuch: string
  #arena: Uint8Array = new Uint8Array(this.capacity * 8)
  #end = 0
  #dead = 0
  #starts: Int32Array = new Int32Array(this.capacity)
  #ends: Int32Array = new Int32Array(this.capacity)

  /** @param tooMuch what is said where the text is too much */
  constructor(capacity: number, tooMuch: string) {
    super(capacity)
    this.#tooMuch = tooMuch
  }

  protected set(from: Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    this.#makeRoom(sizeOf(from, rows, count))
    switch (from.kind) {
      case 'utf8': return this.#setUtf8(from, rows, slots, count)
      case 'dict': return this.#setDict(from, rows, slots, count)
      case 'text': return this.#setText(from, rows, slots, count)
      default: wrongKind(from)
    }
  }

  #setUtf8({ bytes, starts, ends, nulls }: Utf8Vector, rows: Int32Array, slots: Int32Array, count: number): void {
    let end = this.#end
    for (let i = 0; i < count; i++) {
      const [row, slot] = [rows[i]!, slots[i]!]
      this.#starts[slot] = end
      if (nulls === null || nulls[row] === 0) end = putSpan(bytes, starts[row]!, ends[row]!, this.#arena, end)
      this.#ends[slot] = end
    }
    this.#end = end
  }

  #setDict({ codes, dictionary: { arena, starts }, nulls }: DictVector, rows: Int32Array, slots: Int32Array, count: number): void {
    let end = this.#end
    for (let i = 0; i < count; i++) {
      const [row, slot] = [rows[i]!, slots[i]!]
      this.#starts[slot] = end
      if (nulls === null || nulls[row] === 0) end = putSpan(arena, starts[codes[row]!]!, starts[codes[row]! + 1]!, this.#arena, end)
      this.#ends[slot] = end
    }
    this.#end = end
  }

  #setText({ values, nulls }: TextVector, rows: Int32Array, slots: Int32Array, count: number): void {
    let end = this.#end
    for (let i = 0; i < count; i++) {
      const [row, slot] = [rows[i]!, slots[i]!]
      this.#starts[slot] = end
      if (nulls === null || nulls[row] === 0) end = putText(values[row]!, this.#arena, end)
      this.#ends[slot] = end
    }
    this.#end = end
  }

  protected same(slot: number, from: Vector, row: number): boolean {
    const [start, end] = [this.#starts[slot]!, this.#ends[slot]!]
    switch (from.kind) {
      case 'utf8': return sameBytes(this.#arena, start, end, from.bytes, from.starts[row]!, from.ends[row]!)
      case 'dict': {
        const { arena, starts } = from.dictionary
        return sameBytes(this.#arena, start, end, arena, starts[from.codes[row]!]!, starts[from.codes[row]! + 1]!)
      }
      case 'text': {
        const text = from.values[row]!
        if (scratch.length < text.length * 3) scratch = new Uint8Array(text.length * 6)
        return sameBytes(this.#arena, start, end, scratch, 0, putText(text, scratch, 0))
      }
      default: return wrongKind(from)
    }
  }

  compare(a: number, b: number): number {
    const arena = this.#arena
    const [x, y] = [this.#starts[a]!, this.#starts[b]!]
    const [p, q] = [this.#ends[a]! - x, this.#ends[b]! - y]
    const length = Math.min(p, q)
    for (let i = 0; i < length; i++) {
      const order = arena[x + i]! - arena[y + i]!
      if (order !== 0) return order
    }
    return p - q
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
    if (needed > STORED_TEXT_BYTES_MAX) throw new MillraceError('STATE_LIMIT', this.#tooMuch)
    this.#arena = larger(this.#arena, new Uint8Array(Math.min(STORED_TEXT_BYTES_MAX, Math.max(needed, this.#arena.length * 2))))
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

function sameBytes(a: Uint8Array, start: number, end: number, b: Uint8Array, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false
  for (let i = start, j = otherStart; i < end; i++, j++) if (a[i] !== b[j]) return false
  return true
}

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
