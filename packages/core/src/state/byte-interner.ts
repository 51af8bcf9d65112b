import { MillraceError } from '../errors.js'
import { putText } from '../types/put-bytes.js'

/**
 * A growing set of distinct UTF-8 strings with dense codes 0, 1, 2, …, held as bytes only: keys of groups are written
 * out as views of the arena and never become JavaScript strings. (A `Dictionary` also keeps every text.)
 */
export class ByteInterner {
  /** UTF-8 by code: `arena[starts[code] … starts[code + 1])`. Both are replaced when they grow. */
  arena: Uint8Array = new Uint8Array(1024)
  starts: Int32Array = new Int32Array(65)
  size = 0
  #slots: Int32Array = new Int32Array(128).fill(-1)
  #hashes: Int32Array = new Int32Array(64)

  /** The code of `bytes[start … end)`, added if it is new. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashWords(bytes, start, end)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#slots[slot]!
      if (code === -1) return this.#add(bytes, start, end, hash, slot)
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code
    }
  }

  /** The code of a text, added if it is new. */
  codeOfText(text: string): number {
    const room = text.length * 3
    if (scratch.length < room) scratch = new Uint8Array(room * 2)
    return this.codeOf(scratch, 0, putText(text, scratch, 0))
  }

  get bytes(): number {
    return this.arena.length + 4 * (this.starts.length + this.#slots.length + this.#hashes.length)
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.starts[code]!
    const length = this.starts[code + 1]! - from
    if (length !== end - start) return false
    const arena = this.arena
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false
    return true
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const code = this.size++
    const from = this.starts[code]!
    const to = from + end - start
    if (to > this.arena.length) this.#growArena(from, to)
    const arena = this.arena
    for (let i = start, j = from; i < end; i++, j++) arena[j] = bytes[i]!
    if (code + 2 > this.starts.length) this.starts = grown(this.starts)
    if (code + 1 > this.#hashes.length) this.#hashes = grown(this.#hashes)
    this.starts[code + 1] = to
    this.#hashes[code] = hash
    this.#slots[slot] = code
    if (this.size * 2 > this.#slots.length) this.#rehash()
    return code
  }

  #growArena(used: number, needed: number): void {
    if (needed > ARENA_BYTES_MAX) {
      const limit = `the string keys of one operator exceed ${ARENA_BYTES_MAX} bytes on one worker`
      throw new MillraceError('STATE_LIMIT', `${limit}; use more workers or shorter keys`)
    }
    const larger = new Uint8Array(Math.min(ARENA_BYTES_MAX, Math.max(needed, this.arena.length * 2)))
    larger.set(this.arena.subarray(0, used))
    this.arena = larger
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    const hashes = this.#hashes
    for (let code = 0; code < this.size; code++) {
      let slot = hashes[code]! & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = code
    }
    this.#slots = slots
  }
}

/** Offsets into the arena are Int32. */
const ARENA_BYTES_MAX = 0x7fffffff

let scratch: Uint8Array = new Uint8Array(1024)

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}

/** A hash for this table alone: four bytes at a time, which is twice as fast as byte by byte on keys of a dozen bytes. */
function hashWords(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let i = start
  for (const last = end - 4; i <= last; i += 4) {
    hash = Math.imul(hash ^ (bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ hash >>> 15, 0x85ebca6b)
  return hash ^ hash >>> 13
}
