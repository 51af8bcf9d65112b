import { NOTHING, TEXT } from '../piece-kind.js'
import { undecodable } from '../record-fault.js'
import { lastKind, skipSpace, stringEnd, valueEnd } from './json-walk.js'

/** Where a few members of a JSON object stand: of an envelope around what is wanted. Of duplicates the last one counts. */
export class JsonMembers {
  readonly #names: readonly string[]
  readonly #utf8: readonly Uint8Array[]
  readonly #kinds: Uint8Array
  readonly #found: Uint8Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array

  constructor(names: readonly string[]) {
    this.#names = names
    this.#utf8 = names.map((name) => Buffer.from(name))
    this.#kinds = new Uint8Array(names.length)
    this.#found = new Uint8Array(names.length)
    this.#starts = new Int32Array(names.length)
    this.#ends = new Int32Array(names.length)
  }

  /** Walks the object that `bytes[start … end)` is. @throws RecordFault where it is none */
  find(bytes: Uint8Array, start: number, end: number): void {
    this.#kinds.fill(NOTHING)
    this.#found.fill(0)
    let p = skipSpace(bytes, start, end)
    if (p >= end || bytes[p] !== 123) throw undecodable('the record is no JSON object')
    p = skipSpace(bytes, p + 1, end)
    if (p < end && bytes[p] === 125) return this.#ended(bytes, p, end)
    for (;;) {
      const keyEnd = p < end && bytes[p] === 34 ? stringEnd(bytes, p + 1, end) : -1
      if (keyEnd === -1) throw malformed(p, start)
      const member = lastKind() === TEXT ? this.#memberAt(bytes, p + 1, keyEnd) : -1
      p = skipSpace(bytes, keyEnd + 1, end)
      if (p >= end || bytes[p] !== 58) throw malformed(p, start)
      p = skipSpace(bytes, p + 1, end)
      const valueStart = p
      p = valueEnd(bytes, p, end)
      if (p === -1 || p > end) throw malformed(valueStart, start)
      if (member !== -1) {
        this.#found[member] = 1
        this.#kinds[member] = lastKind()
        this.#starts[member] = valueStart
        this.#ends[member] = p
      }
      p = skipSpace(bytes, p, end)
      if (p < end && bytes[p] === 125) return this.#ended(bytes, p, end)
      if (p >= end || bytes[p] !== 44) throw malformed(p, start)
      p = skipSpace(bytes, p + 1, end)
    }
  }

  has(name: string): boolean {
    return this.#found[this.#names.indexOf(name)] === 1
  }

  /** What stands there, NOTHING for null and for no member. */
  kindOf(name: string): number {
    return this.#kinds[this.#names.indexOf(name)]!
  }

  /** From where to where the value stands, quotes and brackets with it. */
  placeOf(name: string): [start: number, end: number] {
    const at = this.#names.indexOf(name)
    return [this.#starts[at]!, this.#ends[at]!]
  }

  #ended(bytes: Uint8Array, p: number, end: number): void {
    if (skipSpace(bytes, p + 1, end) !== end) throw undecodable('something follows the JSON object')
  }

  #memberAt(bytes: Uint8Array, start: number, end: number): number {
    return this.#utf8.findIndex((name) => {
      if (name.length !== end - start) return false
      for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false
      return true
    })
  }
}

function malformed(p: number, start: number): unknown {
  return undecodable(`the record is malformed JSON at byte ${p - start}`)
}
