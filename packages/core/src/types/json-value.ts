import { MillraceError, unreachable } from '../errors.js'
import { base64ToBytes, bytesToBase64 } from './bytes.js'
import { DAY_MAX, DAY_MIN, dayOfMicros, MICROS_PER_DAY, truncateMicros } from './civil.js'
import { typeName } from './data-type.js'
import type { DataType, Value } from './data-type.js'
import {
  formatDate, formatTime, formatTimestamp, parseDate, parseDayInterval, parseMonthInterval, parseTime, parseTimestamp,
} from './date-time.js'
import { decimalAt, formatDecimal, parseDecimal } from './decimal.js'
import { formatFloat, parseDouble } from './number-text.js'
import { BIGINT_MAX, BIGINT_MIN, smallIntegerRange } from './number-range.js'
import { valueToText } from './value.js'

/**
 * Values in JSON.
 *
 * | type | JSON |
 * |---|---|
 * | BOOLEAN | true, false |
 * | TINYINT … BIGINT, DECIMAL, FLOAT, DOUBLE | number with all its digits; NaN and infinities as strings |
 * | STRING | string |
 * | BYTES | string, base64 |
 * | DATE TIME TIMESTAMP | string, as in SQL |
 * | TIMESTAMP_LTZ | string in UTC with a final `Z` |
 * | INTERVAL | string, as in SQL |
 * | ARRAY · MAP · ROW | array · object (keys as text) · object |
 */
export function valueToJsonText(value: Value, type: DataType): string {
  if (value === null) return 'null'
  switch (type.kind) {
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': return String(value)
    case 'DECIMAL': return formatDecimal(value as bigint, type.scale)
    case 'FLOAT': return Number.isFinite(value) ? String(Number(formatFloat(value as number))) : JSON.stringify(String(value))
    case 'DOUBLE': return Number.isFinite(value) ? String(value) : JSON.stringify(String(value))
    case 'ARRAY': return `[${(value as readonly Value[]).map((v) => valueToJsonText(v, type.element)).join(',')}]`
    case 'ROW': {
      const values = value as readonly Value[]
      return `{${type.fields.map((field, i) => `${JSON.stringify(field.name)}:${valueToJsonText(values[i]!, field.type)}`).join(',')}}`
    }
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)]
      return `{${entries.map(([k, v]) => `${JSON.stringify(valueToText(k, type.key))}:${valueToJsonText(v, type.value)}`).join(',')}}`
    }
    default: return JSON.stringify(scalarText(value, type))
  }
}

/**
 * The same as plain JavaScript for `JSON.stringify`. A BIGINT or DECIMAL that no double holds exactly is a string there;
 * {@link valueToJsonText} keeps it a number.
 */
export function valueToJson(value: Value, type: DataType): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': return value
    case 'BIGINT': return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'DECIMAL': {
      const text = formatDecimal(value as bigint, type.scale)
      return text.replace(/[-.]|^-?0\.?0*/g, '').length <= 15 ? Number(text) : text
    }
    case 'FLOAT': return Number.isFinite(value) ? Number(formatFloat(value as number)) : String(value)
    case 'DOUBLE': return Number.isFinite(value) ? value : String(value)
    case 'ARRAY': return (value as readonly Value[]).map((v) => valueToJson(v, type.element))
    case 'ROW': return Object.fromEntries(type.fields.map((field, i) =>
      [field.name, valueToJson((value as readonly Value[])[i]!, field.type)]))
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)]
      return Object.fromEntries(entries.map(([k, v]) => [valueToText(k, type.key), valueToJson(v, type.value)]))
    }
    default: return scalarText(value, type)
  }
}

function scalarText(value: Value, type: DataType): string {
  switch (type.kind) {
    case 'BYTES': return bytesToBase64(value as Uint8Array)
    case 'DATE': return formatDate(value as number)
    case 'TIME': return formatTime(value as number, type.precision)
    case 'TIMESTAMP': return formatTimestamp(value as number, type.precision)
    case 'TIMESTAMP_LTZ': return `${formatTimestamp(value as number, type.precision)}Z`
    default: return valueToText(value, type)
  }
}

/**
 * A value from parsed JSON (`JSON.parse`, or a parser that gives bigints for long integers). Numbers may stand as
 * strings; timestamps may be numbers of epoch milliseconds; absent fields of a ROW are NULL, unknown ones ignored.
 *
 * @throws MillraceError CAST_FAILED where the JSON does not fit the type, NUMERIC_OVERFLOW where a number is out of range
 */
export function valueFromJson(json: unknown, type: DataType): Value {
  if (json === null || json === undefined) return null
  switch (type.kind) {
    case 'BOOLEAN':
      if (typeof json === 'boolean') return json
      if (json === 'true') return true
      if (json === 'false') return false
      return misfit(json, type)
    case 'TINYINT': case 'SMALLINT': case 'INT': {
      const value = exactNumber(json, type, 20, 0)
      const [min, max] = smallIntegerRange(type.kind)
      return value >= min && value <= max ? Number(value) : outOfRange(json, type)
    }
    case 'BIGINT': {
      const value = exactNumber(json, type, 20, 0)
      return value >= BIGINT_MIN && value <= BIGINT_MAX ? value : outOfRange(json, type)
    }
    case 'DECIMAL': return exactNumber(json, type, type.precision, type.scale)
    case 'FLOAT': return Math.fround(approximateNumber(json, type))
    case 'DOUBLE': return approximateNumber(json, type)
    case 'STRING': {
      const text = typeof json === 'string' ? json : typeof json === 'object' ? JSON.stringify(json) : String(json)
      return type.length === null ? text : [...text].slice(0, type.length).join('')
    }
    case 'BYTES': return (typeof json === 'string' ? base64ToBytes(json) : null) ?? misfit(json, type)
    case 'DATE': return (typeof json === 'string' ? parseDate(json) : dayNumber(json)) ?? misfit(json, type)
    case 'TIME': return truncateMicros((typeof json === 'string' ? parseTime(json) : null) ?? misfit(json, type), type.precision)
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return truncateMicros(timestampMicros(json) ?? misfit(json, type), type.precision)
    case 'INTERVAL_MONTH': return (typeof json === 'string' ? parseMonthInterval(json) : null) ?? misfit(json, type)
    case 'INTERVAL_SECOND': return (typeof json === 'string' ? parseDayInterval(json) : null) ?? misfit(json, type)
    case 'ARRAY': return Array.isArray(json) ? json.map((element) => valueFromJson(element, type.element)) : misfit(json, type)
    case 'MAP': {
      if (typeof json !== 'object' || Array.isArray(json)) return misfit(json, type)
      return new Map(Object.entries(json).map(([k, v]) => [valueFromJson(k, type.key), valueFromJson(v, type.value)]))
    }
    case 'ROW': {
      if (Array.isArray(json)) return type.fields.map((field, i) => valueFromJson(json[i], field.type))
      if (typeof json !== 'object') return misfit(json, type)
      const object = json as Record<string, unknown>
      return type.fields.map((field) => (Object.hasOwn(object, field.name) ? valueFromJson(object[field.name], field.type) : null))
    }
    case 'NULL': return misfit(json, type)
    default: return unreachable(type)
  }
}

function exactNumber(json: unknown, type: DataType, precision: number, scale: number): bigint {
  if (typeof json !== 'number' && typeof json !== 'bigint' && typeof json !== 'string') return misfit(json, type)
  const parsed = parseDecimal(String(json).trim())
  if (parsed === null) return misfit(json, type)
  return decimalAt(parsed, precision, scale) ?? outOfRange(json, type)
}

function approximateNumber(json: unknown, type: DataType): number {
  if (typeof json === 'number') return json
  if (typeof json === 'bigint') return Number(json)
  return (typeof json === 'string' ? parseDouble(json.trim()) : null) ?? misfit(json, type)
}

function dayNumber(json: unknown): number | null {
  return typeof json === 'number' && Number.isInteger(json) && json >= DAY_MIN && json <= DAY_MAX ? json : null
}

function timestampMicros(json: unknown): number | null {
  if (typeof json === 'number' || typeof json === 'bigint') {
    const micros = Math.floor(Number(json) * 1000)
    return dayOfMicros(micros) >= DAY_MIN && micros < (DAY_MAX + 1) * MICROS_PER_DAY ? micros : null
  }
  if (typeof json !== 'string') return null
  const parsed = parseTimestamp(json)
  return parsed && parsed.micros - (parsed.offsetMicros ?? 0)
}

function misfit(json: unknown, type: DataType): never {
  const text = JSON.stringify(json, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))
  throw new MillraceError('CAST_FAILED', `${text.slice(0, 80)} is no ${typeName(type)}`)
}

function outOfRange(json: unknown, type: DataType): never {
  throw new MillraceError('NUMERIC_OVERFLOW', `${String(json).slice(0, 80)} is out of the range of ${typeName(type)}`)
}
