import { MillraceError, type Span } from '../errors.js'
import { BYTES, map, STRING, sameType, typeName, type Schema } from '../types/data-type.js'
import type { TableDefinition } from '../connector.js'

/**
 * What a dead-letter table can have: the record as it was read, with the key and the headers that came with it, where it came from, and why
 * it failed. Every column is nullable: a row that fails behind an exchange has no record any more, and a line of a file has no key.
 */
export const DEAD_LETTER_SCHEMA: Schema = Object.freeze([
  { name: 'record', type: BYTES, nullable: true },
  { name: 'key', type: BYTES, nullable: true },
  { name: 'headers', type: map(STRING, BYTES), nullable: true },
  { name: 'source', type: STRING, nullable: true },
  { name: 'split', type: STRING, nullable: true },
  { name: 'position', type: STRING, nullable: true },
  { name: 'error_code', type: STRING, nullable: true },
  { name: 'error_message', type: STRING, nullable: true },
])

/**
 * Checks that a table can take failed rows: each of its columns is one of {@link DEAD_LETTER_SCHEMA} by name, of the
 * same type, `record` and `key` also as STRING (then they are decoded as UTF-8).
 *
 * @returns the rows to give it, in the order of its columns
 * @throws MillraceError SQL_SINK_MISMATCH
 */
export function deadLetterSchemaOf(table: TableDefinition, span: Span): Schema {
  return table.columns.map((column) => {
    const field = DEAD_LETTER_SCHEMA.find((f) => f.name === column.name.toLowerCase())
    if (field === undefined) {
      const alternatives = DEAD_LETTER_SCHEMA.map((f) => f.name)
      throw new MillraceError(
        'SQL_SINK_MISMATCH',
        `a failed row has no \`${column.name}\` for the dead-letter table \`${table.name}\`; it can have ${alternatives.join(', ')}`,
        { span, alternatives },
      )
    }
    const asText = field.type === BYTES && column.type.kind === 'STRING'
    if (!asText && !sameType(column.type, field.type)) {
      throw new MillraceError(
        'SQL_SINK_MISMATCH',
        `\`${column.name}\` of the dead-letter table \`${table.name}\` is ${typeName(column.type)}; declare it as ${typeName(field.type)}`,
        { span },
      )
    }
    return { name: field.name, type: column.type, nullable: column.nullable }
  })
}
