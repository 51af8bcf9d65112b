import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from './decode.test.kit.js'
import { MICROS_PER_DAY, TimestampScanner, dateOf, daysOf, formatTimestamp, isDate, parseDate, parseTimestamp, toPrecision } from './time-text.js'
import { utf8Of } from './utf8-text.js'

const moment = fc.integer({ min: Date.UTC(1, 0, 1) - 1, max: 253_402_300_799_999 }).map((ms) => Math.max(ms, -62_135_596_800_000))

describe('times in text', () => {
  it('are the days that Date counts, over all years', () => {
    for (let days = -719_162; days <= 2_932_896; days += 97) {
      const [year, month, day] = dateOf(days)
      expect(daysOf(year, month, day)).toBe(days)
      expect(new Date(days * 86_400_000).toISOString().slice(0, 10)).toBe(formatTimestamp(days * MICROS_PER_DAY, 0).slice(0, 10))
    }
  })

  it('are read as Date reads them, and written back', () => {
    const scanner = new TimestampScanner()
    fc.assert(fc.property(moment, fc.constantFrom('', 'Z', '+00:00', '-05:30', '+14'), (ms, zone) => {
      const text = `${new Date(ms).toISOString().slice(0, -1)}${zone}`
      const bytes = utf8Of(`${text}"\n${' '.repeat(16)}`)
      const sign = zone.startsWith('-') ? -1 : 1
      const offset = /\d/.test(zone) ? sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6) || 0)) * 60_000 : 0
      expect(parseTimestamp(bytes, 0, text.length)).toBe((ms - offset) * 1000)
      expect(formatTimestamp(ms * 1000, 3)).toBe(new Date(ms).toISOString().replace('T', ' ').slice(0, -1))
      if (zone === '' || zone === 'Z') {
        expect(scanner.scan(bytes, new DataView(bytes.buffer), 0, bytes.length)).toBe(ms * 1000)
        expect(scanner.end).toBe(text.length)
      }
    }), { numRuns: fuzzRuns(2000) })
  })

  it('are never read by the scanner as something that the parser does not see', () => {
    const scanner = new TimestampScanner()
    const near = fc.tuple(moment, fc.nat(22), fc.constantFrom('0', '9', ':', '-', '.', ' ', 'T', 'Z', '"', '\n', 'x')).map(([ms, at, other]) => {
      const text = new Date(ms).toISOString().slice(0, 23)
      return text.slice(0, at) + other + text.slice(at + 1)
    })
    fc.assert(fc.property(near, (text) => {
      const bytes = utf8Of(`${text}"\n${' '.repeat(16)}`)
      const micros = scanner.scan(bytes, new DataView(bytes.buffer), 0, bytes.length)
      const parsed = Number.isNaN(micros) ? NaN : parseTimestamp(bytes, 0, scanner.end)
      expect(micros).toBe(parsed)
    }), { numRuns: fuzzRuns(3000) })
  })

  it('know which dates there are', () => {
    expect(isDate(2024, 2, 29)).toBe(true)
    for (const text of ['2023-02-29', '1900-02-29', '2026-00-10', '2026-13-01', '2026-04-31', '0000-01-01', '2026-1-01', '2026/01/01', '']) {
      expect(parseDate(utf8Of(text), 0, text.length), text).toBeNaN()
    }
    expect(toPrecision(-1, 3)).toBe(-1000)
  })
})
