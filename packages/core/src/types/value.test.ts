import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MillraceError } from '../errors.js'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, row, SMALLINT, STRING, time,
  timestamp, timestampLtz, typeName, varchar,
} from './data-type.js'
import type { DataType, Value } from './data-type.js'
import { valueFromJson, valueToJson, valueToJsonText } from './json-value.js'
import { compareValues, equalValues } from './value.js'

const point = row([{ name: 'x', type: INT }, { name: 'y', type: STRING }])

/** Types with values of each. */
const values: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  [BOOLEAN, fc.boolean()], [INT, fc.integer()], [BIGINT, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [decimal(38, 10), fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  [DOUBLE, fc.double()], [FLOAT, fc.float()], [STRING, fc.string({ unit: 'binary', maxLength: 5 }).filter((text) => !/\p{Cs}/u.test(text))],
  [BYTES, fc.uint8Array({ maxLength: 5 })],
  [DATE, fc.integer({ min: -700_000, max: 2_900_000 })], [time(6), fc.integer({ min: 0, max: 86_399_999_999 })],
  [timestamp(6), fc.integer({ min: -8e15, max: 8e15 })], [timestampLtz(6), fc.integer({ min: -8e15, max: 8e15 })],
  [INTERVAL_SECOND, fc.integer({ min: -8e15, max: 8e15 })], [INTERVAL_MONTH, fc.integer({ min: -99_999, max: 99_999 })],
  [array(INT), fc.array(fc.option(fc.integer()), { maxLength: 3 })],
  [point, fc.tuple(fc.integer(), fc.option(fc.string())) as fc.Arbitrary<Value>],
  [map(STRING, INT), fc.uniqueArray(fc.tuple(fc.string(), fc.option(fc.integer())), { selector: ([k]) => k, maxLength: 3 }).map((entries) =>
    new Map(entries))],
]

describe.each(values.map(([type, arbitrary]) => [typeName(type), type, arbitrary] as const))('%s', (_, type, arbitrary) => {
  const value = fc.option(arbitrary, { freq: 8 })
  const compare = compareValues(type)

  it('has a total order', () => {
    fc.assert(fc.property(value, value, value, (a, b, c) => {
      expect(compare(a, a)).toBe(0)
      expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0)
      if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      expect(equalValues(type)(a, b)).toBe(compare(a, b) === 0)
      if (a !== null) expect(compare(null, a)).toBeLessThan(0)
    }))
  })

  it('goes through JSON and comes back', () => {
    fc.assert(fc.property(value, (a) => {
      const text = valueToJsonText(a, type)
      expect(() => JSON.parse(text) as unknown).not.toThrow()
      expect(equalValues(type)(valueFromJson(JSON.parse(JSON.stringify(valueToJson(a, type))), type), a)).toBe(true)
      // Through a parser that keeps long numbers; here where doubles hold them.
      if (type.kind !== 'BIGINT' && type.kind !== 'DECIMAL') expect(equalValues(type)(valueFromJson(JSON.parse(text), type), a)).toBe(true)
    }))
  })
})

function titled<E>(cases: readonly (readonly [unknown, DataType, E])[]): (readonly [string, unknown, DataType, E])[] {
  return cases.map(([json, type, expected]) =>
    [`${typeof json === 'bigint' ? String(json) : JSON.stringify(json)} as ${typeName(type)}`, json, type, expected])
}

describe('order', () => {
  it('is that of SQL', () => {
    const sorted = (type: DataType, list: Value[]): Value[] => list.sort(compareValues(type))
    expect(sorted(DOUBLE, [NaN, 1, null, -Infinity, Infinity, -1])).toEqual([null, -Infinity, -1, 1, Infinity, NaN])
    expect(compareValues(DOUBLE)(0, -0)).toBe(0)
    expect(sorted(STRING, ['😀', '｡', 'a', '', null])).toEqual([null, '', 'a', '｡', '😀'])
    expect(sorted(array(INT), [[1, 2], [1], [1, null], []])).toEqual([[], [1], [1, null], [1, 2]])
    expect(sorted(BYTES, [Uint8Array.of(255), Uint8Array.of(1, 2), Uint8Array.of()])).toEqual([Uint8Array.of(), Uint8Array.of(1, 2),
      Uint8Array.of(255)])
    expect(equalValues(map(STRING, INT))(new Map([['a', 1], ['b', 2]]), new Map([['b', 2], ['a', 1]]))).toBe(true)
  })
})

describe('JSON', () => {
  it('keeps every digit', () => {
    expect(valueToJsonText(9007199254740993n, BIGINT)).toBe('9007199254740993')
    expect(valueToJsonText(-123456789012345678901n, decimal(38, 4))).toBe('-12345678901234567.8901')
    expect(valueToJson(9007199254740993n, BIGINT)).toBe('9007199254740993')
    expect(valueToJson(42n, BIGINT)).toBe(42)
    expect(valueToJson(1230n, decimal(10, 2))).toBe(12.3)
    expect(valueToJsonText(Math.fround(0.1), FLOAT)).toBe('0.1')
    expect(valueToJsonText(NaN, DOUBLE)).toBe('"NaN"')
  })

  it('writes times as SQL does and instants in UTC', () => {
    expect(valueToJsonText(0, timestamp(3))).toBe('"1970-01-01 00:00:00.000"')
    expect(valueToJsonText(0, timestampLtz(0))).toBe('"1970-01-01 00:00:00Z"')
    expect(valueToJsonText([1, 'a"b'], point)).toBe('{"x":1,"y":"a\\"b"}')
    expect(valueToJsonText(new Map([[1, null]]), map(INT, STRING))).toBe('{"1":null}')
    expect(valueToJsonText(Uint8Array.of(1, 2, 3), BYTES)).toBe('"AQID"')
  })

  it.each(titled<Value>([
    ['12', INT, 12], [12.5, decimal(5, 2), 1250n], ['9007199254740993', BIGINT, 9007199254740993n],
    [9007199254740993n, BIGINT, 9007199254740993n], ['1.5', DOUBLE, 1.5], ['true', BOOLEAN, true],
    [5, STRING, '5'], [{ a: 1 }, STRING, '{"a":1}'], ['hello', varchar(3), 'hel'], [1000, timestamp(3), 1_000_000],
    ['1970-01-01T00:00:01Z', timestamp(3), 1_000_000], ['1970-01-01T01:00:00+01:00', timestampLtz(3), 0],
    ['1970-01-02', DATE, 1], [1, DATE, 1], ['00:00:01.5', time(0), 1_000_000], [{ y: 'a', z: 0 }, point, [null, 'a']],
    [[1, 'a'], point, [1, 'a']], [undefined, INT, null], ['AQ', BYTES, Uint8Array.of(1)],
  ]))('%s', (_, json, type, expected) => {
    expect(valueFromJson(json, type)).toEqual(expected)
  })

  it.each(titled<string>([
    ['x', INT, 'CAST_FAILED'], [true, INT, 'CAST_FAILED'], [40_000, SMALLINT, 'NUMERIC_OVERFLOW'], [1e30, BIGINT, 'NUMERIC_OVERFLOW'],
    [{}, BIGINT, 'CAST_FAILED'], [1000, decimal(4, 2), 'NUMERIC_OVERFLOW'], ['x', DOUBLE, 'CAST_FAILED'],
    [1, BOOLEAN, 'CAST_FAILED'], ['x', timestamp(3), 'CAST_FAILED'], [1e18, timestamp(3), 'CAST_FAILED'], [1.5, DATE, 'CAST_FAILED'],
    [5, time(0), 'CAST_FAILED'], ['*', BYTES, 'CAST_FAILED'], [5, array(INT), 'CAST_FAILED'], [[1], map(STRING, INT), 'CAST_FAILED'],
    ['x', point, 'CAST_FAILED'],
    [5, INTERVAL_SECOND, 'CAST_FAILED'],
  ]))('not %s', (_, json, type, code) => {
    try {
      valueFromJson(json, type)
    } catch (error) {
      expect((error as MillraceError).code).toBe(code)
      return
    }
    throw new Error('it was taken')
  })
})
