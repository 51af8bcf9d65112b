import { undecodable } from '../record-fault.js'
import type { RowAssembler } from '../row-assembler.js'
import { ESCAPED, NOTHING, TEXT, TOKEN } from '../piece-kind.js'
import type { RecordWalker } from '../block-row-decoder.js'
import { lastKind, skipSpace, stringEnd, unescapeJson, valueEnd } from './json-walk.js'
import { utf8Of } from '../utf8-text.js'

/**
 * The general way through a JSON record: any order of keys, escapes, whitespace, nested values, unknown fields, duplicates
 * (the last one counts). The whole object is walked and its structure checked; fields that no column takes are not
 * validated beyond their quotes and brackets.
 */
export class JsonWalker implements RecordWalker {
  readonly #assembler: RowAssembler
  readonly #names: readonly Uint8Array[]
  /** By number of the key in its record: the column it meant last time, or −1. Only a guess to begin with. */
  readonly #guesses: number[] = []

  constructor(assembler: RowAssembler) {
    this.#assembler = assembler
    this.#names = assembler.fields.map((field) => utf8Of(field.name))
  }

  walk(bytes: Uint8Array, start: number, end: number): boolean {
    const { kinds, starts, ends } = this.#assembler
    kinds.fill(NOTHING)
    let p = skipSpace(bytes, start, end)
    if (p === end) return false
    if (bytes[p] !== 123) throw undecodable('the record is no JSON object')
    p = skipSpace(bytes, p + 1, end)
    if (p < end && bytes[p] === 125) return this.#ended(bytes, p + 1, end)
    for (let key = 0; ; key++) {
      if (p >= end || bytes[p] !== 34) throw this.#broken(p, start, end, 'a key in quotes')
      const keyStart = p + 1
      const keyEnd = stringEnd(bytes, keyStart, end)
      if (keyEnd === -1) throw this.#broken(end, start, end, 'the closing quote of a key')
      const column = this.#columnOf(bytes, keyStart, keyEnd, key, lastKind())
      p = skipSpace(bytes, keyEnd + 1, end)
      if (p >= end || bytes[p] !== 58) throw this.#broken(p, start, end, '`:`')
      p = skipSpace(bytes, p + 1, end)
      const valueStart = p
      p = valueEnd(bytes, p, end)
      if (p === -1) throw this.#broken(valueStart, start, end, 'a whole value')
      if (column !== -1) {
        const kind = lastKind()
        const quoted = kind !== NOTHING && kind < TOKEN ? 1 : 0
        kinds[column] = kind
        starts[column] = valueStart + quoted
        ends[column] = p - quoted
      }
      p = skipSpace(bytes, p, end)
      if (p < end && bytes[p] === 125) return this.#ended(bytes, p + 1, end)
      if (p >= end || bytes[p] !== 44) throw this.#broken(p, start, end, '`,` or `}`')
      p = skipSpace(bytes, p + 1, end)
    }
  }

  #ended(bytes: Uint8Array, p: number, end: number): true {
    if (skipSpace(bytes, p, end) !== end) throw undecodable('something follows the JSON object; a record holds one object')
    return true
  }

  #columnOf(bytes: Uint8Array, start: number, end: number, key: number, kind: number): number {
    if (kind !== TEXT) {
      if (kind !== ESCAPED) return -1
      const plain = unescapeJson(bytes, start, end)
      return this.#names.findIndex((name) => sameBytes(name, plain, 0, plain.length))
    }
    const guess = this.#guesses[key] ?? -1
    if (guess !== -1 && sameBytes(this.#names[guess]!, bytes, start, end)) return guess
    for (let column = 0; column < this.#names.length; column++) {
      if (!sameBytes(this.#names[column]!, bytes, start, end)) continue
      if (key < 4096) this.#guesses[key] = column
      return column
    }
    return -1
  }

  #broken(p: number, start: number, end: number, expected: string): unknown {
    return undecodable(p >= end ? `the record ends where ${expected} should be` : `byte ${p - start} of the record is not ${expected}`)
  }
}

function sameBytes(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false
  return true
}
