import { MillraceError, unreachable } from '../errors.js'
import { bytesToHex, compareBytes } from './bytes.js'
import { typeName } from './data-type.js'
import type { DataType, Value } from './data-type.js'
import { formatDate, formatDayInterval, formatMonthInterval, formatTime, formatTimestamp } from './date-time.js'
import { formatDecimal } from './decimal.js'
import { formatDouble, formatFloat } from './number-text.js'
import { compareText } from './text.js'
import { timeZoneOf } from './time-zone.js'

/**
 * Order, equality and text of values.
 *
 * The order is total, for sorting, grouping, MIN and MAX: NULL is lowest, NaN is highest and equal to itself, −0 equals 0,
 * strings and bytes go by their bytes, arrays and rows element by element, maps by their entries in key order. (The
 * operators `=` and `<` differ for NULL and NaN: they follow SQL and IEEE 754.)
 */
export type Comparator = (a: Value, b: Value) => number

/** The total order of a type's values; NULLs are taken too. */
export function compareValues(type: DataType): Comparator {
  const compare = compareNonNull(type)
  return (a, b) => {
    if (a === null) return b === null ? 0 : -1
    return b === null ? 1 : compare(a, b)
  }
}

function compareNonNull(type: DataType): (a: any, b: any) => number {
  switch (type.kind) {
    case 'BOOLEAN': return (a: boolean, b: boolean) => Number(a) - Number(b)
    case 'BIGINT': case 'DECIMAL': return (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
    case 'FLOAT': case 'DOUBLE': return compareDoubles
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'DATE': case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ':
    case 'INTERVAL_MONTH': case 'INTERVAL_SECOND': return (a: number, b: number) => a - b
    case 'STRING': return compareText
    case 'BYTES': return compareBytes
    case 'ARRAY': return compareLists(() => compareValues(type.element))
    case 'ROW': {
      const fields = type.fields.map((field) => compareValues(field.type))
      return compareLists((i) => fields[i]!)
    }
    case 'MAP': return compareMaps(compareValues(type.key), compareValues(type.value))
    case 'NULL': return () => 0
    default: return unreachable(type)
  }
}

/** Doubles in total order: NaN above all, −0 equal to 0. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function compareLists(comparatorAt: (index: number) => Comparator) {
  return (a: readonly Value[], b: readonly Value[]): number => {
    const length = Math.min(a.length, b.length)
    for (let i = 0; i < length; i++) {
      const order = comparatorAt(i)(a[i]!, b[i]!)
      if (order !== 0) return order
    }
    return a.length - b.length
  }
}

function compareMaps(compareKeys: Comparator, compareEntries: Comparator) {
  return (a: ReadonlyMap<Value, Value>, b: ReadonlyMap<Value, Value>): number => {
    const x = [...a].sort((p, q) => compareKeys(p[0], q[0]))
    const y = [...b].sort((p, q) => compareKeys(p[0], q[0]))
    for (let i = 0; i < x.length && i < y.length; i++) {
      const order = compareKeys(x[i]![0], y[i]![0]) || compareEntries(x[i]![1], y[i]![1])
      if (order !== 0) return order
    }
    return x.length - y.length
  }
}

/** Equality in the sense of {@link compareValues}: NULL equals NULL. */
export function equalValues(type: DataType): (a: Value, b: Value) => boolean {
  const compare = compareValues(type)
  return (a, b) => compare(a, b) === 0
}

/**
 * A value as a person reads it, in tables, CSV and messages; NULL is `NULL`. Timestamps have at least the fraction
 * digits of their type; TIMESTAMP_LTZ shows the clock of `timeZone`. BYTES are `\x…` in hex.
 */
export function valueToText(value: Value, type: DataType, timeZone = 'UTC'): string {
  if (value === null) return 'NULL'
  switch (type.kind) {
    case 'BOOLEAN': case 'TINYINT': case 'SMALLINT': case 'INT': case 'BIGINT': case 'STRING': return String(value)
    case 'FLOAT': return formatFloat(value as number)
    case 'DOUBLE': return formatDouble(value as number)
    case 'DECIMAL': return formatDecimal(value as bigint, type.scale)
    case 'BYTES': return `\\x${bytesToHex(value as Uint8Array)}`
    case 'DATE': return formatDate(value as number)
    case 'TIME': return formatTime(value as number, type.precision)
    case 'TIMESTAMP': return formatTimestamp(value as number, type.precision)
    case 'TIMESTAMP_LTZ': return formatTimestamp(timeZoneOf(timeZone).toLocal(value as number), type.precision)
    case 'INTERVAL_MONTH': return formatMonthInterval(value as number)
    case 'INTERVAL_SECOND': return formatDayInterval(value as number)
    case 'ARRAY': return `[${(value as readonly Value[]).map((v) => valueToText(v, type.element, timeZone)).join(', ')}]`
    case 'ROW': return `(${(value as readonly Value[]).map((v, i) => valueToText(v, type.fields[i]!.type, timeZone)).join(', ')})`
    case 'MAP': {
      const entries = [...(value as ReadonlyMap<Value, Value>)]
      return `{${entries.map(([k, v]) => `${valueToText(k, type.key, timeZone)}=${valueToText(v, type.value, timeZone)}`).join(', ')}}`
    }
    case 'NULL': throw new MillraceError('INTERNAL', `a value of type ${typeName(type)}`)
    default: return unreachable(type)
  }
}
