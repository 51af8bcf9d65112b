/**
 * An append-only set of distinct strings with dense codes 0, 1, 2, … Codes and texts never change, so whoever keeps a
 * table by code (group numbers, results of a function) can keep it as long as the dictionary.
 *
 * Lookups take UTF-8 bytes, so that a decoder can find the code of a field without making a string of it.
 */
export class Dictionary {
  /** Text by code. */
  readonly texts: string[] = []
  /** UTF-8 by code: `arena[starts[code] … starts[code + 1])`. */
  arena: Uint8Array = new Uint8Array(4096)
  starts: Int32Array = new Int32Array(65)
  #slots: Int32Array = new Int32Array(128).fill(-1)
  #hashes: Int32Array = new Int32Array(64)

  get size(): number {
    return this.texts.length
  }

  /** The code of `bytes[start … end)`, added if it is new. The bytes must be valid UTF-8. */
  codeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.codeOfHashed(bytes, start, end, hashBytes(bytes, start, end))
  }

  /** {@link codeOf} for a caller that has computed {@link hashBytes} while scanning. */
  codeOfHashed(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const code = this.#slots[slot]!
      if (code === -1) return this.#add(bytes, start, end, hash, slot)
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code
      slot = (slot + 1) & mask
    }
  }

  /** The code of a text, or −1 where the dictionary does not hold it. */
  find(text: string): number {
    const bytes = encoder.encode(text)
    const hash = hashBytes(bytes, 0, bytes.length)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const code = this.#slots[slot]!
      if (code === -1) return -1
      if (this.#hashes[code] === hash && this.#equals(code, bytes, 0, bytes.length)) return code
    }
  }

  /** The code of a text, added if it is new. */
  codeOfText(text: string): number {
    const bytes = encoder.encode(text)
    return this.codeOf(bytes, 0, bytes.length)
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
    const code = this.texts.length
    const from = this.starts[code]!
    const to = from + end - start
    if (to > this.arena.length) {
      const larger = new Uint8Array(Math.max(to, this.arena.length * 2))
      larger.set(this.arena.subarray(0, from))
      this.arena = larger
    }
    for (let i = start, j = from; i < end; i++, j++) this.arena[j] = bytes[i]!
    if (code + 2 > this.starts.length) this.starts = grown(this.starts)
    if (code + 1 > this.#hashes.length) this.#hashes = grown(this.#hashes)
    this.starts[code + 1] = to
    this.#hashes[code] = hash
    this.texts.push(decoder.decode(this.arena.subarray(from, to)))
    this.#slots[slot] = code
    if (this.texts.length * 2 > this.#slots.length) this.#rehash()
    return code
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let code = 0; code < this.texts.length; code++) {
      let slot = this.#hashes[code]! & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = code
    }
    this.#slots = slots
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2)
  larger.set(values)
  return larger
}

/**
 * A 32-bit hash of bytes, the same in every worker and process: FNV-1a by byte with a final mix (the avalanche step of
 * MurmurHash3), because tables and exchanges use the low bits.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return mixHash(h)
}

/** The final mix of {@link hashBytes}, for a scanner that folds bytes with `h = imul(h ^ byte, 0x01000193)` as it goes. */
export function mixHash(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
