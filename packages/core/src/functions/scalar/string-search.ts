import { BOOLEAN, INT, STRING } from '../../types/data-type.js'
import { characterOfOffset, offsetOfCharacter } from '../../types/text.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { BINARY, INTEGER, overload, TEXT } from '../signature.js'
import { lookup } from '../../lookup.js'

/** Finding one text in another, and how alike two are. Positions count characters from 1; 0 means not found. */

function positionOf(text: string, sought: string, from = 1): number {
  if (from < 1) return 0
  const offset = text.indexOf(sought, offsetOfCharacter(text, from - 1))
  return offset < 0 ? 0 : characterOfOffset(text, offset) + 1
}

function levenshtein(a: string, b: string): number {
  const x = [...a]
  const y = [...b]
  let last = Array.from({ length: y.length + 1 }, (_, j) => j)
  for (let i = 1; i <= x.length; i++) {
    const row = [i]
    for (let j = 1; j <= y.length; j++) {
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (x[i - 1] === y[j - 1] ? 0 : 1)))
    }
    last = row
  }
  return last[y.length]!
}

const SOUNDEX_DIGITS: Readonly<Record<string, string>> = lookup({
  B: '1', F: '1', P: '1', V: '1', C: '2', G: '2', J: '2', K: '2', Q: '2', S: '2', X: '2', Z: '2', D: '3', T: '3', L: '4', M: '5', N: '5',
  R: '6',
})

/** H and W do not part letters of one digit, vowels do. */
function soundex(text: string): string {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '')
  if (letters === '') return ''
  let code = letters[0]!
  let last = SOUNDEX_DIGITS[code]
  for (const letter of letters.slice(1)) {
    const digit = SOUNDEX_DIGITS[letter]
    if (digit !== undefined && digit !== last) code += digit
    if (letter !== 'H' && letter !== 'W') last = digit
    if (code.length === 4) break
  }
  return code.padEnd(4, '0')
}

function startsWithBytes(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.length <= bytes.length && prefix.every((byte, i) => bytes[i] === byte)
}

function endsWithBytes(bytes: Uint8Array, suffix: Uint8Array): boolean {
  const shift = bytes.length - suffix.length
  return shift >= 0 && suffix.every((byte, i) => bytes[shift + i] === byte)
}

const test = (call: (a: string, b: string) => boolean): ScalarOverload => overload({ args: [TEXT, TEXT], returns: BOOLEAN, call })
const testBytes = (call: (a: Uint8Array, b: Uint8Array) => boolean): ScalarOverload =>
  overload({ args: [BINARY, BINARY], returns: BOOLEAN, call })

export const stringSearches: readonly ScalarFunction[] = [
  {
    name: 'position', category: 'string', doc: 'Where the first text begins in the second.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, call: (sought: string, text: string) => positionOf(text, sought) })],
  },
  {
    name: 'instr', aliases: ['strpos'], category: 'string', doc: 'Where the second text begins in the first.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, call: (text: string, sought: string) => positionOf(text, sought) })],
  },
  {
    name: 'locate', category: 'string', doc: 'Where the first text begins in the second, sought from a position on.',
    overloads: [overload({
      args: [TEXT, TEXT, INTEGER], optional: 1, returns: INT,
      call: (sought: string, text: string, from?: number) => positionOf(text, sought, from),
    })],
  },
  {
    name: 'starts_with', aliases: ['startswith'], category: 'string', doc: 'Does the first text begin with the second?',
    overloads: [test((a, b) => a.startsWith(b)), testBytes(startsWithBytes)],
  },
  {
    name: 'ends_with', aliases: ['endswith'], category: 'string', doc: 'Does the first text end with the second?',
    overloads: [test((a, b) => a.endsWith(b)), testBytes(endsWithBytes)],
  },
  { name: 'contains', category: 'string', doc: 'Does the first text hold the second?', overloads: [test((a, b) => a.includes(b))] },
  {
    name: 'levenshtein', category: 'string', doc: 'Least number of characters to insert, remove or change to make one text the other.',
    overloads: [overload({ args: [TEXT, TEXT], returns: INT, call: levenshtein })],
  },
  {
    name: 'soundex', category: 'string', doc: 'A code of four characters for how an English word sounds.',
    overloads: [overload({ args: [TEXT], returns: STRING, call: soundex })],
  },
]
