import { MillraceError, type Span } from '../errors.js'
import { literalOf, type Expression } from '../expressions/expression.js'
import { INTERVAL_MONTH, INTERVAL_SECOND } from '../types/data-type.js'
import { lookup } from '../lookup.js'

const MICROS: Readonly<Record<string, number>> = lookup({
  WEEK: 604_800_000_000, DAY: 86_400_000_000, HOUR: 3_600_000_000, MINUTE: 60_000_000, SECOND: 1_000_000,
  MILLISECOND: 1_000, MICROSECOND: 1,
})
const MONTHS: Readonly<Record<string, number>> = lookup({ YEAR: 12, QUARTER: 3, MONTH: 1 })
const LADDER = ['DAY', 'HOUR', 'MINUTE', 'SECOND']

/**
 * `INTERVAL '5' MINUTE`, `INTERVAL '1 02:03' DAY TO MINUTE`, `INTERVAL '1-6' YEAR TO MONTH`, and Postgres' `INTERVAL '2
 * hours 30 minutes'` (no unit behind the text).
 *
 * @throws MillraceError SQL_LITERAL
 */
export function bindInterval(text: string, unit: string, span: Span): Expression {
  const [from, to] = unit.trim().toUpperCase().replace(/\(\s*\d+\s*\)/g, '').split(/\s+TO\s+/).map(singular)
  const amount = from === undefined || from === '' ? sumOfParts(text) : to === undefined ? ofUnit(text, from) : ofRange(text, from, to)
  if (amount === null) {
    throw new MillraceError(
      'SQL_LITERAL', `INTERVAL '${text}'${unit === '' ? '' : ` ${unit}`} is no interval; write INTERVAL '5' MINUTE`, { span },
    )
  }
  return amount.months ? literalOf(amount.value, INTERVAL_MONTH) : literalOf(amount.value, INTERVAL_SECOND)
}

interface Amount {
  /** Months, or microseconds. */
  readonly value: number
  readonly months: boolean
}

function singular(unit: string): string {
  return unit.trim().replace(/S$/, '')
}

function ofUnit(text: string, unit: string): Amount | null {
  if (!/^\s*[+-]?\s*(\d+\.?\d*|\.\d+)\s*$/.test(text)) return unit === 'SECOND' || unit === 'DAY' ? ofRange(text, 'DAY', 'SECOND') : null
  const number = Number(text.replace(/\s/g, ''))
  if (Object.hasOwn(MICROS, unit)) return { value: Math.round(number * MICROS[unit]!), months: false }
  return Object.hasOwn(MONTHS, unit) && Number.isInteger(number) ? { value: number * MONTHS[unit]!, months: true } : null
}

/** `1-6` YEAR TO MONTH, `1 02:03:04.5` DAY TO SECOND and the parts of it. */
function ofRange(text: string, from: string, to: string): Amount | null {
  const sign = /^\s*-/.test(text) ? -1 : 1
  const body = text.replace(/^\s*[+-]/, '').trim()
  if (from === 'YEAR' && to === 'MONTH') {
    const match = /^(\d+)-(\d+)$/.exec(body)
    return match === null ? null : { value: sign * (Number(match[1]) * 12 + Number(match[2])), months: true }
  }
  const units = LADDER.slice(LADDER.indexOf(from), LADDER.indexOf(to) + 1)
  const parts = body.split(/[\s:]+/)
  if (LADDER.indexOf(from) < 0 || parts.length !== units.length || parts.some((p) => !/^\d+(\.\d+)?$/.test(p))) return null
  return { value: sign * Math.round(parts.reduce((sum, part, i) => sum + Number(part) * MICROS[units[i]!]!, 0)), months: false }
}

function sumOfParts(text: string): Amount | null {
  const parts = [...text.matchAll(/([+-]?\d+(?:\.\d+)?)\s*([a-z]+)/gi)]
  if (parts.length === 0 || text.replace(/([+-]?\d+(?:\.\d+)?)\s*([a-z]+)/gi, '').trim() !== '') return null
  const amounts = parts.map((p) => ofUnit(p[1]!, singular(p[2]!.toUpperCase()).replace(/^SEC$/, 'SECOND').replace(/^MIN$/, 'MINUTE')))
  if (amounts.some((a) => a === null || a.months !== amounts[0]!.months)) return null
  return { value: amounts.reduce((sum, a) => sum + a!.value, 0), months: amounts[0]!.months }
}
