import type { RecordFormat, TableDefinition } from '@millrace/core'
import { MillraceError, RecordMessageDecoder, typeName } from '@millrace/core'
import { givenSchema, schemaOptions } from './avro-options.js'
import { RecordProgram } from './reading/record-program.js'
import { isField, putOf } from './reading/value-reader.js'
import { type AvroType, describeType } from './schema/avro-type.js'
import { parseAvroSchema } from './schema/parse-schema.js'
import { schemaOfTable } from './schema/table-schema.js'
import { AvroEncoder } from './writing/avro-encoder.js'

/**
 * Avro records by themselves, as many to a message as one. They do not say which schema they were written with: it is the one that the table
 * gives, else that of its columns.
 */
export const avroFormat: RecordFormat = {
  name: 'avro',
  options: schemaOptions('avro', 'The schema that records are written with, as JSON. Left out: that of the table\'s columns.'),
  extension: 'avro',

  check(table) {
    checkColumns(schemaOf(table), table)
  },

  messageDecoder(scan, context) {
    const program = new RecordProgram(schemaOf(scan.table), scan.columns, scan.table.columns.length === 1, null)
    return new RecordMessageDecoder(scan, context, {
      rowsPerRecord: 1, decode: (bytes, start, end, rows) => program.decode(bytes, start, end, rows),
    })
  },

  encoder(columns, _options, _changelog, table) {
    return new AvroEncoder(columns, schemaOf(table!))
  },
}

/** @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED, SOURCE_MISSING */
function schemaOf(table: TableDefinition): AvroType {
  return givenSchema(table, 'avro')?.type ?? parseAvroSchema(schemaOfTable(table)).type
}

/** Columns whose fields can never become them are a mistake, which is better told before the first record. */
export function checkColumns(schema: AvroType, table: TableDefinition): void {
  if (schema.kind !== 'record') {
    if (table.columns.length === 1) return
    throw new MillraceError('SQL_UNSUPPORTED', `table \`${table.name}\`: its Avro schema is ${describeType(schema)}, which is one column and no more`)
  }
  for (const column of table.columns) {
    const field = schema.fields.find((candidate) => isField(candidate, column.name, schema))
    if (field === undefined || putOf(field.type, { column: column.name, type: column.type }) !== null) continue
    throw new MillraceError('SQL_UNSUPPORTED',
      `column \`${column.name}\` is ${typeName(column.type)}, and in the schema it is ${describeType(field.type)}: declare the column otherwise`)
  }
}
