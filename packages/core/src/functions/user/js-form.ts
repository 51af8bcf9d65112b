import { DAY_MAX, DAY_MIN, dayOfMicros, MICROS_PER_DAY, truncateMicros } from '../../types/civil.js'
import { typeName } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { parseDate, parseTime, parseTimestamp } from '../../types/date-time.js'
import { decimalAt, formatDecimal, parseDecimal } from '../../types/decimal.js'
import { BIGINT_MAX, BIGINT_MIN, smallIntegerRange } from '../../types/number-range.js'
import { textLength, wellFormed } from '../../types/text.js'
import { MillraceError, unreachable } from '../../errors.js'

/** Values as user functions get and give them; the table is at {@link SqlValue}. */

/** How an argument of a type is passed on; null: as it is. NULLs are not given to it. */
export function toJs(type: DataType): ((value: any) => unknown) | null {
  switch (type.kind) {
    case 'DECIMAL': return (value: bigint) => formatDecimal(value, type.scale)
    // What is kept is not to change under its owner: BYTES are views of a batch.
    case 'BYTES': return (value: Uint8Array) => Uint8Array.from(value)
    case 'ARRAY': {
      const element = orNull(toJs(type.element))
      return (value: readonly Value[]) => value.map(element)
    }
    case 'MAP': {
      const [key, entry] = [orNull(toJs(type.key)), orNull(toJs(type.value))]
      return (value: ReadonlyMap<Value, Value>) => new Map([...value].map(([k, v]) => [key(k), entry(v)]))
    }
    case 'ROW': {
      const fields = type.fields.map((field) => ({ name: field.name, convert: orNull(toJs(field.type)) }))
      return (value: readonly Value[]) => Object.fromEntries(fields.map(({ name, convert }, i) => [name, convert(value[i]!)]))
    }
    default: return null
  }
}

function orNull(convert: ((value: any) => unknown) | null): (value: Value) => unknown {
  return convert === null ? (value) => value : (value) => (value === null ? null : convert(value))
}

/**
 * A result as a value of its declared type.
 *
 * @param subject names the function, for errors
 * @throws MillraceError FUNCTION_RESULT
 */
export function fromJs(type: DataType, subject: string): (result: unknown) => Value {
  const convert = converterOf(type)
  const isPlainKind = type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'ROW'
  return (result) => {
    if (result === null || result === undefined) return null
    const value = isPlainKind ? convert(result) : withoutTraps(convert, result)
    if (value !== undefined) return value
    throw new MillraceError('FUNCTION_RESULT', `${subject} returned ${describe(result)}, which is no ${typeName(type)}`)
  }
}

/** Gives `undefined` for what does not fit. */
type Converter = (result: unknown) => Value | undefined

/** {@link fromJs} for a BIGINT, as a number where that is a safe integer. */
export function narrowFromJs(type: DataType, subject: string): (result: unknown) => Value {
  const exact = fromJs(type, subject)
  return (result) => {
    if (typeof result === 'number' && Number.isSafeInteger(result)) return result + 0
    const value = exact(result)
    const number = Number(value)
    return value !== null && Number.isSafeInteger(number) ? number : value
  }
}

/** Reading an object can run code of the user's: what that throws is a result that does not fit. */
function withoutTraps(convert: Converter, result: unknown): Value | undefined {
  try {
    return convert(result)
  } catch {
    return undefined
  }
}

function converterOf(type: DataType): Converter {
  switch (type.kind) {
    case 'BOOLEAN': return (result) => (typeof result === 'boolean' ? result : undefined)
    case 'TINYINT': case 'SMALLINT': case 'INT': {
      const [min, max] = smallIntegerRange(type.kind)
      return (result) => {
        const number = typeof result === 'bigint' ? Number(result) : result
        return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max ? number + 0 : undefined
      }
    }
    case 'BIGINT': return (result) => {
      if (typeof result === 'number') return Number.isSafeInteger(result) ? BigInt(result) : undefined
      return typeof result === 'bigint' && result >= BIGINT_MIN && result <= BIGINT_MAX ? result : undefined
    }
    case 'DECIMAL': return (result) => {
      if (typeof result !== 'string' && typeof result !== 'number' && typeof result !== 'bigint') return undefined
      const parsed = parseDecimal(String(result))
      return parsed === null ? undefined : decimalAt(parsed, type.precision, type.scale)
    }
    case 'FLOAT': return (result) => (typeof result === 'number' ? Math.fround(result) : undefined)
    case 'DOUBLE': return (result) => (typeof result === 'number' ? result : undefined)
    case 'STRING': {
      const { length } = type
      return (result) => (typeof result === 'string' && (length === null || textLength(result) <= length) ? wellFormed(result) : undefined)
    }
    case 'BYTES': return (result) => (result instanceof Uint8Array ? result : undefined)
    case 'DATE': return (result) => {
      if (result instanceof Date) return day(Math.floor(result.getTime() / 86_400_000))
      return typeof result === 'string' ? (parseDate(result) ?? undefined) : day(result)
    }
    case 'TIME': return (result) => {
      const micros = typeof result === 'string' ? parseTime(result) : result
      return isWhole(micros) && micros >= 0 && micros < MICROS_PER_DAY ? truncateMicros(micros, type.precision) : undefined
    }
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return (result) => {
      const micros = result instanceof Date ? result.getTime() * 1_000 : typeof result === 'string' ? microsOf(result) : result
      return isMoment(micros) ? truncateMicros(micros, type.precision) : undefined
    }
    case 'INTERVAL_MONTH': return (result) => (isWhole(result) && Math.abs(result) < 2 ** 31 ? result : undefined)
    case 'INTERVAL_SECOND': return (result) => (isWhole(result) ? result : undefined)
    case 'ARRAY': return arrayConverter(type.element)
    case 'MAP': return mapConverter(type.key, type.value)
    case 'ROW': return rowConverter(type.fields)
    case 'NULL': return () => undefined
    default: return unreachable(type)
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function day(value: unknown): number | undefined {
  return isWhole(value) && value >= DAY_MIN && value <= DAY_MAX ? value : undefined
}

/** Time values beyond the safe integers are whole too: they are as exact as the engine's own. */
function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && dayOfMicros(value) >= DAY_MIN && dayOfMicros(value) <= DAY_MAX
}

function microsOf(text: string): number | null {
  const parsed = parseTimestamp(text)
  return parsed === null ? null : parsed.micros - (parsed.offsetMicros ?? 0)
}

function arrayConverter(element: DataType): Converter {
  const convert = nullable(converterOf(element))
  return (result) => {
    if (!Array.isArray(result)) return undefined
    const values = result.map(convert)
    return values.includes(undefined) ? undefined : (values as Value[])
  }
}

function mapConverter(key: DataType, value: DataType): Converter {
  const [convertKey, convertValue] = [converterOf(key), nullable(converterOf(value))]
  return (result) => {
    const entries = result instanceof Map ? [...result] : isPlain(result) ? Object.entries(result) : null
    const pairs = entries?.map(([k, v]) => [convertKey(k), convertValue(v)] as const)
    if (pairs === undefined || pairs.some(([k, v]) => k === undefined || v === undefined)) return undefined
    return new Map(pairs as [Value, Value][])
  }
}

function rowConverter(fields: readonly { readonly name: string; readonly type: DataType }[]): Converter {
  const converters = fields.map((field) => nullable(converterOf(field.type)))
  return (result) => {
    if (Array.isArray(result) ? result.length > fields.length : !isPlain(result)) return undefined
    const parts = fields.map(({ name }, i) => (Array.isArray(result) ? result[i] : Object.hasOwn(result as object, name) ? (result as Record<string, unknown>)[name] : null))
    const values = parts.map((part, i) => converters[i]!(part))
    return values.includes(undefined) ? undefined : (values as Value[])
  }
}

function nullable(convert: Converter): Converter {
  return (result) => (result === null || result === undefined ? null : convert(result))
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(value instanceof Date) && !(value instanceof Uint8Array) && !(value instanceof Map) && !isThenable(value)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** A value that somebody else made, in a few words. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `the ${typeof value} ${value}`
  if (value === null || value === undefined) return String(value)
  if (isThenable(value)) return 'a Promise (declare the function with asyncScalarFunction)'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : `the Date ${value.toISOString()}`
  if (value instanceof Uint8Array) return 'a Uint8Array'
  return value instanceof Map ? 'a Map' : `a value of type ${typeof value}`
}
