import { describe, expect, test } from 'vitest'
import { intervalUnit, intervalValue } from './interval.js'

const span = { start: 0, end: 1 }

describe('intervals', () => {
  test.each<[string, string, number]>([
    ['5', 'MINUTE', 300_000_000], ['1.5', 'SECOND', 1_500_000], ['0.000001', 'SECOND', 1], ['-2', 'DAY', -172_800_000_000], ['1', 'WEEK', 604_800_000_000], ['0', 'DAY', 0], ['-0', 'DAY', 0],
    ['0.1', 'HOUR', 360_000_000], ['1 2', 'DAY TO HOUR', 93_600_000_000], ['1 12:30', 'DAY TO MINUTE', 131_400_000_000], ['1 2:3:4.5', 'DAY TO SECOND', 93_784_500_000],
    ['10:30', 'HOUR TO MINUTE', 37_800_000_000], ['1:2:3.000004', 'HOUR TO SECOND', 3_723_000_004], ['-1:30', 'MINUTE TO SECOND', -90_000_000], ['250', 'MILLISECOND', 250_000], [' 7 ', 'MICROSECOND', 7],
  ])('%s %s', (text, unit, micros) => {
    expect(intervalValue(text, unit, span)).toEqual({ kind: 'micros', micros })
  })

  test.each<[string, string, number]>([['1', 'YEAR', 12], ['2', 'QUARTER', 6], ['-3', 'MONTH', -3], ['1-6', 'YEAR TO MONTH', 18], ['-1-6', 'YEAR TO MONTH', -18]])('%s %s', (text, unit, months) => {
    expect(intervalValue(text, unit, span)).toEqual({ kind: 'months', months })
  })

  test.each([['x', 'DAY'], ['', 'DAY'], ['1 2', 'DAY'], ['1', 'DAY TO HOUR'], ['0.0000001', 'SECOND'], ['1.5', 'MONTH'], ['99999999999999', 'DAY'], ['1e3', 'SECOND'], ['--1', 'DAY']])('%j %s is none', (text, unit) => {
    expect(() => intervalValue(text, unit, span)).toThrow(/no interval|no whole number/)
  })

  test('units', () => {
    expect(['minute', 'MINUTES', 'm', 'min', 'ms', 's', 'secs', 'us', 'h', 'd', 'weeks', 'Day'].map(intervalUnit)).toEqual(['MINUTE', 'MINUTE', 'MINUTE', 'MINUTE', 'MILLISECOND', 'SECOND', 'SECOND', 'MICROSECOND', 'HOUR', 'DAY', 'WEEK', 'DAY'])
    expect(['x', 'mm', '', 'constructor'].map(intervalUnit)).toEqual([null, null, null, null])
  })
})
