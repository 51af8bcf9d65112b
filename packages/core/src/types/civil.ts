import { MillraceError } from '../errors.js'

/**
 * The proleptic Gregorian calendar in whole days and microseconds. A day is a number of days since 1970-01-01, a moment
 * a number of microseconds since its midnight (of no zone).
 */

export const MICROS_PER_MILLI = 1_000
export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_MINUTE = 60_000_000
export const MICROS_PER_HOUR = 3_600_000_000
export const MICROS_PER_DAY = 86_400_000_000

/** 0001-01-01 and 9999-12-31. */
export const DAY_MIN = -719_162
export const DAY_MAX = 2_932_896

export interface CivilDate {
  readonly year: number
  /** 1 … 12 */
  readonly month: number
  /** 1 … 31 */
  readonly day: number
}

/** Days since 1970-01-01 of a date of the calendar, which must exist. Counts eras of 400 years that begin in March. */
export function dayOfCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

export function civilOfDay(day: number): CivilDate {
  const z = day + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 }
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1]!
}

/** The day a moment falls on. */
export function dayOfMicros(micros: number): number {
  const day = Math.floor(micros / MICROS_PER_DAY)
  // Far from 1970 the quotient rounds; the product is exact and shows it.
  const rest = micros - day * MICROS_PER_DAY
  return rest < 0 ? day - 1 : rest >= MICROS_PER_DAY ? day + 1 : day
}

/** Microseconds since midnight of a moment. */
export function timeOfMicros(micros: number): number {
  return micros - dayOfMicros(micros) * MICROS_PER_DAY
}

/** 1 = Monday … 7 = Sunday. */
export function isoWeekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

export function dayOfYear(day: number): number {
  return day - dayOfCivil(civilOfDay(day).year, 1, 1) + 1
}

/** ISO 8601 week (1 … 53) and the year it belongs to. */
export function isoWeek(day: number): { readonly year: number; readonly week: number } {
  const thursday = day - isoWeekday(day) + 4
  const { year } = civilOfDay(thursday)
  return { year, week: Math.floor((thursday - dayOfCivil(year, 1, 1)) / 7) + 1 }
}

/** A day `months` later; the day of the month is cut to the length of the month reached. */
export function addMonthsToDay(day: number, months: number): number {
  const civil = civilOfDay(day)
  const total = civil.year * 12 + civil.month - 1 + months
  const year = Math.floor(total / 12)
  if (year < 1 || year > 9999) throw new MillraceError('NUMERIC_OVERFLOW', `adding ${months} months leaves the years 1 to 9999`)
  const month = total - year * 12 + 1
  return dayOfCivil(year, month, Math.min(civil.day, daysInMonth(year, month)))
}

/** {@link addMonthsToDay} for a moment, keeping its time of day. */
export function addMonthsToMicros(micros: number, months: number): number {
  const day = dayOfMicros(micros)
  return addMonthsToDay(day, months) * MICROS_PER_DAY + (micros - day * MICROS_PER_DAY)
}

/** Whole months from `from` to `to`, towards zero. */
export function monthsBetween(from: number, to: number): number {
  const dayFrom = dayOfMicros(from)
  const dayTo = dayOfMicros(to)
  const a = civilOfDay(dayFrom)
  const b = civilOfDay(dayTo)
  const months = (b.year - a.year) * 12 + b.month - a.month
  const restFrom = a.day * MICROS_PER_DAY + timeOfMicros(from)
  const restTo = b.day * MICROS_PER_DAY + timeOfMicros(to)
  if (months > 0 && restTo < restFrom) return months - 1
  return months < 0 && restTo > restFrom ? months + 1 : months
}

const PRECISION_UNITS = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1]

/** Drops the digits beyond `precision` (0 … 6) of the seconds' fraction; towards the past before 1970. */
export function truncateMicros(micros: number, precision: number): number {
  const unit = PRECISION_UNITS[precision] ?? 1
  return unit === 1 ? micros : floorTo(micros, unit)
}

/** The largest multiple of `unit` that is not after `micros`. */
export function floorTo(micros: number, unit: number): number {
  const rest = micros % unit
  return rest === 0 ? micros : rest < 0 ? micros - rest - unit : micros - rest
}
