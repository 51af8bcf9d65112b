import { castMayFail } from '../functions/cast.js'
import { NARROW_MAX } from '../limits.js'
import { dayOfMicros, floorTo } from '../types/civil.js'
import type { DataType } from '../types/data-type.js'
import { isInteger, sameType } from '../types/data-type.js'
import { smallIntegerRange } from '../types/number-range.js'
import type { CastExpression } from './expression.js'
import { limited, shifted } from './inline-arithmetic.js'
import { divideHalfUpNarrow, narrowLimit, overflowOf } from './narrow-arithmetic.js'
import { allOf, not, parenthesised } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'
import { lookup } from '../lookup.js'

/**
 * Text for conversions among numbers and among times. `CAST(price AS DECIMAL(10, 2))` of a narrow DECIMAL(10, 4):
 *
 * ```js
 * const t1 = k0(c0_values[i], 100)
 * ```
 *
 * As in arithmetic, BIGINT and DECIMAL have text only while they are narrow, and what leaves their type bails, so that
 * the conversion for wide numbers tells the error.
 */
export function inlineCast(c: RowCompiler, e: CastExpression): Operand | null {
  const from = e.arg.type
  const to = e.type
  if (e.tolerant && castMayFail(from, to)) return null
  if (sameType(from, to) || (from.kind === 'STRING' && to.kind === 'STRING' && to.length === null)) return c.compile(e.arg)
  switch (to.kind) {
    case 'TINYINT': case 'SMALLINT': case 'INT': return toSmallInteger(c, e, to.kind)
    case 'BIGINT': return c.wide ? null : toBigint(c, e)
    case 'DECIMAL': return c.wide ? null : toDecimal(c, e, to)
    case 'DOUBLE': return toDouble(c, e)
    case 'FLOAT': {
      const double = toDouble(c, e)
      return double && { ...double, value: `Math.fround(${double.value})` }
    }
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return toTimestamp(c, e, to)
    case 'DATE': return from.kind === 'TIMESTAMP' ? mapped(c, e, (value) => `${c.constant(dayOfMicros)}(${value})`) : null
    default: return null
  }
}

/** A number made of the argument by an expression that cannot fail. */
function mapped(c: RowCompiler, e: CastExpression, text: (value: string) => string): Operand {
  const arg = c.compile(e.arg)
  return { value: text(arg.value), isNull: arg.isNull, representation: 'number' }
}

function toSmallInteger(c: RowCompiler, e: CastExpression, kind: 'TINYINT' | 'SMALLINT' | 'INT'): Operand | null {
  const from = e.arg.type
  if (from.kind === 'BOOLEAN') return { ...mapped(c, e, (value) => `(${value} ? 1 : 0)`), bound: 1 }
  const whole = isInteger(from) ? (c.wide && from.kind === 'BIGINT' ? null : c.compile(e.arg)) : truncated(c, e)
  if (whole === null) return null
  const [min, max] = smallIntegerRange(kind)
  if (whole.bound !== undefined && (whole.bound <= max || widens(from, kind))) return { ...whole, bound: Math.min(whole.bound, -min) }
  const { value, isNull } = c.simple(whole)
  c.emit(`if ${parenthesised(allOf([`!(${value} <= ${max} && ${value} >= ${min})`, not(isNull)]))} ${c.constant(overflowOf({ kind }))}(${value})`)
  return { value, isNull, representation: 'number', bound: -min }
}

const INTEGER_RANK: Readonly<Record<string, number>> = lookup({ TINYINT: 0, SMALLINT: 1, INT: 2, BIGINT: 3 })

function widens(from: DataType, kind: string): boolean {
  return isInteger(from) && INTEGER_RANK[from.kind]! <= INTEGER_RANK[kind]!
}

/** DECIMAL, FLOAT or DOUBLE without its fraction, as a whole number in a double. */
function truncated(c: RowCompiler, e: CastExpression): Operand | null {
  const from = e.arg.type
  if (from.kind === 'DOUBLE' || from.kind === 'FLOAT') return mapped(c, e, (value) => `(Math.trunc(${value}) + 0)`)
  if (from.kind !== 'DECIMAL' || c.wide || from.scale > 15) return null
  const arg = c.compile(e.arg)
  if (from.scale === 0) return arg
  const { value, isNull, bound } = c.simple(arg)
  const unit = 10 ** from.scale
  return { value: `((${value} - ${value} % ${unit}) / ${unit} + 0)`, isNull, representation: 'number', bound: Math.floor((bound ?? NARROW_MAX) / unit) }
}

function toBigint(c: RowCompiler, e: CastExpression): Operand | null {
  const from = e.arg.type
  if (from.kind === 'BOOLEAN') return { ...mapped(c, e, (value) => `(${value} ? 1 : 0)`), bound: 1 }
  if (isInteger(from)) return c.compile(e.arg)
  const whole = truncated(c, e)
  if (whole === null) return null
  if (from.kind === 'DECIMAL') return whole
  const { value, isNull } = c.simple(whole)
  c.emit(`if ${parenthesised(allOf([`!(${value} <= ${NARROW_MAX} && ${value} >= -${NARROW_MAX})`, not(isNull)]))} ${c.bail}`)
  return { value, isNull, representation: 'number', bound: NARROW_MAX }
}

function toDecimal(c: RowCompiler, e: CastExpression, to: Extract<DataType, { kind: 'DECIMAL' }>): Operand | null {
  const from = e.arg.type
  if (!isInteger(from) && from.kind !== 'DECIMAL') return null
  const digits = to.scale - (from.kind === 'DECIMAL' ? from.scale : 0)
  if (Math.abs(digits) > 15) return null
  const limit = narrowLimit(to.precision)
  if (digits >= 0) return shifted(c, c.compile(e.arg), digits, limit)
  const arg = c.simple(c.compile(e.arg))
  const t = c.name()
  c.emit(`const ${t} = ${c.constant(divideHalfUpNarrow)}(${arg.value}, ${10 ** -digits})`)
  return limited(c, t, arg.isNull, Math.ceil((arg.bound ?? NARROW_MAX) / 10 ** -digits), limit)
}

function toDouble(c: RowCompiler, e: CastExpression): Operand | null {
  const from = e.arg.type
  switch (from.kind) {
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'FLOAT': case 'DOUBLE': return mapped(c, e, (value) => value)
    case 'BIGINT': return mapped(c, e, (value) => (c.wide ? `Number(${value})` : value))
    // Numerator and power are exact doubles, so that the one division rounds correctly.
    case 'DECIMAL': return c.wide || from.scale > 22 ? null : mapped(c, e, (value) => (from.scale === 0 ? value : `(${value} / 1e${from.scale})`))
    default: return null
  }
}

const PRECISION_MICROS = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1]

function toTimestamp(c: RowCompiler, e: CastExpression, to: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>): Operand | null {
  const from = e.arg.type
  const sameClock = from.kind === to.kind || c.context.timeZone === 'UTC'
  if (from.kind === 'DATE' && (to.kind === 'TIMESTAMP' || sameClock)) return mapped(c, e, (value) => `(${value} * 86400000000)`)
  if ((from.kind !== 'TIMESTAMP' && from.kind !== 'TIMESTAMP_LTZ') || !sameClock) return null
  const unit = PRECISION_MICROS[to.precision] ?? 1
  return mapped(c, e, (value) => (unit === 1 ? value : `${c.constant(floorTo)}(${value}, ${unit})`))
}
