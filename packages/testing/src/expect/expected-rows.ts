import type { DataType, Row, RowKind, Schema, Value } from '@millrace/core'
import { INSERT, MillraceError, nearestName, ROW_KIND_TEXT, rowToValues, valuesToRow, valueToJsonText } from '@millrace/core'
import type { Change } from '../batch-text.js'

/** What a row of a changelog does: comes, is replaced (before, after), goes. */
export type ChangeKind = '+I' | '-U' | '+U' | '-D'

/**
 * A row of a changelog: its columns as {@link Row} has them, with `op` where it is not a new one; or a pair, where the table has a column
 * `op` of its own.
 *
 * ```ts
 * { id: 1, amount: '10.00' }                  // +I
 * { op: '-D', id: 1, amount: '10.00' }
 * ['-D', { id: 1, amount: '10.00' }]
 * ```
 */
export type ChangeRow = Row | readonly [op: ChangeKind, row: Row]

/** A value that decides for itself what it equals: `expect.any(String)` and its like of Vitest and Jest. */
export interface Matcher {
  asymmetricMatch(value: unknown): boolean
}

export type Cell = { readonly value: Value } | { readonly matcher: Matcher }

export interface ExpectedChange {
  readonly kind: RowKind
  /** One for each column that is looked at. */
  readonly cells: readonly Cell[]
}

/** The kind of a row, and the row. */
export function splitKind(row: ChangeRow, schema: Schema): { readonly kind: RowKind; readonly columns: Row } {
  const [op, columns] = isPair(row) ? row : opOf(row, schema)
  const kind = ROW_KIND_TEXT.indexOf(op as string)
  if (kind === -1) throw new MillraceError('USAGE', `'${String(op)}' is no kind of change; there are ${ROW_KIND_TEXT.join(', ')}`)
  return { kind: kind as RowKind, columns }
}

function isPair(row: ChangeRow): row is readonly [ChangeKind, Row] {
  return Array.isArray(row)
}

function opOf(row: Row, schema: Schema): [unknown, Row] {
  if (!Object.hasOwn(row, 'op') || schema.some(({ name }) => name.toLowerCase() === 'op')) return [ROW_KIND_TEXT[INSERT], row]
  const { op, ...columns } = row
  return [op, columns]
}

/**
 * Rows that a test expects as values of the columns that it looks at.
 *
 * @throws MillraceError USAGE where a row says nothing of a column or has a value that the column cannot have
 */
export function expectedChanges(rows: readonly ChangeRow[], schema: Schema): ExpectedChange[] {
  return rows.map((row, i) => {
    try {
      const { kind, columns } = splitKind(row, schema)
      return { kind, cells: expectedCells(columns, schema) }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      throw new MillraceError('USAGE', `row ${i + 1} of those expected: ${error.message}`, error.details, { cause: error })
    }
  })
}

function expectedCells(row: Row, schema: Schema): Cell[] {
  const given = new Map(Object.entries(row).map(([name, value]) => [columnOf(name, schema), value]))
  return schema.map((field, c) => {
    if (!given.has(c)) {
      const advice = `write ${field.name}: null for NULL, or look at some columns only: { columns: [ … ] }`
      throw new MillraceError('USAGE', `it says nothing of \`${field.name}\`; ${advice}`)
    }
    const value = given.get(c)
    if (isMatcher(value)) return { matcher: value }
    const [converted] = rowToValues({ [field.name]: value }, [{ ...field, nullable: true }])
    return { value: converted! }
  })
}

function columnOf(name: string, schema: Schema): number {
  const names = schema.map((field) => field.name)
  const index = names.includes(name) ? names.indexOf(name) : names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
  if (index !== -1) return index
  const suggestion = nearestName(name, names)
  const hint = suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`
  throw new MillraceError('SQL_COLUMN_UNKNOWN', `there is no column \`${name}\` but ${names.join(', ')}${hint}`)
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function'
}

// ---------------------------------------------------------------------------------------------------------- equality

export function sameChange(expected: ExpectedChange, change: Change, schema: Schema): boolean {
  return expected.kind === change.kind && sameCells(expected, change, schema).every(Boolean)
}

/** By column. */
export function sameCells({ cells }: ExpectedChange, { values }: Change, schema: Schema): boolean[] {
  return cells.map((cell, c) => {
    const field = schema[c]!
    if ('value' in cell) return sameValue(cell.value, values[c]!, field.type)
    return cell.matcher.asymmetricMatch(valuesToRow([values[c]!], [field], 'bigint')[field.name])
  })
}

/** Sums of doubles agree to so many digits, whatever the number of workers. */
const DOUBLE_TOLERANCE = 1e-12

function sameValue(a: Value, b: Value, type: DataType): boolean {
  if (a === null || b === null) return a === b
  switch (type.kind) {
    case 'DOUBLE': case 'FLOAT': return sameDouble(a as number, b as number)
    case 'ARRAY': return sameList(a as readonly Value[], b as readonly Value[], () => type.element)
    case 'ROW': return sameList(a as readonly Value[], b as readonly Value[], (i) => type.fields[i]!.type)
    case 'MAP': return sameMap(a as ReadonlyMap<Value, Value>, b as ReadonlyMap<Value, Value>, type)
    default: return valueToJsonText(a, type) === valueToJsonText(b, type)
  }
}

function sameDouble(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b)
  return Math.abs(a - b) <= DOUBLE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b))
}

function sameList(a: readonly Value[], b: readonly Value[], typeAt: (index: number) => DataType): boolean {
  return a.length === b.length && a.every((value, i) => sameValue(value, b[i]!, typeAt(i)))
}

/** Whatever the order of their entries. */
function sameMap(a: ReadonlyMap<Value, Value>, b: ReadonlyMap<Value, Value>, type: Extract<DataType, { kind: 'MAP' }>): boolean {
  const byKey = new Map([...b].map(([key, value]) => [valueToJsonText(key, type.key), value]))
  return a.size === b.size && [...a].every(([key, value]) => {
    const text = valueToJsonText(key, type.key)
    return byKey.has(text) && sameValue(value, byKey.get(text)!, type.value)
  })
}

/** How a cell of an expectation is printed. */
export function matcherText(matcher: Matcher): string {
  const ownText = 'toAsymmetricMatcher' in matcher && typeof matcher.toAsymmetricMatcher === 'function'
  return `<${String(ownText ? (matcher.toAsymmetricMatcher as () => unknown)() : matcher)}>`
}

/** Rows as they are given back to a test: with `op` where changes are told. */
export function changesToRows(changes: readonly Change[], schema: Schema, withKind: boolean): Record<string, unknown>[] {
  return changes.map(({ kind, values }) => {
    const row = valuesToRow(values, schema, 'bigint')
    return withKind ? { op: ROW_KIND_TEXT[kind]!, ...row } : row
  })
}
