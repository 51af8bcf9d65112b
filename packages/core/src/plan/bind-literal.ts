import { MillraceError, unreachable, type Span } from '../errors.js'
import { literalOf, type Expression } from '../expressions/expression.js'
import { castValue } from '../functions/cast.js'
import type { LiteralSyntax } from '../sql/ast.js'
import {
  BIGINT, BOOLEAN, BYTES, DATE, decimal, DECIMAL_PRECISION_MAX, DOUBLE, INT, NULL, STRING, time, timestamp, typeName, type DataType,
} from '../types/data-type.js'
import { bindInterval } from './bind-interval.js'

const INT_MAX = 2_147_483_647n
const BIGINT_MAX = 9_223_372_036_854_775_807n

/**
 * A literal with the type its text has: an integer is INT, else BIGINT, else DECIMAL, whichever is wide enough; digits
 * with a point are a DECIMAL of just that precision; an exponent makes a DOUBLE.
 *
 * @throws MillraceError SQL_LITERAL
 */
export function bindLiteral(literal: LiteralSyntax): Expression {
  switch (literal.type) {
    case 'null': return literalOf(null, NULL)
    case 'boolean': return literalOf(literal.value, BOOLEAN)
    case 'string': return literalOf(literal.text, STRING)
    case 'integer': return integerLiteral(literal.text, literal.span)
    case 'decimal': return decimalLiteral(literal.text, literal.span)
    case 'float': return literalOf(Number(literal.text), DOUBLE)
    case 'date': return literalFromText(literal.text, DATE, literal.span)
    case 'time': return literalFromText(literal.text, time(fractionDigits(literal.text)), literal.span)
    case 'timestamp': return literalFromText(literal.text, timestamp(fractionDigits(literal.text)), literal.span)
    case 'bytes': return bytesLiteral(literal.text, literal.span)
    case 'interval': return bindInterval(literal.text, literal.unit, literal.span)
    default: return unreachable(literal)
  }
}

/** A quoted text as a value of another type, known to be wrong while planning already. */
export function literalFromText(text: string, type: DataType, span: Span, timeZone = 'UTC'): Expression {
  try {
    return literalOf(castValue(text, STRING, type, timeZone) as number | null, type)
  } catch (cause) {
    if (!(cause instanceof MillraceError)) throw cause
    throw new MillraceError('SQL_LITERAL', `'${text}' is no ${typeName(type)}`, { span }, { cause })
  }
}

export function integerLiteral(text: string, span: Span): Expression {
  const value = BigInt(text)
  if (value <= INT_MAX && value >= -INT_MAX - 1n) return literalOf(Number(value), INT)
  if (value <= BIGINT_MAX && value >= -BIGINT_MAX - 1n) return literalOf(value, BIGINT)
  return decimalLiteral(text, span)
}

function decimalLiteral(text: string, span: Span): Expression {
  const negative = text.startsWith('-')
  const [whole, fraction] = text.replace(/^[+-]/, '').split('.') as [string, string | undefined]
  const scale = fraction?.length ?? 0
  const digits = (whole + (fraction ?? '')).replace(/^0+/, '')
  const precision = Math.max(digits.length, scale, 1)
  if (precision > DECIMAL_PRECISION_MAX) {
    throw new MillraceError(
      'SQL_LITERAL', `${text} has more than ${DECIMAL_PRECISION_MAX} digits; write it with an exponent to make it a DOUBLE`, { span },
    )
  }
  const unscaled = BigInt(digits === '' ? '0' : digits)
  return literalOf(negative ? -unscaled : unscaled, decimal(precision, scale))
}

function fractionDigits(text: string): number {
  return Math.min(6, /\.(\d+)/.exec(text)?.[1]?.length ?? 0)
}

function bytesLiteral(text: string, span: Span): Expression {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new MillraceError('SQL_LITERAL', `X'${text}' is no hexadecimal text`, { span })
  return literalOf(Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)), BYTES)
}
