/**
 * The SQL types, as frozen plain data. `nullable` belongs to a column or an expression, not to a type.
 *
 * | type | a value in JavaScript ({@link Value}) | column ({@link Vector} kind) |
 * |---|---|---|
 * | BOOLEAN | boolean | `bool` |
 * | TINYINT SMALLINT INT | number | `i32` |
 * | BIGINT | bigint | `exact` |
 * | DECIMAL(p,s) | bigint, unscaled: 12.30 as DECIMAL(4,2) is 1230n | `exact` |
 * | FLOAT (rounded with Math.fround) DOUBLE | number | `f64` |
 * | CHAR VARCHAR STRING | string, well-formed | `utf8`, `dict` or `text` |
 * | BYTES | Uint8Array | `any` |
 * | DATE | number, days since 1970-01-01 | `i32` |
 * | TIME(p) | number, microseconds since midnight | `f64` |
 * | TIMESTAMP(p) TIMESTAMP_LTZ(p) | number, microseconds since 1970-01-01 00:00 (of no zone / UTC) | `f64` |
 * | INTERVAL YEAR TO MONTH | number, months | `i32` |
 * | INTERVAL DAY TO SECOND | number, microseconds | `f64` |
 * | ARRAY<e> | Value[] | `any` |
 * | MAP<k,v> | Map<Value, Value> | `any` |
 * | ROW<…> | Value[] in field order | `any` |
 *
 * Time values are whole numbers of microseconds in doubles: exact between the years 1684 and 2255, exact to 32 µs (and
 * for whole seconds always) from year 1 to 9999.
 */
export type DataType =
  | { readonly kind: 'BOOLEAN' }
  | { readonly kind: 'TINYINT' }
  | { readonly kind: 'SMALLINT' }
  | { readonly kind: 'INT' }
  | { readonly kind: 'BIGINT' }
  | { readonly kind: 'FLOAT' }
  | { readonly kind: 'DOUBLE' }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  /** `length` is null for STRING; CHAR(n) pads nothing and VARCHAR(n) truncates on cast. */
  | { readonly kind: 'STRING'; readonly length: number | null }
  | { readonly kind: 'BYTES' }
  | { readonly kind: 'DATE' }
  | { readonly kind: 'TIME'; readonly precision: number }
  | { readonly kind: 'TIMESTAMP'; readonly precision: number }
  | { readonly kind: 'TIMESTAMP_LTZ'; readonly precision: number }
  | { readonly kind: 'INTERVAL_MONTH' }
  | { readonly kind: 'INTERVAL_SECOND' }
  | { readonly kind: 'ARRAY'; readonly element: DataType }
  | { readonly kind: 'MAP'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'ROW'; readonly fields: readonly RowField[] }
  /** The type of a bare NULL; it casts to any other. No column has it. */
  | { readonly kind: 'NULL' }

export type TypeKind = DataType['kind']

export interface RowField {
  readonly name: string
  readonly type: DataType
}

/** A column of a table, a plan node or a batch. */
export interface Field {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

export type Schema = readonly Field[]

/** One SQL value in JavaScript; `null` is SQL NULL. Which form belongs to which type: see {@link DataType}. */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | ReadonlyMap<Value, Value>

const simple = <K extends TypeKind>(kind: K): Extract<DataType, { kind: K }> => Object.freeze({ kind }) as Extract<DataType, { kind: K }>

export const BOOLEAN: DataType = simple('BOOLEAN')
export const TINYINT: DataType = simple('TINYINT')
export const SMALLINT: DataType = simple('SMALLINT')
export const INT: DataType = simple('INT')
export const BIGINT: DataType = simple('BIGINT')
export const FLOAT: DataType = simple('FLOAT')
export const DOUBLE: DataType = simple('DOUBLE')
export const BYTES: DataType = simple('BYTES')
export const DATE: DataType = simple('DATE')
export const INTERVAL_MONTH: DataType = simple('INTERVAL_MONTH')
export const INTERVAL_SECOND: DataType = simple('INTERVAL_SECOND')
export const NULL: DataType = simple('NULL')
export const STRING: DataType = Object.freeze({ kind: 'STRING', length: null })

export const varchar = (length: number): DataType => Object.freeze({ kind: 'STRING', length })
export const decimal = (precision: number, scale: number): DataType => Object.freeze({ kind: 'DECIMAL', precision, scale })
export const time = (precision = 0): DataType => Object.freeze({ kind: 'TIME', precision })
export const timestamp = (precision = 6): DataType => Object.freeze({ kind: 'TIMESTAMP', precision })
export const timestampLtz = (precision = 6): DataType => Object.freeze({ kind: 'TIMESTAMP_LTZ', precision })
export const array = (element: DataType): DataType => Object.freeze({ kind: 'ARRAY', element })
export const map = (key: DataType, value: DataType): DataType => Object.freeze({ kind: 'MAP', key, value })
export const row = (fields: readonly RowField[]): DataType => Object.freeze({ kind: 'ROW', fields: Object.freeze([...fields]) })

export const DECIMAL_PRECISION_MAX = 38

/** The type as SQL: `DECIMAL(10, 2)`, `ARRAY<INT>`, `ROW<a INT, b STRING>`. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'DECIMAL': return `DECIMAL(${type.precision}, ${type.scale})`
    case 'STRING': return type.length === null ? 'STRING' : `VARCHAR(${type.length})`
    case 'TIME': return `TIME(${type.precision})`
    case 'TIMESTAMP': return `TIMESTAMP(${type.precision})`
    case 'TIMESTAMP_LTZ': return `TIMESTAMP_LTZ(${type.precision})`
    case 'INTERVAL_MONTH': return 'INTERVAL YEAR TO MONTH'
    case 'INTERVAL_SECOND': return 'INTERVAL DAY TO SECOND'
    case 'ARRAY': return `ARRAY<${typeName(type.element)}>`
    case 'MAP': return `MAP<${typeName(type.key)}, ${typeName(type.value)}>`
    case 'ROW': return `ROW<${type.fields.map((f) => `${f.name} ${typeName(f.type)}`).join(', ')}>`
    default: return type.kind
  }
}

export function sameType(a: DataType, b: DataType): boolean {
  if (a === b) return true
  if (a.kind !== b.kind) return false
  return typeName(a) === typeName(b)
}

export function isInteger(type: DataType): boolean {
  return type.kind === 'TINYINT' || type.kind === 'SMALLINT' || type.kind === 'INT' || type.kind === 'BIGINT'
}

/** BIGINT and DECIMAL: numbers that are `bigint` as values and doubles (when they fit) as columns. */
export function isExact(type: DataType): type is Extract<DataType, { kind: 'BIGINT' | 'DECIMAL' }> {
  return type.kind === 'BIGINT' || type.kind === 'DECIMAL'
}

export function isApproximate(type: DataType): boolean {
  return type.kind === 'FLOAT' || type.kind === 'DOUBLE'
}

export function isNumeric(type: DataType): boolean {
  return isInteger(type) || type.kind === 'DECIMAL' || isApproximate(type)
}

export function isTimestamp(type: DataType): boolean {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
}
