import { Decimal } from 'decimal.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from './decode.test.kit.js'
import { doubleOf, exactOf, scanNumber } from './number-text.js'
import { utf8Of } from './utf8-text.js'

const scan = (text: string, strict = false): ReturnType<typeof scanNumber> => scanNumber(utf8Of(text), 0, utf8Of(text).length, strict)
const exact = (text: string, scale: number, digitsMax: number, round = true): ReturnType<typeof exactOf> => exactOf(scan(text)!, utf8Of(text), scale, digitsMax, round)

const numberText = fc.tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.nat(45), fc.option(fc.integer({ min: -60, max: 60 })))
  .map(([sign, digits, places, power]) => {
    const text = String(digits).padStart(places + 1, '0')
    return `${sign}${places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`}${power === null ? '' : `e${power}`}`
  })

describe('numbers out of text', () => {
  it('take JSON\'s grammar when strict, and that of casts otherwise', () => {
    for (const text of ['0', '-0', '10', '1.5', '1e5', '1E+5', '-1.25e-3']) expect(scan(text, true), text).not.toBeNull()
    for (const text of ['', '-', '+1', '01', '.5', '5.', '1e', '1e+', ' 1', '1 ', '0x1', 'NaN', '1.2.3', '--1']) expect(scan(text, true), text).toBeNull()
    for (const text of ['+1', '01', '.5', '5.', ' 1 ', '-.5e1']) expect(scan(text), text).not.toBeNull()
    for (const text of ['', ' ', '.', '+', '-.', 'e5', '1_000', '1 2']) expect(scan(text), text).toBeNull()
  })

  it('are the nearest doubles', () => {
    fc.assert(fc.property(fc.oneof(numberText, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)), (text) => {
      expect(doubleOf(scan(text)!, utf8Of(text))).toBe(Number(text))
    }), { numRuns: fuzzRuns(3000) })
  })

  it('are exact decimals, rounded half away from zero, within their range', () => {
    const Wide = Decimal.clone({ precision: 200, rounding: Decimal.ROUND_HALF_UP })
    fc.assert(fc.property(numberText, fc.integer({ min: 0, max: 38 }), fc.integer({ min: 1, max: 38 }), (text, scale, precision) => {
      const expected = new Wide(text).times(new Wide(10).pow(scale)).toDecimalPlaces(0)
      const result = exact(text, scale, precision)
      if (expected.abs().gte(new Wide(10).pow(precision))) {
        expect(result).toBe('range')
      } else {
        expect(BigInt(result)).toBe(BigInt(expected.toFixed(0)))
        expect(typeof result).toBe(expected.abs().lte(Number.MAX_SAFE_INTEGER) ? 'number' : 'bigint')
        expect(Object.is(result, -0)).toBe(false)
      }
    }), { numRuns: fuzzRuns(5000) })
  })

  it('refuse fractions where whole numbers are wanted', () => {
    expect(exact('12.000', 0, 20, false)).toBe(12)
    expect(exact('1200e-2', 0, 20, false)).toBe(12)
    expect(exact('12.5', 0, 20, false)).toBe('fraction')
    expect(exact('1e-30', 0, 20, false)).toBe('fraction')
    expect(exact('1e999999999', 0, 20, false)).toBe('range')
    expect(exact('0e999999999', 0, 20, false)).toBe(0)
  })
})
