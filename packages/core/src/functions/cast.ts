import { MillraceError } from '../errors.js'
import { dayOfMicros, MICROS_PER_DAY, timeOfMicros, truncateMicros } from '../types/civil.js'
import { isExact, isInteger, isNumeric, isTimestamp, sameType, typeName } from '../types/data-type.js'
import type { DataType, Value } from '../types/data-type.js'
import { parseDate, parseDayInterval, parseMonthInterval, parseTime, parseTimestamp } from '../types/date-time.js'
import { decimalAt, decimalToNumber, numberToDecimal, parseDecimal, powerOf10, rescale } from '../types/decimal.js'
import { formatDouble, parseDouble } from '../types/number-text.js'
import { checkBigint, checkDecimal, overflow, smallIntegerRange } from '../types/number-range.js'
import { sliceText, utf8DecodeStrict, utf8Encode } from '../types/text.js'
import { timeZoneOf } from '../types/time-zone.js'
import { valueToText } from '../types/value.js'
import { canCast } from './coercion.js'

/** A conversion of values that are not NULL. */
export type Cast = (value: any) => Value

/**
 * Makes the conversion from one type to another.
 *
 * - Numbers to integers lose their fraction (towards zero); to DECIMAL they are rounded half up; out of range is NUMERIC_OVERFLOW.
 * - Text to a number, a boolean (`true t yes y on 1` and their opposites), a date or a time is trimmed and must be wholly that.
 * - To text: BOOLEAN `true`/`false`, DOUBLE its shortest round-trip digits (`1.0`, `1.0E21`), BYTES as UTF-8; VARCHAR(n) cuts.
 * - TIMESTAMP ↔ TIMESTAMP_LTZ goes through `timeZone`. Text with a zone is an instant; as TIMESTAMP it is that
 * instant's clock in `timeZone`.
 * - A lower precision of a time drops digits, it does not round.
 *
 * @throws MillraceError SQL_TYPE at once where there is no such conversion; the result throws CAST_FAILED, NUMERIC_OVERFLOW
 */
export function makeCast(from: DataType, to: DataType, timeZone: string): Cast {
  if (from.kind === 'NULL' || sameType(from, to)) return identity
  if (!canCast(from, to, 'explicit')) throw new MillraceError('SQL_TYPE', `${typeName(from)} cannot be cast to ${typeName(to)}`)
  switch (to.kind) {
    case 'STRING': return toText(from, to.length, timeZone)
    case 'BOOLEAN': return toBoolean(from)
    case 'TINYINT': case 'SMALLINT': case 'INT': return toSmallInteger(from, to)
    case 'BIGINT': return toBigint(from, to)
    case 'DECIMAL': return toDecimal(from, to)
    case 'FLOAT': {
      const cast = toDouble(from)
      return (value) => Math.fround(cast(value))
    }
    case 'DOUBLE': return toDouble(from)
    case 'BYTES': return (value: string) => utf8Encode(value)
    case 'DATE': return toDate(from, timeZone)
    case 'TIME': return toTime(from, to.precision, timeZone)
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return toTimestamp(from, to, timeZone)
    case 'INTERVAL_MONTH': return fromText(parseMonthInterval, to)
    case 'INTERVAL_SECOND': return fromText(parseDayInterval, to)
    default: return nested(from, to, timeZone)
  }
}

/** One conversion, NULL included. */
export function castValue(value: Value, from: DataType, to: DataType, timeZone: string): Value {
  return value === null ? null : makeCast(from, to, timeZone)(value)
}

function identity(value: Value): Value {
  return value
}

function failed(value: string, type: DataType): never {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value
  throw new MillraceError('CAST_FAILED', `'${shown}' is no ${typeName(type)}`)
}

function fromText<T extends Value>(parse: (text: string) => T | null, to: DataType): (text: string) => T {
  return (text) => parse(text.trim()) ?? failed(text, to)
}

function toText(from: DataType, length: number | null, timeZone: string): Cast {
  const text = textOf(from, timeZone)
  if (length === null) return text
  return (value: any) => {
    const whole = text(value)
    return whole.length <= length ? whole : sliceText(whole, 0, length)
  }
}

function textOf(from: DataType, timeZone: string): (value: any) => string {
  switch (from.kind) {
    case 'STRING': return (value: string) => value
    case 'BYTES': return bytesToText
    default: return (value: Value) => valueToText(value, from, timeZone)
  }
}

function bytesToText(value: Uint8Array): string {
  return utf8DecodeStrict(value) ?? invalidUtf8()
}

function invalidUtf8(): never {
  throw new MillraceError('CAST_FAILED', "the bytes are no UTF-8; decode(bytes, 'latin1') takes any")
}

const BOOLEAN_TEXTS = new Map<string, boolean>([
  ['true', true], ['t', true], ['yes', true], ['y', true], ['on', true], ['1', true],
  ['false', false], ['f', false], ['no', false], ['n', false], ['off', false], ['0', false],
])

/** `null` where the text is neither true nor false. */
export function parseBoolean(text: string): boolean | null {
  return BOOLEAN_TEXTS.get(text.trim().toLowerCase()) ?? null
}

function toBoolean(from: DataType): Cast {
  if (from.kind === 'STRING') return (text: string) => parseBoolean(text) ?? failed(text, { kind: 'BOOLEAN' })
  return isExact(from) ? (value: bigint) => value !== 0n : (value: number) => value !== 0
}

type SmallInteger = Extract<DataType, { kind: 'TINYINT' | 'SMALLINT' | 'INT' }>

function toSmallInteger(from: DataType, to: SmallInteger): Cast {
  const [min, max] = smallIntegerRange(to.kind)
  const check = (value: number, original: string | number | bigint): number =>
    (value >= min && value <= max ? value : overflow(original, to))
  switch (from.kind) {
    case 'BOOLEAN': return Number
    case 'STRING': return (text: string) => Number(integerOfText(text, to))
    case 'BIGINT': return (value: bigint) => check(Number(value), value)
    case 'DECIMAL': {
      const unit = powerOf10(from.scale)
      return (value: bigint) => check(Number(value / unit), value / unit)
    }
    // NaN fails both comparisons, and +0 turns −0 into 0.
    default: return (value: number) => check(Math.trunc(value) + 0, value)
  }
}

function toBigint(from: DataType, to: DataType): Cast {
  switch (from.kind) {
    case 'BOOLEAN': return (value: boolean) => (value ? 1n : 0n)
    case 'STRING': return (text: string) => integerOfText(text, to)
    case 'DECIMAL': {
      const unit = powerOf10(from.scale)
      return (value: bigint) => checkBigint(value / unit, to)
    }
    case 'FLOAT': case 'DOUBLE':
      return (value: number) =>
        (value >= -9223372036854775808 && value < 9223372036854775808 ? BigInt(Math.trunc(value)) : overflow(value, to))
    default: return (value: number) => BigInt(value)
  }
}

/** Text of an integer or of a decimal number, whose fraction is dropped. */
function integerOfText(text: string, to: DataType): bigint {
  const parsed = parseDecimal(text.trim())
  if (parsed === null) return failed(text, to)
  const truncated = parsed.scale <= 0 ? decimalAt(parsed, 20, 0) : truncateDecimal(parsed.unscaled, parsed.scale)
  if (truncated === undefined) return overflow(text.trim(), to)
  if (to.kind === 'BIGINT') return checkBigint(truncated, to)
  const [min, max] = smallIntegerRange(to.kind as SmallInteger['kind'])
  return truncated >= min && truncated <= max ? truncated : overflow(text.trim(), to)
}

function truncateDecimal(unscaled: bigint, scale: number): bigint {
  return scale > unscaled.toString().length ? 0n : unscaled / powerOf10(scale)
}

function toDecimal(from: DataType, to: Extract<DataType, { kind: 'DECIMAL' }>): Cast {
  const { precision, scale } = to
  switch (from.kind) {
    case 'BOOLEAN': return (value: boolean) => checkDecimal(value ? powerOf10(scale) : 0n, to)
    case 'DECIMAL': {
      const fromScale = from.scale
      return (value: bigint) => checkDecimal(rescale(value, fromScale, scale), to)
    }
    case 'BIGINT': return (value: bigint) => checkDecimal(value * powerOf10(scale), to)
    case 'FLOAT': case 'DOUBLE': {
      const isFloat = from.kind === 'FLOAT'
      return (value: number) =>
        numberToDecimal(isFloat ? Number(valueToText(value, from)) : value, precision, scale) ?? overflow(formatDouble(value), to)
    }
    case 'STRING': return (text: string) => {
      const parsed = parseDecimal(text.trim())
      if (parsed === null) return failed(text, to)
      return decimalAt(parsed, precision, scale) ?? overflow(text.trim(), to)
    }
    default: return (value: number) => checkDecimal(BigInt(value) * powerOf10(scale), to)
  }
}

function toDouble(from: DataType): (value: any) => number {
  switch (from.kind) {
    case 'STRING': return fromText(parseDouble, { kind: 'DOUBLE' })
    case 'DECIMAL': {
      const { scale } = from
      return (value: bigint) => decimalToNumber(value, scale)
    }
    default: return Number
  }
}

function toDate(from: DataType, timeZone: string): Cast {
  if (from.kind === 'STRING') return fromText(parseDate, { kind: 'DATE' })
  if (from.kind === 'TIMESTAMP') return dayOfMicros
  const zone = timeZoneOf(timeZone)
  return (value: number) => dayOfMicros(zone.toLocal(value))
}

function toTime(from: DataType, precision: number, timeZone: string): Cast {
  if (from.kind === 'STRING') {
    const parse = fromText(parseTime, { kind: 'TIME', precision })
    return (text: string) => truncateMicros(parse(text), precision)
  }
  if (from.kind !== 'TIMESTAMP_LTZ') return (value: number) => truncateMicros(from.kind === 'TIME' ? value : timeOfMicros(value), precision)
  const zone = timeZoneOf(timeZone)
  return (value: number) => truncateMicros(timeOfMicros(zone.toLocal(value)), precision)
}

function toTimestamp(from: DataType, to: Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>, timeZone: string): Cast {
  const { precision } = to
  const zone = timeZoneOf(timeZone)
  const instant = to.kind === 'TIMESTAMP_LTZ'
  if (from.kind === 'STRING') {
    return (text: string) => {
      const parsed = parseTimestamp(text)
      if (parsed === null) return failed(text, to)
      const { micros, offsetMicros } = parsed
      if (offsetMicros === null) return truncateMicros(instant ? zone.toUtc(micros) : micros, precision)
      return truncateMicros(instant ? micros - offsetMicros : zone.toLocal(micros - offsetMicros), precision)
    }
  }
  if (from.kind === 'DATE') return (day: number) => (instant ? zone.toUtc(day * MICROS_PER_DAY) : day * MICROS_PER_DAY)
  if (from.kind === to.kind) return (value: number) => truncateMicros(value, precision)
  const convert = instant ? zone.toUtc : zone.toLocal
  return (value: number) => truncateMicros(convert(value), precision)
}

function nested(from: DataType, to: DataType, timeZone: string): Cast {
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = nullable(makeCast(from.element, to.element, timeZone))
    return (values: readonly Value[]) => values.map(element)
  }
  if (from.kind === 'MAP' && to.kind === 'MAP') {
    const key = nullable(makeCast(from.key, to.key, timeZone))
    const value = nullable(makeCast(from.value, to.value, timeZone))
    return (entries: ReadonlyMap<Value, Value>) => new Map([...entries].map(([k, v]) => [key(k), value(v)]))
  }
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    const fields = from.fields.map((field, i) => nullable(makeCast(field.type, to.fields[i]!.type, timeZone)))
    return (values: readonly Value[]) => values.map((value, i) => fields[i]!(value))
  }
  throw new MillraceError('SQL_TYPE', `${typeName(from)} cannot be cast to ${typeName(to)}`)
}

function nullable(cast: Cast): (value: Value) => Value {
  return (value) => (value === null ? null : cast(value))
}

/** Can the conversion fail for some value? The planner moves only those that cannot past a filter. */
export function castMayFail(from: DataType, to: DataType): boolean {
  if (from.kind === 'NULL' || sameType(from, to) || (to.kind === 'STRING' && from.kind !== 'BYTES')) return false
  if (isInteger(from) && isNumeric(to)) return !canCast(from, to, 'implicit') || to.kind === 'DECIMAL'
  if (isNumeric(from) && (to.kind === 'DOUBLE' || to.kind === 'FLOAT')) return false
  return !((isTimestamp(from) || from.kind === 'DATE') && (isTimestamp(to) || to.kind === 'DATE'))
}
