import {
  addMonthsToDay, addMonthsToMicros, civilOfDay, dayOfCivil, daysInMonth, isoWeekday, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE,
  MICROS_PER_SECOND, monthsBetween,
} from '../../types/civil.js'
import { BIGINT, DATE, INT, isTimestamp, timestamp } from '../../types/data-type.js'
import type { DataType } from '../../types/data-type.js'
import { timeZoneOf } from '../../types/time-zone.js'
import type { FunctionContext, ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { memoize } from '../memoize.js'
import { INTEGER, LONG, MOMENT_OR_TEXT, ONLY_DAY, overload, REAL, TEXT } from '../signature.js'
import type { Parameter } from '../signature.js'
import { monthsOf, timeUnit, UNIT_MICROS, unitsBetween } from '../time-unit.js'
import { clockOf } from './time-part.js'

/** Dates and times moved, compared and made of their parts. */

const unitOf = memoize(timeUnit)

/** Text, TIMESTAMP and DATE alike, by their day. */
const DAY_OF: Parameter =
  { label: 'DATE', accept: (t) => (t.kind === 'STRING' || t.kind === 'DATE' || t.kind === 'NULL' || isTimestamp(t) ? DATE : null) }

function added(type: DataType, context: FunctionContext): (unit: string, count: bigint, at: number) => number {
  const zone = type.kind === 'TIMESTAMP_LTZ' ? timeZoneOf(context.timeZone) : null
  return (name, count, at) => {
    const unit = unitOf(name)
    const months = monthsOf(unit)
    if (months === 0) return at + Number(count) * UNIT_MICROS[unit]!
    const moved = addMonthsToMicros(zone === null ? at : zone.toLocal(at), Number(count) * months)
    return zone === null ? moved : zone.toUtc(moved)
  }
}

/** The result is a DATE whatever the unit, so that parts of a day are refused. */
function addedToDay(name: string, count: bigint, day: number): number {
  const unit = unitOf(name)
  const months = monthsOf(unit)
  if (months !== 0) return addMonthsToDay(day, Number(count) * months)
  const days = (Number(count) * UNIT_MICROS[unit]!) / MICROS_PER_DAY
  return Number.isInteger(days) ? day + days : badArgument(`a DATE takes whole days only: CAST it to TIMESTAMP to add ${name}s`)
}

function madeDate(year: number, month: number, day: number): number {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1
    || day > daysInMonth(year, month)) badArgument(`there is no date ${year}-${month}-${day}`)
  return dayOfCivil(year, month, day)
}

function madeTimestamp(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0
    || second >= 60) badArgument(`there is no time ${hour}:${minute}:${second}`)
  const time = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + Math.round(second * MICROS_PER_SECOND)
  return madeDate(year, month, day) * MICROS_PER_DAY + time
}

function lastDay(day: number): number {
  const { year, month } = civilOfDay(day)
  return dayOfCivil(year, month, daysInMonth(year, month))
}

const WEEKDAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su']

function nextDay(day: number, name: string): number {
  const wanted = WEEKDAYS.indexOf(name.trim().slice(0, 2).toLowerCase()) + 1
  if (wanted === 0) badArgument(`no day of the week '${name}'`)
  return day + (((wanted - isoWeekday(day) + 6) % 7) + 1)
}

export const timeShifts: readonly ScalarFunction[] = [
  {
    name: 'timestampadd', aliases: ['dateadd'], category: 'time', doc: 'A time so many units (SECOND, DAY, MONTH, …) later.',
    overloads: [
      overload({ args: [TEXT, LONG, ONLY_DAY], returns: DATE, call: addedToDay }),
      overload({
        args: [TEXT, LONG, MOMENT_OR_TEXT], returns: ([, , at]) => at!, returnsLabel: 'TIMESTAMP',
        make: ({ returns }, context) => added(returns, context),
      }),
    ],
  },
  {
    name: 'timestampdiff', category: 'time', doc: 'Whole units (SECOND, DAY, MONTH, …) from the first time to the second.',
    overloads: [overload({
      args: [TEXT, MOMENT_OR_TEXT, MOMENT_OR_TEXT], returns: BIGINT,
      make: ({ args }, context) => {
        const from = clockOf(args[1]!, context)
        const to = clockOf(args[2]!, context)
        return (unit: string, a: number, b: number) => BigInt(unitsBetween(unitOf(unit), from(a), to(b)))
      },
    })],
  },
  {
    name: 'date_add', category: 'time', doc: 'The date so many days later.',
    overloads: [overload({ args: [DAY_OF, INTEGER], returns: DATE, call: (day: number, days: number) => day + days })],
  },
  {
    name: 'date_sub', category: 'time', doc: 'The date so many days earlier.',
    overloads: [overload({ args: [DAY_OF, INTEGER], returns: DATE, call: (day: number, days: number) => day - days })],
  },
  {
    name: 'datediff', category: 'time', doc: 'Days from the second date to the first.',
    overloads: [overload({ args: [DAY_OF, DAY_OF], returns: INT, call: (a: number, b: number) => a - b })],
  },
  {
    name: 'add_months', category: 'time', doc: 'The date so many months later, at most the last day of the month.',
    overloads: [overload({ args: [DAY_OF, INTEGER], returns: DATE, call: addMonthsToDay })],
  },
  {
    name: 'months_between', category: 'time', doc: 'Whole months from the second date to the first.',
    overloads: [overload({
      args: [DAY_OF, DAY_OF], returns: BIGINT,
      call: (a: number, b: number) => BigInt(monthsBetween(b * MICROS_PER_DAY, a * MICROS_PER_DAY)),
    })],
  },
  {
    name: 'last_day', category: 'time', doc: 'The last day of the month.',
    overloads: [overload({ args: [DAY_OF], returns: DATE, call: lastDay })],
  },
  {
    name: 'next_day', category: 'time', doc: 'The first day after the date that is that day of the week.',
    overloads: [overload({ args: [DAY_OF, TEXT], returns: DATE, call: nextDay })],
  },
  {
    name: 'make_date', category: 'time', doc: 'A date of year, month and day.',
    overloads: [overload({ args: [INTEGER, INTEGER, INTEGER], returns: DATE, call: madeDate })],
  },
  {
    name: 'make_timestamp', category: 'time', doc: 'A timestamp of year, month, day, hour, minute and second.',
    overloads: [overload({ args: [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, REAL], returns: timestamp(6), call: madeTimestamp })],
  },
  {
    name: 'date', category: 'time', doc: 'The date of a timestamp or a text.',
    overloads: [overload({ args: [DAY_OF], returns: DATE, call: (day: number) => day })],
  },
]
