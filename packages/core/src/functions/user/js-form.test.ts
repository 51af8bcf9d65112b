import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, row, SMALLINT, STRING, time, timestamp,
  timestampLtz, TINYINT, typeName, varchar, type DataType, type Value,
} from '../../types/data-type.js'
import { fromJs, toJs } from './js-form.js'

const whole = (min: number, max: number): fc.Arbitrary<Value> => fc.integer({ min, max })
const DAY = 86_400_000_000

const SIMPLE: readonly (readonly [DataType, fc.Arbitrary<Value>])[] = [
  [BOOLEAN, fc.boolean()], [TINYINT, whole(-128, 127)], [SMALLINT, whole(-32_768, 32_767)], [INT, whole(-(2 ** 31), 2 ** 31 - 1)],
  [BIGINT, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })], [FLOAT, fc.float()], [DOUBLE, fc.double()],
  [decimal(38, 10), fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })], [decimal(4, 0), fc.bigInt({ min: -9_999n, max: 9_999n })],
  [STRING, fc.string({ unit: 'grapheme' })], [varchar(5), fc.string({ maxLength: 5 })], [BYTES, fc.uint8Array()],
  [DATE, whole(-719_162, 2_932_896)], [time(6), fc.integer({ min: 0, max: DAY - 1 })],
  [timestamp(6), fc.integer({ min: -719_162 * DAY + DAY, max: 2_000_000_000_000_000 })], [timestampLtz(6), fc.integer({ min: 0, max: 2_000_000_000_000_000 })],
  [INTERVAL_MONTH, whole(-1_000, 1_000)], [INTERVAL_SECOND, whole(-DAY, DAY)],
]

const typed: fc.Arbitrary<readonly [DataType, Value]> = fc.letrec<{ pair: readonly [DataType, fc.Arbitrary<Value>] }>((tie) => ({
  pair: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...SIMPLE),
    tie('pair').map(([type, value]) => [array(type), fc.array(fc.option(value)) as fc.Arbitrary<Value>] as const),
    tie('pair').map(([type, value]) => [map(STRING, type), fc.array(fc.tuple(fc.string(), fc.option(value))).map((entries) => new Map(entries))] as const),
    fc.array(tie('pair'), { minLength: 1, maxLength: 3 }).map((parts) => [
      row(parts.map(([type], i) => ({ name: ['a', '__proto__', 'constructor'][i]!, type }))), fc.tuple(...parts.map(([, value]) => fc.option(value))) as fc.Arbitrary<Value>,
    ] as const),
  ),
})).pair.chain(([type, value]) => value.map((v) => [type, v] as const))

describe('values of user functions', () => {
  it('come back as they went', () => {
    fc.assert(fc.property(typed, ([type, value]) => {
      const given = toJs(type)?.(value) ?? value
      expect(fromJs(type, 'f')(given), typeName(type)).toEqual(value)
    }))
  })

  it.each([
    [INT, 1.5], [INT, NaN], [INT, 2 ** 31], [INT, '1'], [BIGINT, 2 ** 53], [BIGINT, 2n ** 63n], [BIGINT, '1'], [BOOLEAN, 1], [DOUBLE, '1'], [STRING, 1],
    [varchar(2), 'abc'], [decimal(3, 1), 100], [decimal(3, 1), 'x'], [decimal(3, 1), NaN], [DATE, '2026-02-30'], [DATE, new Date(NaN)], [DATE, 1.5],
    [timestamp(3), Infinity], [timestamp(3), 'noon'], [time(0), DAY], [BYTES, [1]], [array(INT), [1, 'x']], [array(INT), 'ab'], [map(STRING, INT), { a: 'x' }],
    [map(INT, INT), { a: 1 }], [row([{ name: 'a', type: INT }]), { a: 'x' }], [row([{ name: 'a', type: INT }]), [1, 2]], [INT, {}], [INT, Promise.resolve(1)],
  ] as readonly (readonly [DataType, unknown])[])('%o takes no %o', (type, given) => {
    expect(() => fromJs(type, 'f')(given)).toThrow(/^f returned .* is no /)
  })

  it('an object that throws when it is read', () => {
    const trap = { get a() { throw new Error('trap') } }
    expect(() => fromJs(row([{ name: 'a', type: INT }]), 'f')(trap)).toThrow(/^f returned .* is no ROW/)
  })

  it.each([
    [BIGINT, 5, 5n], [INT, 5n, 5], [decimal(4, 2), 0.1 + 0.2, 30n], [decimal(4, 2), '1.005', 101n], [DATE, new Date('2026-01-31T23:00:00Z'), 20_484],
    [DATE, '2026-01-31', 20_484], [timestamp(3), new Date(1), 1_000], [timestamp(0), 1_999_999, 1_000_000], [timestampLtz(3), '1970-01-01T01:00:00+01:00', 0],
    [STRING, 'a\ud800', 'a\ufffd'], [row([{ name: 'a', type: INT }, { name: 'b', type: INT }]), { b: 2 }, [null, 2]], [INT, undefined, null], [INT, -0, 0],
  ] as readonly (readonly [DataType, unknown, Value])[])('%o takes %o', (type, given, value) => {
    expect(fromJs(type, 'f')(given)).toEqual(value)
  })
})
