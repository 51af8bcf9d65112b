import {
  addMonthsToDay, civilOfDay, dayOfCivil, dayOfMicros, dayOfYear, floorTo, isoWeek, isoWeekday, MICROS_PER_DAY, MICROS_PER_HOUR,
  MICROS_PER_MILLI, MICROS_PER_MINUTE, MICROS_PER_SECOND, monthsBetween, timeOfMicros,
} from '../types/civil.js'
import { badArgument } from './function-error.js'
import { lookup } from '../lookup.js'

/** Units of time by name: what EXTRACT, DATE_TRUNC, TIMESTAMPADD and their like understand. */
export type TimeUnit =
  | 'microsecond' | 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'
  | 'decade' | 'century' | 'millennium'

/** What EXTRACT takes beyond the units. */
export type TimeField = TimeUnit | 'isoyear' | 'doy' | 'dow' | 'isodow' | 'epoch'

const UNIT_NAMES: Readonly<Record<string, TimeUnit>> = lookup({
  microsecond: 'microsecond', us: 'microsecond', millisecond: 'millisecond', ms: 'millisecond', second: 'second', s: 'second',
  sec: 'second', minute: 'minute', min: 'minute',
  hour: 'hour', h: 'hour', day: 'day', d: 'day', dayofmonth: 'day', week: 'week', w: 'week', month: 'month', mon: 'month',
  quarter: 'quarter', year: 'year', y: 'year',
  decade: 'decade', century: 'century', millennium: 'millennium',
})

const FIELD_NAMES: Readonly<Record<string, TimeField>> = lookup({
  ...UNIT_NAMES, isoyear: 'isoyear', doy: 'doy', dayofyear: 'doy', dow: 'dow', dayofweek: 'dow', isodow: 'isodow', epoch: 'epoch',
})

function named<T>(names: Readonly<Record<string, T>>, name: string): T {
  const key = name.trim().toLowerCase().replace(/^sql_tsi_/, '')
  const singular = key.endsWith('s') && key.length > 2 ? key.slice(0, -1) : key
  if (Object.hasOwn(names, key)) return names[key]!
  if (Object.hasOwn(names, singular)) return names[singular]!
  return badArgument(`no unit of time '${name}'; there are ${[...new Set(Object.values(names))].join(', ')}`)
}

/** @throws MillraceError FUNCTION_ARGUMENT naming the units there are */
export function timeUnit(name: string): TimeUnit {
  return named(UNIT_NAMES, name)
}

export function timeField(name: string): TimeField {
  return named(FIELD_NAMES, name)
}

/** Length of the units that always have the same. */
export const UNIT_MICROS: Readonly<Partial<Record<TimeUnit, number>>> = {
  microsecond: 1, millisecond: MICROS_PER_MILLI, second: MICROS_PER_SECOND, minute: MICROS_PER_MINUTE, hour: MICROS_PER_HOUR,
  day: MICROS_PER_DAY, week: 7 * MICROS_PER_DAY,
}

const UNIT_MONTHS: Readonly<Partial<Record<TimeUnit, number>>> = {
  month: 1, quarter: 3, year: 12, decade: 120, century: 1200, millennium: 12_000,
}

/** Months of a unit; 0 for those that are counted in microseconds. */
export function monthsOf(unit: TimeUnit): number {
  return UNIT_MONTHS[unit] ?? 0
}

/** A part of a moment. Weeks and ISO years are those of ISO 8601; `dow` is 1 = Sunday … 7, `isodow` 1 = Monday … 7. */
export function extractField(field: TimeField, micros: number): number {
  const day = dayOfMicros(micros)
  const time = micros - day * MICROS_PER_DAY
  switch (field) {
    case 'microsecond': return time % MICROS_PER_SECOND
    case 'millisecond': return Math.floor((time % MICROS_PER_SECOND) / 1000)
    case 'second': return Math.floor(time / MICROS_PER_SECOND) % 60
    case 'minute': return Math.floor(time / MICROS_PER_MINUTE) % 60
    case 'hour': return Math.floor(time / MICROS_PER_HOUR)
    case 'day': return civilOfDay(day).day
    case 'doy': return dayOfYear(day)
    case 'dow': return (isoWeekday(day) % 7) + 1
    case 'isodow': return isoWeekday(day)
    case 'week': return isoWeek(day).week
    case 'isoyear': return isoWeek(day).year
    case 'month': return civilOfDay(day).month
    case 'quarter': return Math.ceil(civilOfDay(day).month / 3)
    case 'year': return civilOfDay(day).year
    case 'decade': return Math.floor(civilOfDay(day).year / 10)
    case 'century': return Math.ceil(civilOfDay(day).year / 100)
    case 'millennium': return Math.ceil(civilOfDay(day).year / 1000)
    case 'epoch': return Math.floor(micros / MICROS_PER_SECOND)
  }
}

/** The start of the unit in which a moment lies. Weeks begin on Monday. */
export function floorToUnit(unit: TimeUnit, micros: number): number {
  switch (unit) {
    case 'microsecond': return micros
    case 'millisecond': case 'second': case 'minute': case 'hour': {
      const time = timeOfMicros(micros)
      return micros - time + floorTo(time, UNIT_MICROS[unit]!)
    }
    default: return floorDayToUnit(unit, dayOfMicros(micros)) * MICROS_PER_DAY
  }
}

export function floorDayToUnit(unit: TimeUnit, day: number): number {
  const { year, month } = civilOfDay(day)
  switch (unit) {
    case 'week': return day - isoWeekday(day) + 1
    case 'month': return dayOfCivil(year, month, 1)
    case 'quarter': return dayOfCivil(year, month - ((month - 1) % 3), 1)
    case 'year': return dayOfCivil(year, 1, 1)
    case 'decade': return dayOfCivil(Math.max(year - (year % 10), 1), 1, 1)
    case 'century': return dayOfCivil(year - ((year - 1) % 100), 1, 1)
    case 'millennium': return dayOfCivil(year - ((year - 1) % 1000), 1, 1)
    default: return day
  }
}

/** The moment itself where a unit starts there, else the start of the next one. */
export function ceilToUnit(unit: TimeUnit, micros: number): number {
  const start = floorToUnit(unit, micros)
  if (start === micros) return micros
  const months = monthsOf(unit)
  return months === 0 ? start + UNIT_MICROS[unit]! : addMonthsToDay(dayOfMicros(start), months) * MICROS_PER_DAY
}

/** Whole units from `from` to `to`, towards zero. */
export function unitsBetween(unit: TimeUnit, from: number, to: number): number {
  const months = monthsOf(unit)
  return Math.trunc(months === 0 ? (to - from) / UNIT_MICROS[unit]! : monthsBetween(from, to) / months) + 0
}
