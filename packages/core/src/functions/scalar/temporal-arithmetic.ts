import { addMonthsToDay, addMonthsToMicros, MICROS_PER_DAY } from '../../types/civil.js'
import { INT, INTERVAL_MONTH, INTERVAL_SECOND, isTimestamp } from '../../types/data-type.js'
import type { DataType } from '../../types/data-type.js'
import { timeZoneOf } from '../../types/time-zone.js'
import { commonType } from '../coercion.js'
import type { FunctionContext, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { ANY_INTEGER, CLOCK, DAY_TIME, MONTHS, ONLY_DAY, overload, REAL } from '../signature.js'
import type { Parameter } from '../signature.js'

const ONLY_TIMESTAMP: Parameter = { label: 'TIMESTAMP', accept: (t) => (isTimestamp(t) ? t : null) }
const TIMESTAMP_OR_DAY: Parameter = { label: 'TIMESTAMP', accept: (t) => (isTimestamp(t) || t.kind === 'DATE' ? t : null) }
const ONLY_CLOCK: Parameter = { label: 'TIME', accept: (t) => (t.kind === 'TIME' ? CLOCK.accept(t) : null) }
const ONLY_INTEGER: Parameter = { label: 'INT', accept: (t) => (t.kind === 'NULL' ? null : ANY_INTEGER.accept(t) && INT) }

function wholeDays(micros: number): number {
  if (micros % MICROS_PER_DAY !== 0) badArgument('a DATE takes whole days only: CAST it to TIMESTAMP(3) for a time of day')
  return micros / MICROS_PER_DAY
}

function clockAfter(time: number, micros: number): number {
  const sum = (time + micros) % MICROS_PER_DAY
  return sum < 0 ? sum + MICROS_PER_DAY : sum + 0
}

/** Months after an instant, by the clock of the job's time zone. */
function addMonthsTo(type: DataType, context: FunctionContext): (micros: number, months: number) => number {
  if (type.kind === 'TIMESTAMP') return addMonthsToMicros
  const zone = timeZoneOf(context.timeZone)
  return (micros, months) => zone.toUtc(addMonthsToMicros(zone.toLocal(micros), months))
}

type MakeShift = (type: DataType, context: FunctionContext) => (at: number, by: number) => number

/** date or time + interval, in both orders, with `sign` −1 for the difference. */
function shifted(at: Parameter, by: Parameter, make: MakeShift, sign: 1 | -1): ScalarOverload[] {
  const returns = (index: number) => (args: readonly DataType[]): DataType => args[index]!
  const forward = overload({
    args: [at, by], returns: returns(0), returnsLabel: at.label,
    make: (types, context) => {
      const shift = make(types.args[0]!, context)
      return sign === 1 ? shift : (a: number, b: number) => shift(a, -b)
    },
  })
  if (sign === -1) return [forward]
  const backward = overload({
    args: [by, at], returns: returns(1), returnsLabel: at.label,
    make: (types, context) => {
      const shift = make(types.args[1]!, context)
      return (b: number, a: number) => shift(a, b)
    },
  })
  return [forward, backward]
}

function shifts(sign: 1 | -1): ScalarOverload[] {
  return [
    ...shifted(ONLY_TIMESTAMP, DAY_TIME, () => (a, b) => a + b, sign),
    ...shifted(ONLY_TIMESTAMP, MONTHS, addMonthsTo, sign),
    ...shifted(ONLY_DAY, DAY_TIME, () => (a, b) => a + wholeDays(b), sign),
    ...shifted(ONLY_DAY, MONTHS, () => addMonthsToDay, sign),
    ...shifted(ONLY_DAY, ONLY_INTEGER, () => (a, b) => a + b, sign),
    ...shifted(ONLY_CLOCK, DAY_TIME, () => clockAfter, sign),
  ]
}

const intervals: readonly (readonly [Parameter, DataType])[] = [[DAY_TIME, INTERVAL_SECOND], [MONTHS, INTERVAL_MONTH]]

export const temporalSum: readonly ScalarOverload[] = [
  ...shifts(1),
  ...intervals.map(([interval, returns]) => overload({ args: [interval, interval], returns, call: (a: number, b: number) => a + b })),
]

export const temporalDifference: readonly ScalarOverload[] = [
  ...shifts(-1),
  overload({ args: [ONLY_DAY, ONLY_DAY], returns: INT, call: (a: number, b: number) => a - b }),
  overload({
    args: [TIMESTAMP_OR_DAY, TIMESTAMP_OR_DAY],
    unify: (args) => {
      const common = commonType(args)
      return common !== null && isTimestamp(common) ? [common, common] : null
    },
    returns: INTERVAL_SECOND, call: (a: number, b: number) => a - b,
  }),
  overload({ args: [ONLY_CLOCK, ONLY_CLOCK], returns: INTERVAL_SECOND, call: (a: number, b: number) => a - b }),
  ...intervals.map(([interval, returns]) => overload({ args: [interval, interval], returns, call: (a: number, b: number) => a - b })),
]

export const intervalProduct: readonly ScalarOverload[] = intervals.flatMap(([interval, returns]) => [
  overload({ args: [interval, REAL], returns, call: (a: number, b: number) => Math.round(a * b) + 0 }),
  overload({ args: [REAL, interval], returns, call: (a: number, b: number) => Math.round(a * b) + 0 }),
])

export const intervalDivision: ScalarOverload = overload({
  args: [DAY_TIME, REAL], returns: INTERVAL_SECOND,
  call: (a: number, b: number) => (b === 0 ? badArgument('an interval cannot be divided by zero') : Math.round(a / b) + 0),
})
