import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, NULL, row, SMALLINT, STRING, time,
  timestamp, timestampLtz, TINYINT, typeName, varchar,
} from '../types/data-type.js'
import type { DataType, Value } from '../types/data-type.js'
import { valueToText } from '../types/value.js'
import { castMayFail, castValue, makeCast } from './cast.js'
import { canCast } from './coercion.js'

/** [from type, text of the value, to type, text of the result or error code] */
const CASES: readonly (readonly [DataType, string, DataType, string])[] = [
  [DOUBLE, '2.9', INT, '2'], [DOUBLE, '-2.9', INT, '-2'], [DOUBLE, '2147483647.9', INT, '2147483647'],
  [DOUBLE, '2147483648', INT, 'NUMERIC_OVERFLOW'],
  [DOUBLE, 'NaN', INT, 'NUMERIC_OVERFLOW'], [DOUBLE, 'Infinity', BIGINT, 'NUMERIC_OVERFLOW'],
  [DOUBLE, '9223372036854775807', BIGINT, 'NUMERIC_OVERFLOW'],
  [DOUBLE, '-9223372036854775808', BIGINT, '-9223372036854775808'], [DOUBLE, '-0.5', INT, '0'],
  [DOUBLE, '0.1', decimal(20, 18), '0.100000000000000000'],
  [DOUBLE, '0.125', decimal(4, 2), '0.13'], [DOUBLE, 'NaN', decimal(4, 2), 'NUMERIC_OVERFLOW'], [DOUBLE, '1e300', FLOAT, 'Infinity'],
  [DOUBLE, '0.1', FLOAT, '0.1'],
  [FLOAT, '0.1', decimal(10, 3), '0.100'], [FLOAT, '0.5', DOUBLE, '0.5'],
  [decimal(5, 2), '-12.99', INT, '-12'], [decimal(5, 2), '12.99', BIGINT, '12'], [decimal(12, 0), '2147483648', INT, 'NUMERIC_OVERFLOW'],
  [decimal(38, 0), '9223372036854775808', BIGINT, 'NUMERIC_OVERFLOW'],
  [decimal(5, 2), '12.35', decimal(4, 1), '12.4'], [decimal(5, 2), '-12.35', decimal(4, 1), '-12.4'],
  [decimal(5, 2), '99.95', decimal(3, 1), 'NUMERIC_OVERFLOW'], [decimal(5, 2), '0.10', DOUBLE, '0.1'],
  [INT, '128', TINYINT, 'NUMERIC_OVERFLOW'], [INT, '-128', TINYINT, '-128'], [INT, '40000', SMALLINT, 'NUMERIC_OVERFLOW'],
  [INT, '5', decimal(3, 2), '5.00'], [INT, '10', decimal(3, 2), 'NUMERIC_OVERFLOW'],
  [BIGINT, '9223372036854775807', DOUBLE, '9223372036854776000.0'], [BIGINT, '2147483648', INT, 'NUMERIC_OVERFLOW'],
  [BIGINT, '3', decimal(38, 37), '3.0000000000000000000000000000000000000'],
  [INT, '0', BOOLEAN, 'false'], [BIGINT, '2', BOOLEAN, 'true'], [BOOLEAN, 'true', INT, '1'], [BOOLEAN, 'true', BIGINT, '1'],
  [BOOLEAN, 'true', decimal(3, 1), '1.0'], [BOOLEAN, 'true', DOUBLE, '1.0'],
  [STRING, ' 42 ', INT, '42'], [STRING, '4.9', INT, '4'], [STRING, '-4.9e0', BIGINT, '-4'], [STRING, '', INT, 'CAST_FAILED'],
  [STRING, '4x', INT, 'CAST_FAILED'], [STRING, '1e400', INT, 'NUMERIC_OVERFLOW'],
  [STRING, '1e-400', INT, '0'], [STRING, '9223372036854775808', BIGINT, 'NUMERIC_OVERFLOW'],
  [STRING, '9223372036854775807.9', BIGINT, '9223372036854775807'],
  [STRING, '1.005', decimal(4, 2), '1.01'], [STRING, '100', decimal(4, 2), 'NUMERIC_OVERFLOW'],
  [STRING, 'abc', decimal(4, 2), 'CAST_FAILED'], [STRING, '1e1', DOUBLE, '10.0'], [STRING, '.5', DOUBLE, '0.5'],
  [STRING, '0x10', DOUBLE, 'CAST_FAILED'], [STRING, 'nan', DOUBLE, 'NaN'], [STRING, '-inf', DOUBLE, '-Infinity'],
  [STRING, '1e39', FLOAT, 'Infinity'],
  [STRING, 'Yes', BOOLEAN, 'true'], [STRING, 'off', BOOLEAN, 'false'], [STRING, ' T ', BOOLEAN, 'true'],
  [STRING, '2', BOOLEAN, 'CAST_FAILED'],
  [STRING, 'hello', varchar(3), 'hel'], [STRING, '😀😀', varchar(1), '😀'], [INT, '12345', varchar(3), '123'], [STRING, 'é', BYTES, '\\xc3a9'],
  [DOUBLE, '1e21', STRING, '1.0E21'], [DOUBLE, '0.0000001', STRING, '1.0E-7'],
  [DOUBLE, '100', STRING, '100.0'], [DOUBLE, '-0.0', STRING, '-0.0'], [FLOAT, '16777216', STRING, '16777216.0'],
  [decimal(5, 2), '-0.50', STRING, '-0.50'], [BOOLEAN, 'true', STRING, 'true'],
  [STRING, '2026-01-02', DATE, '2026-01-02'], [STRING, '2026-01-02 03:04:05', DATE, '2026-01-02'],
  [STRING, '2026-02-30', DATE, 'CAST_FAILED'], [STRING, '03:04:05.678', time(0), '03:04:05'], [STRING, '25:00', time(0), 'CAST_FAILED'],
  [STRING, '2026-01-02 03:04:05.6789', timestamp(3), '2026-01-02 03:04:05.678'],
  [STRING, '2026-01-02T03:04:05Z', timestamp(0), '2026-01-02 03:04:05'], [STRING, 'now', timestamp(3), 'CAST_FAILED'],
  [STRING, '1 02:03:04', INTERVAL_SECOND, '+1 02:03:04.000'], [STRING, '1-2', INTERVAL_MONTH, '+1-02'],
  [STRING, 'x', INTERVAL_SECOND, 'CAST_FAILED'],
  [DATE, '2026-01-02', timestamp(3), '2026-01-02 00:00:00.000'],
  [timestamp(6), '1969-12-31 23:59:59.999999', timestamp(3), '1969-12-31 23:59:59.999'],
  [timestamp(3), '2026-01-02 03:04:05', DATE, '2026-01-02'],
  [timestamp(3), '2026-01-02 03:04:05.678', time(0), '03:04:05'],
  [timestamp(3), '2026-01-02 03:04:05.678', STRING, '2026-01-02 03:04:05.678'], [time(3), '03:04:05.678', time(0), '03:04:05'],
  [DATE, '2026-01-02', STRING, '2026-01-02'],
]

function outcome(from: DataType, text: string, to: DataType): string {
  const value = castValue(text, STRING, from, 'UTC')
  try {
    return valueToText(castValue(value, from, to, 'UTC'), to)
  } catch (error) {
    return (error as MillraceError).code
  }
}

describe('casts', () => {
  it.each(CASES.map(([from, text, to, expected]) =>
    [`${typeName(from)} ${text} to ${typeName(to)} is ${expected}`, from, text, to, expected] as const))('%s',
      (_, from, text, to, expected) => {
    expect(outcome(from, text, to)).toBe(expected)
  })

  it('go through the time zone between TIMESTAMP and TIMESTAMP_LTZ', () => {
    const noon = castValue('2026-07-01 12:00:00', STRING, timestamp(0), 'UTC')
    const instant = castValue(noon, timestamp(0), timestampLtz(0), 'Europe/Vienna')
    expect(valueToText(instant, timestampLtz(0))).toBe('2026-07-01 10:00:00')
    expect(valueToText(instant, timestampLtz(0), 'Europe/Vienna')).toBe('2026-07-01 12:00:00')
    expect(castValue(instant, timestampLtz(0), timestamp(0), 'Europe/Vienna')).toBe(noon)
    expect(castValue(instant, timestampLtz(0), STRING, 'Europe/Vienna')).toBe('2026-07-01 12:00:00')
    expect(castValue('2026-07-01 12:00:00', STRING, timestampLtz(0), 'Europe/Vienna')).toBe(instant)
    expect(castValue('2026-07-01T10:00:00Z', STRING, timestampLtz(0), 'Europe/Vienna')).toBe(instant)
    expect(castValue('2026-07-01T10:00:00Z', STRING, timestamp(0), 'Europe/Vienna')).toBe(noon)
    expect(castValue(instant, timestampLtz(0), DATE, 'Pacific/Kiritimati')).toBe((castValue('2026-07-02', STRING, DATE, 'UTC')))
    expect(castValue(castValue('2026-07-01', STRING, DATE, 'UTC'), DATE, timestampLtz(0),
      'Europe/Vienna')).toBe((instant as number) - 12 * 3_600_000_000)
  })

  it('reach into arrays, maps and rows', () => {
    expect(castValue(['1', null], array(STRING), array(INT), 'UTC')).toEqual([1, null])
    expect(castValue(new Map([['a', 1]]), map(STRING, INT), map(STRING, BIGINT), 'UTC')).toEqual(new Map([['a', 1n]]))
    const from = row([{ name: 'a', type: INT }, { name: 'b', type: STRING }])
    expect(castValue([1, '2'], from, row([{ name: 'x', type: STRING }, { name: 'y', type: DOUBLE }]), 'UTC')).toEqual(['1', 2])
    expect(castValue(new Map([['a', 1]]), map(STRING, INT), STRING, 'UTC')).toBe('{a=1}')
  })

  it('take NULL of any type', () => {
    expect(castValue(null, NULL, INT, 'UTC')).toBeNull()
    expect(castValue(null, STRING, INT, 'UTC')).toBeNull()
  })

  it('refuse what has no meaning', () => {
    expect(() => makeCast(INT, DATE, 'UTC')).toThrow('INT cannot be cast to DATE')
    expect(() => makeCast(BIGINT, timestamp(3), 'UTC')).toThrow(MillraceError)
    expect(castValue(Uint8Array.of(0x61), BYTES, STRING, 'UTC')).toBe('a')
    expect(() => castValue(Uint8Array.of(0xff), BYTES, STRING, 'UTC')).toThrow(/UTF-8/)
  })

  it('give back every value that goes through text', () => {
    const roundTrips = (type: DataType, value: Value): void => {
      expect(castValue(castValue(value, type, STRING, 'UTC'), STRING, type, 'UTC')).toEqual(value)
    }
    fc.assert(fc.property(fc.double(), (value) => { roundTrips(DOUBLE, value) }))
    fc.assert(fc.property(fc.float(), (value) => { roundTrips(FLOAT, value) }))
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => { roundTrips(BIGINT, value) }))
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: 0, max: 38 }), (value, scale) =>
      { roundTrips(decimal(38, scale), value) }))
    fc.assert(fc.property(fc.integer({ min: -8e15, max: 8e15 }), (value) => { roundTrips(timestamp(6), value) }))
  })

  it('exist for every pair that canCast allows, and may fail only where they say so', () => {
    const types = [BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, decimal(10, 2), decimal(38, 10), STRING, varchar(3), BYTES, DATE,
      time(3), timestamp(3), timestampLtz(3), INTERVAL_MONTH, INTERVAL_SECOND, array(INT)]
    const samples = new Map<DataType, readonly Value[]>(types.map((type) => [type, sampleOf(type)]))
    for (const from of types) {
      for (const to of types) {
        if (canCast(from, to, 'implicit')) expect(canCast(from, to, 'assignment')).toBe(true)
        if (canCast(from, to, 'assignment')) expect(canCast(from, to, 'explicit')).toBe(true)
        if (!canCast(from, to, 'explicit')) {
          expect(() => makeCast(from, to, 'UTC')).toThrow(/cannot be cast/)
          continue
        }
        const cast = makeCast(from, to, 'UTC')
        for (const value of samples.get(from)!) {
          try {
            expect(cast(value)).not.toBeUndefined()
          } catch (error) {
            expect(error).toBeInstanceOf(MillraceError)
            expect(castMayFail(from, to), `${typeName(from)} to ${typeName(to)}`).toBe(true)
          }
        }
      }
    }
  })
})

function sampleOf(type: DataType): readonly Value[] {
  switch (type.kind) {
    case 'BOOLEAN': return [true, false]
    case 'TINYINT': return [-128, 127]
    case 'SMALLINT': return [-32768, 32767]
    case 'BIGINT': return [-(2n ** 63n), 2n ** 63n - 1n]
    case 'FLOAT': case 'DOUBLE': return [0, -1.5, Math.fround(3e38), NaN, -Infinity]
    case 'DECIMAL': return [10n ** BigInt(type.precision) - 1n, 0n]
    case 'STRING': return ['x', '1', '']
    case 'BYTES': return [Uint8Array.of(255), Uint8Array.of(65)]
    case 'ARRAY': return [[1, null], []]
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return [0, -1, 253402300799999000]
    case 'TIME': return [0, 86_399_999_000]
    default: return [-1000, 1000]
  }
}
