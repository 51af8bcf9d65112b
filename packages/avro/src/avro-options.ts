import type { OptionTable, TableDefinition } from '@millrace/core'
import { checkConfined, MillraceError } from '@millrace/core'
import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { type AvroSchema, parseAvroSchema } from './schema/parse-schema.js'

/** Where a schema comes from, for either format. A job goes on when it has changed, as schemas do. */
export function schemaOptions(format: string, doc: string): OptionTable {
  return {
    [`${format}.schema`]: { type: 'string', tuning: true, doc },
    [`${format}.schema-file`]: { type: 'string', path: true, tuning: true, doc: `The same, from a file (.avsc): from the directory of the SQL file on.` },
  }
}

/**
 * The schema that a table gives, by itself or in a file; null where it gives none.
 * @throws MillraceError OPTION_INVALID, SOURCE_MISSING, PATH_OUTSIDE
 */
export function givenSchema(table: TableDefinition, format: string): AvroSchema | null {
  const text = table.options[`${format}.schema`]
  const file = table.options[`${format}.schema-file`]
  if (text !== undefined && file !== undefined) {
    throw new MillraceError('OPTION_INVALID', `table \`${table.name}\` has both '${format}.schema' and '${format}.schema-file': leave one out`)
  }
  if (text !== undefined) return parseAvroSchema(text)
  return file === undefined ? null : parseAvroSchema(readText(table, file))
}

function readText(table: TableDefinition, file: string): string {
  const path = resolve(table.baseDirectory, file)
  if (table.confinedTo !== undefined) checkConfined(path, table.confinedTo, FACTS)
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MillraceError('SOURCE_MISSING', `the schema of table \`${table.name}\` cannot be read: ${(cause as Error).message}`, {}, { cause })
  }
}

const FACTS = {
  realPath: (path: string): string | null => (lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : realpathSync.native(path)),
  isLink: (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true,
}
