import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NARROW_MAX } from '../limits.js'
import * as T from '../types/data-type.js'
import type { DataType, Value } from '../types/data-type.js'
import { divideDecimal, divideHalfUp } from '../types/decimal.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { callOf, castOf, fixedContext } from './arbitrary.test.kit.js'
import { CalcKernel } from './calc-kernel.js'
import { columnOf } from './expression.js'
import type { Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'
import { ceilNarrow, divideHalfUpNarrow, divideScaledNarrow, floorNarrow, truncateNarrow } from './narrow-arithmetic.js'

/** Safe integers, crowded where carries and ties happen. */
const safe = fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -NARROW_MAX, max: NARROW_MAX }), fc.constantFrom(NARROW_MAX, -NARROW_MAX, 5_000, -2_500))
const divisor = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: NARROW_MAX }), fc.constantFrom(10, 100, 1000, NARROW_MAX))

test('quotients are those of bigints', () => {
  fc.assert(fc.property(safe, divisor, fc.boolean(), (a, b, negative) => {
    const signed = negative ? -b : b
    expect(divideHalfUpNarrow(a, signed)).toBe(Number(divideHalfUp(BigInt(a), BigInt(signed))))
    const [x, y] = [BigInt(a), BigInt(b)]
    const whole = x / y
    expect(truncateNarrow(a, b)).toBe(Number(whole))
    expect(floorNarrow(a, b)).toBe(Number(x < 0n && x % y !== 0n ? whole - 1n : whole))
    expect(ceilNarrow(a, b)).toBe(Number(x > 0n && x % y !== 0n ? whole + 1n : whole))
  }), { numRuns: 3000 })
})

test('scaled quotients are those of bigints, or none where they are not narrow', () => {
  fc.assert(fc.property(safe, divisor, fc.boolean(), fc.integer({ min: 0, max: 20 }), (a, b, negative, digits) => {
    const signed = negative ? -b : b
    const quotient = divideScaledNarrow(a, signed, digits)
    const expected = divideDecimal(BigInt(a), 0, BigInt(signed), 0, digits)
    if (Number.isNaN(quotient)) return
    if (quotient <= NARROW_MAX && quotient >= -NARROW_MAX) expect(BigInt(quotient)).toBe(expected)
    else expect(expected > NARROW_MAX || expected < -NARROW_MAX).toBe(true)
  }), { numRuns: 3000 })
})

const EDGES = [
  0n, 1n, -1n, 5n, 50n, -50n, 2147483646n, 2147483647n, -2147483648n, 94906265n, 94906266n, 9007199254740990n, 9007199254740991n, 9007199254740992n, -9007199254740991n, 9223372036854775807n, -9223372036854775808n,
]

/** Every operator on every pair of edges, in one batch of pairs and one pair a batch, against the interpreter. */
function compareOnEdges(left: DataType, right: DataType, make: (a: Expression, b: Expression) => (Expression | null)[]): void {
  const schema = [{ name: 'a', type: left, nullable: false }, { name: 'b', type: right, nullable: false }]
  const fits = (v: bigint, type: DataType): boolean => (type.kind === 'DECIMAL' ? v < 10n ** BigInt(type.precision) && -v < 10n ** BigInt(type.precision) : type.kind === 'BIGINT' || (v <= 2147483647n && v >= -2147483648n))
  const form = (v: bigint, type: DataType): Value => (T.isExact(type) ? v : Number(v))
  const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b] as const)).filter(([a, b]) => fits(a, left) && fits(b, right))
  const rows = pairs.map(([a, b]) => [form(a, left), form(b, right)])
  for (const e of make(columnOf(0, schema[0]!), columnOf(1, schema[1]!))) {
    expect(e).not.toBeNull()
    const result = (Calc: typeof CalcKernel | typeof InterpretedCalc, batches: Value[][][]): unknown[] => {
      const outcome: unknown[] = []
      const calc = new Calc(null, [e!], schema, [e!.type], fixedContext, (error) => outcome.push(error.code))
      for (const batch of batches) {
        const made = calc.run(batchFromRows(batch, schema))
        if (made !== null) outcome.push(...batchToRows(made, [{ name: 'r', type: e!.type, nullable: true }]))
      }
      return outcome
    }
    expect(result(CalcKernel, rows.map((row) => [row]))).toEqual(result(InterpretedCalc, rows.map((row) => [row])))
    expect(result(CalcKernel, [rows])).toEqual(result(InterpretedCalc, [rows]))
  }
}

const OPERATORS = ['+', '-', '*', '/', '%', '<', '=']

test.each<[DataType, DataType]>([
  [T.BIGINT, T.BIGINT], [T.INT, T.INT], [T.BIGINT, T.INT], [T.decimal(16, 2), T.decimal(16, 2)], [T.decimal(12, 0), T.decimal(16, 4)], [T.decimal(38, 10), T.decimal(20, 0)], [T.decimal(19, 3), T.BIGINT],
])('every operator agrees with the interpreter at the edges of %o and %o', (left, right) => {
  compareOnEdges(left, right, (a, b) => [...OPERATORS.map((name) => callOf(name, a, b)), callOf('neg', a), callOf('abs', a), callOf('sign', a)])
})

test('no zero of an exact number is negative', () => {
  for (const type of [T.INT, T.BIGINT, T.decimal(16, 2)]) {
    compareOnEdges(type, type, (a, b) => ['*', '/', '%'].map((name) => castOf(callOf(name, a, b)!, T.DOUBLE)))
  }
})

test('every conversion agrees with the interpreter at the edges', () => {
  const types = [T.SMALLINT, T.INT, T.BIGINT, T.decimal(5, 1), T.decimal(16, 2), T.decimal(20, 6), T.decimal(38, 0), T.DOUBLE, T.FLOAT]
  for (const from of [T.INT, T.BIGINT, T.decimal(16, 2), T.decimal(20, 0), T.decimal(25, 7)]) {
    compareOnEdges(from, T.INT, (a) => [...types.map((to) => castOf(a, to)), callOf('round', a), callOf('floor', a), callOf('ceil', a)])
  }
})
