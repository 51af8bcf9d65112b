import { asciiOf } from './utf8-text.js'

/**
 * Numbers out of text, byte by byte. {@link scanNumber} takes the text apart, the others make a value of what it found.
 *
 * Two grammars: `strict` is JSON's; the lenient one is that of SQL's casts: blanks around, `+5`, `.5`, `5.`, `007`.
 */

/** What {@link scanNumber} found: one cell, overwritten by the next call. value = ±mantissa · 10^exponent. */
export interface ScannedNumber {
  negative: boolean
  /** All significant digits as a whole number: exact if `digits` ≤ 15, otherwise not to be used. */
  mantissa: number
  /** Significant digits: leading zeros do not count. */
  digits: number
  exponent: number
  /** The text without surrounding blanks. */
  start: number
  end: number
}

const scanned: ScannedNumber = { negative: false, mantissa: 0, digits: 0, exponent: 0, start: 0, end: 0 }

/** Powers of ten that doubles hold exactly. */
export const POWERS_OF_TEN: Float64Array = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

const BIG_POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 80 }, (_, i) => 10n ** BigInt(i))

/** Exponents are cut off here: far beyond every type's range, and small enough to calculate with. */
const EXPONENT_MAX = 100_000

/** Takes a number apart; null if the text is none. The result is valid until the next call. */
export function scanNumber(bytes: Uint8Array, start: number, end: number, strict: boolean): ScannedNumber | null {
  let p = start
  if (!strict) {
    while (p < end && bytes[p] === 32) p++
    while (end > p && bytes[end - 1] === 32) end--
  }
  const from = p
  let negative = false
  if (p < end && (bytes[p] === 45 || (!strict && bytes[p] === 43))) negative = bytes[p++] === 45
  let mantissa = 0
  let digits = 0
  const whole = p
  let digit: number
  while (p < end && (digit = bytes[p]! ^ 48) < 10) {
    mantissa = mantissa * 10 + digit
    if (digits > 0 || digit > 0) digits++
    p++
  }
  const wholeDigits = p - whole
  if (strict && (wholeDigits === 0 || (wholeDigits > 1 && bytes[whole] === 48))) return null
  let exponent = 0
  if (p < end && bytes[p] === 46) {
    const fraction = ++p
    while (p < end && (digit = bytes[p]! ^ 48) < 10) {
      mantissa = mantissa * 10 + digit
      if (digits > 0 || digit > 0) digits++
      p++
    }
    exponent = fraction - p
    if (strict ? exponent === 0 : wholeDigits - exponent === 0) return null
  } else if (wholeDigits === 0) {
    return null
  }
  if (p < end && (bytes[p]! | 32) === 101) {
    p++
    let down = false
    if (p < end && (bytes[p] === 45 || bytes[p] === 43)) down = bytes[p++] === 45
    const power = p
    let value = 0
    while (p < end && (digit = bytes[p]! ^ 48) < 10) {
      if (value < EXPONENT_MAX) value = value * 10 + digit
      p++
    }
    if (p === power) return null
    exponent += down ? -value : value
  }
  if (p !== end) return null
  scanned.negative = negative
  scanned.mantissa = mantissa
  scanned.digits = digits
  scanned.exponent = exponent
  scanned.start = from
  scanned.end = end
  return scanned
}

/**
 * The nearest double. Up to 15 digits and 10^±22 one exact division or multiplication rounds correctly (Clinger);
 * past that JavaScript's own conversion does.
 */
export function doubleOf(number: ScannedNumber, bytes: Uint8Array): number {
  const { mantissa, exponent } = number
  let value: number
  if (number.digits <= 15 && exponent >= -22 && exponent <= 22) {
    value = exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!
    return number.negative ? -value : value
  }
  return Number(asciiOf(bytes, number.start, number.end))
}

/**
 * The number times 10^scale as a whole number, exact: a number if it is safe, else a bigint. Digits past the scale round
 * half away from zero, or are refused.
 *
 * @param digitsMax digits of the result at most
 * @returns `'range'` past that, `'fraction'` if `round` is false and digits other than 0 are past the scale
 */
export function exactOf(
  number: ScannedNumber, bytes: Uint8Array, scale: number, digitsMax: number, round: boolean,
): number | bigint | 'range' | 'fraction' {
  if (number.digits === 0) return 0
  const shift = number.exponent + scale
  if (number.digits + shift > digitsMax) return 'range'
  if (number.digits <= 15 && shift <= 0 && shift >= -22) {
    if (shift === 0) return number.negative ? -number.mantissa : number.mantissa
    const power = POWERS_OF_TEN[-shift]!
    let quotient = Math.floor(number.mantissa / power)
    // The division may round up to the next whole number; the product of the true quotient is exact, that of a wrong one exceeds.
    if (quotient * power > number.mantissa) quotient--
    const rest = number.mantissa - quotient * power
    if (rest !== 0 && !round) return 'fraction'
    if (rest * 2 >= power) quotient++
    return limited(number.negative && quotient !== 0 ? -quotient : quotient, digitsMax)
  }
  if (number.digits + shift <= 15 && shift > 0 && number.digits <= 15) {
    const value = number.mantissa * POWERS_OF_TEN[shift]!
    return number.negative ? -value : value
  }
  return longExactOf(number, bytes, shift, digitsMax, round)
}

function limited(value: number, digitsMax: number): number | 'range' {
  return digitsMax <= 15 && Math.abs(value) >= POWERS_OF_TEN[digitsMax]! ? 'range' : value
}

function longExactOf(
  number: ScannedNumber, bytes: Uint8Array, shift: number, digitsMax: number, round: boolean,
): number | bigint | 'range' | 'fraction' {
  // Below a tenth of the last place nothing is left; the shortcut also keeps absurd exponents away from the powers.
  if (number.digits + shift < 0) return round ? 0 : 'fraction'
  const text = asciiOf(bytes, number.start, number.end)
  const power = text.search(/[eE]/)
  const digits = (power < 0 ? text : text.slice(0, power)).replace(/^[+-]/, '').replace('.', '')
  let value: bigint
  if (shift >= 0) {
    value = BigInt(digits) * bigPowerOfTen(shift)
  } else {
    const kept = digits.length + shift
    const cut = kept > 0 ? digits.slice(kept) : digits.padStart(-shift, '0')
    value = kept > 0 ? BigInt(digits.slice(0, kept)) : 0n
    if (!round && /[1-9]/.test(cut)) return 'fraction'
    if (cut.charCodeAt(0) >= 53) value++
  }
  if (value >= bigPowerOfTen(digitsMax)) return 'range'
  if (number.negative) value = -value
  const narrow = Number(value)
  return Number.isSafeInteger(narrow) ? narrow : value
}

function bigPowerOfTen(exponent: number): bigint {
  return BIG_POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent)
}
