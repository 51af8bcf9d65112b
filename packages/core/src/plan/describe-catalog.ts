import { aggregateFunctions, findAggregate, scalarFunctions } from '../functions/catalogue.js'
import { overFunctions } from '../functions/over-functions.js'
import { signatureOfUser } from '../functions/user/user-call.js'
import type { UserFunction } from '../functions/user/user-function.js'
import { tableFunctions } from '../functions/table/catalogue.js'
import { typeName } from '../types/data-type.js'
import type { Catalog, CatalogEntry } from './catalog.js'
import { printExpression } from './print-expression.js'
import type { BoundQuery } from './bind-from.js'

/** SHOW TABLES: a line for each table and view. */
export function showTables(catalog: Catalog): string {
  const lines = catalog.entries().map(
    (entry) => (entry.kind === 'view' ? [entry.name, 'view'] : [entry.definition.name, `table (${entry.definition.connector})`]),
  )
  return aligned(lines)
}

/** SHOW FUNCTIONS: every function with its signatures, those of the user's first, table functions last. */
export function showFunctions(users: readonly UserFunction[]): string {
  const onlyOver = overFunctions.filter((f) => findAggregate(f.name) === undefined)
  const functions = [...scalarFunctions, ...aggregateFunctions, ...onlyOver].sort((a, b) => (a.name < b.name ? -1 : 1))
  return aligned([
    ...users.map((user) => [user.name, signatureOfUser(user)]),
    ...[...functions, ...tableFunctions].map((f) => [f.name, f.overloads.map((o) => o.signature).join('; ')]),
  ])
}

/** DESCRIBE: a line for each column. `view` is a view's query, bound. */
export function describeEntry(entry: CatalogEntry, view: BoundQuery | null): string {
  if (entry.kind === 'view') {
    return aligned(view!.columns.map(
      (c, i) => [entry.columns[i]?.text ?? c.name, typeName(view!.node.schema[i]!.type), view!.node.schema[i]!.nullable ? '' : 'NOT NULL'],
    ))
  }
  const { definition, watermark } = entry
  return aligned(entry.columns.map(({ field, expression }, i) => {
    const physical = definition.columns.find((c) => c.name === field.name)
    const origin = physical === undefined ? `AS ${printExpression(expression)}` : ''
    const metadata = physical?.metadata ?? null
    const marks = [
      field.nullable ? '' : 'NOT NULL',
      definition.primaryKey.includes(field.name) ? 'PRIMARY KEY' : '',
      origin,
      metadata === null ? '' : `METADATA FROM '${metadata}'`,
      watermark?.column === i ? `WATERMARK AS ${printExpression(watermark.expression)}` : '',
    ]
    return [field.name, typeName(field.type), marks.filter((m) => m !== '').join(' ')]
  }))
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')
}
