import type { Span } from '../errors.js'
import { MillraceError, nearestName } from '../errors.js'
import { lookup } from '../lookup.js'

/** What an INTERVAL literal means: whole months, or microseconds. */
export type IntervalValue = { readonly kind: 'months'; readonly months: number } | { readonly kind: 'micros'; readonly micros: number }

const MICROS: Readonly<Record<string, number>> = lookup({
  WEEK: 604_800_000_000, DAY: 86_400_000_000, HOUR: 3_600_000_000, MINUTE: 60_000_000, SECOND: 1_000_000,
  MILLISECOND: 1_000, MICROSECOND: 1,
})
const MONTHS: Readonly<Record<string, number>> = lookup({ YEAR: 12, QUARTER: 3, MONTH: 1 })

/** Short names of units, as in `TUMBLING(1m)` and in durations of options. */
const SHORT: Readonly<Record<string, string>> = lookup({
  US: 'MICROSECOND', MS: 'MILLISECOND', MILLI: 'MILLISECOND', S: 'SECOND', SEC: 'SECOND', M: 'MINUTE', MIN: 'MINUTE',
  H: 'HOUR', HR: 'HOUR', D: 'DAY', W: 'WEEK',
})
const UNITS: readonly string[] = [...Object.keys(MONTHS), ...Object.keys(MICROS)]

/** A unit in the singular and in upper case: `minutes`, `min` and `m` are MINUTE. `null` if it is none. */
export function intervalUnit(word: string): string | null {
  const upper = word.toUpperCase()
  for (const name of [upper, upper.endsWith('S') ? upper.slice(0, -1) : upper]) {
    if (UNITS.includes(name)) return name
    if (SHORT[name] !== undefined) return SHORT[name]
  }
  return null
}

/** The nearest unit to a word that is none. */
export function nearestUnit(word: string): string | undefined {
  return nearestName(word, UNITS)
}

interface Shape {
  /** Names the parts in order; all but the last part are whole numbers. */
  readonly pattern: RegExp
  readonly example: string
  readonly units: readonly string[]
}

const NUMBER = String.raw`(\d{1,15}(?:\.\d{1,9})?)`
const SHAPES: Readonly<Record<string, Shape>> = lookup({
  'YEAR TO MONTH': { pattern: /^(\d{1,9})-(\d{1,2})$/, example: '1-6', units: ['YEAR', 'MONTH'] },
  'DAY TO HOUR': { pattern: /^(\d{1,9}) +(\d{1,2})$/, example: '1 12', units: ['DAY', 'HOUR'] },
  'DAY TO MINUTE': { pattern: /^(\d{1,9}) +(\d{1,2}):(\d{1,2})$/, example: '1 12:30', units: ['DAY', 'HOUR', 'MINUTE'] },
  'DAY TO SECOND': {
    pattern: /^(\d{1,9}) +(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$/,
    example: '1 12:30:15.5',
    units: ['DAY', 'HOUR', 'MINUTE', 'SECOND'],
  },
  'HOUR TO MINUTE': { pattern: /^(\d{1,12}):(\d{1,2})$/, example: '12:30', units: ['HOUR', 'MINUTE'] },
  'HOUR TO SECOND': {
    pattern: /^(\d{1,12}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$/, example: '12:30:15.5', units: ['HOUR', 'MINUTE', 'SECOND'],
  },
  'MINUTE TO SECOND': { pattern: /^(\d{1,12}):(\d{1,2}(?:\.\d{1,9})?)$/, example: '30:15.5', units: ['MINUTE', 'SECOND'] },
})

/** Whether `INTERVAL '…' A TO B` exists. */
export function isIntervalRange(unit: string): boolean {
  return SHAPES[unit] !== undefined
}

/**
 * The value of an interval literal, exact: `'1 12:30' DAY TO MINUTE` is 131,400,000,000 µs.
 *
 * @throws MillraceError SQL_LITERAL when the text does not fit the unit or the value is not whole
 */
export function intervalValue(text: string, unit: string, span: Span): IntervalValue {
  const sign = /^\s*([+-]?)\s*(.*?)\s*$/s.exec(text)!
  const shape = SHAPES[unit] ?? { pattern: new RegExp(`^${NUMBER}$`), example: unit === 'SECOND' ? '1.5' : '1', units: [unit] }
  const parts = shape.pattern.exec(sign[2]!)
  if (parts === null) {
    throw new MillraceError('SQL_LITERAL', `'${text}' is no interval of ${unit}: write it like '${shape.example}'`, { span })
  }
  const months = MONTHS[shape.units[0]!] !== undefined
  let total = 0
  for (const [i, part] of parts.slice(1).entries()) total += scaled(part, (months ? MONTHS : MICROS)[shape.units[i]!]!)
  if (!Number.isSafeInteger(total)) {
    throw new MillraceError('SQL_LITERAL', `'${text}' is no whole number of ${months ? 'months' : 'microseconds'} in range`, { span })
  }
  // No negative zero: it would print and compare oddly.
  const value = sign[1] === '-' && total !== 0 ? -total : total
  return months ? { kind: 'months', months: value } : { kind: 'micros', micros: value }
}

/** A decimal text times a whole number, exactly where the product is whole; NaN where it is not. */
function scaled(text: string, factor: number): number {
  const [whole, fraction = ''] = text.split('.')
  const rest = Number(fraction === '' ? '0' : fraction) * factor
  const divisor = 10 ** fraction.length
  return rest % divisor === 0 ? Number(whole) * factor + rest / divisor : Number.NaN
}
