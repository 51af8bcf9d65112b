import { unreachable } from '../errors.js'
import type { DataType, Value } from '../types/data-type.js'
import { doubleOf, exactOf, scanNumber } from './number-text.js'
import { notOfType, outOfRange, undecodable } from './record-fault.js'
import { parseDate, parseTime, parseTimestamp, toPrecision } from './time-text.js'
import { asciiOf } from './utf8-text.js'

/** Types whose values are one text or number: all but STRING, BYTES, ARRAY, MAP and ROW. */
export type ScalarType = Exclude<DataType, {
  kind: 'STRING' | 'BYTES' | 'ARRAY' | 'MAP' | 'ROW' | 'NULL' | 'INTERVAL_MONTH' | 'INTERVAL_SECOND'
}>

/** Digits of the largest value of a whole-number type; the range is checked on top. */
const INTEGER_RANGES = {
  TINYINT: { min: -128, max: 127 },
  SMALLINT: { min: -32_768, max: 32_767 },
  INT: { min: -2_147_483_648, max: 2_147_483_647 },
  BIGINT: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const

/**
 * A value out of text, as a cast would make it: booleans 0 or 1, BIGINT and DECIMAL as number while they are safe.
 *
 * @param strict true: a number token of JSON
 * @throws RecordFault
 */
export function scalarOfText(
  column: string, type: ScalarType, bytes: Uint8Array, start: number, end: number, strict: boolean,
): number | bigint {
  switch (type.kind) {
    case 'BOOLEAN': {
      const value = strict ? undefined : BOOLEANS.get(asciiOf(bytes, start, end).trim().toLowerCase())
      if (value === undefined) throw notOfType(column, bytes, start, end, type)
      return value
    }
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': {
      const number = scanNumber(bytes, start, end, strict)
      if (number === null) throw notOfType(column, bytes, start, end, type)
      const value = exactOf(number, bytes, 0, 20, false)
      if (value === 'fraction') throw notOfType(column, bytes, start, end, type)
      const { min, max } = INTEGER_RANGES[type.kind]
      if (value === 'range' || value < min || value > max) throw outOfRange(column, bytes, start, end, type)
      return value
    }
    case 'FLOAT': case 'DOUBLE': {
      const number = scanNumber(bytes, start, end, strict)
      const value = number === null ? (strict ? undefined : specialDouble(bytes, start, end)) : doubleOf(number, bytes)
      if (value === undefined) throw notOfType(column, bytes, start, end, type)
      const rounded = type.kind === 'FLOAT' ? Math.fround(value) : value
      if (number !== null && !Number.isFinite(rounded)) throw outOfRange(column, bytes, start, end, type)
      return rounded
    }
    case 'DECIMAL': {
      const number = scanNumber(bytes, start, end, strict)
      if (number === null) throw notOfType(column, bytes, start, end, type)
      const value = exactOf(number, bytes, type.scale, type.precision, true)
      if (value === 'range' || value === 'fraction') throw outOfRange(column, bytes, start, end, type)
      return value
    }
    case 'DATE': return checkedTime(column, type, bytes, start, end, strict ? NaN : parseDate(bytes, start, end))
    case 'TIME':
      return toPrecision(checkedTime(column, type, bytes, start, end, strict ? NaN : parseTime(bytes, start, end)), type.precision)
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ':
      return toPrecision(checkedTime(column, type, bytes, start, end, strict ? NaN : parseTimestamp(bytes, start, end)), type.precision)
    default: return unreachable(type)
  }
}

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ['true', 1], ['t', 1], ['yes', 1], ['y', 1], ['on', 1], ['1', 1],
  ['false', 0], ['f', 0], ['no', 0], ['n', 0], ['off', 0], ['0', 0],
])

function specialDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  switch (asciiOf(bytes, start, end).trim().toLowerCase()) {
    case 'nan': return NaN
    case 'infinity': case '+infinity': case 'inf': case '+inf': return Infinity
    case '-infinity': case '-inf': return -Infinity
    default: return undefined
  }
}

function checkedTime(column: string, type: DataType, bytes: Uint8Array, start: number, end: number, value: number): number {
  if (value !== value) throw notOfType(column, bytes, start, end, type)
  return value
}

/** Microseconds of year 1 and of the end of year 9999: timestamps given as numbers stay between. */
const TIMESTAMP_MICROS_MIN = -62_135_596_800_000_000
const TIMESTAMP_MICROS_MAX = 253_402_300_800_000_000

/** A timestamp given as a number of units since 1970; what is finer than the type's precision is dropped. */
export function timestampOfNumber(
  column: string, type: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>, bytes: Uint8Array, start: number, end: number,
  strict: boolean, unitScale: number,
): number {
  const number = scanNumber(bytes, start, end, strict)
  if (number === null) throw notOfType(column, bytes, start, end, type)
  // Nanoseconds are read as such: rounding would move them into the next microsecond.
  const value = exactOf(number, bytes, Math.max(unitScale, 0), 38, true)
  if (value === 'range' || value === 'fraction') throw outOfRange(column, bytes, start, end, type)
  const micros = unitScale >= 0 ? Number(value) : Number(floorDivide(BigInt(value), 10n ** BigInt(-unitScale)))
  if (!(micros >= TIMESTAMP_MICROS_MIN && micros < TIMESTAMP_MICROS_MAX)) throw outOfRange(column, bytes, start, end, type)
  return toPrecision(micros, type.precision)
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient
}

/** A value as `Value` has it, from the form that column buffers hold. */
export function valueOfStored(type: DataType, stored: number | bigint): Value {
  if (type.kind === 'BOOLEAN') return stored === 1
  if (type.kind === 'BIGINT' || type.kind === 'DECIMAL') return BigInt(stored)
  return stored
}

/** BYTES are written in base64. @throws RecordFault */
export function bytesOfText(column: string, bytes: Uint8Array, start: number, end: number): Uint8Array {
  const text = asciiOf(bytes, start, end)
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) throw undecodable(`column \`${column}\`: the text is no base64`)
  return new Uint8Array(Buffer.from(text, 'base64'))
}

/** 1 for `true`, 0 for `false`, −1 for anything else. */
export function literalAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 5) return -1
  const text = asciiOf(bytes, start, end)
  return text === 'true' ? 1 : text === 'false' ? 0 : -1
}
