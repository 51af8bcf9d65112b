import { NARROW_MAX } from '../limits.js'

/**
 * Dates and times out of text, byte by byte:
 *
 * - date `2026-01-31`, years 0001 to 9999;
 * - time `12:34`, `12:34:56`, `12:34:56.123456…`;
 * - timestamp: a date, or date and time with a blank or `T` between, and a zone: `Z`, `+02`, `+02:00`, `+0200`.
 *
 * Digits past the microsecond are dropped. A zone moves the result to UTC, for TIMESTAMP as for TIMESTAMP_LTZ; without
 * one it is taken as it stands (which for TIMESTAMP_LTZ is UTC). Everything here returns NaN for a text that is none.
 */

export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_DAY = 86_400_000_000

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar; no checks. */
export function daysOf(year: number, month: number, day: number): number {
  // Years that begin in March put the leap day last.
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

const DAYS_IN_MONTH: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= DAYS_IN_MONTH[month]! + (leap ? 1 : 0)
}

/** Two digits at `p`, or NaN. */
function two(bytes: Uint8Array, p: number, end: number): number {
  if (p + 2 > end) return NaN
  const a = bytes[p]! ^ 48
  const b = bytes[p + 1]! ^ 48
  return a < 10 && b < 10 ? a * 10 + b : NaN
}

/** Days since 1970-01-01 of the ten bytes at `p`, or NaN. */
export function dateAt(bytes: Uint8Array, p: number, end: number): number {
  if (p + 10 > end || bytes[p + 4] !== 45 || bytes[p + 7] !== 45) return NaN
  const year = two(bytes, p, end) * 100 + two(bytes, p + 2, end)
  const month = two(bytes, p + 5, end)
  const day = two(bytes, p + 8, end)
  return isDate(year, month, day) ? daysOf(year, month, day) : NaN
}

/** Days since 1970-01-01, blanks around allowed. */
export function parseDate(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 32) start++
  while (end > start && bytes[end - 1] === 32) end--
  return end - start === 10 ? dateAt(bytes, start, end) : NaN
}

let timeEnd = 0

/** Microseconds since midnight of the time at `p`, which may be followed by something: its end is then in `timeEnd`. */
function timeAt(bytes: Uint8Array, p: number, end: number): number {
  const hour = two(bytes, p, end)
  if (p + 5 > end || bytes[p + 2] !== 58) return NaN
  const minute = two(bytes, p + 3, end)
  if (!(hour < 24 && minute < 60)) return NaN
  p += 5
  let micros = (hour * 60 + minute) * 60 * MICROS_PER_SECOND
  if (p < end && bytes[p] === 58) {
    const second = two(bytes, p + 1, end)
    if (!(second < 60)) return NaN
    micros += second * MICROS_PER_SECOND
    p += 3
    if (p < end && bytes[p] === 46) {
      const fraction = ++p
      let digit: number
      let unit = 100_000
      while (p < end && (digit = bytes[p]! ^ 48) < 10) {
        micros += digit * unit
        // Past the sixth digit the unit is 0: the rest is dropped.
        unit = Math.floor(unit / 10)
        p++
      }
      if (p === fraction) return NaN
    }
  }
  timeEnd = p
  return micros
}

/** Microseconds since midnight, blanks around allowed. */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 32) start++
  while (end > start && bytes[end - 1] === 32) end--
  const micros = timeAt(bytes, start, end)
  return timeEnd === end ? micros : NaN
}

/** Microseconds since 1970-01-01 00:00, blanks around allowed. */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 32) start++
  while (end > start && bytes[end - 1] === 32) end--
  const days = dateAt(bytes, start, end)
  if (days !== days) return NaN
  let p = start + 10
  if (p === end) return days * MICROS_PER_DAY
  if (bytes[p] !== 32 && bytes[p] !== 84 && bytes[p] !== 116) return NaN
  const micros = timeAt(bytes, p + 1, end)
  if (micros !== micros) return NaN
  p = timeEnd
  const offset = p === end ? 0 : zoneAt(bytes, p, end)
  return days * MICROS_PER_DAY + micros - offset
}

/** Microseconds that a zone is ahead of UTC; NaN if `bytes[p … end)` is no zone. */
function zoneAt(bytes: Uint8Array, p: number, end: number): number {
  if (bytes[p] === 32 && p + 1 < end) p++
  const sign = bytes[p]
  if ((sign === 90 || sign === 122) && p + 1 === end) return 0
  if (sign !== 43 && sign !== 45) return NaN
  const hours = two(bytes, p + 1, end)
  let minutes = 0
  p += 3
  if (p < end) {
    if (bytes[p] === 58) p++
    minutes = two(bytes, p, end)
    p += 2
  }
  if (p !== end || !(hours <= 18 && minutes < 60)) return NaN
  const micros = (hours * 60 + minutes) * 60 * MICROS_PER_SECOND
  return sign === 45 ? -micros : micros
}

/** Microseconds of the last digit of a time with `precision` digits of a second. */
export function unitOfPrecision(precision: number): number {
  return 10 ** (6 - Math.min(6, precision))
}

/**
 * Drops what a type of that precision does not hold, towards the past. Before 1684 and after 2255 doubles no longer hold
 * every microsecond: there the nearest unit is meant, or 12:00:00.849 would become .848.
 */
export function toPrecision(micros: number, precision: number): number {
  const unit = unitOfPrecision(precision)
  if (unit === 1) return micros
  return (Math.abs(micros) <= NARROW_MAX ? Math.floor(micros / unit) : Math.round(micros / unit)) * unit
}

/**
 * Reads timestamps of one shape, `YYYY-MM-DD HH:MM:SS[.fraction][Z]`, quickly: rows that follow each other are often of
 * the same minute, whose sixteen bytes are then compared and not read.
 */
export class TimestampScanner {
  #word0 = 0
  #word1 = 0
  #word2 = 0
  #word3 = 0
  #minute = NaN
  /** Where the text of the last {@link scan} ended. */
  end = 0

  /**
   * @param view of the same bytes; 24 bytes from `p` on must be readable
   * @returns microseconds since 1970, or NaN where the text has another shape (it may still be a timestamp)
   */
  scan(bytes: Uint8Array, view: DataView, p: number, limit: number): number {
    if (p + 24 > view.byteLength) return NaN
    if (view.getInt32(p, true) !== this.#word0 || view.getInt32(p + 4, true) !== this.#word1
      || view.getInt32(p + 8, true) !== this.#word2 || view.getInt32(p + 12, true) !== this.#word3) {
      if (!this.#readMinute(bytes, view, p, limit)) return NaN
    }
    const tens = bytes[p + 17]! ^ 48
    const ones = bytes[p + 18]! ^ 48
    if (bytes[p + 16] !== 58 || tens > 5 || ones > 9) return NaN
    let micros = this.#minute + (tens * 10 + ones) * MICROS_PER_SECOND
    p += 19
    if (bytes[p] === 46) {
      p++
      let digit: number
      let fraction = 0
      let count = 0
      while ((digit = bytes[p]! ^ 48) < 10) {
        if (count < 6) {
          fraction = fraction * 10 + digit
          count++
        }
        p++
      }
      if (count === 0) return NaN
      micros += fraction * FRACTION_UNITS[count]!
    }
    if (bytes[p] === 90) p++
    this.end = p
    return micros
  }

  #readMinute(bytes: Uint8Array, view: DataView, p: number, limit: number): boolean {
    const days = dateAt(bytes, p, limit)
    const hour = two(bytes, p + 11, limit)
    const minute = two(bytes, p + 14, limit)
    const between = bytes[p + 10]
    if (days !== days || !(hour < 24 && minute < 60) || bytes[p + 13] !== 58 || (between !== 32 && between !== 84)) return false
    this.#word0 = view.getInt32(p, true)
    this.#word1 = view.getInt32(p + 4, true)
    this.#word2 = view.getInt32(p + 8, true)
    this.#word3 = view.getInt32(p + 12, true)
    this.#minute = days * MICROS_PER_DAY + (hour * 60 + minute) * 60 * MICROS_PER_SECOND
    return true
  }
}

const FRACTION_UNITS: Int32Array = Int32Array.of(1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)

/** The date of a day number, as year, month, day. */
export function dateOf(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day]
}

const digits = (value: number, width: number): string => String(value).padStart(width, '0')

export function formatDate(days: number): string {
  const [year, month, day] = dateOf(days)
  return `${year < 0 ? '-' : ''}${digits(Math.abs(year), 4)}-${digits(month, 2)}-${digits(day, 2)}`
}

/** `12:34:56`, with `precision` digits after the second. */
export function formatTime(micros: number, precision: number): string {
  const seconds = Math.floor(micros / MICROS_PER_SECOND)
  const text = `${digits(Math.floor(seconds / 3600), 2)}:${digits(Math.floor(seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}`
  if (precision === 0) return text
  return `${text}.${digits(micros - seconds * MICROS_PER_SECOND, 6).slice(0, precision)}`
}

/** `2026-01-31 12:34:56`, with `precision` digits after the second. */
export function formatTimestamp(micros: number, precision: number): string {
  const days = Math.floor(micros / MICROS_PER_DAY)
  if (Math.abs(micros) > NARROW_MAX) {
    // Whole units of the day, as near as the double is to one.
    const unit = unitOfPrecision(precision)
    const inDay = Math.round((micros - days * MICROS_PER_DAY) / unit) * unit
    if (inDay < MICROS_PER_DAY) return `${formatDate(days)} ${formatTime(inDay, precision)}`
  }
  return `${formatDate(days)} ${formatTime(micros - days * MICROS_PER_DAY, precision)}`
}
