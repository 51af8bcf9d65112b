import { MillraceError } from '../errors.js'
import { SQL_CHARACTERS_MAX } from '../limits.js'
import { unescapeBackslashes, unescapeUnicode } from './string-escapes.js'
import type { Token } from './token.js'
import { lookup } from '../lookup.js'

const SPACE = /[\s\uFEFF]+/y
const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*/uy
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOL = /<>|!=|<=|>=|\|\||::|->>|->|=>|!~\*|!~|~\*|[-+*/%()[\],;.=<>~:{}]/y
const HINT = /\/\*\+\s*(OPTIONS|STATE_TTL)\b/iy

/**
 * Cuts a SQL text into tokens; the last one is always `end`. Comments (`--`, `/* … *\/`) and space vanish.
 *
 * @throws MillraceError SQL_TOO_COMPLEX past SQL_CHARACTERS_MAX, SQL_SYNTAX for an unclosed quote or a strange
 * character, SQL_LITERAL for a string that is no text, SQL_UNSUPPORTED for other engines' quotes and parameters
 */
export function tokenize(text: string): Token[] {
  if (text.length > SQL_CHARACTERS_MAX) {
    const message = `the text has ${text.length} characters; at most ${SQL_CHARACTERS_MAX} are read`
    throw new MillraceError('SQL_TOO_COMPLEX', message, { span: { start: 0, end: 0 } })
  }
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const past = skipBlank(text, at)
    if (past > at) {
      at = past
      continue
    }
    const token = readToken(text, at)
    tokens.push(token)
    at = token.end
  }
  tokens.push({ kind: 'end', key: '', text: '', start: text.length, end: text.length })
  return tokens
}

/** The offset after the space or the comment at `at`, or `at` itself. */
function skipBlank(text: string, at: number): number {
  if (text.startsWith('--', at)) {
    const end = text.indexOf('\n', at)
    return end === -1 ? text.length : end + 1
  }
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2)
    if (end === -1) throw new MillraceError('SQL_SYNTAX', 'this comment is never closed', { span: { start: at, end: at + 2 } })
    refuseHint(text, at, end + 2)
    return end + 2
  }
  return at + (match(SPACE, text, at)?.length ?? 0)
}

/** Hints that only advise are comments here; those that change what is read or kept are not dropped in silence. */
function refuseHint(text: string, start: number, end: number): void {
  const hint = match(HINT, text, start)
  if (hint === null) return
  throw new MillraceError('SQL_UNSUPPORTED', 'hints are not read: set the options in WITH (…) or with SET', { span: { start, end } })
}

function readToken(text: string, at: number): Token {
  const first = text[at]!
  const second = text[at + 1]
  if (first === '\'') return readQuoted(text, at, at, '\'', 'string')
  if (first === '"' || first === '`') return readQuoted(text, at, at, first, 'quoted')
  if (second === '\'' && /[eExXbBnN]/.test(first)) return readPrefixedString(text, at)
  if ((first === 'U' || first === 'u') && second === '&' && (text[at + 2] === '\'' || text[at + 2] === '"')) return readUnicode(text, at)

  const number = match(NUMBER, text, at)
  if (number !== null) return { kind: 'number', key: '', text: number, start: at, end: at + number.length }
  const word = match(WORD, text, at)
  if (word !== null) return { kind: 'word', key: word.toUpperCase(), text: word, start: at, end: at + word.length }
  const symbol = match(SYMBOL, text, at)
  if (symbol !== null) return { kind: 'symbol', key: symbol, text: symbol, start: at, end: at + symbol.length }
  throw strangeCharacter(text, at)
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

/** A string or a quoted name: the quote doubled stands for itself, nothing else is special. */
function readQuoted(text: string, start: number, open: number, quote: string, kind: 'string' | 'quoted'): Token {
  let content = ''
  let from = open + 1
  for (;;) {
    const close = text.indexOf(quote, from)
    if (close === -1) {
      const what = kind === 'string' ? 'string' : 'name'
      throw new MillraceError('SQL_SYNTAX', `this ${what} is never closed: expected ${quote}`, { span: { start, end: open + 1 } })
    }
    content += text.slice(from, close)
    if (text[close + 1] !== quote) return finish(kind, content, start, close + 1)
    content += quote
    from = close + 2
  }
}

function finish(kind: 'string' | 'quoted' | 'bytes', text: string, start: number, end: number): Token {
  const span = { start, end }
  if (/\p{Surrogate}/u.test(text)) throw new MillraceError('SQL_LITERAL', 'half a surrogate pair is not text', { span })
  if (kind === 'quoted' && text === '') throw new MillraceError('SQL_SYNTAX', 'a name cannot be empty', { span })
  return { kind, key: '', text, start, end }
}

/** `E'…'` with backslashes, `X'…'` bytes, `N'…'` text like any other; `B'…'` is refused. */
function readPrefixedString(text: string, at: number): Token {
  const prefix = text[at]!.toUpperCase()
  if (prefix === 'E') return readEscapeString(text, at)
  const token = readQuoted(text, at, at + 1, '\'', 'string')
  if (prefix === 'N') return token
  const span = { start: at, end: token.end }
  if (prefix === 'B') {
    throw new MillraceError('SQL_UNSUPPORTED', 'bit strings are not supported: use a number or x\'…\' bytes', { span })
  }
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(token.text)) {
    throw new MillraceError('SQL_LITERAL', 'bytes are written as pairs of hexadecimal digits', { span })
  }
  return finish('bytes', token.text.toLowerCase(), at, token.end)
}

function readEscapeString(text: string, at: number): Token {
  const body = match(/(?:[^'\\]|''|\\[\s\S])*'/y, text, at + 2)
  if (body === null) throw new MillraceError('SQL_SYNTAX', 'this string is never closed: expected \'', { span: { start: at, end: at + 2 } })
  const end = at + 2 + body.length
  return finish('string', unescapeBackslashes(body.slice(0, -1), { start: at, end }), at, end)
}

/** `U&'\00e9'` and `U&"…"`. */
function readUnicode(text: string, at: number): Token {
  const quote = text[at + 2]!
  const raw = readQuoted(text, at, at + 2, quote, quote === '"' ? 'quoted' : 'string')
  const after = skipBlank(text, raw.end)
  if (/^uescape\b/i.test(text.slice(after, after + 8))) {
    const span = { start: after, end: after + 7 }
    throw new MillraceError('SQL_UNSUPPORTED', 'UESCAPE is not supported: write \\ as the escape character', { span })
  }
  return finish(quote === '"' ? 'quoted' : 'string', unescapeUnicode(raw.text, raw), at, raw.end)
}

const STRANGE: Readonly<Record<string, string>> = lookup({
  '?': 'parameters are written ${name} and filled before parsing',
  $: 'parameters are written ${name}; strings are quoted with \'',
  '@': 'variables are not supported: parameters are written ${name}',
  '&': 'bit operators are not supported: use bitand(a, b)',
  '|': 'bit operators are not supported: use bitor(a, b)',
  '^': 'the operator ^ is not supported: use power(a, b) or bitxor(a, b)',
  '#': 'the operator # is not supported: comments start with --, bits are mixed with bitxor(a, b)',
})

function strangeCharacter(text: string, at: number): MillraceError {
  const character = String.fromCodePoint(text.codePointAt(at)!)
  const span = { start: at, end: at + character.length }
  const advice = STRANGE[character]
  if (advice !== undefined) return new MillraceError('SQL_UNSUPPORTED', advice, { span })
  return new MillraceError('SQL_SYNTAX', `the character \`${character}\` has no meaning here`, { span })
}
