import type { TableDefinition } from '@millrace/core'
import { INT, row } from '@millrace/core'
import { tableOf } from '@millrace/testing'
import { ROWS } from './fields.js'

/** The benchmark's one table, with all its columns. */
export function nexmarkTable(options: Readonly<Record<string, string>>): TableDefinition {
  const columns = ROWS.map(({ name, fields }) => [name, row(fields.map((field) => ({ name: field.name, type: field.type })))] as const)
  return tableOf('nexmark', 'nexmark', { event_type: INT, ...Object.fromEntries(columns) }, options)
}
