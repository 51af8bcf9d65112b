/**
 * A number as the unevaluated sum of two doubles, about 32 decimal digits. Sums of squares are kept in it: the difference that a variance
 * is, and the taking back of rows, then lose no digits that a double would show.
 *
 * Algorithms: Dekker, "A floating-point technique for extending the available precision" (1971); Knuth's two-sum.
 */
export interface DoubleDouble {
  readonly high: number
  readonly low: number
}

export const ZERO: DoubleDouble = Object.freeze({ high: 0, low: 0 })

/** The sum of two doubles, exactly. */
export function exactSum(a: number, b: number): DoubleDouble {
  const high = a + b
  if (!Number.isFinite(high)) return { high, low: 0 }
  const part = high - a
  return { high, low: a - (high - part) + (b - part) }
}

export function plus(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const sum = exactSum(a.high, b.high)
  return exactSum(sum.high, sum.low + (a.low + b.low))
}

export function minus(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return plus(a, { high: -b.high, low: -b.low })
}

export function times(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const product = exactProduct(a.high, b.high)
  return exactSum(product.high, product.low + (a.high * b.low + a.low * b.high))
}

export function scaled(a: DoubleDouble, factor: number): DoubleDouble {
  return times(a, { high: factor, low: 0 })
}

export function dividedBy(a: DoubleDouble, divisor: number): DoubleDouble {
  const high = a.high / divisor
  if (!Number.isFinite(high)) return { high, low: 0 }
  const rest = minus(a, exactProduct(high, divisor))
  return exactSum(high, (rest.high + rest.low) / divisor)
}

/** Splits a double into two halves of 26 bits. */
const HALVES = 2 ** 27 + 1
/** Beyond it the halving overflows; a product of such numbers has no room for a second part anyway. */
const HALVED_MAX = 2 ** 996

function exactProduct(a: number, b: number): DoubleDouble {
  const high = a * b
  if (!Number.isFinite(high) || Math.abs(a) > HALVED_MAX || Math.abs(b) > HALVED_MAX) return { high, low: 0 }
  const aTop = HALVES * a - (HALVES * a - a)
  const bTop = HALVES * b - (HALVES * b - b)
  const aRest = a - aTop
  const bRest = b - bTop
  return { high, low: aTop * bTop - high + aTop * bRest + aRest * bTop + aRest * bRest }
}
