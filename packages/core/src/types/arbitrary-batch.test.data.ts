import fc from 'fast-check'
import { NARROW_MAX } from '../limits.js'
import { batchOf, vectorKindOf } from './batch.js'
import type { Batch, Vector } from './batch.js'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, row, SMALLINT, STRING, time, timestamp,
  timestampLtz, TINYINT, varchar,
} from './data-type.js'
import type { DataType, Schema, Value } from './data-type.js'
import { Dictionary } from './dictionary.js'

/** Random schemas and batches in every representation a column can have. For property tests. */

export interface SchemaAndBatch {
  readonly schema: Schema
  readonly batch: Batch
  /** What the batch must read as. */
  readonly rows: readonly (readonly Value[])[]
}

const SIMPLE_TYPES: readonly DataType[] = [
  BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, decimal(10, 2), decimal(38, 6), STRING, varchar(20), BYTES, DATE, time(3), timestamp(6),
  timestampLtz(3), INTERVAL_MONTH, INTERVAL_SECOND,
]

const NESTED_TYPES: readonly DataType[] = [array(BIGINT), array(STRING), map(STRING, DOUBLE), row([{ name: 'a', type: INT }, { name: 'b', type: array(BYTES) }])]

export const arbitraryType: fc.Arbitrary<DataType> = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...SIMPLE_TYPES) }, { weight: 1, arbitrary: fc.constantFrom(...NESTED_TYPES) })

export function arbitraryValue(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BOOLEAN': return fc.boolean()
    case 'TINYINT': return fc.integer({ min: -128, max: 127 })
    case 'SMALLINT': return fc.integer({ min: -32768, max: 32767 })
    case 'INT': case 'DATE': case 'INTERVAL_MONTH': return fc.integer()
    case 'BIGINT': return fc.oneof(fc.bigInt({ min: -99n, max: 99n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    case 'DECIMAL': {
      const most = 10n ** BigInt(type.precision) - 1n
      return fc.oneof(fc.bigInt({ min: -99n, max: 99n }), fc.bigInt({ min: -most, max: most }))
    }
    case 'FLOAT': return fc.float()
    case 'DOUBLE': return fc.double()
    case 'TIME': return fc.integer({ min: 0, max: 86_399_999_999 })
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': case 'INTERVAL_SECOND': return fc.maxSafeInteger()
    case 'STRING': return fc.oneof(fc.constantFrom('', 'a', 'b', 'ada'), fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/\p{Surrogate}/u.test(text)))
    case 'BYTES': return fc.uint8Array({ maxLength: 9 })
    case 'ARRAY': return fc.array(fc.option(arbitraryValue(type.element)), { maxLength: 4 })
    case 'MAP': return fc.array(fc.tuple(arbitraryValue(type.key), fc.option(arbitraryValue(type.value))), { maxLength: 4 }).map((entries) => new Map(entries))
    case 'ROW': return fc.tuple(...type.fields.map((field) => fc.option(arbitraryValue(field.type))))
    case 'NULL': return fc.constant(null)
  }
}

/** Rows of a schema; about every eighth value of a nullable column is NULL. */
export function arbitraryRows(schema: Schema, rowsMax: number, rowsMin = 1): fc.Arbitrary<Value[][]> {
  const cells = schema.map((field) => (field.nullable ? fc.option(arbitraryValue(field.type), { freq: 8 }) : arbitraryValue(field.type)))
  return fc.array(fc.tuple(...cells), { minLength: rowsMin, maxLength: rowsMax })
}

export function arbitrarySchema(columnsMax: number): fc.Arbitrary<Schema> {
  return fc.array(fc.record({ type: arbitraryType, nullable: fc.boolean() }), { maxLength: columnsMax })
    .map((columns) => columns.map(({ type, nullable }, i) => ({ name: `c${i}`, type, nullable })))
}

/** A batch of random schema and rows; `form` chooses among the representations that each column may have. */
export function arbitraryBatch(columnsMax: number, rowsMax: number): fc.Arbitrary<SchemaAndBatch> {
  return arbitrarySchema(columnsMax).chain((schema) =>
    fc.record({ rows: arbitraryRows(schema, rowsMax), forms: fc.array(fc.nat(2), { minLength: schema.length, maxLength: schema.length }), changes: fc.option(fc.infiniteStream(fc.nat(3))) })
      .map(({ rows, forms, changes }) => ({ schema, rows, batch: batchInForms(rows, schema, forms, changes === null ? null : Uint8Array.from(rows, () => changes.next().value!)) })))
}

export function batchInForms(rows: readonly (readonly Value[])[], schema: Schema, forms: readonly number[], rowKinds: Uint8Array | null): Batch {
  return batchOf(schema.map(({ type }, c) => vectorInForm(rows.map((r) => r[c]!), type, forms[c]!)), rows.length, rowKinds)
}

/** Arrays are one longer than they need be, and what stands beside a NULL is rubbish of the right kind. */
function vectorInForm(values: readonly Value[], type: DataType, form: number): Vector {
  const nulls = values.includes(null) || form === 2 ? Uint8Array.from([...values, 0], (value) => (value === null ? 1 : 0)) : null
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return { kind, values: Uint8Array.from([...values, 7], (value) => (value === null ? 9 : Number(value))), nulls }
    case 'i32': return { kind, values: Int32Array.from([...values, 7], (value) => (value === null ? -1 : (value as number))), nulls }
    case 'f64': return { kind, values: Float64Array.from([...values, 7], (value) => (value === null ? NaN : (value as number))), nulls }
    case 'exact': return exactInForm(values as (bigint | null)[], nulls, form)
    case 'text': case 'utf8': case 'dict': return stringsInForm(values as (string | null)[], nulls, form)
    case 'any': return { kind, values: [...values, undefined].map((value) => (value === null ? 'rubbish' : value)), nulls }
  }
}

function exactInForm(values: readonly (bigint | null)[], nulls: Uint8Array | null, form: number): Vector {
  const known = values.map((value) => value ?? 77n)
  const isNarrow = known.every((value) => value <= NARROW_MAX && value >= -NARROW_MAX)
  if (isNarrow && form !== 1) return { kind: 'exact', values: Float64Array.from(known, Number), wide: null, nulls }
  const isLong = known.every((value) => BigInt.asIntN(64, value) === value)
  return { kind: 'exact', values: new Float64Array(0), wide: isLong && form === 1 ? BigInt64Array.from(known) : known, nulls }
}

const encoder = new TextEncoder()

function stringsInForm(values: readonly (string | null)[], nulls: Uint8Array | null, form: number): Vector {
  if (form === 0) return { kind: 'text', values: values.map((value) => value ?? 'rubbish'), nulls }
  if (form === 1) {
    const dictionary = new Dictionary()
    dictionary.codeOfText('not used')
    return { kind: 'dict', codes: Int32Array.from(values, (value) => (value === null ? 0 : dictionary.codeOfText(value))), dictionary, nulls }
  }
  const parts = values.map((value) => encoder.encode(`"${value ?? 'rubbish'}"`))
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  const starts = new Int32Array(values.length)
  const ends = new Int32Array(values.length)
  let at = 0
  parts.forEach((part, i) => {
    bytes.set(part, at)
    starts[i] = at + 1
    ends[i] = (at += part.length) - 1
  })
  return { kind: 'utf8', bytes, starts, ends, nulls }
}
