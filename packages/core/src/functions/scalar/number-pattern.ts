import { DECIMAL_PRECISION_MAX, decimal, DOUBLE, isNumeric, STRING } from '../../types/data-type.js'
import { decimalAt, formatDecimal, parseDecimal, rescale } from '../../types/decimal.js'
import { valueToText } from '../../types/value.js'
import { MillraceError } from '../../errors.js'
import type { DataType, Value } from '../../types/data-type.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { memoize } from '../memoize.js'
import { overload, TEXT } from '../signature.js'

/**
 * Numbers by the patterns of Postgres: `9` a digit, blank where it leads; `0` a digit always; `.` or `D` the point; `,` or `G` the
 * separator of groups; `S` the sign at that end, `MI` a minus there; `FM` without blanks; `$` and others as they stand.
 */
interface NumberPattern {
  readonly whole: string
  readonly fraction: string
  readonly hasPoint: boolean
  readonly prefix: string
  readonly suffix: string
  readonly sign: 'leading' | 'S' | 'endS' | 'MI' | 'endMI'
  readonly bare: boolean
}

const SHAPE = /^(S|MI)?([^0-9.,DG]*)([09,G]*)(?:([.D])([09]*))?([^0-9.,]*?)(S|MI)?$/i

const compile = memoize((pattern: string): NumberPattern => {
  const bare = /^FM/i.test(pattern)
  const match = SHAPE.exec(bare ? pattern.slice(2) : pattern)
  if (match === null) return badArgument(`'${pattern}' is no number pattern; one is FM999,990.00`)
  const [, first, prefix = '', whole = '', point, fraction = '', suffix = '', last] = match
  const sign = first ? (first.toUpperCase() === 'S' ? 'S' : 'MI') : last ? (last.toUpperCase() === 'S' ? 'endS' : 'endMI') : 'leading'
  return { whole: whole.replace(/G/gi, ','), fraction, hasPoint: point !== undefined, prefix, suffix, sign, bare }
})

function formatNumber(value: Value, type: DataType, text: string): string {
  const pattern = compile(text)
  const parsed = parseDecimal(valueToText(value, type))
  if (parsed === null) return String(value)
  const unscaled = rescale(parsed.unscaled, parsed.scale, pattern.fraction.length)
  const negative = unscaled < 0n
  const [digits = '', fraction = ''] = formatDecimal(negative ? -unscaled : unscaled, pattern.fraction.length).split('.')
  let body = wholePart(digits, pattern)
  if (pattern.hasPoint) body += `.${pattern.bare ? trimNines(fraction, pattern.fraction) : fraction}`
  return signed(body, negative, pattern)
}

/** Digits from the right into the places of the pattern; `#` where there are too few places. */
function wholePart(digits: string, pattern: NumberPattern): string {
  const places = pattern.whole.replaceAll(',', '').length
  const significant = digits === '0' ? '' : digits
  if (significant.length > places) return pattern.whole.replace(/[09]/g, '#')
  const firstZero = pattern.whole.replaceAll(',', '').indexOf('0')
  const least = firstZero < 0 ? (pattern.hasPoint || places === 0 ? 0 : 1) : places - firstZero
  const shown = significant.padStart(least, '0').padStart(places, ' ')
  let result = ''
  let at = 0
  for (const place of pattern.whole) {
    if (place !== ',') result += shown[at++]
    else result += result.trim() === '' ? ' ' : ','
  }
  return pattern.bare ? result.trimStart() : result
}

function trimNines(fraction: string, places: string): string {
  let end = fraction.length
  while (end > 0 && fraction[end - 1] === '0' && places[end - 1] === '9') end--
  return fraction.slice(0, end)
}

function signed(body: string, negative: boolean, pattern: NumberPattern): string {
  const blank = pattern.bare ? '' : ' '
  const number = pattern.prefix + body + pattern.suffix
  switch (pattern.sign) {
    case 'S': return number.replace(/^( *)/, `$1${negative ? '-' : '+'}`)
    case 'endS': return number + (negative ? '-' : '+')
    case 'MI': return (negative ? '-' : blank) + number
    case 'endMI': return number + (negative ? '-' : blank)
    case 'leading': return negative ? number.replace(/^( *)/, '$1-') : blank + number
  }
}

/** TO_CHAR of a number. */
export const numberToChar: ScalarOverload = overload({
  args: [{ label: 'number', accept: (t) => (isNumeric(t) ? t : null) }, TEXT], returns: STRING,
  make: ({ args }) => (value: Value, pattern: string) => formatNumber(value, args[0]!, pattern),
})

/** Digits, sign and point of a text, whatever separators and signs of money stand between. */
function numberOf(text: string): bigint {
  const plain = text.replace(/[,\s$€£]/g, '')
  const parsed = parseDecimal(/[-]$/.test(plain) ? `-${plain.slice(0, -1)}` : plain.replace(/\+$/, ''))
  if (parsed === null) throw new MillraceError('CAST_FAILED', `'${text}' is no number`)
  const value = decimalAt(parsed, DECIMAL_PRECISION_MAX, NUMBER_SCALE)
  if (value === undefined) throw new MillraceError('NUMERIC_OVERFLOW', `'${text}' is out of the range of DECIMAL(38, ${NUMBER_SCALE})`)
  return value
}

const NUMBER_SCALE = 10

export const numberTexts: readonly ScalarFunction[] = [
  {
    name: 'to_number', category: 'conversion',
    doc: 'A number out of a text with separators, a sign before or behind it, a sign of money; a pattern may be given but is not needed.',
    overloads: [overload({
      args: [TEXT, TEXT], optional: 1, returns: decimal(DECIMAL_PRECISION_MAX, NUMBER_SCALE),
      call: (text: string) => numberOf(text),
    })],
  },
  {
    name: 'to_double', category: 'conversion', doc: 'The value as DOUBLE.',
    overloads: [overload({
      args: [{ label: 'any', accept: (t) => (isNumeric(t) || t.kind === 'STRING' || t.kind === 'NULL' ? DOUBLE : null) }], returns: DOUBLE,
      call: (value: number) => value,
    })],
  },
]
