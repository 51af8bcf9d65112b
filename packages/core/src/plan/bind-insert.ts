import { MillraceError } from '../errors.js'
import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { canCast } from '../functions/coercion.js'
import type { Insert, Name } from '../sql/ast.js'
import { STRING, typeName, type DataType } from '../types/data-type.js'
import type { BindSession } from './bind-context.js'
import type { BoundQuery } from './bind-from.js'
import { bindQuery } from './bind-query.js'
import { sameName, type EntryColumn, type TableEntry } from './catalog.js'
import { convert } from './convert.js'
import { unknownName } from './unknown-name.js'
import { projectOf, type LogicalNode, type LogicalValues } from './logical.js'

/** A query and the table that takes its rows, which have that table's columns in its order. */
export interface BoundInsert {
  readonly table: TableEntry
  readonly node: LogicalNode
  readonly emit: 'changes' | 'final' | null
  readonly span: Insert['span']
}

/**
 * Binds INSERT INTO table (columns) query: by position, each value cast to its column's type, columns not named NULL.
 *
 * @throws MillraceError SQL_SINK_MISMATCH, SQL_TABLE_UNKNOWN and what {@link bindQuery} throws
 */
export function bindInsert(insert: Insert, session: BindSession): BoundInsert {
  const entry = session.catalog.get(insert.table)
  if (entry.kind === 'view') {
    throw new MillraceError(
      'SQL_SINK_MISMATCH', `\`${insert.table.text}\` is a view; rows go into tables`, { span: insert.table.span },
    )
  }
  const query = bindQuery(insert.query, { session, with: [], depth: 0 })
  return { table: entry, node: intoTable(query, entry, insert, session.timeZone), emit: insert.query.emit, span: insert.table.span }
}

function intoTable(query: BoundQuery, entry: TableEntry, insert: Insert, timeZone: string): LogicalNode {
  const writable = entry.columns.filter((c) => c.writable)
  const targets = insert.columns.length === 0 ? writable : insert.columns.map((name) => targetOf(name, entry, writable))
  if (targets.length !== query.columns.length) throw countMismatch(query, targets, insert)
  const node = query.node.kind === 'values' ? typedValues(query.node, targets, insert, timeZone) : query.node
  const expressions = entry.definition.columns.map((column): Expression => {
    const at = targets.findIndex((t) => t.field.name === column.name)
    if (at !== -1) return assigned(node, at, targets[at]!, insert, timeZone)
    if (column.nullable) return literalOf(null, column.type)
    throw new MillraceError(
      'SQL_SINK_MISMATCH', `\`${column.name}\` of \`${entry.definition.name}\` is NOT NULL and gets no value`, { span: insert.table.span },
    )
  })
  if (expressions.length === query.columns.length && expressions.every((e, i) => e.kind === 'column' && e.index === i)) {
    return node
  }
  return projectOf(node, expressions, entry.definition.columns.map((c) => c.name))
}

/** Literals of VALUES take the types of their columns at once, so that `'2026-01-01'` can go into a DATE. */
function typedValues(values: LogicalValues, targets: readonly EntryColumn[], insert: Insert, timeZone: string): LogicalValues {
  const type = (i: number): DataType => {
    const [from, to] = [values.schema[i]!.type, targets[i]!.field.type]
    return from.kind === 'STRING' || canCast(from, to, 'assignment') ? to : from
  }
  return {
    ...values,
    rows: values.rows.map((row) => row.map((e, i) => convert(e, type(i), 'assignment', insert.query.span, timeZone))),
    schema: values.schema.map((f, i) => ({ ...f, type: type(i) })),
  }
}

function assigned(node: LogicalNode, index: number, target: EntryColumn, insert: Insert, timeZone: string): Expression {
  const field = node.schema[index]!
  const expression = node.kind === 'project' ? node.expressions[index]! : null
  const literal = expression?.kind === 'literal' ? expression : null
  const value = literal ?? columnOf(index, field)
  if (literal?.value === null && !target.field.nullable) {
    throw new MillraceError(
      'SQL_SINK_MISMATCH', `\`${target.field.name}\` is NOT NULL, and the query gives NULL`, { span: insert.query.span },
    )
  }
  const isText = literal?.type.kind === 'STRING'
  if (isText || canCast(value.type, target.field.type, 'assignment')) {
    return present(convert(value, target.field.type, 'assignment', insert.query.span, timeZone), target)
  }
  throw new MillraceError(
    'SQL_SINK_MISMATCH',
    `column ${index + 1} (\`${field.name}\`) is ${typeName(field.type)}; it cannot go into`
      + ` \`${target.field.name}\` ${typeName(target.field.type)} without a CAST`,
    { span: insert.query.span },
  )
}

/** Rows with a NULL for a NOT NULL column fail, and follow the `on-error` of the table that they come from. */
function present(value: Expression, { field }: EntryColumn): Expression {
  if (field.nullable || !value.nullable) return value
  return { kind: 'call', name: 'not_null', args: [value, literalOf(field.name, STRING)], type: value.type, nullable: false }
}

function targetOf(name: Name, entry: TableEntry, writable: readonly EntryColumn[]): EntryColumn {
  const found = writable.find((c) => sameName(c.field.name, name))
  if (found !== undefined) return found
  const isComputed = entry.columns.some((c) => sameName(c.field.name, name))
  const alternatives = writable.map((c) => c.field.name)
  const problem = isComputed
    ? `\`${name.text}\` is computed and takes no values`
    : `no column \`${name.text}\` in table \`${entry.definition.name}\``
  throw unknownName('SQL_COLUMN_UNKNOWN', problem, name, alternatives, 'columns to insert into')
}

function countMismatch(query: BoundQuery, targets: readonly EntryColumn[], insert: Insert): MillraceError {
  const given = query.columns.map((c) => c.name).join(', ')
  const wanted = targets.map((t) => t.field.name).join(', ')
  return new MillraceError(
    'SQL_SINK_MISMATCH',
    `the query gives ${query.columns.length} columns (${given}) for the ${targets.length} of \`${insert.table.text}\` (${wanted})`,
    { span: insert.query.span },
  )
}
