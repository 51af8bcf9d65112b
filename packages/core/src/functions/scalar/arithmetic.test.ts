import { Decimal } from 'decimal.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MillraceError } from '../../errors.js'
import { BIGINT, decimal, INT } from '../../types/data-type.js'
import type { DataType } from '../../types/data-type.js'
import { formatDecimal } from '../../types/decimal.js'
import { resolveScalar } from '../catalogue.js'

const context = { nowMicros: () => 0, random: () => 0, timeZone: 'UTC' }
const Exact = Decimal.clone({ precision: 300, rounding: Decimal.ROUND_HALF_UP, modulo: Decimal.ROUND_DOWN })

function apply(op: string, types: readonly DataType[], a: number | bigint, b: number | bigint): string {
  const resolved = resolveScalar(op, types)
  try {
    const result = resolved.overload.implement(resolved.types, context)(a, b)
    const type = resolved.types.returns
    return type.kind === 'DECIMAL' ? formatDecimal(result as bigint, type.scale) : String(result)
  } catch (error) {
    return (error as MillraceError).code
  }
}

function exactly(op: string, a: Decimal, b: Decimal): Decimal {
  switch (op) {
    case '+': return a.add(b)
    case '-': return a.sub(b)
    case '*': return a.mul(b)
    case '/': return a.div(b)
    default: return a.mod(b)
  }
}

const decimalOfType = fc.integer({ min: 1, max: 38 }).chain((precision) => fc.integer({ min: 0, max: precision }).chain((scale) =>
  fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }).map((value) =>
    ({ type: decimal(precision, scale), scale, value }))))

const operator = fc.constantFrom('+', '-', '*', '/', '%')

describe('arithmetic', () => {
  it('of decimals is that of decimal.js, rounded half up to the scale of the type', () => {
    fc.assert(fc.property(operator, decimalOfType, decimalOfType, (op, a, b) => {
      const { returns } = resolveScalar(op, [a.type, b.type]).types
      if (returns.kind !== 'DECIMAL') throw new Error('a DECIMAL')
      const outcome = apply(op, [a.type, b.type], a.value, b.value)
      if (b.value === 0n && (op === '/' || op === '%')) {
        expect(outcome).toBe('DIVISION_BY_ZERO')
        return
      }
      const x = new Exact(a.value.toString()).mul(new Exact(10).pow(-a.scale))
      const y = new Exact(b.value.toString()).mul(new Exact(10).pow(-b.scale))
      const expected = exactly(op, x, y).toFixed(returns.scale)
      const digits = expected.replace(/[-.]/g, '').replace(/^0+/, '').length
      expect(outcome).toBe(digits > returns.precision ? 'NUMERIC_OVERFLOW' : expected.replace(/^-(0\.?0*)$/, '$1'))
    }), { numRuns: 1000 })
  })

  it.each([['INT', INT, 31n], ['BIGINT', BIGINT, 63n]] as const)('of %s is exact or an error', (_, type, bits) => {
    const limit = 2n ** bits
    const integer = fc.oneof(fc.bigInt({ min: -limit, max: limit - 1n }), fc.bigInt({ min: -100n, max: 100n }),
      fc.constantFrom(-limit, limit - 1n))
    fc.assert(fc.property(operator, integer, integer, (op, a, b) => {
      const outcome = type === INT ? apply(op, [type, type], Number(a), Number(b)) : apply(op, [type, type], a, b)
      if (b === 0n && (op === '/' || op === '%')) {
        expect(outcome).toBe('DIVISION_BY_ZERO')
        return
      }
      const exact = op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : op === '/' ? a / b : a % b
      expect(outcome).toBe(exact >= -limit && exact < limit ? exact.toString() : 'NUMERIC_OVERFLOW')
    }), { numRuns: 1000 })
  })
})
