import type { AnyVector, DataType, TableColumn, TableDefinition, Value, Vector } from '@millrace/core'
import { MillraceError, nearestName, readValue, typeName } from '@millrace/core'
import type { EventBatch } from './event-batch.js'
import type { EventKind } from './events.js'
import { ROWS } from './fields.js'
import type { FieldSource, NexmarkField } from './fields.js'
import type { FieldMaker } from './field.js'

/**
 * What makes a column of a table: `event_type`, a whole row of `person`, `auction` or `bid`, or one field of it where the
 * query wants no more (`path`).
 *
 * @throws MillraceError SQL_COLUMN_UNKNOWN, SQL_TYPE
 */
export function makeColumn(column: TableColumn, source: FieldSource): FieldMaker {
  const [name, ...path] = column.path ?? [column.name]
  if (sameName(name!, 'event_type')) {
    requireType(column.name, column.type, 'INT')
    return eventType(source.rowsMax)
  }
  const row = ROWS.find((r) => sameName(r.name, name!))
  if (row === undefined) throw unknown('column', name!, ['event_type', ...ROWS.map((r) => r.name)])
  if (path.length > 0) return fieldNamed(path[0]!, column.type, row).make(source)
  if (column.type.kind !== 'ROW') throw wrongType(column.name, column.type, `ROW<${row.fields.map((f) => `${f.name} ${typeName(f.type)}`).join(', ')}>`)
  const fields = column.type.fields.map(({ name: field, type }) => fieldNamed(field, type, row))
  return wholeRow(row.kind, fields.map((field) => field.make(source)), fields.map((field) => field.type))
}

/** @throws MillraceError SQL_COLUMN_UNKNOWN, SQL_TYPE */
export function checkColumns(table: TableDefinition, source: FieldSource): void {
  for (const column of table.columns) makeColumn(column, source)
}

function fieldNamed(name: string, type: DataType, row: (typeof ROWS)[number]): NexmarkField {
  const field = row.fields.find((f) => sameName(f.name, name))
  if (field === undefined) throw unknown(`field of ${row.name}`, name, row.fields.map((f) => f.name))
  const isTime = field.type.kind === 'TIMESTAMP' && type.kind === 'TIMESTAMP_LTZ'
  if (!isTime) requireType(`${row.name}.${name}`, type, field.type.kind)
  return field
}

function eventType(rowsMax: number): FieldMaker {
  const values = new Int32Array(rowsMax)
  return {
    fill({ kinds, count }) {
      for (let i = 0; i < count; i++) values[i] = kinds[i]!
      return { kind: 'i32', values, nulls: null }
    },
  }
}

function wholeRow(kind: EventKind, makers: readonly FieldMaker[], types: readonly DataType[]): FieldMaker {
  return {
    fill(batch: EventBatch): AnyVector {
      const nulls = batch.nullsBut(kind)
      const vectors = makers.map((maker): Vector => maker.fill(batch))
      const values = Array.from({ length: batch.count }, (_, i): Value => (
        nulls !== null && nulls[i] !== 0 ? null : vectors.map((vector, f) => readValue(vector, types[f]!, i))))
      return { kind: 'any', values, nulls }
    },
  }
}

function requireType(name: string, type: DataType, wanted: string): void {
  if (type.kind !== wanted) throw wrongType(name, type, wanted)
}

function wrongType(name: string, type: DataType, wanted: string): MillraceError {
  return new MillraceError('SQL_TYPE', `\`${name}\` of a nexmark table is ${wanted}, not ${typeName(type)}`)
}

function unknown(what: string, name: string, alternatives: readonly string[]): MillraceError {
  const suggestion = nearestName(name, alternatives)
  const near = suggestion === undefined ? '' : `.  did you mean \`${suggestion}\`?`
  return new MillraceError('SQL_COLUMN_UNKNOWN', `nexmark has no ${what} \`${name}\`; there are ${alternatives.join(', ')}${near}`, { alternatives })
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
