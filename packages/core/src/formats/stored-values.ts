import { NARROW_MAX } from '../limits.js'
import type { DataType, Value } from '../types/data-type.js'
import { typeName } from '../types/data-type.js'
import { fitsPrecision, powerOf10, rescale } from '../types/decimal.js'
import { RecordFault } from './record-fault.js'
import { toPrecision } from './time-text.js'

/**
 * Numbers of binary formats in the form that column buffers hold (*stored*): booleans 0 or 1, BIGINT and unscaled DECIMAL as a number while
 * that is a safe integer and else a bigint, all others numbers. Out of its type's range a number is a fault of its record.
 */

/** Types that an integer becomes without loss of meaning. */
export type IntegerTarget = Extract<DataType, { kind: 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT' | 'FLOAT' | 'DOUBLE' | 'DECIMAL' }>

const RANGES: Readonly<Record<'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT', readonly [number | bigint, number | bigint]>> = {
  TINYINT: [-128, 127], SMALLINT: [-32_768, 32_767], INT: [-2_147_483_648, 2_147_483_647], BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
}

export function isIntegerTarget(type: DataType): type is IntegerTarget {
  return type.kind in RANGES || type.kind === 'FLOAT' || type.kind === 'DOUBLE' || type.kind === 'DECIMAL'
}

/** @throws RecordFault */
export function storedInteger(column: string, type: IntegerTarget, value: number | bigint): number | bigint {
  switch (type.kind) {
    case 'FLOAT': return Math.fround(Number(value))
    case 'DOUBLE': return Number(value)
    case 'DECIMAL': return storedDecimal(column, type, value, 0)
    default: {
      const [least, most] = RANGES[type.kind]
      if (value < least || value > most) throw outOfRange(column, type, value)
      return value
    }
  }
}

/** @throws RecordFault */
export function storedDouble(column: string, type: Extract<DataType, { kind: 'FLOAT' | 'DOUBLE' }>, value: number): number {
  if (type.kind === 'DOUBLE') return value
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded) && Number.isFinite(value)) throw outOfRange(column, type, value)
  return rounded
}

/** Digits that the type has no room for behind the point are rounded half away from zero. @throws RecordFault */
export function storedDecimal(
  column: string, type: Extract<DataType, { kind: 'DECIMAL' }>, unscaled: number | bigint, scale: number,
): number | bigint {
  if (typeof unscaled === 'number' && scale === type.scale && Math.abs(unscaled) < 10 ** Math.min(type.precision, 15)) return unscaled
  const value = rescale(BigInt(unscaled), scale, type.scale)
  if (!fitsPrecision(value, type.precision)) throw outOfRange(column, type, unscaled)
  return narrowed(value)
}

/** Microseconds of year 1 and of the end of year 9999. */
const MICROS_MIN = -62_135_596_800_000_000
const MICROS_MAX = 253_402_300_800_000_000
const DAYS_MIN = -719_162
const DAYS_MAX = 2_932_896
const MICROS_PER_DAY = 86_400_000_000

/**
 * @param value counts units of 10^unitScale microseconds since 1970: 6 seconds, 3 milliseconds, 0 microseconds, −3 nanoseconds
 * @throws RecordFault
 */
export function storedTimestamp(
  column: string, type: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>, value: number | bigint, unitScale: number,
): number {
  const micros = unitScale >= 0 ? Number(value) * 10 ** unitScale : Number(floorDivide(BigInt(value), powerOf10(-unitScale)))
  if (!(micros >= MICROS_MIN && micros < MICROS_MAX)) throw outOfRange(column, type, value)
  return toPrecision(micros, type.precision)
}

/** @param days since 1970 @throws RecordFault */
export function storedDate(column: string, type: Extract<DataType, { kind: 'DATE' }>, days: number | bigint): number {
  if (!(days >= DAYS_MIN && days <= DAYS_MAX)) throw outOfRange(column, type, days)
  return Number(days)
}

/** @param value since midnight, in units as of {@link storedTimestamp} @throws RecordFault */
export function storedTime(column: string, type: Extract<DataType, { kind: 'TIME' }>, value: number | bigint, unitScale: number): number {
  const micros = unitScale >= 0 ? Number(value) * 10 ** unitScale : Number(floorDivide(BigInt(value), powerOf10(-unitScale)))
  if (!(micros >= 0 && micros < MICROS_PER_DAY)) throw outOfRange(column, type, value)
  return toPrecision(micros, type.precision)
}

/** The other way round: a number, date or boolean inside of an ARRAY, MAP or ROW as it is stored in a column. */
export function storedOfValue(value: Exclude<Value, null>): number | bigint {
  return typeof value === 'bigint' ? narrowed(value) : Number(value)
}

export function narrowed(value: bigint): number | bigint {
  return value >= -BigInt(NARROW_MAX) && value <= BigInt(NARROW_MAX) ? Number(value) : value
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient
}

function outOfRange(column: string, type: DataType, value: number | bigint): RecordFault {
  return new RecordFault('NUMERIC_OVERFLOW', `column \`${column}\`: ${value} is out of the range of ${typeName(type)}`)
}
