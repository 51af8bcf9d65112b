import { MillraceError, unreachable } from '../errors.js'
import { isInteger, typeName, type DataType, type Field, type Schema, type Value } from './data-type.js'
import { formatDate, formatTime, formatTimestamp, parseDate, parseTime, parseTimestamp } from './date-time.js'
import { decimalAt, formatDecimal, parseDecimal } from './decimal.js'

/**
 * A row as JavaScript: column name → value, NULL as `null`.
 *
 * | SQL type | given out | taken in (`tables`) |
 * |---|---|---|
 * | BOOLEAN | boolean | boolean |
 * | TINYINT SMALLINT INT | number | number, bigint, string |
 * | BIGINT | bigint (`bigints: 'number'`: number, NUMERIC_OVERFLOW where it is not safe) | number, bigint, string |
 * | DECIMAL | string, `'12.30'` | string, number, bigint |
 * | FLOAT DOUBLE | number | number, string |
 * | CHAR VARCHAR STRING | string | string |
 * | BYTES | Uint8Array | Uint8Array |
 * | DATE TIME TIMESTAMP | SQL text, `'2026-01-31 09:05:30.120'`: a Date would invent a zone | SQL or ISO text; Date (its UTC fields) |
 * | TIMESTAMP_LTZ | ISO 8601 in UTC, `'2026-01-31T09:05:30.120Z'`, all six digits where they are needed | ISO text; Date |
 * | INTERVAL | number of months or of microseconds | the same |
 * | ARRAY | array | array |
 * | MAP | Map | Map, object (keys as strings) |
 * | ROW | object | object, array |
 */
export type Row = Readonly<Record<string, unknown>>

export type BigintPolicy = 'bigint' | 'number'

export function valuesToRow(values: readonly Value[], schema: Schema, bigints: BigintPolicy): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let c = 0; c < schema.length; c++) setOwn(row, schema[c]!.name, valueToJs(values[c]!, schema[c]!.type, bigints))
  return row
}

/** Assigning to `__proto__` would not make a property but replace the prototype. */
function setOwn(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true })
  else row[name] = value
}

function valueToJs(value: Value, type: DataType, bigints: BigintPolicy): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': case 'FLOAT': case 'DOUBLE': case 'STRING': case 'INTERVAL_MONTH':
    case 'INTERVAL_SECOND': case 'NULL':
      return value
    case 'BIGINT': return bigints === 'bigint' ? value : safeNumber(value as bigint)
    case 'DECIMAL': return formatDecimal(value as bigint, type.scale)
    case 'BYTES': return Uint8Array.from(value as Uint8Array)
    case 'DATE': return formatDate(value as number)
    case 'TIME': return formatTime(value as number, type.precision)
    case 'TIMESTAMP': return formatTimestamp(value as number, type.precision)
    case 'TIMESTAMP_LTZ': return `${formatTimestamp(value as number, type.precision).replace(' ', 'T')}Z`
    case 'ARRAY': return (value as readonly Value[]).map((element) => valueToJs(element, type.element, bigints))
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)]
      return new Map(entries.map(([k, v]) => [valueToJs(k, type.key, bigints), valueToJs(v, type.value, bigints)]))
    }
    case 'ROW': {
      const parts = value as readonly Value[]
      return Object.fromEntries(type.fields.map((field, i) => [field.name, valueToJs(parts[i]!, field.type, bigints)]))
    }
    default: return unreachable(type)
  }
}

function safeNumber(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new MillraceError('NUMERIC_OVERFLOW', `${value} is not a safe integer; take bigints ({ bigints: 'bigint' })`)
}

/**
 * A row given from outside as values, in the order of `schema`. Column names match without regard to case; a missing
 * one is NULL, one that is not in the table is an error.
 *
 * @throws MillraceError SQL_COLUMN_UNKNOWN, NULL_NOT_ALLOWED, CAST_FAILED, NUMERIC_OVERFLOW
 */
export function rowToValues(row: Row, schema: Schema): Value[] {
  const values: Value[] = schema.map(() => null)
  for (const [name, value] of Object.entries(row)) {
    const column = schema.findIndex((field) => field.name === name || field.name.toLowerCase() === name.toLowerCase())
    if (column < 0) {
      const alternatives = schema.map((field) => field.name)
      const message = `a row has '${name}', which is no column of its table; columns: ${alternatives.join(', ')}`
      throw new MillraceError('SQL_COLUMN_UNKNOWN', message, { alternatives })
    }
    values[column] = jsToValue(value, schema[column]!.type, schema[column]!)
  }
  schema.forEach((field, c) => {
    if (values[c] !== null || field.nullable) return
    throw new MillraceError('NULL_NOT_ALLOWED', `a row has no value for column ${field.name}, which is NOT NULL`)
  })
  return values
}

function jsToValue(value: unknown, type: DataType, field: Field): Value {
  if (value === null || value === undefined) return null
  const converted = convert(value, type, field)
  if (converted !== undefined) return converted
  throw new MillraceError('CAST_FAILED', `column ${field.name}: ${describe(value)} is no ${typeName(type)}`)
}

function convert(value: unknown, type: DataType, field: Field): Value | undefined {
  switch (type.kind) {
    case 'BOOLEAN': return typeof value === 'boolean' ? value : undefined
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': return toInteger(value, type, field)
    case 'DECIMAL': return toDecimal(value, type, field)
    case 'FLOAT': case 'DOUBLE': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      if (typeof number !== 'number' || (typeof value === 'string' && Number.isNaN(number))) return undefined
      return type.kind === 'FLOAT' ? Math.fround(number) : number
    }
    case 'STRING': return typeof value === 'string' ? wellFormed(value) : undefined
    case 'BYTES': return value instanceof Uint8Array ? value : undefined
    case 'DATE':
      if (value instanceof Date) return Math.floor(value.getTime() / 86_400_000)
      return typeof value === 'string' ? (parseDate(value) ?? undefined) : undefined
    case 'TIME': return typeof value === 'string' ? (parseTime(value) ?? undefined) : undefined
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ':
      if (value instanceof Date) return value.getTime() * 1_000
      if (typeof value !== 'string') return undefined
      return type.kind === 'TIMESTAMP' ? parseTimestamp(value)?.micros : toInstant(value)
    case 'INTERVAL_MONTH': case 'INTERVAL_SECOND': return typeof value === 'number' && Number.isInteger(value) ? value : undefined
    case 'ARRAY': return Array.isArray(value) ? value.map((element) => jsToValue(element, type.element, field)) : undefined
    case 'MAP': {
      const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : undefined
      return entries && new Map(entries.map(([k, v]) => [jsToValue(k, type.key, field), jsToValue(v, type.value, field)]))
    }
    case 'ROW':
      if (Array.isArray(value)) return type.fields.map((f, i) => jsToValue(value[i], f.type, field))
      if (!isPlainObject(value)) return undefined
      return type.fields.map((f) => jsToValue(Object.hasOwn(value, f.name) ? value[f.name] : null, f.type, field))
    case 'NULL': return undefined
    default: return unreachable(type)
  }
}

const INTEGER_BITS = { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 } as const

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A lone surrogate has no UTF-8; it becomes U+FFFD as it would in any encoder. */
function wellFormed(text: string): string {
  return decoder.decode(encoder.encode(text))
}

function toInteger(value: unknown, type: DataType, field: Field): Value | undefined {
  const whole = typeof value === 'bigint' ? value
    : typeof value === 'number' && Number.isInteger(value) ? BigInt(value)
    : typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim().replace(/^\+/, ''))
    : undefined
  if (whole === undefined || !isInteger(type)) return undefined
  if (BigInt.asIntN(INTEGER_BITS[type.kind as keyof typeof INTEGER_BITS], whole) !== whole) throw outOfRange(value, type, field)
  return type.kind === 'BIGINT' ? whole : Number(whole)
}

function toDecimal(value: unknown, type: Extract<DataType, { kind: 'DECIMAL' }>, field: Field): Value | undefined {
  if (typeof value !== 'string' && typeof value !== 'bigint' && typeof value !== 'number') return undefined
  const parsed = parseDecimal(String(value))
  if (parsed === null) return undefined
  const unscaled = decimalAt(parsed, type.precision, type.scale)
  if (unscaled === undefined) throw outOfRange(value, type, field)
  return unscaled
}

function toInstant(text: string): number | undefined {
  const parsed = parseTimestamp(text)
  return parsed === null ? undefined : parsed.micros - (parsed.offsetMicros ?? 0)
}

function outOfRange(value: unknown, type: DataType, field: Field): MillraceError {
  return new MillraceError('NUMERIC_OVERFLOW', `column ${field.name}: ${describe(value)} is out of the range of ${typeName(type)}`)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(value instanceof Date) && !(value instanceof Uint8Array) && !(value instanceof Map)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'an array' : value instanceof Date ? 'a Date' : `a value of type ${typeof value}`
}
