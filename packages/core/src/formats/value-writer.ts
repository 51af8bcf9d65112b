import { MillraceError } from '../errors.js'
import type { Vector } from '../types/batch.js'
import type { DataType, Value } from '../types/data-type.js'
import { typeName } from '../types/data-type.js'
import { formatDate, formatTime, formatTimestamp } from './time-text.js'

/**
 * The text of a value that is no string, as it is written in every format; ASCII. Whether it needs quotes is the
 * format's business ({@link isBareType}). What is written is read again as the same value.
 */
export function scalarText(type: DataType, stored: boolean | number | bigint): string {
  switch (type.kind) {
    case 'BOOLEAN': return stored === true || stored === 1 ? 'true' : 'false'
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': return String(stored)
    case 'FLOAT': case 'DOUBLE': return Object.is(stored, -0) ? '-0' : String(stored)
    case 'DECIMAL': return decimalText(stored as number | bigint, type.scale)
    case 'DATE': return formatDate(stored as number)
    case 'TIME': return formatTime(stored as number, type.precision)
    case 'TIMESTAMP': return formatTimestamp(stored as number, type.precision)
    case 'TIMESTAMP_LTZ': return `${formatTimestamp(stored as number, type.precision)}Z`
    default: throw new MillraceError('ROW_UNENCODABLE', `a value of type ${typeName(type)} cannot be written`)
  }
}

/** Types whose text is a JSON token; the others are quoted there. */
export function isBareType(type: DataType): boolean {
  switch (type.kind) {
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': case 'FLOAT': case 'DOUBLE': case 'DECIMAL': return true
    default: return false
  }
}

export function decimalText(unscaled: number | bigint, scale: number): string {
  if (scale === 0) return String(unscaled)
  const negative = unscaled < 0
  const digits = String(unscaled).slice(negative ? 1 : 0).padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The number in row `row` of a vector of numbers, as it is stored. */
export function storedAt(vector: Vector, row: number): number | bigint {
  switch (vector.kind) {
    case 'bool': case 'i32': case 'f64': return vector.values[row]!
    case 'exact': return vector.wide === null ? vector.values[row]! : vector.wide[row]!
    default: throw new MillraceError('INTERNAL', `a ${vector.kind} vector holds no numbers`)
  }
}


/** Text of a string in row `row`, as UTF-8: in an array, from where to where. */
export interface Utf8Piece {
  bytes: Uint8Array
  start: number
  end: number
}

/** Sets `piece` to the string in row `row`. */
export function utf8At(vector: Vector, row: number, piece: Utf8Piece): void {
  switch (vector.kind) {
    case 'utf8':
      piece.bytes = vector.bytes
      piece.start = vector.starts[row]!
      piece.end = vector.ends[row]!
      return
    case 'dict': {
      const code = vector.codes[row]!
      piece.bytes = vector.dictionary.arena
      piece.start = vector.dictionary.starts[code]!
      piece.end = vector.dictionary.starts[code + 1]!
      return
    }
    case 'text': {
      piece.bytes = Buffer.from(vector.values[row]!, 'utf8')
      piece.start = 0
      piece.end = piece.bytes.length
      return
    }
    default: throw new MillraceError('INTERNAL', `a ${vector.kind} vector holds no strings`)
  }
}

/**
 * A value inside an ARRAY, MAP or ROW as JSON text; also for such a column in CSV.
 * @throws MillraceError ROW_UNENCODABLE
 */
export function jsonText(type: DataType, value: Value): string {
  if (value === null) return 'null'
  switch (type.kind) {
    case 'STRING': return JSON.stringify(value)
    case 'BYTES': return `"${Buffer.from(value as Uint8Array).toString('base64')}"`
    case 'ARRAY': return `[${(value as readonly Value[]).map((element) => jsonText(type.element, element)).join(',')}]`
    case 'ROW': {
      const values = value as readonly Value[]
      return `{${type.fields.map((field, i) => `${JSON.stringify(field.name)}:${jsonText(field.type, values[i] ?? null)}`).join(',')}}`
    }
    case 'MAP': {
      const members = [...(value as ReadonlyMap<Value, Value>)].map(([key, member]) => {
        if (key === null) throw new MillraceError('ROW_UNENCODABLE', 'a MAP with a NULL key has no JSON form')
        const text = type.key.kind === 'STRING' ? String(key) : jsonText(type.key, key)
        const name = text.startsWith('"') && type.key.kind !== 'STRING' ? text.slice(1, -1) : text
        return `${JSON.stringify(name)}:${jsonText(type.value, member)}`
      })
      return `{${members.join(',')}}`
    }
    default: {
      const text = scalarText(type, value as boolean | number | bigint)
      return isBareType(type) && !isSpecial(value) ? text : `"${text}"`
    }
  }
}

/** NaN and the infinities: JSON has no tokens for them, so they are written as strings. */
export function isSpecial(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value)
}
