/**
 * Decimals as unscaled bigints: 12.30 with scale 2 is 1230n. Rounding is half up, away from zero (2.5 → 3, −2.5 → −3).
 */

const POWERS: bigint[] = Array.from({ length: 80 }, (_, n) => 10n ** BigInt(n))

/** 10ⁿ, n ≥ 0. */
export function powerOf10(n: number): bigint {
  return POWERS[n] ?? 10n ** BigInt(n)
}

/** a ÷ b rounded half up, away from zero. `b` must not be 0. */
export function divideHalfUp(a: bigint, b: bigint): bigint {
  const quotient = a / b
  const rest = a - quotient * b
  if (rest === 0n) return quotient
  const twice = rest < 0n ? -rest * 2n : rest * 2n
  if (twice < (b < 0n ? -b : b)) return quotient
  return a < 0n === b < 0n ? quotient + 1n : quotient - 1n
}

/** The same number at another scale, rounded half up where digits are lost. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (from === to) return unscaled
  return from < to ? unscaled * powerOf10(to - from) : divideHalfUp(unscaled, powerOf10(from - to))
}

/** Does the unscaled value have at most `precision` digits? */
export function fitsPrecision(unscaled: bigint, precision: number): boolean {
  const limit = powerOf10(precision)
  return unscaled < limit && unscaled > -limit
}

/** a ÷ b of scales `scaleA`, `scaleB` at scale `scale`, rounded half up. `b` must not be 0. */
export function divideDecimal(a: bigint, scaleA: number, b: bigint, scaleB: number, scale: number): bigint {
  const shift = scale - scaleA + scaleB
  return shift >= 0 ? divideHalfUp(a * powerOf10(shift), b) : divideHalfUp(a, b * powerOf10(-shift))
}

export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString()
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** A decimal number as it was written: `unscaled · 10^−scale`; `scale` is negative for `1e5`. */
export interface ParsedDecimal {
  readonly unscaled: bigint
  readonly scale: number
}

const DECIMAL_TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/

/** Digits of a text that are read. More change no result of at most 38 digits, and making a number of a million takes seconds. */
const DIGITS_READ_MAX = 1_000

/** Reads `-12.30`, `.5`, `1e3`; `null` where the text (trimmed by the caller) is no number. */
export function parseDecimal(text: string): ParsedDecimal | null {
  const match = DECIMAL_TEXT.exec(text)
  if (match === null) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return null
  const digits = whole.length + fraction.length <= DIGITS_READ_MAX ? whole + fraction : (whole + fraction).replace(/^0+(?=\d)/, '')
  const unread = Math.max(0, digits.length - DIGITS_READ_MAX)
  const magnitude = BigInt(unread === 0 ? digits : digits.slice(0, DIGITS_READ_MAX))
  return { unscaled: sign === '-' ? -magnitude : magnitude, scale: fraction.length - Number(exponent) - unread }
}

/**
 * The parsed number at `scale`, rounded half up; `undefined` where it has more than `precision` digits. Never builds
 * a number much larger than that, whatever the exponent.
 */
export function decimalAt(parsed: ParsedDecimal, precision: number, scale: number): bigint | undefined {
  if (parsed.unscaled === 0n) return 0n
  const shift = scale - parsed.scale
  if (shift > precision) return undefined
  const digits = parsed.unscaled.toString().length
  if (-shift > digits) return 0n
  const unscaled = rescale(parsed.unscaled, parsed.scale, scale)
  return fitsPrecision(unscaled, precision) ? unscaled : undefined
}

const EXACT_DOUBLE_POWERS = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))

/** The nearest double. */
export function decimalToNumber(unscaled: bigint, scale: number): number {
  // Both operands are exact doubles, so the one division rounds correctly.
  if (scale <= 22 && unscaled <= 9007199254740991n && unscaled >= -9007199254740991n) return Number(unscaled) / EXACT_DOUBLE_POWERS[scale]!
  return Number(formatDecimal(unscaled, scale))
}

/**
 * A double as a decimal: its shortest round-trip digits (0.1 is 0.1, not 0.1000000000000000055…) at `scale`, rounded
 * half up; `undefined` for NaN, infinities and what has more than `precision` digits.
 */
export function numberToDecimal(value: number, precision: number, scale: number): bigint | undefined {
  if (!Number.isFinite(value)) return undefined
  return decimalAt(parseDecimal(String(value))!, precision, scale)
}
