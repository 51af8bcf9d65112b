import type { Span } from '../errors.js'
import { MillraceError } from '../errors.js'
import type { Cursor } from './cursor.js'
import { intervalUnit, intervalValue, nearestUnit } from './interval.js'
import { readInterval } from './write-literal.js'

/** A size of a window: `INTERVAL '1' MINUTE`, or short `1 MINUTE`, `1m`, `'1 minute'`. @returns microseconds, at least `least` */
export function readDuration(cursor: Cursor, what: string, least = 1): number {
  const { start } = cursor
  const micros = cursor.at('INTERVAL') ? readIntervalMicros(cursor) : readShort(cursor, what)
  if (micros < least) {
    throw new MillraceError('SQL_WINDOW', `${what} must be longer than nothing`, { span: cursor.spanFrom(start) })
  }
  return micros
}

/** An interval of any sign: the offset of a window. @returns microseconds */
export function readOffset(cursor: Cursor): number {
  const negative = cursor.take('-')
  if (!negative) cursor.take('+')
  const micros = readIntervalMicros(cursor)
  return negative && micros !== 0 ? -micros : micros
}

function readIntervalMicros(cursor: Cursor): number {
  if (!cursor.at('INTERVAL')) cursor.fail('a fixed interval such as INTERVAL \'1\' MINUTE')
  const { text, unit, span } = readInterval(cursor)
  return fixed(text, unit, span)
}

function readShort(cursor: Cursor, what: string): number {
  const { start, token } = cursor
  if (token.kind === 'string') {
    const parts = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$/.exec(token.text)
    const unit = parts === null ? null : intervalUnit(parts[2]!)
    if (parts === null || unit === null) cursor.fail(`${what} such as 1 MINUTE`)
    cursor.next()
    return fixed(parts[1]!, unit, cursor.spanFrom(start))
  }
  if (token.kind !== 'number') cursor.fail(`${what} such as 1 MINUTE`)
  cursor.next()
  const word = cursor.token
  const unit = word.kind === 'word' ? intervalUnit(word.key) : null
  if (unit === null) {
    const suggestion = nearestUnit(word.key)
    cursor.fail('a unit such as SECONDS, MINUTES, HOURS or DAYS', suggestion === undefined ? [] : [suggestion])
  }
  cursor.next()
  return fixed(token.text, unit, cursor.spanFrom(start))
}

function fixed(text: string, unit: string, span: Span): number {
  const value = intervalValue(text, unit, span)
  if (value.kind === 'months') {
    const message = 'months and years differ in length: a window takes weeks, days, hours, minutes or seconds'
    throw new MillraceError('SQL_WINDOW', message, { span })
  }
  return value.micros
}
