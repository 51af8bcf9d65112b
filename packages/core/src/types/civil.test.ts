import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addMonthsToDay, civilOfDay, DAY_MAX, DAY_MIN, dayOfCivil, dayOfMicros, dayOfYear, daysInMonth, floorTo, isoWeek, isoWeekday,
  MICROS_PER_DAY, monthsBetween, timeOfMicros, truncateMicros,
} from './civil.js'

const day = fc.integer({ min: DAY_MIN, max: DAY_MAX })
const utc = (d: number): Date => new Date(d * 86_400_000)

describe('the calendar', () => {
  it('agrees with Date in the years 1 to 9999', () => {
    expect(dayOfCivil(1, 1, 1)).toBe(DAY_MIN)
    expect(dayOfCivil(9999, 12, 31)).toBe(DAY_MAX)
    fc.assert(fc.property(day, (d) => {
      const civil = civilOfDay(d)
      expect(civil).toEqual({ year: utc(d).getUTCFullYear(), month: utc(d).getUTCMonth() + 1, day: utc(d).getUTCDate() })
      expect(dayOfCivil(civil.year, civil.month, civil.day)).toBe(d)
      expect(isoWeekday(d) % 7).toBe(utc(d).getUTCDay())
      expect(dayOfCivil(civil.year, 1, 1) + dayOfYear(d) - 1).toBe(d)
    }))
  })

  it('takes moments apart at every distance from 1970', () => {
    fc.assert(fc.property(day, fc.integer({ min: 0, max: 86_399 }), (d, second) => {
      const micros = d * MICROS_PER_DAY + second * 1_000_000
      expect(dayOfMicros(micros)).toBe(d)
      expect(timeOfMicros(micros)).toBe(second * 1_000_000)
    }))
    // The last double before a midnight.
    for (const d of [DAY_MAX, DAY_MAX - 1, 1, DAY_MIN + 1]) {
      const midnight = d * MICROS_PER_DAY
      const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(midnight))) - 52)
      expect(dayOfMicros(midnight - step)).toBe(d - 1)
      expect(dayOfMicros(midnight)).toBe(d)
    }
  })

  it('knows the weeks of ISO 8601', () => {
    const weekOf = (y: number, m: number, d: number): unknown => isoWeek(dayOfCivil(y, m, d))
    expect(weekOf(2026, 1, 1)).toEqual({ year: 2026, week: 1 })
    expect(weekOf(2027, 1, 3)).toEqual({ year: 2026, week: 53 })
    expect(weekOf(2024, 12, 30)).toEqual({ year: 2025, week: 1 })
    fc.assert(fc.property(day.filter((d) => d > DAY_MIN + 7 && d < DAY_MAX - 7), (d) => {
      const { year, week } = isoWeek(d)
      const fourth = dayOfCivil(year, 1, 4)
      expect(Math.floor((d - (fourth - isoWeekday(fourth) + 1)) / 7) + 1).toBe(week)
      expect(week).toBeGreaterThan(0)
      expect(week).toBeLessThan(54)
    }))
  })

  it('adds months and counts them back', () => {
    fc.assert(fc.property(day, fc.integer({ min: -24_000, max: 24_000 }), (d, months) => {
      const { year, month, day: dayOfMonth } = civilOfDay(d)
      const total = year * 12 + month - 1 + months
      const wanted = { year: Math.floor(total / 12), month: (((total % 12) + 12) % 12) + 1 }
      if (wanted.year < 1 || wanted.year > 9999) {
        expect(() => addMonthsToDay(d, months)).toThrow(/years 1 to 9999/)
        return
      }
      const moved = addMonthsToDay(d, months)
      expect(civilOfDay(moved)).toEqual({ ...wanted, day: Math.min(dayOfMonth, daysInMonth(wanted.year, wanted.month)) })
      if (dayOfMonth <= 28) expect(monthsBetween(d * MICROS_PER_DAY, moved * MICROS_PER_DAY) + 0).toBe(months + 0)
    }))
  })

  it('cuts fractions towards the past', () => {
    expect(truncateMicros(1_999_999, 0)).toBe(1_000_000)
    expect(truncateMicros(-1, 3)).toBe(-1000)
    expect(truncateMicros(-1000, 3)).toBe(-1000)
    expect(truncateMicros(123_456, 6)).toBe(123_456)
    fc.assert(fc.property(fc.integer({ min: -8e15, max: 8e15 }), fc.integer({ min: 1, max: 1e9 }), (micros, unit) => {
      const floor = floorTo(micros, unit)
      expect(Math.abs(floor % unit)).toBe(0)
      expect(BigInt(micros) - BigInt(floor) >= 0n && BigInt(micros) - BigInt(floor) < BigInt(unit)).toBe(true)
    }))
  })
})
