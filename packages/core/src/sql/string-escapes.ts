import type { Span } from '../errors.js'
import { MillraceError } from '../errors.js'
import { lookup } from '../lookup.js'

const LETTERS: Readonly<Record<string, string>> = lookup({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' })
const BACKSLASH = /''|\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g
const UNICODE = /\\(?:\\|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|)/g

/**
 * The content of `E'…'`: C escapes as in Postgres. `\x` and octal escapes beyond ASCII are refused: they are bytes and
 * not characters.
 */
export function unescapeBackslashes(body: string, span: Span): string {
  return body.replace(BACKSLASH, (all: string, u?: string, long?: string, hex?: string, octal?: string, other?: string) => {
    if (all === '\'\'') return '\''
    if (u !== undefined || long !== undefined) return character(u ?? long!, 16, span)
    if (hex !== undefined || octal !== undefined) {
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal!, 8)
      if (code > 0x7f) throw new MillraceError('SQL_LITERAL', `the escape ${all} is no character: write \\u00e9 and the like`, { span })
      return String.fromCharCode(code)
    }
    return LETTERS[other!] ?? other!
  })
}

/** The content of `U&'…'`: `\00e9`, `\+01f600`, `\\`. */
export function unescapeUnicode(body: string, span: Span): string {
  return body.replace(UNICODE, (all: string, long?: string, short?: string) => {
    if (all === '\\\\') return '\\'
    if (long === undefined && short === undefined) {
      const message = 'in U&\'…\' a \\ is followed by four hexadecimal digits, by + and six, or by another \\'
      throw new MillraceError('SQL_LITERAL', message, { span })
    }
    return character(long ?? short!, 16, span)
  })
}

function character(digits: string, radix: number, span: Span): string {
  const code = Number.parseInt(digits, radix)
  if (code > 0x10ffff) throw new MillraceError('SQL_LITERAL', `there is no character ${digits}`, { span })
  return code >= 0xd800 && code <= 0xdfff ? String.fromCharCode(code) : String.fromCodePoint(code)
}
