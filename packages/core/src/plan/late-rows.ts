import { MillraceError, type Span } from '../errors.js'
import type { TableDefinition } from '../connector.js'
import { BIGINT, isTimestamp, sameType, STRING, timestamp, typeName, type Field, type Schema } from '../types/data-type.js'

/**
 * What a table of late rows can have besides the row's own columns: the bounds of the last window that would have taken it, how long ago
 * that closed by the watermark of the row's split, and where the row came from (NULL behind an exchange).
 */
export const LATE_ROW_SCHEMA: Schema = Object.freeze([
  { name: 'window_start', type: timestamp(3), nullable: true },
  { name: 'window_end', type: timestamp(3), nullable: true },
  { name: 'lateness_ms', type: BIGINT, nullable: true },
  { name: 'source', type: STRING, nullable: true },
  { name: 'split', type: STRING, nullable: true },
  { name: 'position', type: STRING, nullable: true },
])

/**
 * Checks that a table can take the late rows of a window: each of its columns is one of the rows, by name and type, or of
 * {@link LATE_ROW_SCHEMA}.
 *
 * @param rows columns of the rows
 * @returns the rows to give it, in the order of its columns
 * @throws MillraceError SQL_SINK_MISMATCH
 */
export function lateRowSchemaOf(table: TableDefinition, rows: Schema, span: Span): Schema {
  return table.columns.map(({ name, type, nullable }): Field => {
    const own = rows.find((f) => f.name.toLowerCase() === name.toLowerCase())
    const known = LATE_ROW_SCHEMA.find((f) => f.name === name.toLowerCase())
    const expected = own ?? known
    if (expected === undefined) {
      const alternatives = [...rows, ...LATE_ROW_SCHEMA].map((f) => f.name)
      throw new MillraceError(
        'SQL_SINK_MISMATCH', `a late row has no \`${name}\` for \`${table.name}\`; it can have ${alternatives.join(', ')}`, { span, alternatives },
      )
    }
    const isBound = own === undefined && isTimestamp(expected.type) && isTimestamp(type)
    if (!isBound && !sameType(type, expected.type)) {
      throw new MillraceError(
        'SQL_SINK_MISMATCH', `\`${name}\` of \`${table.name}\` is ${typeName(type)}; late rows have it as ${typeName(expected.type)}`, { span },
      )
    }
    if (!nullable && expected.nullable) {
      throw new MillraceError('SQL_SINK_MISMATCH', `\`${name}\` of \`${table.name}\` is NOT NULL, and late rows may have none`, { span })
    }
    return { name: own === undefined ? known!.name : name, type, nullable }
  })
}
