import { floorTo, MICROS_PER_DAY } from '../../types/civil.js'
import { BIGINT, isTimestamp } from '../../types/data-type.js'
import type { DataType } from '../../types/data-type.js'
import { timeZoneOf } from '../../types/time-zone.js'
import type { FunctionContext, ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { memoize } from '../memoize.js'
import { DAY_TIME, MOMENT_OR_TEXT, MONTHS, ONLY_DAY, overload, TEXT } from '../signature.js'
import type { Parameter } from '../signature.js'
import { ceilToUnit, extractField, floorDayToUnit, floorToUnit, timeField, timeUnit } from '../time-unit.js'
import type { TimeField } from '../time-unit.js'

/** Parts of dates and times, and times cut to a unit. An instant is taken by the clock of the job's time zone. */

/** A DATE, TIMESTAMP, TIME or text as microseconds on the clock. */
const CLOCKED: Parameter = {
  label: 'TIMESTAMP',
  accept: (t) => (t.kind === 'DATE' || t.kind === 'TIME' ? t : MOMENT_OR_TEXT.accept(t)),
}

type Clock = (value: number) => number

export function clockOf(type: DataType, context: FunctionContext): Clock {
  if (type.kind === 'DATE') return (day) => day * MICROS_PER_DAY
  return type.kind === 'TIMESTAMP_LTZ' ? timeZoneOf(context.timeZone).toLocal : (micros) => micros
}

const fieldOf = memoize(timeField)
const unitOf = memoize(timeUnit)

const NOT_OF_A_TIME =
  new Set<TimeField>(['day', 'week', 'month', 'quarter', 'year', 'decade', 'century', 'millennium', 'isoyear', 'doy', 'dow', 'isodow'])

function extraction(type: DataType, context: FunctionContext): (field: TimeField, value: number) => bigint {
  const clock = clockOf(type, context)
  // The epoch of an instant counts from 1970 in UTC.
  if (type.kind === 'TIMESTAMP_LTZ') return (field, value) => BigInt(extractField(field, field === 'epoch' ? value : clock(value)))
  if (type.kind !== 'TIME') return (field, value) => BigInt(extractField(field, clock(value)))
  return (field, value) => (NOT_OF_A_TIME.has(field) ? badArgument(`a TIME has no ${field}`) : BigInt(extractField(field, value)))
}

const extracts: readonly ScalarOverload[] = [
  overload({
    args: [TEXT, CLOCKED], returns: BIGINT,
    make: ({ args }, context) => {
      const extract = extraction(args[1]!, context)
      return (field: string, value: number) => extract(fieldOf(field), value)
    },
  }),
  overload({
    args: [TEXT, DAY_TIME], returns: BIGINT,
    call: (field: string, micros: number) => BigInt(partOfInterval(fieldOf(field), micros)),
  }),
  overload({
    args: [TEXT, MONTHS], returns: BIGINT,
    call: (field: string, months: number) => BigInt(partOfMonths(fieldOf(field), months)),
  }),
]

/** Days are not cut into weeks or months. */
function partOfInterval(field: TimeField, micros: number): number {
  if (field === 'epoch') return Math.trunc(micros / 1_000_000)
  if (field === 'day') return Math.trunc(micros / MICROS_PER_DAY) + 0
  if (NOT_OF_A_TIME.has(field)) return badArgument(`an INTERVAL DAY TO SECOND has no ${field}`)
  const part = extractField(field, Math.abs(micros))
  return micros < 0 && part !== 0 ? -part : part
}

function partOfMonths(field: TimeField, months: number): number {
  switch (field) {
    case 'year': return Math.trunc(months / 12) + 0
    case 'quarter': return Math.trunc((months % 12) / 3) + 1
    case 'month': return (months % 12) + 0
    default: return badArgument(`an INTERVAL YEAR TO MONTH has no ${field}`)
  }
}

const part = (name: string, field: TimeField, doc: string, aliases: readonly string[] = []): ScalarFunction => ({
  name, aliases, category: 'time', doc,
  overloads: [overload({
    args: [CLOCKED], returns: BIGINT,
    make: ({ args }, context) => {
      const extract = extraction(args[0]!, context)
      return (value: number) => extract(field, value)
    },
  })],
})

type Cut = (unit: string, micros: number) => number

/** `unitFirst`: DATE_TRUNC takes the unit first, FLOOR(x TO unit) last. */
export function cutOverloads(cut: Cut, cutDay: (unit: string, day: number) => number, unitFirst: boolean): readonly ScalarOverload[] {
  const ordered = (at: Parameter): Parameter[] => (unitFirst ? [TEXT, at] : [at, TEXT])
  const timeIndex = unitFirst ? 1 : 0
  const call = (f: Cut) => (unitFirst ? f : (value: number, unit: string) => f(unit, value))
  return [
    overload({ args: ordered(ONLY_DAY), returns: (args) => args[timeIndex]!, returnsLabel: 'DATE', call: call(cutDay) }),
    overload({
      args: ordered(unitFirst ? MOMENT_OR_TEXT : { label: 'TIMESTAMP', accept: (t) => (isTimestamp(t) ? t : null) }),
      returns: (args) => args[timeIndex]!, returnsLabel: 'TIMESTAMP',
      make: ({ returns }, context) => {
        if (returns.kind !== 'TIMESTAMP_LTZ') return call(cut)
        const zone = timeZoneOf(context.timeZone)
        return call((unit, micros) => zone.toUtc(cut(unit, zone.toLocal(micros))))
      },
    }),
  ]
}

const floorCut: Cut = (unit, micros) => floorToUnit(unitOf(unit), micros)
const floorDay = (unit: string, day: number): number => floorDayToUnit(unitOf(unit), day)

/** FLOOR(x TO unit) and CEIL(x TO unit), further overloads of `floor` and `ceil`. */
export const floorOfTime: readonly ScalarOverload[] = cutOverloads(floorCut, floorDay, false)
export const ceilOfTime: readonly ScalarOverload[] = cutOverloads(
  (unit, micros) => ceilToUnit(unitOf(unit), micros), (unit, day) => ceilToUnit(unitOf(unit), day * MICROS_PER_DAY) / MICROS_PER_DAY, false,
)

export const timeParts: readonly ScalarFunction[] = [
  {
    name: 'extract', aliases: ['date_part'], category: 'time', overloads: extracts,
    doc: 'A part of a date, time or interval: YEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOW (1 = Sunday), DOY, HOUR, MINUTE, SECOND, EPOCH, …',
  },
  part('year', 'year', 'The year.'),
  part('quarter', 'quarter', 'The quarter, 1 to 4.'),
  part('month', 'month', 'The month, 1 to 12.'),
  part('week', 'week', 'The week of ISO 8601, 1 to 53.', ['weekofyear']),
  part('dayofyear', 'doy', 'The day of the year, 1 to 366.'),
  part('dayofmonth', 'day', 'The day of the month, 1 to 31.', ['day']),
  part('dayofweek', 'dow', 'The day of the week, 1 = Sunday to 7.'),
  part('hour', 'hour', 'The hour, 0 to 23.'),
  part('minute', 'minute', 'The minute, 0 to 59.'),
  part('second', 'second', 'The second, 0 to 59.'),
  {
    name: 'date_trunc', category: 'time',
    doc: 'The start of the unit (`hour`, `day`, `week`, `month`, …) in which a time lies; weeks begin on Monday.',
    overloads: cutOverloads(floorCut, floorDay, true),
  },
  {
    name: 'date_bin', category: 'time',
    doc: 'The start of the interval in which a time lies, intervals being counted from an origin (1970-01-01 unless given).',
    overloads: [overload({
      args: [DAY_TIME, MOMENT_OR_TEXT, MOMENT_OR_TEXT], optional: 1, returns: ([, at]) => at!, returnsLabel: 'TIMESTAMP',
      call: (size: number, at: number, origin = 0) => windowStart(at, size, origin),
    })],
  },
  {
    name: 'window_start_of', category: 'time',
    doc: 'The start of the tumbling window of a size, and an offset from 1970-01-01, in which a time lies.',
    overloads: [overload({
      args: [MOMENT_OR_TEXT, DAY_TIME, DAY_TIME], optional: 1, returns: ([at]) => at!, returnsLabel: 'TIMESTAMP',
      call: (at: number, size: number, offset = 0) => windowStart(at, size, offset),
    })],
  },
]

function windowStart(at: number, size: number, origin: number): number {
  if (size <= 0) badArgument('the interval must be longer than nothing')
  return floorTo(at - origin, size) + origin
}
