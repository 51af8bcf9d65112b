import {
  array, BIGINT, BYTES, DATE, decimal, FLOAT, INT, map, row, type Schema, STRING, timestamp, timestampLtz, TINYINT,
} from '../index.js'
import { describe, expect, it } from 'vitest'
import { rowToValues, valuesToRow } from './row-values.js'

const one = (type: Schema[number]['type'], nullable = true): Schema => [{ name: 'Value', type, nullable }]

describe('a row from outside', () => {
  it.each([
    [TINYINT, '12', 12], [INT, 5n, 5],
    [BIGINT, '-9223372036854775808', -(2n ** 63n)], [decimal(5, 2), 1.005, 101n], [decimal(5, 2), '1.00', 100n],
    [FLOAT, 0.1, Math.fround(0.1)], [STRING, 'a\ud800', 'a\ufffd'], [DATE, new Date('1969-12-31T23:00:00Z'), -1],
    [timestamp(3), '1970-01-01T00:00:01Z', 1_000_000], [timestampLtz(3), '1970-01-01T02:00:00+02:00', 0],
    [array(INT), [1, null], [1, null]], [map(STRING, INT), { a: 1 }, new Map([['a', 1]])], [row([{ name: 'x', type: INT }]), { x: 3 }, [3]],
  ])('takes %o from %o', (type, given, value) => {
    expect(rowToValues({ value: given }, one(type))).toEqual([value])
  })

  it.each([
    [TINYINT, 128, 'NUMERIC_OVERFLOW'], [BIGINT, 2n ** 63n, 'NUMERIC_OVERFLOW'], [decimal(3, 2), '10', 'NUMERIC_OVERFLOW'],
    [INT, 1.5, 'CAST_FAILED'], [INT, 'x', 'CAST_FAILED'],
    [STRING, 5, 'CAST_FAILED'], [FLOAT, 'x', 'CAST_FAILED'], [BYTES, 'x', 'CAST_FAILED'], [DATE, '2026-02-30', 'CAST_FAILED'],
  ])('refuses for %o: %o', (type, given, code) => {
    expect(() => rowToValues({ value: given }, one(type))).toThrow(expect.objectContaining({ code }))
  })

  it('may leave out columns that can be NULL, and has no others', () => {
    expect(rowToValues({}, one(INT))).toEqual([null])
    expect(() => rowToValues({}, one(INT, false))).toThrow(expect.objectContaining({ code: 'NULL_NOT_ALLOWED' }))
    expect(() => rowToValues({ other: 1 }, one(INT))).toThrow(expect.objectContaining({ code: 'SQL_COLUMN_UNKNOWN' }))
  })
})

describe('a row for the caller', () => {
  it('has nested values converted too', () => {
    const schema = one(row([{ name: 'm', type: map(STRING, decimal(4, 1)) }, { name: 'l', type: array(BIGINT) }]))
    const expected = { Value: { m: new Map([['a', '1.5']]), l: [7, null] } }
    expect(valuesToRow([[new Map([['a', 15n]]), [7n, null]]], schema, 'number')).toEqual(expected)
  })
})

describe('a column named as what every object has', () => {
  const fields = ['__proto__', 'constructor'].map((name) => ({ name, type: INT, nullable: true }))

  it('is data like any other', () => {
    const given = valuesToRow([1, 2], fields, 'bigint')
    expect(Object.entries(given)).toEqual([['__proto__', 1], ['constructor', 2]])
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype)
    expect(rowToValues(given, fields)).toEqual([1, 2])
  })

  it('is NULL where it is left out', () => {
    expect(rowToValues({}, fields)).toEqual([null, null])
    expect(rowToValues({ value: {} }, one(row(fields)))).toEqual([[null, null]])
    expect(rowToValues({ value: JSON.parse('{"__proto__": 3}') }, one(row(fields)))).toEqual([[3, null]])
  })
})
