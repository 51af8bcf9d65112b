import { MillraceError } from '../errors.js'
import { fitsPrecision, formatDecimal } from './decimal.js'
import { typeName } from './data-type.js'
import type { DataType } from './data-type.js'

/** The ranges of the number types and the error for leaving them. */

export const BIGINT_MIN = -9223372036854775808n
export const BIGINT_MAX = 9223372036854775807n

const RANGES = { TINYINT: [-128, 127], SMALLINT: [-32768, 32767], INT: [-2147483648, 2147483647] } as const

/** The bounds of TINYINT, SMALLINT and INT. */
export function smallIntegerRange(kind: 'TINYINT' | 'SMALLINT' | 'INT'): readonly [min: number, max: number] {
  return RANGES[kind]
}

/** @throws always: NUMERIC_OVERFLOW, naming the value and the type */
export function overflow(value: string | number | bigint, type: DataType): never {
  throw new MillraceError('NUMERIC_OVERFLOW', `${value} is out of the range of ${typeName(type)}`)
}

/** @throws always: DIVISION_BY_ZERO */
export function divisionByZero(): never {
  throw new MillraceError('DIVISION_BY_ZERO', 'division by zero')
}

export function checkBigint(value: bigint, type: DataType): bigint {
  if (value > BIGINT_MAX || value < BIGINT_MIN) overflow(value, type)
  return value
}

/** `value` unscaled, of a DECIMAL type. */
export function checkDecimal(value: bigint, type: Extract<DataType, { kind: 'DECIMAL' }>): bigint {
  if (!fitsPrecision(value, type.precision)) overflow(formatDecimal(value, type.scale), type)
  return value
}
