import { MillraceError, parseTimestamp } from '@millrace/core'

/** A time of a test as microseconds. */
export function microsOf(time: string | Date, what: string): number {
  if (time instanceof Date) return time.getTime() * 1_000
  const parsed = parseTimestamp(time)
  if (parsed === null) throw new MillraceError('USAGE', `${what}: '${time}' is no time; write it as '2026-01-31 09:05:30', or give a Date`)
  return parsed.micros - (parsed.offsetMicros ?? 0)
}
