import {
  civilOfDay, dayOfCivil, dayOfMicros, dayOfYear, daysInMonth, isoWeek, isoWeekday, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../types/civil.js'
import { parseZoneOffset } from '../types/date-time.js'
import type { ParsedTimestamp } from '../types/date-time.js'

/**
 * Formats of dates and times in pieces, whatever language they were written in; see {@link compileJavaPattern}, {@link
 * compilePostgresPattern}.
 */
export type PatternPiece = string | PatternField

export interface PatternField {
  readonly field:
    | 'century' | 'year' | 'shortYear' | 'isoYear' | 'quarter' | 'month' | 'monthName' | 'monthShort' | 'week' | 'dayOfYear' | 'day'
    | 'isoWeekday' | 'weekday' | 'weekdayName' | 'weekdayShort' | 'halfDay' | 'hour' | 'hourFrom1' | 'hour12' | 'hour12From0'
    | 'minute' | 'second' | 'secondOfDay' | 'fraction' | 'offset' | 'zoneName'
  /** Least number of digits; exact number for `fraction`; for names blanks are added up to it. */
  readonly width: number
  readonly letters?: 'upper' | 'lower'
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Where a moment is on the clock and the calendar, and how far that clock is from UTC. */
export interface ZonedMoment {
  readonly micros: number
  readonly offsetMicros: number
  readonly zoneName: string
}

export function formatPieces(pieces: readonly PatternPiece[], moment: ZonedMoment): string {
  let text = ''
  for (const piece of pieces) text += typeof piece === 'string' ? piece : formatField(piece, moment)
  return text
}

/** A stretch of time in which a pattern gives one text, microseconds: a day for `yyyy-MM-dd`; 0 where every moment has its own. */
export function resolutionMicros(pieces: readonly PatternPiece[]): number {
  return Math.min(MICROS_PER_DAY, ...pieces.map((piece) => (typeof piece === 'string' ? MICROS_PER_DAY : fieldMicros(piece))))
}

function fieldMicros({ field }: PatternField): number {
  switch (field) {
    case 'fraction': return 0
    case 'second': case 'secondOfDay': return MICROS_PER_SECOND
    case 'minute': return MICROS_PER_MINUTE
    case 'hour': case 'hourFrom1': case 'hour12': case 'hour12From0': case 'halfDay': return MICROS_PER_HOUR
    default: return MICROS_PER_DAY
  }
}

function formatField(piece: PatternField, moment: ZonedMoment): string {
  const { field, width } = piece
  const day = dayOfMicros(moment.micros)
  const time = moment.micros - day * MICROS_PER_DAY
  const hour = Math.floor(time / MICROS_PER_HOUR)
  const digits = (value: number): string => String(value).padStart(width, '0')
  switch (field) {
    case 'year': return digits(civilOfDay(day).year)
    case 'shortYear': return digits(civilOfDay(day).year % 10 ** width)
    case 'isoYear': return digits(isoWeek(day).year)
    case 'century': return digits(Math.ceil(civilOfDay(day).year / 100))
    case 'quarter': return digits(Math.ceil(civilOfDay(day).month / 3))
    case 'month': return digits(civilOfDay(day).month)
    case 'monthName': return named(MONTHS[civilOfDay(day).month - 1]!, piece)
    case 'monthShort': return named(MONTHS[civilOfDay(day).month - 1]!.slice(0, 3), piece)
    case 'week': return digits(isoWeek(day).week)
    case 'dayOfYear': return digits(dayOfYear(day))
    case 'day': return digits(civilOfDay(day).day)
    case 'isoWeekday': return digits(isoWeekday(day))
    case 'weekday': return digits((isoWeekday(day) % 7) + 1)
    case 'weekdayName': return named(WEEKDAYS[isoWeekday(day) - 1]!, piece)
    case 'weekdayShort': return named(WEEKDAYS[isoWeekday(day) - 1]!.slice(0, 3), piece)
    case 'hour': return digits(hour)
    case 'hourFrom1': return digits(hour === 0 ? 24 : hour)
    case 'hour12': return digits(hour % 12 === 0 ? 12 : hour % 12)
    case 'hour12From0': return digits(hour % 12)
    case 'minute': return digits(Math.floor(time / MICROS_PER_MINUTE) % 60)
    case 'second': return digits(Math.floor(time / MICROS_PER_SECOND) % 60)
    case 'secondOfDay': return digits(Math.floor(time / MICROS_PER_SECOND))
    case 'fraction': return String(time % MICROS_PER_SECOND).padStart(6, '0').padEnd(width, '0').slice(0, width)
    case 'halfDay': return named(hour < 12 ? 'AM' : 'PM', piece)
    case 'offset': return formatOffset(moment.offsetMicros, width)
    case 'zoneName': return named(moment.zoneName, piece)
  }
}

function named(name: string, piece: PatternField): string {
  const cased = piece.letters === 'upper' ? name.toUpperCase() : piece.letters === 'lower' ? name.toLowerCase() : name
  return cased.padEnd(piece.width, ' ')
}

/** Width 0: `Z` or `+02:00`; 2: `+02`; 4: `+0200`; 5: `+02:00`. */
function formatOffset(offset: number, width: number): string {
  if (width === 0 && offset === 0) return 'Z'
  const minutes = Math.abs(offset) / MICROS_PER_MINUTE
  const hour = String(Math.floor(minutes / 60)).padStart(2, '0')
  const minute = String(Math.floor(minutes % 60)).padStart(2, '0')
  const sign = offset < 0 ? '-' : '+'
  return width === 2 ? `${sign}${hour}` : width === 4 ? `${sign}${hour}${minute}` : `${sign}${hour}:${minute}`
}

/** The most digits that a field is read with, where the next piece does not follow without a gap. */
const DIGITS_MAX: Readonly<Partial<Record<PatternField['field'], number>>> = {
  year: 4, isoYear: 4, dayOfYear: 3, secondOfDay: 5, fraction: 9, quarter: 1, isoWeekday: 1, weekday: 1,
}

/**
 * Reads a text by a pattern, or gives `null`. Fields that the pattern lacks are those of 1970-01-01 00:00:00. Numbers may
 * have fewer digits than the pattern says, unless the next one follows at once (`yyyyMMdd`). Names are read in any case.
 */
export function parsePieces(pieces: readonly PatternPiece[], text: string): ParsedTimestamp | null {
  const found = new Map<PatternField['field'], number>()
  let offsetMicros: number | null = null
  let at = 0
  for (const [i, piece] of pieces.entries()) {
    if (typeof piece === 'string') {
      if (text.slice(at, at + piece.length).toLowerCase() !== piece.toLowerCase()) return null
      at += piece.length
    } else if (piece.field === 'offset' || piece.field === 'zoneName') {
      const match = /^\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)/i.exec(text.slice(at))
      const offset = match && parseZoneOffset(match[1]!)
      if (match === null || offset === null) return null
      offsetMicros = offset
      at += match[0].length
    } else {
      const next = pieces[i + 1]
      const length = readField(piece, next !== undefined && typeof next !== 'string' && isNumeric(next), text, at, found)
      if (length === 0) return null
      at += length
    }
  }
  if (text.slice(at).trim() !== '') return null
  const micros = momentOf(found)
  return micros === null ? null : { micros, offsetMicros }
}

function isNumeric(piece: PatternField): boolean {
  return namesOf(piece) === null && piece.field !== 'offset'
}

function namesOf(piece: PatternField): readonly string[] | null {
  switch (piece.field) {
    case 'monthName': return MONTHS
    case 'monthShort': return MONTHS.map((name) => name.slice(0, 3))
    case 'weekdayName': return WEEKDAYS
    case 'weekdayShort': return WEEKDAYS.map((name) => name.slice(0, 3))
    case 'halfDay': return ['AM', 'PM']
    default: return null
  }
}

/** Characters taken, 0 where the field is not there. */
function readField(piece: PatternField, tight: boolean, text: string, at: number, found: Map<PatternField['field'], number>): number {
  const names = namesOf(piece)
  if (names !== null) {
    const index = names.findIndex((name) => text.slice(at, at + name.length).toLowerCase() === name.toLowerCase())
    if (index < 0) return 0
    found.set(piece.field, index + 1)
    return Math.max(names[index]!.length, text.slice(at).match(/^\w+\s*/)?.[0].length === piece.width ? piece.width : 0)
  }
  const most = tight ? Math.max(piece.width, 1) : Math.max(piece.width, DIGITS_MAX[piece.field] ?? 2)
  const digits = /^\d+/.exec(text.slice(at, at + most))?.[0] ?? ''
  if (digits === '' || (tight && digits.length < most)) return 0
  if (piece.field === 'fraction') found.set('fraction', Number(digits.padEnd(6, '0').slice(0, 6)))
  else if (piece.field === 'shortYear') found.set('year', (piece.width < 3 && Number(digits) < 100 ? 2000 : 0) + Number(digits))
  else found.set(piece.field, Number(digits))
  return digits.length
}

function momentOf(found: ReadonlyMap<PatternField['field'], number>): number | null {
  const year = found.get('year') ?? 1970
  const month = found.get('month') ?? found.get('monthName') ?? found.get('monthShort') ?? 1
  const day = found.get('day') ?? 1
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  const ordinal = found.get('dayOfYear')
  const date = ordinal === undefined ? dayOfCivil(year, month, day) : dayOfCivil(year, 1, 1) + ordinal - 1
  if (ordinal !== undefined && (ordinal < 1 || civilOfDay(date).year !== year)) return null

  const half = found.get('halfDay')
  const hour12 = found.get('hour12') ?? found.get('hour12From0')
  const ofHalf = hour12 === undefined ? 0 : (hour12 % 12) + (half === 2 ? 12 : 0)
  const hour = found.get('hour') ?? (found.has('hourFrom1') ? found.get('hourFrom1')! % 24 : ofHalf)
  const minute = found.get('minute') ?? 0
  const second = found.get('second') ?? 0
  if (hour > 23 || minute > 59 || second > 59 || (hour12 ?? 0) > 12) return null
  const seconds = found.get('secondOfDay') ?? hour * 3600 + minute * 60 + second
  return date * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + (found.get('fraction') ?? 0)
}
