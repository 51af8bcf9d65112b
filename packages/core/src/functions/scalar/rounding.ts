import { decimal, DECIMAL_PRECISION_MAX } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { divideHalfUp, parseDecimal, powerOf10, rescale } from '../../types/decimal.js'
import { checkBigint, checkDecimal, overflow, smallIntegerRange } from '../../types/number-range.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { INTEGER, NUMBER, overload } from '../signature.js'

/** Rounding to whole numbers or to digits; of decimals always exact, of doubles by their shortest decimal digits. */

type Decimal = Extract<DataType, { kind: 'DECIMAL' }>

/** How a quotient is made whole: `b` is positive. */
type Divide = (a: bigint, b: bigint) => bigint

const truncated: Divide = (a, b) => a / b
const floored: Divide = (a, b) => (a < 0n && a % b !== 0n ? a / b - 1n : a / b)
const ceiled: Divide = (a, b) => (a > 0n && a % b !== 0n ? a / b + 1n : a / b)

/** The type of a decimal made whole: one digit more, for 9.9 → 10. */
function wholeType(type: Decimal): Decimal {
  return decimal(Math.min(DECIMAL_PRECISION_MAX, type.precision - type.scale + 1), 0) as Decimal
}

function resultType(type: DataType): DataType {
  return type.kind === 'DECIMAL' ? wholeType(type) : type
}

function toWhole(divide: Divide, plain: (value: number) => number): ScalarOverload {
  return overload({
    args: [NUMBER], returns: ([a]) => resultType(a!), returnsLabel: 'number',
    make: ({ args, returns }) => {
      const [type] = args as [DataType]
      if (type.kind === 'FLOAT' || type.kind === 'DOUBLE') return plain
      if (type.kind !== 'DECIMAL') return (value: Value) => value
      const unit = powerOf10(type.scale)
      return (value: bigint) => checkDecimal(divide(value, unit), returns as Decimal)
    },
  })
}

/** With a number of digits; the type stays, but a decimal gets room for a carry. */
function toDigits(divide: Divide): ScalarOverload {
  return overload({
    args: [NUMBER, INTEGER],
    returns: ([a]) => (a!.kind === 'DECIMAL' ? decimal(Math.min(DECIMAL_PRECISION_MAX, a!.precision + 1), a!.scale) : a!),
    returnsLabel: 'number',
    make: ({ args, returns }) => {
      const [type] = args as [DataType]
      switch (type.kind) {
        case 'FLOAT': return (value: number, digits: number) => Math.fround(doubleToDigits(value, digits, divide))
        case 'DOUBLE': return (value: number, digits: number) => doubleToDigits(value, digits, divide)
        case 'DECIMAL': return (value: bigint, digits: number) =>
          checkDecimal(exactToDigits(value, type.scale, digits, divide), returns as Decimal)
        case 'BIGINT': return (value: bigint, digits: number) => checkBigint(exactToDigits(value, 0, digits, divide), type)
        default: {
          const [min, max] = smallIntegerRange(type.kind as 'INT')
          return (value: number, digits: number) => {
            const rounded = Number(exactToDigits(BigInt(value), 0, digits, divide))
            return rounded >= min && rounded <= max ? rounded : overflow(rounded, type)
          }
        }
      }
    },
  })
}

/** Keeps the scale: 2.345 to two digits is 2.350 at scale 3. */
function exactToDigits(unscaled: bigint, scale: number, digits: number, divide: Divide): bigint {
  const dropped = scale - digits
  if (dropped <= 0) return unscaled
  if (dropped > 80) return 0n
  const unit = powerOf10(dropped)
  return divide(unscaled, unit) * unit
}

/** By the digits that print: 2.675 to two digits is 2.68 although the double lies a little below. */
function doubleToDigits(value: number, digits: number, divide: Divide): number {
  if (!Number.isFinite(value) || digits > 323) return value
  if (digits < -308) return 0
  const parsed = parseDecimal(String(value))!
  const scale = Math.max(parsed.scale, 0)
  const rounded = exactToDigits(rescale(parsed.unscaled, parsed.scale, scale), scale, digits, divide)
  const magnitude = Number(`${rounded}e-${scale}`)
  return magnitude === 0 ? 0 : magnitude
}

/** Half away from zero; `Math.round` takes −2.5 to −2. */
function roundDouble(value: number): number {
  const whole = Math.trunc(value)
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole + 0
}

export const roundings: readonly ScalarFunction[] = [
  {
    name: 'round', category: 'numeric',
    doc: 'The nearest whole number, or number of so many digits after the point; halves go away from zero.',
    overloads: [toWhole(divideHalfUp, roundDouble), toDigits(divideHalfUp)],
  },
  {
    name: 'truncate', aliases: ['trunc'], category: 'numeric', doc: 'The number without its fraction, or with so many digits of it.',
    overloads: [toWhole(truncated, (value) => Math.trunc(value) + 0), toDigits(truncated)],
  },
  {
    name: 'ceil', aliases: ['ceiling'], category: 'numeric',
    doc: 'The least whole number that is not below; of a time, the next full unit.',
    overloads: [toWhole(ceiled, (value) => Math.ceil(value) + 0)],
  },
  {
    name: 'floor', category: 'numeric', doc: 'The greatest whole number that is not above; of a time, the last full unit.',
    overloads: [toWhole(floored, (value) => Math.floor(value) + 0)],
  },
]
