import {
  civilOfDay, dayOfCivil, dayOfMicros, daysInMonth, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND,
} from './civil.js'

/**
 * Dates, times and timestamps as text.
 *
 * Read: `2026-01-31` (month and day may have one digit), `09:05[:30[.123456…]]`, both joined by blanks or `T`, then
 * optionally a zone: `Z`, `UTC`, `+02`, `+0200`, `+02:00`. Digits of the fraction beyond the sixth are dropped. Years 1 to 9999.
 * Written: `2026-01-31 09:05:30.120`, the fraction with at least the type's digits and more only where they are not 0.
 */

export interface ParsedTimestamp {
  /** As written, the zone left aside. */
  readonly micros: number
  /** Microseconds east of UTC; `null` where the text names no zone. */
  readonly offsetMicros: number | null
}

/** Days since 1970-01-01, or `null`. A time behind the date is checked and dropped. */
export function parseDate(text: string): number | null {
  const parsed = parseTimestamp(text)
  return parsed && dayOfMicros(parsed.micros)
}

/** Microseconds since midnight, or `null`. */
export function parseTime(text: string): number | null {
  start(text)
  const micros = readTime()
  return micros >= 0 && atEnd() ? micros : null
}

export function parseTimestamp(text: string): ParsedTimestamp | null {
  start(text)
  const day = readDate()
  if (Number.isNaN(day)) return null
  if (atEnd()) return { micros: day * MICROS_PER_DAY, offsetMicros: null }
  if (!skipSeparator()) return null
  const time = readTime()
  if (time < 0) return null
  const micros = day * MICROS_PER_DAY + time
  if (atEnd()) return { micros, offsetMicros: null }
  const offsetMicros = readZone()
  return Number.isNaN(offsetMicros) || !atEnd() ? null : { micros, offsetMicros }
}

/** A fixed zone, `Z`, `UTC`, `+02:00`, `GMT+2`, in microseconds east of UTC, or `null`. */
export function parseZoneOffset(text: string): number | null {
  start(text)
  const offset = readZone()
  return Number.isNaN(offset) || !atEnd() ? null : offset
}

// The cursor of the one text being read: module state, because these run once a row and never re-enter.
let source = ''
let at = 0
let end = 0

function start(text: string): void {
  source = text
  at = 0
  end = text.length
  while (at < end && source.charCodeAt(at) <= 0x20) at++
  while (end > at && source.charCodeAt(end - 1) <= 0x20) end--
}

function atEnd(): boolean {
  return at === end
}

function skipSeparator(): boolean {
  const unit = source.charCodeAt(at) | 0x20
  if (unit === 0x74 /* t, T */) {
    at++
    return true
  }
  const from = at
  while (at < end && source.charCodeAt(at) === 0x20) at++
  return at > from
}

function isDigit(offset: number): boolean {
  const unit = source.charCodeAt(offset)
  return offset < end && unit >= 0x30 && unit <= 0x39
}

/** One to `digitsMax` digits as a number, or −1. */
function readNumber(digitsMax: number): number {
  const from = at
  let value = 0
  while (at - from < digitsMax && isDigit(at)) value = value * 10 + source.charCodeAt(at++) - 0x30
  return at === from ? -1 : value
}

function skip(unit: number): boolean {
  if (at >= end || source.charCodeAt(at) !== unit) return false
  at++
  return true
}

function readDate(): number {
  const from = at
  const year = readNumber(4)
  if (at - from !== 4 || year < 1 || !skip(0x2d)) return NaN
  const month = readNumber(2)
  if (month < 1 || month > 12 || !skip(0x2d)) return NaN
  const day = readNumber(2)
  if (day < 1 || day > daysInMonth(year, month) || isDigit(at)) return NaN
  return dayOfCivil(year, month, day)
}

function readTime(): number {
  const hour = readNumber(2)
  if (hour < 0 || hour > 23 || !skip(0x3a)) return -1
  const minute = readNumber(2)
  if (minute < 0 || minute > 59) return -1
  let micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE
  if (!skip(0x3a)) return isDigit(at) ? -1 : micros
  const second = readNumber(2)
  if (second < 0 || second > 59) return -1
  micros += second * MICROS_PER_SECOND
  if (!skip(0x2e)) return isDigit(at) ? -1 : micros
  const from = at
  for (let unit = 100_000; isDigit(at); at++, unit = Math.floor(unit / 10)) micros += unit * (source.charCodeAt(at) - 0x30)
  return at === from ? -1 : micros
}

function readZone(): number {
  while (at < end && source.charCodeAt(at) === 0x20) at++
  if ((source.charCodeAt(at) | 0x20) === 0x7a /* z, Z */) {
    at++
    return 0
  }
  const name = source.slice(at, at + 3).toUpperCase()
  if (name === 'UTC' || name === 'GMT') {
    at += 3
    if (atEnd()) return 0
  }
  const sign = source[at] === '+' ? 1 : source[at] === '-' ? -1 : NaN
  at++
  const hours = readNumber(2)
  if (Number.isNaN(sign) || hours < 0 || hours > 18) return NaN
  if (atEnd()) return sign * hours * MICROS_PER_HOUR
  skip(0x3a)
  const from = at
  const minutes = readNumber(2)
  if (at - from !== 2 || minutes > 59) return NaN
  return sign * (hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE)
}

export function pad2(value: number): string {
  return value < 10 ? `0${value}` : `${value}`
}

export function formatDate(day: number): string {
  const civil = civilOfDay(day)
  const year = civil.year < 0 ? `-${String(-civil.year).padStart(4, '0')}` : String(civil.year).padStart(4, '0')
  return `${year}-${pad2(civil.month)}-${pad2(civil.day)}`
}

export function formatTime(micros: number, precision: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND)
  const hour = Math.floor(seconds / 3600)
  const text = `${pad2(hour)}:${pad2(Math.floor(seconds / 60) % 60)}:${pad2(seconds % 60)}`
  return text + formatFraction(micros - seconds * MICROS_PER_SECOND, precision)
}

function formatFraction(micros: number, precision: number): string {
  if (micros === 0) return precision === 0 ? '' : `.${'0'.repeat(precision)}`
  let digits = String(micros).padStart(6, '0')
  while (digits.length > precision && digits.endsWith('0')) digits = digits.slice(0, -1)
  return `.${digits}`
}

export function formatTimestamp(micros: number, precision: number): string {
  const day = dayOfMicros(micros)
  return `${formatDate(day)} ${formatTime(micros - day * MICROS_PER_DAY, precision)}`
}

// -------------------------------------------------------------------------------------------------------- intervals

const DAY_TIME = /^([+-]?)(?:(\d{1,9})(?: +(?=\d)|$))?(?:(\d{1,9}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?$/
const YEAR_MONTH = /^([+-]?)(\d{1,6})(?:-(\d{1,2}))?$/

/** `3 04:05:06.789`, `04:05`, `3` (days) as microseconds, or `null`. */
export function parseDayInterval(text: string): number | null {
  const match = DAY_TIME.exec(text.trim())
  if (match === null) return null
  const [, sign, days, hours, minutes, seconds, fraction] = match
  if (days === undefined && hours === undefined) return null
  const micros = Number(days ?? 0) * MICROS_PER_DAY + Number(hours ?? 0) * MICROS_PER_HOUR + Number(minutes ?? 0) * MICROS_PER_MINUTE +
    Number(seconds ?? 0) * MICROS_PER_SECOND + Number((fraction ?? '').padEnd(6, '0').slice(0, 6))
  return sign === '-' ? -micros : micros
}

/** `2-06` (years, months), `2` (years) as months, or `null`. */
export function parseMonthInterval(text: string): number | null {
  const match = YEAR_MONTH.exec(text.trim())
  if (match === null) return null
  const months = Number(match[2]) * 12 + Number(match[3] ?? 0)
  return match[1] === '-' ? -months : months
}

/** `+3 04:05:06.789`: sign, days, time with at least three digits of fraction. */
export function formatDayInterval(micros: number): string {
  const magnitude = Math.abs(micros)
  const days = dayOfMicros(magnitude)
  return `${micros < 0 ? '-' : '+'}${days} ${formatTime(magnitude - days * MICROS_PER_DAY, 3)}`
}

/** `+2-06` */
export function formatMonthInterval(months: number): string {
  const magnitude = Math.abs(months)
  return `${months < 0 ? '-' : '+'}${Math.floor(magnitude / 12)}-${pad2(magnitude % 12)}`
}
