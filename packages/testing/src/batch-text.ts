import type { Batch, DataType, RowKind, Schema, Value } from '@millrace/core'
import { batchFromRows, batchToRows, castValue, INSERT, ROW_KIND_TEXT, STRING, typeName, valueFromJson, valueToJsonText, valueToText } from '@millrace/core'
import { typeFromText } from './type-text.js'

/** Rows of a changelog as values. */
export interface Change {
  readonly kind: RowKind
  readonly values: readonly Value[]
}

/** A schema and rows, as written in tests. */
export interface TextBatch {
  readonly schema: Schema
  readonly changes: readonly Change[]
}

/**
 * Reads a batch as text. The first line names the columns, the others are rows, each with its kind. Columns are parted
 * by two spaces or more. `NULL` is NULL, `'…'` a string that spaces, nothing or the word NULL need quotes for.
 *
 * ```
 *    user:STRING  amount:BIGINT NOT NULL
 *  + ada          10
 * -U ada          10
 * +U ada          12
 *  - ada          12
 * ```
 */
export function changesFromText(text: string): TextBatch {
  const [head, ...lines] = text.split('\n').filter((line) => line.trim() !== '')
  if (head === undefined) throw new Error('a batch as text begins with its columns')
  const schema = head.trim().split(/\s{2,}/).map(fieldFromText)
  return { schema, changes: lines.map((line) => changeFromText(line, schema)) }
}

/** {@link changesFromText} as a batch; row kinds only where a row is not an INSERT. */
export function batchFromText(text: string): { schema: Schema; batch: Batch } {
  const { schema, changes } = changesFromText(text)
  const kinds = changes.some(({ kind }) => kind !== INSERT) ? Uint8Array.from(changes, ({ kind }) => kind) : null
  return { schema, batch: batchFromRows(changes.map(({ values }) => values), schema, kinds) }
}

/** Writes a batch as {@link batchFromText} reads it, columns aligned. */
export function batchToText(batch: Batch, schema: Schema): string {
  return changesToText(batchToRows(batch, schema).map((values, i) => ({ kind: (batch.rowKinds?.[i] ?? INSERT) as RowKind, values })), schema)
}

/** Writes rows as {@link changesFromText} reads them, columns aligned. */
export function changesToText(changes: readonly Change[], schema: Schema): string {
  const head = schema.map(({ name, type, nullable }) => `${name}:${typeName(type)}${nullable ? '' : ' NOT NULL'}`)
  const cells = changes.map(({ values }) => values.map((value, c) => cellToText(value, schema[c]!.type)))
  const widths = head.map((cell, c) => Math.max(cell.length, ...cells.map((row) => row[c]!.length)))
  const line = (kind: string, row: readonly string[]): string => `${kind} ${row.map((cell, c) => cell.padEnd(widths[c]!)).join('  ')}`.trimEnd()
  return [line('  ', head), ...cells.map((row, i) => line(KIND_TEXT[changes[i]!.kind]!, row))].join('\n')
}

const KIND_TEXT: readonly string[] = [' +', '-U', '+U', ' -']
const KIND_OF: Readonly<Record<string, number>> = { '+': 0, '-': 3, ...Object.fromEntries(ROW_KIND_TEXT.map((text, kind) => [text, kind])) }

function changeFromText(line: string, schema: Schema): Change {
  const [, kindText, rest] = /^\s*([+-][IUD]?)\s?(.*)$/.exec(line) ?? []
  if (kindText === undefined) throw new Error(`a row begins with its kind (+, -, +I, -U, +U, -D): ${line}`)
  const cells = rest!.trim() === '' ? [] : rest!.trim().match(/'(?:[^']|'')*'|\S+(?: \S+)*/g)!
  if (cells.length !== schema.length) throw new Error(`a row has ${schema.length} cells parted by two spaces, not ${cells.length}: ${line}`)
  return { kind: KIND_OF[kindText] as RowKind, values: cells.map((cell, c) => cellFromText(cell, schema[c]!.type)) }
}

function cellFromText(cell: string, type: DataType): Value {
  if (cell === 'NULL') return null
  const text = cell.startsWith("'") ? cell.slice(1, -1).replaceAll("''", "'") : cell
  if (type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'ROW') return valueFromJson(JSON.parse(text), type)
  return castValue(text, STRING, type, 'UTC')
}

/** A value as {@link changesToText} writes it. */
export function cellToText(value: Value, type: DataType): string {
  if (value === null) return 'NULL'
  if (type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'ROW') return quoted(valueToJsonText(value, type))
  const text = valueToText(value, type)
  return type.kind === 'STRING' && (text === 'NULL' || text === '' || /^'|^\s|\s$|\s\s|[\n\t]/.test(text)) ? quoted(text) : text
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function fieldFromText(text: string): Schema[number] {
  const [, name, type, notNull] = /^([^:]+):(.*?)(\s+NOT NULL)?$/i.exec(text) ?? []
  if (name === undefined) throw new Error(`a column is written as name:TYPE, not ${text}`)
  return { name, type: typeFromText(type!), nullable: notNull === undefined }
}
