import { ESCAPED, BAD_TEXT, NESTED, NOTHING, TEXT, TOKEN } from '../piece-kind.js'
import { undecodable } from '../record-fault.js'

/**
 * The structure of JSON text: where strings, tokens, arrays and objects end. `…InLine` are for walks of which only the end of the block is
 * known: a newline ends everything there, so that they never leave their record.
 */

const QUOTE = 34
const BACKSLASH = 92
const NEWLINE = 10
/** Stands for a newline where newlines are ordinary. */
const NO_BYTE = -1

/** 1 for the bytes of numbers, `true`, `false` and `null`: letters, digits, `+`, `-`, `.`. */
export const TOKEN_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  (/[0-9A-Za-z+\-.]/.test(String.fromCharCode(byte)) ? 1 : 0))

/** 1 for the bytes at which the scan of a string stops: `"`, `\` and control characters. */
export const STRING_STOPS: Uint8Array = new Uint8Array(256).fill(1, 0, 32)
STRING_STOPS[QUOTE] = STRING_STOPS[BACKSLASH] = 1

export function skipSpace(bytes: Uint8Array, p: number, end: number): number {
  while (p < end) {
    const byte = bytes[p]!
    if (byte !== 32 && byte !== 9 && byte !== 13 && byte !== NEWLINE) break
    p++
  }
  return p
}

let kindOfLast = NOTHING

/** What the last {@link valueEnd} or {@link stringEnd} went over: TEXT, ESCAPED, BAD_TEXT, TOKEN, NESTED, or NOTHING for null. */
export function lastKind(): number {
  return kindOfLast
}

/** The closing quote of the string whose content begins at `p`, or −1 if it is not closed. */
export function stringEnd(bytes: Uint8Array, p: number, end: number): number {
  return endOfString(bytes, p, end, NO_BYTE)
}

export function stringEndInLine(bytes: Uint8Array, p: number, end: number): number {
  return endOfString(bytes, p, end, NEWLINE)
}

function endOfString(bytes: Uint8Array, p: number, end: number, newline: number): number {
  kindOfLast = TEXT
  while (p < end) {
    const byte = bytes[p]!
    if (STRING_STOPS[byte] === 0) {
      p++
    } else if (byte === QUOTE) {
      return p
    } else if (byte === BACKSLASH) {
      if (bytes[p + 1] === newline) return -1
      if (kindOfLast === TEXT) kindOfLast = ESCAPED
      p += 2
    } else {
      if (byte === newline) return -1
      kindOfLast = BAD_TEXT
      p++
    }
  }
  return -1
}

/**
 * The end of the value at `p`, or −1 if there is none. Quotes and brackets are matched; what stands between them inside
 * arrays and objects is not looked at.
 */
export function valueEnd(bytes: Uint8Array, p: number, end: number): number {
  return endOfValue(bytes, p, end, NO_BYTE)
}

export function valueEndInLine(bytes: Uint8Array, p: number, end: number): number {
  return endOfValue(bytes, p, end, NEWLINE)
}

function endOfValue(bytes: Uint8Array, p: number, end: number, newline: number): number {
  const first = p < end ? bytes[p]! : 0
  if (first === QUOTE) {
    const close = endOfString(bytes, p + 1, end, newline)
    return close === -1 ? -1 : close + 1
  }
  if (first === 123 || first === 91) {
    const close = bracketEnd(bytes, p, end, newline)
    kindOfLast = NESTED
    return close
  }
  const start = p
  while (p < end && TOKEN_BYTES[bytes[p]!] === 1) p++
  if (p === start) return -1
  const isNull = p - start === 4 && first === 110 && bytes[start + 1] === 117 && bytes[start + 2] === 108 && bytes[start + 3] === 108
  kindOfLast = isNull ? NOTHING : TOKEN
  return p
}

/** The byte after the bracket that closes the one at `p`. */
function bracketEnd(bytes: Uint8Array, p: number, end: number, newline: number): number {
  const closers: number[] = []
  while (p < end) {
    const byte = bytes[p++]!
    if (byte === QUOTE) {
      p = endOfString(bytes, p, end, newline) + 1
      if (p === 0) return -1
    } else if (byte === 123 || byte === 91) {
      closers.push(byte + 2)
    } else if (byte === 125 || byte === 93) {
      if (closers.pop() !== byte) return -1
      if (closers.length === 0) return p
    } else if (byte === newline) {
      return -1
    }
  }
  return -1
}

const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map([
  [34, 34], [92, 92], [47, 47], [98, 8], [102, 12], [110, 10], [114, 13], [116, 9],
])

/**
 * The UTF-8 of a string's content with its escapes taken out.
 * @throws RecordFault for unknown escapes and for half a surrogate pair
 */
export function unescapeJson(bytes: Uint8Array, start: number, end: number): Uint8Array {
  // An escape is never shorter than what it stands for.
  const result = new Uint8Array(end - start)
  let to = 0
  for (let p = start; p < end;) {
    const byte = bytes[p]!
    if (byte !== BACKSLASH) {
      result[to++] = byte
      p++
      continue
    }
    const kind = p + 1 < end ? bytes[p + 1]! : 0
    if (kind !== 117) {
      const plain = SHORT_ESCAPES.get(kind)
      if (plain === undefined) throw undecodable(`a string has the unknown escape \\${String.fromCharCode(kind)}`)
      result[to++] = plain
      p += 2
      continue
    }
    let code = hexAt(bytes, p + 2, end)
    p += 6
    if (code >= 0xd800 && code < 0xe000) {
      const low = code < 0xdc00 && bytes[p] === BACKSLASH && bytes[p + 1] === 117 ? hexAt(bytes, p + 2, end) : 0
      if (low < 0xdc00 || low >= 0xe000) throw undecodable('a string has half a surrogate pair (\\ud800 … \\udfff)')
      code = 0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00
      p += 6
    }
    if (code < 0x80) {
      result[to++] = code
    } else if (code < 0x800) {
      result[to++] = 0xc0 | (code >> 6)
      result[to++] = 0x80 | (code & 63)
    } else if (code < 0x10000) {
      result[to++] = 0xe0 | (code >> 12)
      result[to++] = 0x80 | ((code >> 6) & 63)
      result[to++] = 0x80 | (code & 63)
    } else {
      result[to++] = 0xf0 | (code >> 18)
      result[to++] = 0x80 | ((code >> 12) & 63)
      result[to++] = 0x80 | ((code >> 6) & 63)
      result[to++] = 0x80 | (code & 63)
    }
  }
  return result.subarray(0, to)
}

function hexAt(bytes: Uint8Array, p: number, end: number): number {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = p + i < end ? bytes[p + i]! : 0
    const letter = (byte | 32) - 87
    const digit = (byte ^ 48) < 10 ? byte - 48 : letter >= 10 && letter < 16 ? letter : -1
    if (digit === -1) throw undecodable('a string has a \\u escape without four hexadecimal digits')
    value = value * 16 + digit
  }
  return value
}
