import { randomBits } from '../counter-random.js'
import { below } from './events.js'

/** Starts that a text can have in the pool; a power of two. */
const STARTS = 65_536

/**
 * Random text that is the same for a seed: strings are views into it, so that making one is choosing where it starts. `extra`
 * and descriptions are nothing but weight, and this is the cheapest way to carry it.
 */
export class TextPool {
  readonly bytes: Uint8Array

  /** @param lengthMax of the longest view. @param withSpaces words, never two spaces in a row, none at either end of a view */
  constructor(seed: number, lengthMax: number, withSpaces: boolean) {
    this.bytes = new Uint8Array(STARTS + lengthMax + 1)
    let isSpace = true
    for (let i = 0; i < this.bytes.length; i++) {
      const bits = randomBits(seed, i)
      isSpace = withSpaces && !isSpace && below(bits, 13) === 0
      this.bytes[i] = isSpace ? SPACE : LETTER_A + ((bits >>> 3) % 26)
    }
  }

  /** Where a text starts. @param bits 32 random ones */
  start(bits: number): number {
    const start = bits & (STARTS - 1)
    return this.bytes[start] === SPACE ? start + 1 : start
  }

  /** Where it ends, about `length` bytes on and at least one. */
  end(start: number, length: number): number {
    const end = start + Math.max(1, length)
    return this.bytes[end - 1] === SPACE ? end - 1 : end
  }
}

const SPACE = 32
const LETTER_A = 97
