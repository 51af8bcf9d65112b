import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileJavaPattern, compilePostgresPattern } from './time-pattern-language.js'
import { formatPieces, parsePieces, resolutionMicros } from './time-pattern.js'

const moment = (micros: number) => ({ micros, offsetMicros: 0, zoneName: 'UTC' })

describe('time patterns', () => {
  it.each([
    ['java', 'yyyy-MM-dd HH:mm:ss.SSSSSS'], ['java', 'yyyyMMddHHmmssSSSSSS'], ['java', 'd/M/yyyy H:m:s.SSSSSS'],
    ['java', 'EEEE, dd MMMM yyyy hh:mm:ss.SSSSSS a'], ['java', 'yyyy-DDD kk:mm:ss.SSSSSS'],
    ['postgres', 'YYYY-MM-DD HH24:MI:SS.US'], ['postgres', 'Dy, DD Mon YYYY HH12:MI:SS.US AM'],
    ['postgres', 'FMDay FMDD FMMonth YYYY HH24:MI:SS.US'], ['postgres', 'YYYYMMDDHH24MISSUS'], ['postgres', 'YYYY-DDD SSSSS.US'],
  ] as const)('read back what they write: %s %s', (language, pattern) => {
    const pieces = language === 'java' ? compileJavaPattern(pattern) : compilePostgresPattern(pattern)
    // From 1000 on, where years have four digits without padding too, to 9999.
    fc.assert(fc.property(fc.integer({ min: -30_000_000_000, max: 253_000_000_000 }), fc.integer({ min: 0, max: 999_999 }),
      (second, fraction) => {
      const micros = Math.abs(second) < 8e9 ? second * 1e6 + fraction : second * 1e6
      expect(parsePieces(pieces, formatPieces(pieces, moment(micros)))).toEqual({ micros, offsetMicros: null })
    }))
  })

  it.each([
    ['yyyy-MM-dd', '2026-02-30'], ['yyyy-MM-dd', '2026-02'], ['yyyy-MM-dd', '2026-02-03x'], ['yyyyMMdd', '202623'], ['HH:mm', '24:00'],
    ['hh a', '13 PM'], ['MMM', 'Foo'], ['yyyy-DDD', '2025-366'],
  ])('%s does not read %s', (pattern, text) => {
    expect(parsePieces(compileJavaPattern(pattern), text)).toBeNull()
  })

  it.each([
    ['yyyy-MM-dd', 86_400e6], ['HH:mm', 60e6], ['hh a', 3_600e6], ['HH:mm:ss', 1e6], ['HH:mm:ss.SSS', 0], ['EEE', 86_400e6], ["'at'", 86_400e6],
  ])('%s has one text for as long as nothing in it changes', (pattern, resolution) => {
    const pieces = compileJavaPattern(pattern)
    expect(resolutionMicros(pieces)).toBe(resolution)
    if (resolution === 0) return
    fc.assert(fc.property(fc.integer({ min: -60_000, max: 60_000 }), fc.integer({ min: 0, max: 999_999 }), (stretch, millionths) => {
      const start = stretch * resolution
      const within = start + Math.floor((resolution / 1e6) * millionths)
      expect(formatPieces(pieces, moment(within))).toBe(formatPieces(pieces, moment(start)))
    }))
  })

  it('reads zones', () => {
    expect(parsePieces(compileJavaPattern('yyyy-MM-dd HH:mmXXX'), '2026-01-01 10:00+02:00')?.offsetMicros).toBe(7_200_000_000)
    expect(parsePieces(compileJavaPattern("yyyy-MM-dd'T'HH:mm:ssZ"), '2026-01-01T10:00:00-0330')?.offsetMicros).toBe(-12_600_000_000)
    expect(parsePieces(compileJavaPattern('HH:mm XXX'), '10:00 x')).toBeNull()
  })

  it('writes offsets in every width', () => {
    const at = { micros: 0, offsetMicros: -12_600_000_000, zoneName: 'America/St_Johns' }
    expect(formatPieces(compileJavaPattern('XXX|XX|X|Z|xxx|VV'), at)).toBe('-03:30|-0330|-03|-0330|-03:30|America/St_Johns')
    expect(formatPieces(compilePostgresPattern('OF TZ'), at)).toBe('-03 AMERICA/ST_JOHNS')
  })

  it('never throws while reading', () => {
    const pieces = compileJavaPattern('yyyy-MM-dd HH:mm:ss')
    fc.assert(fc.property(fc.stringMatching(/^[0-9: -]{0,20}$/), (text) => {
      const parsed = parsePieces(pieces, text)
      expect(parsed === null || Number.isSafeInteger(parsed.micros)).toBe(true)
    }), { numRuns: 1000 })
  })
})
