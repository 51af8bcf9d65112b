import type { DataType, Schema } from './data-type.js'
import type { Dictionary } from './dictionary.js'

/**
 * A column of a batch: values by row index, dense, `length` rows of the batch valid (arrays may be longer).
 *
 * `nulls` is `null` when the column holds no NULL, else one byte a row, 1 = NULL; the value beside a NULL is
 * undefined and must not be looked at. A vector belongs to its batch and is valid as long as that is (see {@link Batch}).
 */
export type Vector = BoolVector | I32Vector | F64Vector | ExactVector | Utf8Vector | DictVector | TextVector | AnyVector

/** 0 or 1. */
export interface BoolVector {
  readonly kind: 'bool'
  readonly values: Uint8Array
  readonly nulls: Uint8Array | null
}

export interface I32Vector {
  readonly kind: 'i32'
  readonly values: Int32Array
  readonly nulls: Uint8Array | null
}

export interface F64Vector {
  readonly kind: 'f64'
  readonly values: Float64Array
  readonly nulls: Uint8Array | null
}

/**
 * BIGINT, and DECIMAL as its unscaled integer.
 *
 * Narrow (`wide === null`): every value is a whole number of magnitude ≤ NARROW_MAX (2⁵³ − 1), in `values`.
 * Wide: every value is in `wide` as a bigint, `values` is not to be read.
 */
export interface ExactVector {
  readonly kind: 'exact'
  readonly values: Float64Array
  readonly wide: BigInt64Array | bigint[] | null
  readonly nulls: Uint8Array | null
}

/** Strings as views: row i is `bytes[starts[i] … ends[i])`, valid UTF-8. */
export interface Utf8Vector {
  readonly kind: 'utf8'
  readonly bytes: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly nulls: Uint8Array | null
}

/** Strings as codes of a dictionary that outlives the batch and only grows. */
export interface DictVector {
  readonly kind: 'dict'
  readonly codes: Int32Array
  readonly dictionary: Dictionary
  readonly nulls: Uint8Array | null
}

/** Strings as JavaScript strings (results of string functions). */
export interface TextVector {
  readonly kind: 'text'
  readonly values: string[]
  readonly nulls: Uint8Array | null
}

/** BYTES, ARRAY, MAP, ROW: values as {@link Value}. */
export interface AnyVector {
  readonly kind: 'any'
  readonly values: unknown[]
  readonly nulls: Uint8Array | null
}

export type VectorKind = Vector['kind']

/** What a row of a changelog does. Absent (`rowKinds === null`) every row is an INSERT. */
export const INSERT = 0
export const UPDATE_BEFORE = 1
export const UPDATE_AFTER = 2
export const DELETE = 3
export type RowKind = typeof INSERT | typeof UPDATE_BEFORE | typeof UPDATE_AFTER | typeof DELETE

/** `+I`, `-U`, `+U`, `-D` by row kind. */
export const ROW_KIND_TEXT: readonly string[] = ['+I', '-U', '+U', '-D']

/** +1 for a row that is added, −1 for one that is taken back. */
export const ROW_KIND_SIGN: readonly number[] = [1, -1, 1, -1]

/**
 * Rows on the move: dense columns of equal length, 1 … BATCH_ROWS_MAX rows.
 *
 * **Lifetime.** A batch and everything it points at is valid until the callee that got it returns (for a reader: until
 * its next `read`). Who keeps a value longer copies it. This is what lets decoders and operators reuse their memory.
 */
export interface Batch {
  readonly kind: 'batch'
  readonly length: number
  readonly columns: readonly Vector[]
  readonly rowKinds: Uint8Array | null
  /** Where the rows came from; null once an operator has combined rows. */
  readonly origin: BatchOrigin | null
}

/** Traces a row of a batch back to its record, for error messages and dead letters. */
export interface BatchOrigin {
  readonly table: string
  readonly splitId: string
  /** The record's bytes as they were read (a view), or null where the source has none. */
  recordBytes(row: number): Uint8Array | null
  /** Serialisable position of the record in its split: a byte offset in a file, an offset in a topic. */
  recordPosition(row: number): unknown
  /** The key and the headers that came with the record (views), where the source has such. */
  recordKey?(row: number): Uint8Array | null
  recordHeaders?(row: number): ReadonlyMap<string, Uint8Array | null> | null
}

/** The column kinds that hold a type; for strings the one that results are written in. */
export function vectorKindOf(type: DataType): VectorKind {
  switch (type.kind) {
    case 'BOOLEAN': return 'bool'
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'DATE': case 'INTERVAL_MONTH': return 'i32'
    case 'BIGINT': case 'DECIMAL': return 'exact'
    case 'FLOAT': case 'DOUBLE': case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': case 'INTERVAL_SECOND': return 'f64'
    case 'STRING': return 'text'
    case 'BYTES': case 'ARRAY': case 'MAP': case 'ROW': case 'NULL': return 'any'
  }
}

export function batchOf(columns: readonly Vector[], length: number, rowKinds: Uint8Array | null = null, origin: BatchOrigin | null = null): Batch {
  return { kind: 'batch', length, columns, rowKinds, origin }
}

export type { Schema }
