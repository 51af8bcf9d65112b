import { badArgument } from './function-error.js'
import type { PatternField, PatternPiece } from './time-pattern.js'

/**
 * A pattern in the letters of Java's DateTimeFormatter, as DATE_FORMAT and TO_TIMESTAMP take it in Flink:
 * `yyyy-MM-dd HH:mm:ss.SSS`, text in quotes, `''` for a quote.
 */
export function compileJavaPattern(pattern: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = []
  for (let i = 0; i < pattern.length;) {
    const letter = pattern[i]!
    if (letter === "'") {
      const [text, next] = quotedText(pattern, i)
      pieces.push(text)
      i = next
    } else if (/[A-Za-z]/.test(letter)) {
      let count = 1
      while (pattern[i + count] === letter) count++
      pieces.push(javaField(letter, count, pattern))
      i += count
    } else {
      pieces.push(letter)
      i++
    }
  }
  return pieces
}

function quotedText(pattern: string, start: number): readonly [text: string, next: number] {
  if (pattern[start + 1] === "'") return ["'", start + 2]
  let text = ''
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] !== "'") text += pattern[i]
    else if (pattern[i + 1] === "'") text += pattern[i++]
    else return [text, i + 1]
  }
  return badArgument(`the time pattern '${pattern}' has a quote without its end`)
}

function javaField(letter: string, count: number, pattern: string): PatternField {
  switch (letter) {
    case 'y': case 'u': return count === 2 ? { field: 'shortYear', width: 2 } : { field: 'year', width: count }
    case 'Y': return { field: 'isoYear', width: count }
    case 'Q': case 'q': return { field: 'quarter', width: count }
    case 'M': case 'L':
      if (count < 3) return { field: 'month', width: count }
      return { field: count === 3 ? 'monthShort' : 'monthName', width: 0 }
    case 'w': return { field: 'week', width: count }
    case 'D': return { field: 'dayOfYear', width: count }
    case 'd': return { field: 'day', width: count }
    case 'E': return count >= 4 ? { field: 'weekdayName', width: 0 } : { field: 'weekdayShort', width: 0 }
    case 'e': return { field: 'isoWeekday', width: count }
    case 'a': return { field: 'halfDay', width: 0 }
    case 'H': return { field: 'hour', width: count }
    case 'k': return { field: 'hourFrom1', width: count }
    case 'K': return { field: 'hour12From0', width: count }
    case 'h': return { field: 'hour12', width: count }
    case 'm': return { field: 'minute', width: count }
    case 's': return { field: 'second', width: count }
    case 'S': return { field: 'fraction', width: count }
    case 'X': return { field: 'offset', width: count >= 3 ? 0 : count === 2 ? 4 : 2 }
    case 'x': return { field: 'offset', width: count >= 3 ? 5 : count === 2 ? 4 : 2 }
    case 'Z': return { field: 'offset', width: count >= 5 ? 0 : 4 }
    case 'z': case 'V': return { field: 'zoneName', width: 0 }
    default: return badArgument(`the time pattern '${pattern}' has an unknown letter '${letter}'; put text in quotes`)
  }
}

/** Longest first, so that `HH24` is not read as `HH`. */
const POSTGRES_FIELDS: readonly (readonly [name: string, field: PatternField['field'], width: number])[] = [
  ['SSSSS', 'secondOfDay', 1], ['MONTH', 'monthName', 9], ['HH24', 'hour', 2], ['HH12', 'hour12', 2], ['YYYY', 'year', 4],
  ['IYYY', 'isoYear', 4], ['SSSS', 'secondOfDay', 1],
  ['A.M.', 'halfDay', 0], ['P.M.', 'halfDay', 0], ['MON', 'monthShort', 0], ['DAY', 'weekdayName', 9], ['DDD', 'dayOfYear', 3],
  ['TZH', 'offset', 2], ['YYY', 'shortYear', 3],
  ['HH', 'hour12', 2], ['MI', 'minute', 2], ['SS', 'second', 2], ['MS', 'fraction', 3], ['US', 'fraction', 6], ['AM', 'halfDay', 0],
  ['PM', 'halfDay', 0], ['YY', 'shortYear', 2],
  ['MM', 'month', 2], ['DD', 'day', 2], ['DY', 'weekdayShort', 0], ['IW', 'week', 2], ['ID', 'isoWeekday', 1], ['CC', 'century', 2],
  ['TZ', 'zoneName', 0], ['OF', 'offset', 2],
  ['Q', 'quarter', 1], ['D', 'weekday', 1], ['Y', 'shortYear', 1],
]

/** A pattern of Postgres, as TO_CHAR takes it: `YYYY-MM-DD HH24:MI:SS.MS`, text in double quotes, `FM` without padding. */
export function compilePostgresPattern(pattern: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = []
  for (let i = 0; i < pattern.length;) {
    if (pattern[i] === '"') {
      const end = pattern.indexOf('"', i + 1)
      if (end < 0) badArgument(`the time pattern '${pattern}' has a quote without its end`)
      pieces.push(pattern.slice(i + 1, end))
      i = end + 1
      continue
    }
    const bare = pattern.slice(i, i + 2).toUpperCase() === 'FM'
    const from = bare ? i + 2 : i
    const rest = pattern.slice(from).toUpperCase()
    const known = POSTGRES_FIELDS.find(([name]) => rest.startsWith(name))
    if (known === undefined) {
      pieces.push(pattern[i]!)
      i++
      continue
    }
    const [name, field, width] = known
    pieces.push(postgresField(field, bare && field !== 'fraction' ? 0 : width, pattern.slice(from, from + name.length)))
    i = from + name.length
  }
  return pieces
}

const NAMED_FIELDS: ReadonlySet<PatternField['field']> =
  new Set(['monthName', 'monthShort', 'weekdayName', 'weekdayShort', 'halfDay', 'zoneName'])

/** Names are written as their place in the pattern is: MONTH, Month, month. */
function postgresField(field: PatternField['field'], width: number, written: string): PatternField {
  if (!NAMED_FIELDS.has(field)) return { field, width }
  if (written === written.toUpperCase()) return { field, width, letters: 'upper' }
  return written === written.toLowerCase() ? { field, width, letters: 'lower' } : { field, width }
}

/** A pattern in either language: one with YYYY, DD, HH24 or MI is Postgres', any other Java's. */
export function compileTimePattern(pattern: string): readonly PatternPiece[] {
  return /YYYY|DD|HH24|MI/.test(pattern) ? compilePostgresPattern(pattern) : compileJavaPattern(pattern)
}
