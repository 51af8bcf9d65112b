import { NARROW_MAX } from '../limits.js'
import { isTimestamp } from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { divisionByZero, smallIntegerRange } from '../types/number-range.js'
import type { Emitter, EmitterTable } from './emitter.js'
import { divideScaledNarrow, narrowLimit, overflowOf } from './narrow-arithmetic.js'
import { allOf, anyOf, not, parenthesised } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/**
 * Text for `+ - * / %` and the unary minus. `a * b` over narrow BIGINT columns, a with NULLs:
 *
 * ```js
 * const t1 = c0_values[i] * c1_values[i] + 0
 * if ((t1 > 9007199254740991 || t1 < -9007199254740991) && !(c0_nulls[i] !== 0)) return i
 * ```
 *
 * The value beside a NULL takes part, so that there is no branch for it; only the check asks. `+ 0` makes 0 of −0. A
 * check is left out where the magnitudes of the operands exclude it (INT times INT as BIGINT). DOUBLE has no checks and
 * stays one expression. Wide numbers have no text here: their functions are called.
 */
export const arithmeticEmitters: EmitterTable = {
  '+': binary('+'),
  '-': binary('-'),
  '*': binary('*'),
  '/': binary('/'),
  '%': binary('%'),
  neg: (c, e) => {
    const kind = e.type.kind
    if (e.args[0]!.type.kind !== kind) return null
    if (kind === 'DOUBLE' || kind === 'FLOAT') return negated(c.compile(e.args[0]!), '-')
    if (c.wide && (kind === 'BIGINT' || kind === 'DECIMAL')) return null
    const arg = c.compile(e.args[0]!)
    if (kind === 'INT' || kind === 'SMALLINT' || kind === 'TINYINT') return small(c, kind, '-', { value: '0', isNull: 'false', representation: 'number', bound: 0 }, arg)
    return negated(arg, '0 - ')
  },
}

type BinaryOperator = '+' | '-' | '*' | '/' | '%'
type SmallInteger = 'TINYINT' | 'SMALLINT' | 'INT'
type Decimal = Extract<DataType, { kind: 'DECIMAL' }>

function negated(arg: Operand, minus: string): Operand {
  const { value, isNull, bound } = arg
  return { value: `(${minus}${value})`, isNull, representation: 'number', ...(bound === undefined ? {} : { bound }) }
}

function binary(op: BinaryOperator): Emitter {
  return (c, e) => {
    const [x, y] = e.args.map((arg) => arg.type) as [DataType, DataType]
    if (isTemporal(op, x, y)) return plain(c.compile(e.args[0]!), op, c.compile(e.args[1]!))
    const { type } = e
    if (x.kind !== type.kind || y.kind !== type.kind) return null
    switch (type.kind) {
      case 'DOUBLE': return plain(c.compile(e.args[0]!), op, c.compile(e.args[1]!))
      case 'FLOAT': {
        const result = plain(c.compile(e.args[0]!), op, c.compile(e.args[1]!))
        return { ...result, value: `Math.fround${result.value}` }
      }
      case 'TINYINT': case 'SMALLINT': case 'INT': return small(c, type.kind, op, c.compile(e.args[0]!), c.compile(e.args[1]!))
      case 'BIGINT': return c.wide ? null : exact(c, op, c.compile(e.args[0]!), c.compile(e.args[1]!), NARROW_MAX)
      case 'DECIMAL': return c.wide || !hasDecimalText(op, x as Decimal, y as Decimal, type) ? null : decimal(c, op, c.compile(e.args[0]!), c.compile(e.args[1]!), x as Decimal, y as Decimal, type)
      default: return null
    }
  }
}

/** Sums and differences of moments and intervals that are those of their microseconds (or months). */
function isTemporal(op: BinaryOperator, x: DataType, y: DataType): boolean {
  if (op !== '+' && op !== '-') return false
  if (isTimestamp(x) && y.kind === 'INTERVAL_SECOND') return true
  if (x.kind === 'INTERVAL_SECOND' && isTimestamp(y)) return op === '+'
  if (isTimestamp(x) && x.kind === y.kind) return op === '-'
  return x.kind === y.kind && (x.kind === 'INTERVAL_SECOND' || x.kind === 'INTERVAL_MONTH')
}

function plain(a: Operand, op: BinaryOperator, b: Operand): Operand {
  return { value: `(${a.value} ${op} ${b.value})`, isNull: anyOf([a.isNull, b.isNull]), representation: 'number' }
}

function small(c: RowCompiler, kind: SmallInteger, op: BinaryOperator, left: Operand, right: Operand): Operand {
  const [min, max] = smallIntegerRange(kind)
  const { t, isNull, reach } = operation(c, op, left, right, 'Math.trunc')
  if (reach > max) c.emit(`if ${parenthesised(allOf([`(${t} > ${max} || ${t} < ${min})`, not(isNull)]))} ${c.constant(overflowOf({ kind }))}(${t})`)
  return { value: t, isNull, representation: 'number', bound: Math.min(reach, -min) }
}

/** @param limit the largest magnitude of the result */
function exact(c: RowCompiler, op: BinaryOperator, left: Operand, right: Operand, limit: number): Operand {
  const { t, isNull, reach } = operation(c, op, left, right, 'exact')
  return limited(c, t, isNull, reach, limit)
}

/** A narrow number that may be too large: bails where it is. */
export function limited(c: RowCompiler, t: string, isNull: string, reach: number, limit: number): Operand {
  if (reach > limit) c.emit(`if ${parenthesised(allOf([`(${t} > ${limit} || ${t} < -${limit})`, not(isNull)]))} ${c.bail}`)
  return { value: t, isNull, representation: 'number', bound: Math.min(reach, limit) }
}

/** Computes a whole number into `t`. `reach` is the largest magnitude it can have before any check. */
function operation(c: RowCompiler, op: BinaryOperator, left: Operand, right: Operand, division: 'Math.trunc' | 'exact'): { t: string; isNull: string; reach: number } {
  const a = c.simple(left)
  const b = c.simple(right)
  const isNull = c.simpleText(anyOf([a.isNull, b.isNull]))
  const t = c.name()
  const boundA = a.bound ?? NARROW_MAX
  const boundB = b.bound ?? NARROW_MAX
  switch (op) {
    case '+': case '-':
      c.emit(`const ${t} = ${a.value} ${op} ${b.value}`)
      return { t, isNull, reach: boundA + boundB }
    case '*':
      c.emit(`const ${t} = ${a.value} * ${b.value} + 0`)
      return { t, isNull, reach: boundA * boundB }
    case '/':
      checkDivisor(c, b.value, isNull)
      c.emit(`const ${t} = ${division === 'exact' ? `(${a.value} - ${a.value} % ${b.value}) / ${b.value}` : `Math.trunc(${a.value} / ${b.value})`} + 0`)
      return { t, isNull, reach: boundA }
    case '%':
      checkDivisor(c, b.value, isNull)
      c.emit(`const ${t} = ${a.value} % ${b.value} + 0`)
      return { t, isNull, reach: Math.min(boundA, boundB) }
  }
}

function checkDivisor(c: RowCompiler, divisor: string, isNull: string): void {
  if (/^\(?-?[1-9]\d*\)?$/.test(divisor)) return
  c.emit(`if ${parenthesised(allOf([`${divisor} === 0`, not(isNull)]))} ${c.constant(divisionByZero)}()`)
}

/** Powers of ten beyond this leave nothing narrow. */
const SHIFT_MAX = 15

/** Not where digits are rounded away (results of more than 38 digits). */
function hasDecimalText(op: BinaryOperator, x: Decimal, y: Decimal, type: Decimal): boolean {
  const scale = Math.max(x.scale, y.scale)
  switch (op) {
    case '+': case '-': case '%': return type.scale === scale && scale - Math.min(x.scale, y.scale) <= SHIFT_MAX
    case '*': return type.scale === x.scale + y.scale
    case '/': return type.scale - x.scale + y.scale >= 0
  }
}

function decimal(c: RowCompiler, op: BinaryOperator, left: Operand, right: Operand, x: Decimal, y: Decimal, type: Decimal): Operand {
  const limit = narrowLimit(type.precision)
  if (op === '/') return decimalQuotient(c, left, right, type.scale - x.scale + y.scale, limit)
  if (op === '*') return exact(c, op, left, right, limit)
  const scale = Math.max(x.scale, y.scale)
  return exact(c, op, shifted(c, left, scale - x.scale), shifted(c, right, scale - y.scale), limit)
}

/** A whole number times 10^digits, narrow or bailing. */
export function shifted(c: RowCompiler, operand: Operand, digits: number, limit: number = NARROW_MAX): Operand {
  const reach = (operand.bound ?? NARROW_MAX) * 10 ** digits
  if (digits === 0 && reach <= limit) return operand
  const a = c.simple(operand)
  const t = c.name()
  c.emit(`const ${t} = ${digits === 0 ? a.value : `${a.value} * ${10 ** digits}`}`)
  return limited(c, t, a.isNull, reach, limit)
}

function decimalQuotient(c: RowCompiler, left: Operand, right: Operand, digits: number, limit: number): Operand {
  const a = c.simple(left)
  const b = c.simple(right)
  const isNull = c.simpleText(anyOf([a.isNull, b.isNull]))
  checkDivisor(c, b.value, isNull)
  const t = c.name()
  c.emit(`const ${t} = ${c.constant(divideScaledNarrow)}(${a.value}, ${b.value}, ${digits})`)
  c.emit(`if ${parenthesised(allOf([`!(${t} <= ${limit} && ${t} >= -${limit})`, not(isNull)]))} ${c.bail}`)
  return { value: t, isNull, representation: 'number', bound: limit }
}
