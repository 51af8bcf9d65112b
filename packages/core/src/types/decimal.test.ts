import { Decimal } from 'decimal.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decimalAt, decimalToNumber, divideDecimal, divideHalfUp, fitsPrecision, formatDecimal, numberToDecimal, parseDecimal, rescale,
} from './decimal.js'

const Exact = Decimal.clone({ precision: 200, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -1000, toExpPos: 1000 })

const unscaled = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })
const scale = fc.integer({ min: 0, max: 38 })

const oracle = (value: bigint, at: number): Decimal => new Exact(value.toString()).mul(new Exact(10).pow(-at))

describe('decimals agree with decimal.js', () => {
  it('as text and back', () => {
    fc.assert(fc.property(unscaled, scale, (value, at) => {
      const text = formatDecimal(value, at)
      expect(text).toBe(oracle(value, at).toFixed(at).replace(/^-(0\.?0*)$/, '$1'))
      const parsed = parseDecimal(text)!
      expect(rescale(parsed.unscaled, parsed.scale, at)).toBe(value)
    }))
  })

  it('rescaled', () => {
    fc.assert(fc.property(unscaled, scale, scale, (value, from, to) => {
      expect(formatDecimal(rescale(value, from, to), to)).toBe(oracle(value, from).toFixed(to).replace(/^-(0\.?0*)$/, '$1'))
    }))
  })

  it('divided', () => {
    fc.assert(fc.property(unscaled, unscaled.filter((b) => b !== 0n), fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 0, max: 38 }), (a, b, scaleA, scaleB, to) => {
      expect(formatDecimal(divideDecimal(a, scaleA, b, scaleB, to), to)).toBe(oracle(a,
        scaleA).div(oracle(b, scaleB)).toFixed(to).replace(/^-(0\.?0*)$/, '$1'))
    }))
  })

  it('as doubles, correctly rounded', () => {
    fc.assert(fc.property(unscaled, scale, (value, at) => {
      expect(decimalToNumber(value, at) + 0).toBe(Number(oracle(value, at).toString()) + 0)
    }))
    fc.assert(fc.property(fc.maxSafeInteger(), scale, (value, at) => {
      expect(decimalToNumber(BigInt(value), at) + 0).toBe(Number(oracle(BigInt(value), at).toString()) + 0)
    }))
  })

  it('out of doubles, by their shortest digits', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), scale, (value, at) => {
      const expected = new Exact(value).toFixed(at)
      const digits = expected.replace(/[-.]/g, '').replace(/^0+/, '').length
      const result = numberToDecimal(value, 38, at)
      if (digits > 38) expect(result).toBeUndefined()
      else expect(formatDecimal(result!, at)).toBe(expected.replace(/^-(0\.?0*)$/, '$1'))
    }))
  })
})

describe('decimal texts', () => {
  it.each(['', '.', '-', 'e5', '1e', '1,5', '0x1', '1_0', ' 1', 'NaN', '1e1234567890'])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeNull()
  })

  it('reads exponents without making huge numbers', () => {
    expect(decimalAt(parseDecimal('1e999999999')!, 38, 0)).toBeUndefined()
    expect(decimalAt(parseDecimal('1e-999999999')!, 38, 10)).toBe(0n)
    expect(decimalAt(parseDecimal('0e999999999')!, 38, 0)).toBe(0n)
    expect(decimalAt(parseDecimal('1.5e1')!, 4, 2)).toBe(1500n)
    expect(decimalAt(parseDecimal('5e-1')!, 1, 0)).toBe(1n)
    expect(decimalAt(parseDecimal('-0.5')!, 1, 0)).toBe(-1n)
    expect(decimalAt(parseDecimal('9.5')!, 1, 0)).toBeUndefined()
  })

  it('rounds halves away from zero', () => {
    expect([5n, -5n, 4n, -4n, 15n].map((a) => divideHalfUp(a, 10n))).toEqual([1n, -1n, 0n, 0n, 2n])
    expect(divideHalfUp(5n, -10n)).toBe(-1n)
    expect(fitsPrecision(99n, 2)).toBe(true)
    expect(fitsPrecision(-100n, 2)).toBe(false)
  })
})
