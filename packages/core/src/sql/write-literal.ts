import type { LiteralSyntax } from './ast.js'
import { intervalUnit, isIntervalRange, nearestUnit } from './interval.js'
import type { Parsing } from './parsing.js'
import type { Cursor } from './cursor.js'
import type { Written } from './placeholders.js'
import { readType } from './type-syntax.js'
import { lookup } from '../lookup.js'

const TYPED: Readonly<Record<string, 'date' | 'time' | 'timestamp'>> = lookup({ DATE: 'date', TIME: 'time', TIMESTAMP: 'timestamp' })

/** A literal, or `null` when the next token starts something else. */
export function writeLiteral(p: Parsing): Written | null {
  const { cursor } = p
  const { start, token } = cursor
  switch (token.kind) {
    case 'number':
      return p.placeholders.atom(readNumber(cursor))
    case 'string':
    case 'bytes':
      cursor.next()
      return p.placeholders.atom({
        kind: 'literal', type: token.kind, text: readAdjacent(cursor, token.text), span: cursor.spanFrom(start),
      })
    case 'word':
      return writeWord(p)
    default:
      return null
  }
}

/** SQL joins strings that only a line break separates. */
function readAdjacent(cursor: Cursor, first: string): string {
  let text = first
  while (cursor.token.kind === 'string') {
    if (!cursor.text.slice(cursor.end, cursor.start).includes('\n')) cursor.fail('an operator between two strings')
    text += cursor.next().text
  }
  return text
}

/** Digits stay digits: `1e3` is a float, `1.50` a decimal with two places, `.5` is 0.5. */
function readNumber(cursor: Cursor): LiteralSyntax {
  const { start } = cursor
  const { text, end } = cursor.next()
  const after = cursor.token
  if (after.start === end && (after.kind === 'word' || after.kind === 'number' || after.kind === 'string')) {
    cursor.refuse(`\`${cursor.text.slice(start, after.end)}\` is neither a number nor a name`, { start, end: after.end }, 'SQL_SYNTAX')
  }
  const type = /[eE]/.test(text) ? 'float' : text.includes('.') ? 'decimal' : 'integer'
  const full = text.startsWith('.') ? `0${text}` : text.replace(/\.(?=$|[eE])/, '')
  return { kind: 'literal', type, text: full, span: { start, end } }
}

function writeWord(p: Parsing): Written | null {
  const { cursor, placeholders } = p
  const { start, token } = cursor
  if (cursor.take('NULL')) return placeholders.atom({ kind: 'literal', type: 'null', span: cursor.spanFrom(start) })
  if (cursor.at('TRUE') || cursor.at('FALSE')) {
    const value = cursor.next().key === 'TRUE'
    return placeholders.atom({ kind: 'literal', type: 'boolean', value, span: cursor.spanFrom(start) })
  }
  if (token.key === 'INTERVAL' && intervalAhead(cursor)) return placeholders.atom(readInterval(cursor))
  const type = TYPED[token.key]
  if (type !== undefined && cursor.peek(1).kind === 'string') {
    cursor.next()
    return placeholders.atom({ kind: 'literal', type, text: cursor.next().text, span: cursor.spanFrom(start) })
  }
  return token.key === 'TIMESTAMP_LTZ' || token.key === 'TIMESTAMPTZ' || token.key === 'TIMESTAMP' ? writeInstant(p) : null
}

/** `TIMESTAMP_LTZ '…'`, `TIMESTAMP WITH LOCAL TIME ZONE '…'` and the like: a cast of the text. */
function writeInstant(p: Parsing): Written | null {
  const { cursor } = p
  const { start } = cursor
  const words = cursor.at('TIMESTAMP', 'WITH', 'LOCAL', 'TIME', 'ZONE') ? 5 : cursor.at('TIMESTAMP', 'WITH', 'TIME', 'ZONE') ? 4 : 1
  if (cursor.peek(words).kind !== 'string') return null
  const type = readType(cursor)
  const text = cursor.token
  cursor.next()
  return p.placeholders.atom({
    kind: 'cast', tolerant: false, type, span: cursor.spanFrom(start),
    operand: { kind: 'literal', type: 'string', text: text.text, span: { start: text.start, end: text.end } },
  })
}

/** Only what cannot be a column called `interval`. */
function intervalAhead(cursor: Cursor): boolean {
  const after = cursor.peek(1)
  if (after.kind === 'string' || after.kind === 'number') return true
  if (after.key !== '-' && after.key !== '+') return false
  const [content, unit] = [cursor.peek(2), cursor.peek(3)]
  return content.kind === 'string' || (content.kind === 'number' && unit.kind === 'word' && intervalUnit(unit.key) !== null)
}

/** `INTERVAL '5' MINUTE`, `INTERVAL -'1 2' DAY TO HOUR`, `INTERVAL 5 MINUTES`, `INTERVAL '5 minutes'`. */
export function readInterval(cursor: Cursor): LiteralSyntax & { type: 'interval' } {
  const { start } = cursor
  cursor.expect('INTERVAL')
  const sign = cursor.take('-') ? '-' : (cursor.take('+'), '')
  const content = cursor.next()
  const span = (): { start: number; end: number } => cursor.spanFrom(start)
  const unit = readUnitRange(cursor)
  if (unit !== null) return { kind: 'literal', type: 'interval', text: signed(sign, content.text), unit, span: span() }
  const words = /^\s*([+-]?[\d.]+)\s*([a-zA-Z]+)\s*$/.exec(content.text)
  const word = words === null ? null : intervalUnit(words[2]!)
  if (words === null || word === null) cursor.fail('a unit: INTERVAL \'5\' MINUTE')
  return { kind: 'literal', type: 'interval', text: signed(sign, words[1]!), unit: word, span: span() }
}

/** The sign before the quotes and the one inside them: two minuses are none. */
function signed(sign: string, text: string): string {
  return sign === '-' && text.startsWith('-') ? text.slice(1) : sign + text
}

/** `MINUTE`, `DAY TO SECOND`; precisions as in `DAY(3)` are read and say nothing. */
function readUnitRange(cursor: Cursor): string | null {
  if (cursor.token.kind !== 'word') return null
  const { start } = cursor
  const first = cursor.token.text.length > 2 ? intervalUnit(cursor.token.key) : null
  if (first === null) {
    const suggestion = nearestUnit(cursor.token.key)
    return suggestion === undefined ? null : cursor.fail(`a unit such as ${suggestion}`, [suggestion])
  }
  cursor.next()
  takePrecision(cursor)
  if (!cursor.take('TO')) return first
  const last = intervalUnit(cursor.token.key) ?? cursor.fail('a unit after TO')
  cursor.next()
  takePrecision(cursor)
  const range = `${first} TO ${last}`
  if (!isIntervalRange(range)) cursor.refuse(`there is no interval of ${range}`, cursor.spanFrom(start), 'SQL_SYNTAX')
  return range
}

function takePrecision(cursor: Cursor): void {
  if (cursor.at('(') && cursor.peek(1).kind === 'number') cursor.parenthesised(() => cursor.list(() => cursor.wholeNumber('a number')))
}
