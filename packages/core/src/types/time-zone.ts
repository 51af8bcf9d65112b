import { MillraceError } from '../errors.js'
import { dayOfMicros, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './civil.js'
import { parseZoneOffset } from './date-time.js'

/** A time zone: fixed (`UTC`, `+02:00`) or by IANA name (`Europe/Vienna`), whose rules come from `Intl`. */
export interface TimeZone {
  readonly name: string
  /** Microseconds to add to an instant to get the clock's time there. */
  offsetAt(utcMicros: number): number
  /**
   * The instant at which a clock there shows `localMicros`. A time that the clock shows twice means the first; one that
   * it skips is moved on by the length of the gap.
   */
  toUtc(localMicros: number): number
  toLocal(utcMicros: number): number
}

const zones = new Map<string, TimeZone>()

/**
 * The zone of a name, made once.
 *
 * @throws MillraceError FUNCTION_ARGUMENT where there is no such zone
 */
export function timeZoneOf(name: string): TimeZone {
  const known = zones.get(name)
  if (known !== undefined) return known
  const fixed = parseZoneOffset(name)
  const zone = fixed === null ? namedZone(name) : fixedZone(name, fixed)
  zones.set(name, zone)
  return zone
}

function fixedZone(name: string, offset: number): TimeZone {
  return { name, offsetAt: () => offset, toUtc: (local) => local - offset, toLocal: (utc) => utc + offset }
}

function namedZone(name: string): TimeZone {
  const offsetAtInstant = intlOffset(name)
  // Offset by day for the days on which it does not change, which are nearly all; NaN for the others.
  const byDay = new Map<number, number>()

  const offsetAt = (utcMicros: number): number => {
    const day = dayOfMicros(utcMicros)
    let offset = byDay.get(day)
    if (offset === undefined) {
      offset = offsetAtInstant(day * MICROS_PER_DAY)
      if (offsetAtInstant((day + 1) * MICROS_PER_DAY) !== offset) offset = NaN
      byDay.set(day, offset)
    }
    return Number.isNaN(offset) ? offsetAtInstant(utcMicros) : offset
  }

  const toUtc = (localMicros: number): number => {
    const before = offsetAt(localMicros - MICROS_PER_DAY)
    const after = offsetAt(localMicros + MICROS_PER_DAY)
    if (before === after || offsetAt(localMicros - before) === before) return localMicros - before
    return offsetAt(localMicros - after) === after ? localMicros - after : localMicros - before
  }

  return { name, offsetAt, toUtc, toLocal: (utc) => utc + offsetAt(utc) }
}

function intlOffset(name: string): (utcMicros: number) => number {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  } catch (cause) {
    const message = `no time zone \`${name}\`: give an IANA name (Europe/Vienna) or an offset (+02:00)`
    throw new MillraceError('FUNCTION_ARGUMENT', message, {}, { cause })
  }
  return (utcMicros) => {
    const part = format.formatToParts(Math.floor(utcMicros / 1000)).find((p) => p.type === 'timeZoneName')
    return part === undefined ? 0 : offsetOfName(part.value)
  }
}

const OFFSET_NAME = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/

/** `GMT+01:00`, `GMT-00:25:21`, `GMT`. */
function offsetOfName(text: string): number {
  const match = OFFSET_NAME.exec(text.replace('\u2212', '-'))
  if (match?.[1] === undefined) return 0
  const magnitude = Number(match[2]) * MICROS_PER_HOUR + Number(match[3]) * MICROS_PER_MINUTE + Number(match[4] ?? 0) * MICROS_PER_SECOND
  return match[1] === '-' ? -magnitude : magnitude
}
