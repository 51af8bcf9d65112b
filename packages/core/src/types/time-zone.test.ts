import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTimestamp, parseTimestamp } from './date-time.js'
import { timeZoneOf } from './time-zone.js'

const at = (text: string): number => parseTimestamp(text)!.micros
const shown = (micros: number): string => formatTimestamp(micros, 0)

describe('time zones', () => {
  it('are what Intl says', () => {
    for (const name of ['Europe/Vienna', 'America/St_Johns', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Monrovia']) {
      const zone = timeZoneOf(name)
      const format = new Intl.DateTimeFormat('en-GB', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' })
      fc.assert(fc.property(fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(2050, 0) / 1000 }), (second) => {
        const [date = '', time] = format.format(second * 1000).split(', ')
        expect(shown(zone.toLocal(second * 1e6))).toBe(`${date.split('/').reverse().join('-')} ${time}`)
      }), { numRuns: 100 })
    }
  })

  it('come back from local time', () => {
    const zone = timeZoneOf('America/New_York')
    fc.assert(fc.property(fc.integer({ min: Date.UTC(1971, 0) / 1000, max: Date.UTC(2050, 0) / 1000 }), (second) => {
      const local = zone.toLocal(second * 1e6)
      // The hour that the clock shows twice means its first time.
      expect([0, 3_600_000_000]).toContain(second * 1e6 - zone.toUtc(local))
      expect(zone.toLocal(zone.toUtc(local))).toBe(local)
    }))
  })

  it('move times that are skipped, and take the first of two', () => {
    const zone = timeZoneOf('Europe/Vienna')
    expect(shown(zone.toUtc(at('2026-03-29 02:30:00')))).toBe('2026-03-29 01:30:00')
    expect(shown(zone.toUtc(at('2026-10-25 02:30:00')))).toBe('2026-10-25 00:30:00')
    expect(shown(zone.toUtc(at('2026-03-29 03:00:00')))).toBe('2026-03-29 01:00:00')
    expect(shown(zone.toUtc(at('2026-03-29 01:59:59')))).toBe('2026-03-29 00:59:59')
  })

  it('may be fixed, and must exist', () => {
    expect(timeZoneOf('+05:30').toLocal(0)).toBe(19_800_000_000)
    expect(timeZoneOf('UTC').toUtc(5)).toBe(5)
    expect(() => timeZoneOf('Europe/Atlantis')).toThrow(/no time zone `Europe\/Atlantis`/)
  })
})
