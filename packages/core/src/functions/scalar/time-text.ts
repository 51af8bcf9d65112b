import { MillraceError } from '../../errors.js'
import { dayOfMicros, DAY_MAX, DAY_MIN, MICROS_PER_DAY, MICROS_PER_SECOND, truncateMicros } from '../../types/civil.js'
import { BIGINT, DATE, isApproximate, isNumeric, STRING, timestamp, timestampLtz } from '../../types/data-type.js'
import { formatTimestamp, parseTimestamp } from '../../types/date-time.js'
import type { ParsedTimestamp } from '../../types/date-time.js'
import { timeZoneOf } from '../../types/time-zone.js'
import type { ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { memoize } from '../memoize.js'
import { INSTANT, INTEGER, LONG, MOMENT, MOMENT_OR_TEXT, ONLY_DAY, overload, REAL, TEXT } from '../signature.js'
import type { Parameter } from '../signature.js'
import { compileJavaPattern, compilePostgresPattern, compileTimePattern } from '../time-pattern-language.js'
import { formatPieces, parsePieces, resolutionMicros } from '../time-pattern.js'
import type { PatternPiece } from '../time-pattern.js'
import { numberToChar } from './number-pattern.js'

/** Times as texts and numbers, and back; time zones. */

const javaPattern = memoize(compileJavaPattern)
const postgresPattern = memoize(compilePostgresPattern)
const eitherPattern = memoize(compileTimePattern)

const formatted = (compile: (pattern: string) => readonly PatternPiece[]) => overload({
  args: [MOMENT_OR_TEXT, TEXT], returns: STRING,
  make: ({ args }, context) => {
    const zone = timeZoneOf(args[0]!.kind === 'TIMESTAMP_LTZ' ? context.timeZone : 'UTC')
    // Times mostly come in about their order, and then a row has the text of the row before it.
    const last = { pieces: [] as readonly PatternPiece[], resolution: 0, stretch: NaN, offsetMicros: 0, text: '' }
    return (micros: number, pattern: string) => {
      const offsetMicros = zone.offsetAt(micros)
      const pieces = compile(pattern)
      if (pieces !== last.pieces) {
        last.pieces = pieces
        last.resolution = resolutionMicros(pieces)
        last.stretch = NaN
      }
      const local = micros + offsetMicros
      const stretch = last.resolution === 0 ? NaN : Math.floor(local / last.resolution)
      if (stretch === last.stretch && offsetMicros === last.offsetMicros) return last.text
      last.stretch = stretch
      last.offsetMicros = offsetMicros
      return (last.text = formatPieces(pieces, { micros: local, offsetMicros, zoneName: zone.name }))
    }
  },
})

function readTime(text: string, pattern: string | undefined): ParsedTimestamp {
  const parsed = pattern === undefined ? parseTimestamp(text) : parsePieces(eitherPattern(pattern), text.trim())
  if (parsed !== null) return parsed
  const what = pattern === undefined ? `'${text}' is no timestamp` : `'${text}' does not fit the pattern '${pattern}'`
  throw new MillraceError('CAST_FAILED', what)
}

function instantOf(micros: number, described: string): number {
  if (micros >= DAY_MIN * MICROS_PER_DAY && micros < (DAY_MAX + 1) * MICROS_PER_DAY) return micros
  throw new MillraceError('NUMERIC_OVERFLOW', `${described} lies outside the years 1 to 9999`)
}

/** Epoch numbers: 0 seconds, 3 milliseconds, 6 microseconds, 9 nanoseconds. */
function epochToMicros(value: number | bigint, precision: number): number {
  switch (precision) {
    case 0: return instantOf(Number(value) * 1_000_000, `${value} s`)
    case 3: return instantOf(Number(value) * 1000, `${value} ms`)
    case 6: return instantOf(Number(value), `${value} µs`)
    case 9: return instantOf(Number(typeof value === 'bigint' ? value / 1000n : value / 1000), `${value} ns`)
    default: return badArgument(`to_timestamp_ltz takes 0 (seconds), 3 (milliseconds), 6 or 9, not ${precision}`)
  }
}

const APPROXIMATE: Parameter = { label: 'DOUBLE', accept: (t) => (isApproximate(t) || t.kind === 'DECIMAL' ? REAL.accept(t) : null) }
const ONLY_NUMBER: Parameter = { label: 'DOUBLE', accept: (t) => (isNumeric(t) ? REAL.accept(t) : null) }
const ONLY_LONG: Parameter = { label: 'BIGINT', accept: (t) => (t.kind === 'NULL' ? null : LONG.accept(t)) }

export const timeTexts: readonly ScalarFunction[] = [
  {
    name: 'date_format', category: 'time', doc: 'A time as text by a pattern of Java: `yyyy-MM-dd HH:mm:ss.SSS`.',
    overloads: [formatted(javaPattern)],
  },
  {
    name: 'to_char', category: 'time',
    doc: 'A time as text by a pattern of Postgres (`YYYY-MM-DD HH24:MI:SS.MS`), or a number by one (`FM999,990.00`).',
    overloads: [numberToChar, formatted(postgresPattern)],
  },
  {
    name: 'to_timestamp', category: 'time',
    doc: 'A timestamp (3) out of a text, plain or by a pattern of Java or Postgres; out of a number, the instant so many seconds after 1970.',
    overloads: [
      overload({
        args: [ONLY_NUMBER], returns: timestampLtz(6),
        call: (seconds: number) => instantOf(Math.round(seconds * MICROS_PER_SECOND), `${seconds} s`),
      }),
      overload({
        args: [TEXT, TEXT], optional: 1, returns: timestamp(3),
        make: (_, context) => {
          const zone = timeZoneOf(context.timeZone)
          return (text: string, pattern?: string) => {
            const { micros, offsetMicros } = readTime(text, pattern)
            return truncateMicros(offsetMicros === null ? micros : zone.toLocal(micros - offsetMicros), 3)
          }
        },
      }),
    ],
  },
  {
    name: 'to_timestamp_ltz', category: 'time',
    doc: 'An instant out of an epoch number of seconds (0), milli- (3, the default), micro- (6) or nanoseconds (9), or of a text in a zone.',
    overloads: [
      overload({
        args: [APPROXIMATE, INTEGER], optional: 1, returns: timestampLtz(6),
        call: (value: number, precision = 3) => Math.floor(epochToMicros(value, precision)),
      }),
      overload({
        args: [ONLY_LONG, INTEGER], optional: 1, returns: timestampLtz(3),
        call: (value: bigint, precision = 3) => truncateMicros(epochToMicros(value, precision), 3),
      }),
      overload({
        args: [TEXT, TEXT, TEXT], optional: 2, returns: timestampLtz(3),
        make: (_, context) => (text: string, pattern?: string, zone = context.timeZone) => {
          const { micros, offsetMicros } = readTime(text, pattern)
          return truncateMicros(offsetMicros === null ? timeZoneOf(zone).toUtc(micros) : micros - offsetMicros, 3)
        },
      }),
    ],
  },
  {
    name: 'to_date', category: 'time', doc: 'A date out of a text, as SQL writes it or by a pattern of Java or Postgres.',
    overloads: [
      overload({ args: [ONLY_DAY], returns: DATE, call: (day: number) => day }),
      overload({
        args: [TEXT, TEXT], optional: 1, returns: DATE,
        call: (text: string, pattern?: string) => dayOfMicros(readTime(text, pattern).micros),
      }),
    ],
  },
  {
    name: 'from_unixtime', category: 'time',
    doc: 'Seconds since 1970 as text in the job’s time zone, by a pattern of Java (`yyyy-MM-dd HH:mm:ss` unless given).',
    overloads: [overload({
      args: [LONG, TEXT], optional: 1, returns: STRING,
      make: (_, context) => {
        const zone = timeZoneOf(context.timeZone)
        return (seconds: bigint, pattern = 'yyyy-MM-dd HH:mm:ss') => {
          const micros = instantOf(Number(seconds) * MICROS_PER_SECOND, `${seconds} s`)
          const offsetMicros = zone.offsetAt(micros)
          return formatPieces(javaPattern(pattern), { micros: micros + offsetMicros, offsetMicros, zoneName: zone.name })
        }
      },
    })],
  },
  {
    name: 'unix_timestamp', category: 'time',
    doc: 'Seconds since 1970 of the present, of a time, or of a text in the job’s time zone by a pattern.',
    overloads: [
      overload({
        args: [], returns: BIGINT, deterministic: false,
        make: (_, context) => () => BigInt(Math.floor(context.nowMicros() / MICROS_PER_SECOND)),
      }),
      overload({ args: [INSTANT], returns: BIGINT, call: (micros: number) => BigInt(Math.floor(micros / MICROS_PER_SECOND)) }),
      overload({
        args: [MOMENT], returns: BIGINT,
        make: (_, context) => (micros: number) => BigInt(Math.floor(timeZoneOf(context.timeZone).toUtc(micros) / MICROS_PER_SECOND)),
      }),
      overload({
        args: [TEXT, TEXT], optional: 1, returns: BIGINT,
        make: (_, context) => (text: string, pattern?: string) => {
          const { micros, offsetMicros } = readTime(text, pattern)
          const instant = offsetMicros === null ? timeZoneOf(context.timeZone).toUtc(micros) : micros - offsetMicros
          return BigInt(Math.floor(instant / MICROS_PER_SECOND))
        },
      }),
    ],
  },
  {
    name: 'convert_tz', category: 'time', doc: 'The time that a clock in the second zone shows when one in the first shows the text.',
    overloads: [overload({
      args: [TEXT, TEXT, TEXT], returns: STRING,
      call: (text: string, from: string, to: string) =>
        formatTimestamp(timeZoneOf(to).toLocal(timeZoneOf(from).toUtc(readTime(text, undefined).micros)), 0),
    })],
  },
  {
    name: 'timezone', category: 'time',
    doc: '`time AT TIME ZONE zone`: an instant as the clock shows it there, or the instant at which a clock there shows the time.',
    overloads: [
      overload({
        args: [TEXT, INSTANT], returns: ([, at]) => timestamp(at!.kind === 'TIMESTAMP_LTZ' ? at!.precision : 6), returnsLabel: 'TIMESTAMP',
        call: (zone: string, micros: number) => timeZoneOf(zone).toLocal(micros),
      }),
      overload({
        args: [TEXT, MOMENT], returns: ([, at]) => timestampLtz(at!.kind === 'TIMESTAMP' ? at!.precision : 6),
        returnsLabel: 'TIMESTAMP_LTZ',
        call: (zone: string, micros: number) => timeZoneOf(zone).toUtc(micros),
      }),
    ],
  },
]
