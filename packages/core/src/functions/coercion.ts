import {
  array, decimal, DECIMAL_PRECISION_MAX, DOUBLE, isApproximate, isInteger, isNumeric, isTimestamp, map, NULL, row, sameType, STRING, time,
  timestamp, timestampLtz, varchar,
} from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'

type Decimal = Extract<DataType, { kind: 'DECIMAL' }>

const INTEGER_DIGITS = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 } as const
const NUMBER_RANK = { TINYINT: 0, SMALLINT: 1, INT: 2, BIGINT: 3, DECIMAL: 4, FLOAT: 5, DOUBLE: 6 } as const

/** An integer type or a DECIMAL as the DECIMAL that holds all its values: INT → DECIMAL(10, 0). */
export function asDecimal(type: DataType): Decimal {
  if (type.kind === 'DECIMAL') return type
  const digits = INTEGER_DIGITS[type.kind as keyof typeof INTEGER_DIGITS] ?? 10
  return decimal(digits, 0) as Decimal
}

/**
 * DECIMAL(precision, scale) brought within 38 digits: digits before the point are kept as far as at least
 * min(scale, 6) digits remain after it.
 */
export function boundedDecimal(precision: number, scale: number): Decimal {
  if (precision <= DECIMAL_PRECISION_MAX) return decimal(precision, scale) as Decimal
  const whole = precision - scale
  return decimal(DECIMAL_PRECISION_MAX, Math.max(DECIMAL_PRECISION_MAX - whole, Math.min(scale, 6))) as Decimal
}

/**
 * The least type that all of `types` convert to without being asked; a bare NULL fits every type. `null`: there is
 * none. Used by CASE, COALESCE, IN, comparisons, set operations and array constructors.
 */
export function commonType(types: readonly DataType[]): DataType | null {
  let common: DataType = NULL
  for (const type of types) {
    const merged = commonOfTwo(common, type)
    if (merged === null) return null
    common = merged
  }
  return common
}

function commonOfTwo(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'NULL' || sameType(a, b)) return b.kind === 'NULL' ? a : b
  if (b.kind === 'NULL') return a
  if (isNumeric(a) && isNumeric(b)) return commonNumber(a, b)
  if (a.kind === 'STRING' && b.kind === 'STRING') {
    return a.length === null || b.length === null ? STRING : varchar(Math.max(a.length, b.length))
  }
  if (a.kind === 'DATE' && isTimestamp(b)) return b
  if (b.kind === 'DATE' && isTimestamp(a)) return a
  if (isTimestamp(a) && isTimestamp(b)) return commonTimestamp(a, b)
  if (a.kind === 'TIME' && b.kind === 'TIME') return time(Math.max(a.precision, b.precision))
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonOfTwo(a.element, b.element)
    return element && array(element)
  }
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const key = commonOfTwo(a.key, b.key)
    const value = commonOfTwo(a.value, b.value)
    return key && value && map(key, value)
  }
  if (a.kind === 'ROW' && b.kind === 'ROW') return commonRow(a, b)
  return null
}

function commonNumber(a: DataType, b: DataType): DataType {
  if (isApproximate(a) || isApproximate(b)) return a.kind === 'FLOAT' && b.kind === 'FLOAT' ? a : DOUBLE
  if (isInteger(a) && isInteger(b)) return rankOf(a) >= rankOf(b) ? a : b
  const x = asDecimal(a)
  const y = asDecimal(b)
  const scale = Math.max(x.scale, y.scale)
  return boundedDecimal(Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale)
}

function rankOf(type: DataType): number {
  return NUMBER_RANK[type.kind as keyof typeof NUMBER_RANK]
}

function commonTimestamp(a: DataType, b: DataType): DataType {
  const precision = Math.max('precision' in a ? a.precision : 0, 'precision' in b ? b.precision : 0)
  return a.kind === 'TIMESTAMP_LTZ' || b.kind === 'TIMESTAMP_LTZ' ? timestampLtz(precision) : timestamp(precision)
}

function commonRow(a: Extract<DataType, { kind: 'ROW' }>, b: Extract<DataType, { kind: 'ROW' }>): DataType | null {
  if (a.fields.length !== b.fields.length) return null
  const fields = a.fields.map((field, i) => ({ name: field.name, type: commonOfTwo(field.type, b.fields[i]!.type) }))
  return fields.every((field) => field.type !== null) ? row(fields as { name: string; type: DataType }[]) : null
}

/**
 * May a value of type `from` become one of type `to`?
 *
 * - `implicit`: wherever types meet; only conversions that lose no meaning (INT → BIGINT, DATE → TIMESTAMP).
 * - `assignment`: INSERT into a column; numbers may narrow too (with a range check) and everything becomes text.
 * - `explicit`: CAST.
 */
export type CastMode = 'implicit' | 'assignment' | 'explicit'

export function canCast(from: DataType, to: DataType, mode: CastMode): boolean {
  if (from.kind === 'NULL' || sameType(from, to)) return true
  if (to.kind === 'NULL') return false
  if (isNumeric(from) && isNumeric(to)) return mode !== 'implicit' || rankOf(from) <= rankOf(to)
  if (from.kind === to.kind) return canCastWithin(from, to, mode)
  if (isTimestamp(from) && isTimestamp(to)) return true
  if (from.kind === 'DATE' && isTimestamp(to)) return true
  if (mode === 'implicit') return false
  if (to.kind === 'STRING') return mode === 'explicit' || from.kind !== 'BYTES'
  if (isTimestamp(from)) return to.kind === 'DATE' || to.kind === 'TIME'
  if (mode === 'assignment') return false
  if (from.kind === 'STRING') return to.kind !== 'ARRAY' && to.kind !== 'MAP' && to.kind !== 'ROW'
  if (from.kind === 'BOOLEAN') return isNumeric(to)
  return to.kind === 'BOOLEAN' && isNumeric(from)
}

function canCastWithin(from: DataType, to: DataType, mode: CastMode): boolean {
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return canCast(from.element, to.element, mode)
  if (from.kind === 'MAP' && to.kind === 'MAP') return canCast(from.key, to.key, mode) && canCast(from.value, to.value, mode)
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    return from.fields.length === to.fields.length && from.fields.every((field, i) => canCast(field.type, to.fields[i]!.type, mode))
  }
  return true
}
