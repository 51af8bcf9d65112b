import type { DataType, Field, Schema, TableDefinition } from '@millrace/core'

/** A table definition for tests: `tableOf('clicks', 'memory', { user: STRING, at: timestamp(3) })`. All columns take NULL. */
export function tableOf(
  name: string, connector: string, columns: Readonly<Record<string, DataType>> | Schema, options: Readonly<Record<string, string>> = {},
  rest: Partial<TableDefinition> = {},
): TableDefinition {
  const fields: Schema = isSchema(columns) ? columns : Object.entries(columns).map(([column, type]) => ({ name: column, type, nullable: true }))
  return {
    name,
    connector,
    options,
    columns: fields.map((field: Field) => ({ ...field, metadata: null })),
    primaryKey: [],
    partitionedBy: [],
    baseDirectory: '/',
    ...rest,
  }
}

function isSchema(columns: Readonly<Record<string, DataType>> | Schema): columns is Schema {
  return Array.isArray(columns)
}
