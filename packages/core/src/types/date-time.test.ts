import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MAX, DAY_MIN, MICROS_PER_DAY } from './civil.js'
import {
  formatDate, formatDayInterval, formatMonthInterval, formatTime, formatTimestamp, parseDate, parseDayInterval, parseMonthInterval,
  parseTime, parseTimestamp, parseZoneOffset,
} from './date-time.js'

describe('dates and times as text', () => {
  it('round trip over the years 1 to 9999', () => {
    fc.assert(fc.property(fc.integer({ min: DAY_MIN, max: DAY_MAX }), (day) => {
      const text = formatDate(day)
      expect(text).toBe(new Date(day * 86_400_000).toISOString().slice(0, 10))
      expect(parseDate(text)).toBe(day)
    }))
    fc.assert(fc.property(fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 }), fc.integer({ min: 0, max: 6 }),
      fc.constantFrom(' ', 'T', 't', '  '), (micros, precision, separator) => {
      const text = formatTimestamp(micros, precision)
      expect(parseTimestamp(text.replace(' ', separator))).toEqual({ micros, offsetMicros: null })
    }))
    fc.assert(fc.property(fc.integer({ min: 0, max: MICROS_PER_DAY - 1 }), (micros) =>
      { expect(parseTime(formatTime(micros, 0))).toBe(micros) }))
  })

  it('agrees with Date for ISO 8601', () => {
    fc.assert(fc.property(fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
      expect(parseTimestamp(date.toISOString())).toEqual({ micros: date.getTime() * 1000, offsetMicros: 0 })
    }))
  })

  it.each([
    ['2026-1-5', '2026-01-05 00:00:00'], [' 2026-01-05 ', '2026-01-05 00:00:00'], ['2026-01-05 9:05', '2026-01-05 09:05:00'],
    ['2026-01-05 09:05:07.1234567899', '2026-01-05 09:05:07.123456'], ['2026-01-05T09:05:07Z', '2026-01-05 09:05:07'],
  ])('reads %j', (text, expected) => {
    expect(formatTimestamp(parseTimestamp(text)!.micros, 0)).toBe(expected)
  })

  it.each([
    '', 'x', '2026', '2026-01', '2026-13-01', '2026-00-01', '2026-02-29', '0000-01-01', '20260101', '02026-01-01', '2026-01-01x',
    '2026-01-01T',
    '2026-01-01 24:00', '2026-01-01 10', '2026-01-01 10:60', '2026-01-01 10:00:60', '2026-01-01 10:00:00.', '2026-01-01 10:00:00 X',
    '2026-01-01 10:00:00+', '2026-01-01 10:00:00+2:0', '2026-01-01 10:000', '2026-01-011',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeNull()
  })

  it('never throws and never reads nonsense as a date', () => {
    fc.assert(fc.property(fc.stringMatching(/^[0-9:T.+Z -]{0,30}$/), (text) => {
      const parsed = parseTimestamp(text)
      expect(parsed === null || Number.isFinite(parsed.micros)).toBe(true)
    }), { numRuns: 2000 })
  })

  it('knows fixed zones', () => {
    expect(['Z', 'UTC', '+02', '+0230', '-02:30', 'GMT+2', 'UTC-05:00'].map((zone) =>
      parseZoneOffset(zone)! / 60_000_000)).toEqual([0, 0, 120, 150, -150, 120, -300])
    expect(['', 'Europe/Vienna', '+', '+2:3', '+19', 'GMTX'].map(parseZoneOffset)).toEqual([null, null, null, null, null, null])
  })

  it('shows at least the digits of the type, and more only where they are not 0', () => {
    expect(formatTimestamp(0, 3)).toBe('1970-01-01 00:00:00.000')
    expect(formatTimestamp(1, 3)).toBe('1970-01-01 00:00:00.000001')
    expect(formatTimestamp(120_000, 0)).toBe('1970-01-01 00:00:00.12')
    expect(formatTimestamp(-1, 0)).toBe('1969-12-31 23:59:59.999999')
  })
})

describe('intervals as text', () => {
  it('round trip', () => {
    fc.assert(fc.property(fc.integer({ min: -8_000_000_000_000_000, max: 8_000_000_000_000_000 }), (micros) =>
      { expect(parseDayInterval(formatDayInterval(micros))! + 0).toBe(micros + 0) }))
    fc.assert(fc.property(fc.integer({ min: -119_999, max: 119_999 }), (months) =>
      { expect(parseMonthInterval(formatMonthInterval(months))! + 0).toBe(months + 0) }))
  })

  it.each(['', 'x', '1 2', ':', '1:2:', '1 day', '1-2-3'])('refuses %j', (text) => {
    expect(parseDayInterval(text)).toBeNull()
    expect(parseMonthInterval(text)).toBeNull()
  })

  it('reads parts', () => {
    expect(parseDayInterval('3')).toBe(3 * MICROS_PER_DAY)
    expect(parseDayInterval('01:30')).toBe(5_400_000_000)
    expect(parseDayInterval('-1 00:00:00.5')).toBe(-MICROS_PER_DAY - 500_000)
    expect(parseMonthInterval('2')).toBe(24)
  })
})
