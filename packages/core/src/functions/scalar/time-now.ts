import { dayOfMicros, floorTo, MICROS_PER_MILLI, MICROS_PER_SECOND, timeOfMicros } from '../../types/civil.js'
import { BIGINT, DATE, time, timestamp, timestampLtz } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { timeZoneOf } from '../../types/time-zone.js'
import type { FunctionContext, ScalarFunction } from '../function.js'
import { overload } from '../signature.js'

/** The job's clock. In a streaming job each row sees the time at which it is processed. */

type ReadClock = (context: FunctionContext) => Value

const clock = (name: string, doc: string, returns: DataType, read: ReadClock, aliases: readonly string[] = []): ScalarFunction => ({
  name, aliases, category: 'context', doc,
  overloads: [overload({ args: [], returns, deterministic: false, make: (_, context) => () => read(context) })],
})

function nowMillis(context: FunctionContext): number {
  return floorTo(context.nowMicros(), MICROS_PER_MILLI)
}

function localMillis(context: FunctionContext): number {
  return timeZoneOf(context.timeZone).toLocal(nowMillis(context))
}

function timeOfDay(context: FunctionContext): number {
  return floorTo(timeOfMicros(localMillis(context)), MICROS_PER_SECOND)
}

function epochSeconds(context: FunctionContext): bigint {
  return BigInt(Math.floor(context.nowMicros() / MICROS_PER_SECOND))
}

export const clocks: readonly ScalarFunction[] = [
  clock('now', 'The present instant.', timestampLtz(3), nowMillis, ['current_timestamp', 'current_row_timestamp']),
  clock('proctime', 'The instant at which the row is processed.', timestampLtz(3), nowMillis),
  clock('localtimestamp', 'The present date and time in the job’s time zone.', timestamp(3), localMillis),
  clock('current_date', 'Today in the job’s time zone.', DATE, (context) => dayOfMicros(localMillis(context))),
  clock('current_time', 'The present time of day in the job’s time zone.', time(0), timeOfDay, ['localtime']),
  clock('current_unix_timestamp', 'Seconds since 1970-01-01 00:00:00 UTC.', BIGINT, epochSeconds),
]
