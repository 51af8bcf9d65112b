import { NARROW_MAX } from '../limits.js'
import type { DataType } from '../types/data-type.js'
import { overflow } from '../types/number-range.js'

/** Exact arithmetic on safe integers in doubles, as generated code calls it where an operation is more than an operator. */

/** The largest unscaled value of DECIMAL(precision, …) that is narrow. */
export function narrowLimit(precision: number): number {
  return precision >= 16 ? NARROW_MAX : 10 ** precision - 1
}

/** a ÷ b rounded half up, away from zero. `b` is not 0. */
export function divideHalfUpNarrow(a: number, b: number): number {
  const rest = a % b
  const quotient = (a - rest) / b
  if (Math.abs(rest) * 2 < Math.abs(b)) return quotient + 0
  return a < 0 === b < 0 ? quotient + 1 : quotient - 1
}

/**
 * a · 10^digits ÷ b rounded half up, by long division, three digits at a time; NaN where the result or something on the
 * way to it is no safe integer. `b` is not 0.
 */
export function divideScaledNarrow(a: number, b: number, digits: number): number {
  let rest = a % b
  let quotient = (a - rest) / b
  for (let left = digits; left > 0; left -= 3) {
    const unit = left >= 3 ? 1000 : left === 2 ? 100 : 10
    const dividend = rest * unit
    if (dividend > NARROW_MAX || dividend < -NARROW_MAX) return NaN
    rest = dividend % b
    quotient = quotient * unit + (dividend - rest) / b
    if (quotient > NARROW_MAX || quotient < -NARROW_MAX) return NaN
  }
  if (Math.abs(rest) * 2 < Math.abs(b)) return quotient + 0
  return a < 0 === b < 0 ? quotient + 1 : quotient - 1
}

const overflows = new Map<string, (value: number) => never>()

/** Throws NUMERIC_OVERFLOW for one integer type; the same function each time. */
export function overflowOf(type: DataType): (value: number) => never {
  let throwing = overflows.get(type.kind)
  if (throwing === undefined) {
    throwing = (value) => overflow(value, type)
    overflows.set(type.kind, throwing)
  }
  return throwing
}

// a ÷ b made whole in the other ways; `b` is positive.

export function truncateNarrow(a: number, b: number): number {
  return (a - (a % b)) / b + 0
}

export function floorNarrow(a: number, b: number): number {
  const rest = a % b
  return rest < 0 ? (a - rest) / b - 1 : (a - rest) / b + 0
}

export function ceilNarrow(a: number, b: number): number {
  const rest = a % b
  return rest > 0 ? (a - rest) / b + 1 : (a - rest) / b + 0
}
