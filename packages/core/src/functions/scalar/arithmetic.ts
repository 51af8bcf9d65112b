import { INT, isNumeric } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { divideDecimal, rescale } from '../../types/decimal.js'
import { checkBigint, checkDecimal, divisionByZero, overflow, smallIntegerRange } from '../../types/number-range.js'
import { asDecimal, boundedDecimal, commonType } from '../coercion.js'
import type { ResolvedTypes, ScalarFunction, ScalarOverload } from '../function.js'
import { ANY_APPROXIMATE, ANY_DECIMAL, ANY_INTEGER, NUMBER, overload } from '../signature.js'
import type { Parameter } from '../signature.js'
import { intervalDivision, intervalProduct, temporalDifference, temporalSum } from './temporal-arithmetic.js'

type Decimal = Extract<DataType, { kind: 'DECIMAL' }>
type SmallInteger = Extract<DataType, { kind: 'TINYINT' | 'SMALLINT' | 'INT' }>
type BinaryOperator = '+' | '-' | '*' | '/' | '%'

/** The type of `a op b` for DECIMALs, by the rules of Flink. */
export function decimalResult(op: BinaryOperator, a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  switch (op) {
    case '+': case '-': return boundedDecimal(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)
    case '*': return boundedDecimal(a.precision + b.precision + 1, a.scale + b.scale)
    case '/': {
      const quotientScale = Math.max(6, a.scale + b.precision + 1)
      return boundedDecimal(a.precision - a.scale + b.scale + quotientScale, quotientScale)
    }
    case '%': return boundedDecimal(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale)
  }
}

/** A bare NULL stays one until the other operand gives it a type. */
const OPERAND: Parameter = { label: 'number', accept: (t) => (isNumeric(t) || t.kind === 'NULL' ? t : null) }

function decimalOf(type: DataType, other: DataType): DataType {
  return type.kind === 'NULL' ? other : asDecimal(type)
}

/** Integers with integers stay integers; with a DECIMAL they take part as one; with a FLOAT or DOUBLE all are DOUBLE. */
function numericOverload(op: BinaryOperator): ScalarOverload {
  return overload({
    args: [OPERAND, OPERAND],
    unify: ([a, b]) => {
      const common = commonType([a!, b!])!
      if (common.kind === 'NULL') return [INT, INT]
      return common.kind === 'DECIMAL' ? [decimalOf(a!, common), decimalOf(b!, common)] : [common, common]
    },
    returns: ([a, b]) => (a!.kind === 'DECIMAL' ? decimalResult(op, a!, b as Decimal) : a!),
    returnsLabel: 'number',
    make: (types) => (types.returns.kind === 'DECIMAL' ? decimalOperation(op, types) : plainOperation(op, types.returns)),
  })
}

function decimalOperation(op: BinaryOperator, types: ResolvedTypes): (a: bigint, b: bigint) => bigint {
  const [{ scale: scaleA }, { scale: scaleB }] = types.args as [Decimal, Decimal]
  const result = types.returns as Decimal
  const scale = Math.max(scaleA, scaleB)
  switch (op) {
    case '+': return (a, b) => checkDecimal(rescale(rescale(a, scaleA, scale) + rescale(b, scaleB, scale), scale, result.scale), result)
    case '-': return (a, b) => checkDecimal(rescale(rescale(a, scaleA, scale) - rescale(b, scaleB, scale), scale, result.scale), result)
    case '*': return (a, b) => checkDecimal(rescale(a * b, scaleA + scaleB, result.scale), result)
    case '/': return (a, b) => (b === 0n ? divisionByZero() : checkDecimal(divideDecimal(a, scaleA, b, scaleB, result.scale), result))
    case '%': return (a, b) => {
      if (b === 0n) return divisionByZero()
      return checkDecimal(rescale(rescale(a, scaleA, scale) % rescale(b, scaleB, scale), scale, result.scale), result)
    }
  }
}

function plainOperation(op: BinaryOperator, type: DataType): (a: any, b: any) => Value {
  switch (type.kind) {
    case 'BIGINT': return bigintOperation(op, type)
    case 'DOUBLE': return doubleOperation(op)
    case 'FLOAT': {
      const operation = doubleOperation(op)
      return (a: number, b: number) => Math.fround(operation(a, b))
    }
    default: return smallIntegerOperation(op, type as SmallInteger)
  }
}

function bigintOperation(op: BinaryOperator, type: DataType): (a: bigint, b: bigint) => bigint {
  switch (op) {
    case '+': return (a, b) => checkBigint(a + b, type)
    case '-': return (a, b) => checkBigint(a - b, type)
    case '*': return (a, b) => checkBigint(a * b, type)
    case '/': return (a, b) => (b === 0n ? divisionByZero() : checkBigint(a / b, type))
    case '%': return (a, b) => (b === 0n ? divisionByZero() : a % b)
  }
}

function doubleOperation(op: BinaryOperator): (a: number, b: number) => number {
  switch (op) {
    case '+': return (a, b) => a + b
    case '-': return (a, b) => a - b
    case '*': return (a, b) => a * b
    case '/': return (a, b) => a / b
    case '%': return (a, b) => a % b
  }
}

/** Products of two 32-bit integers may be rounded as doubles, but those that are lie far outside the range. */
function smallIntegerOperation(op: BinaryOperator, type: SmallInteger): (a: number, b: number) => number {
  const [min, max] = smallIntegerRange(type.kind)
  const check = (value: number): number => (value >= min && value <= max ? value : overflow(value, type))
  switch (op) {
    case '+': return (a, b) => check(a + b)
    case '-': return (a, b) => check(a - b)
    case '*': return (a, b) => check(a * b) + 0
    case '/': return (a, b) => (b === 0 ? divisionByZero() : check(Math.trunc(a / b)) + 0)
    case '%': return (a, b) => (b === 0 ? divisionByZero() : (a % b) + 0)
  }
}

const negation: readonly ScalarOverload[] = [
  overload({
    args: [ANY_INTEGER], returns: ([a]) => a!, returnsLabel: 'integer',
    make: ({ returns }) => {
      if (returns.kind === 'BIGINT') return (a: bigint) => checkBigint(-a, returns)
      const subtract = smallIntegerOperation('-', returns as SmallInteger)
      return (a: number) => subtract(0, a)
    },
  }),
  overload({ args: [ANY_DECIMAL], returns: ([a]) => a!, returnsLabel: 'DECIMAL', call: (a: bigint) => -a }),
  overload({ args: [ANY_APPROXIMATE], returns: ([a]) => a!, returnsLabel: 'DOUBLE', call: (a: number) => -a }),
  overload({
    args: [{ label: 'INTERVAL', accept: (t) => (t.kind === 'INTERVAL_MONTH' || t.kind === 'INTERVAL_SECOND' ? t : null) }],
    returns: ([a]) => a!, returnsLabel: 'INTERVAL', call: (a: number) => 0 - a,
  }),
]

export const arithmetic: readonly ScalarFunction[] = [
  {
    name: '+', category: 'operator', doc: 'Sum; of a date or timestamp and an interval, the later one.',
    overloads: [numericOverload('+'), ...temporalSum],
  },
  {
    name: '-', category: 'operator', doc: 'Difference; of two timestamps, the interval between them.',
    overloads: [numericOverload('-'), ...temporalDifference],
  },
  { name: '*', category: 'operator', doc: 'Product.', overloads: [numericOverload('*'), ...intervalProduct] },
  {
    name: '/', category: 'operator', doc: 'Quotient; of integers truncated towards zero.',
    overloads: [numericOverload('/'), intervalDivision],
  },
  {
    name: '%', aliases: ['mod'], category: 'operator', doc: 'Remainder, with the sign of the dividend.',
    overloads: [numericOverload('%')],
  },
  { name: 'neg', category: 'operator', doc: 'The unary minus.', overloads: negation },
  {
    name: 'pos', category: 'operator', doc: 'The unary plus.',
    overloads: [overload({ args: [NUMBER], returns: ([a]) => a!, returnsLabel: 'number', call: (a: Value) => a })],
  },
  {
    name: 'div', category: 'numeric', doc: 'Quotient of whole numbers, truncated towards zero.',
    overloads: [overload({
      args: [ANY_INTEGER, ANY_INTEGER],
      unify: (args) => { const common = commonType(args)!; return [common, common] },
      returns: ([a]) => a!, returnsLabel: 'integer', make: ({ returns }) => plainOperation('/', returns),
    })],
  },
]
