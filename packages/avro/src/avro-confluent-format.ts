import type { RecordFormat } from '@millrace/core'
import { MillraceError, RecordMessageDecoder } from '@millrace/core'
import { checkColumns } from './avro-format.js'
import { givenSchema } from './avro-options.js'
import { CONFLUENT_OPTIONS, confluentOptionsOf } from './confluent-options.js'
import { ConfluentRows } from './reading/confluent-rows.js'
import { KeptSchemas } from './registry/kept-schemas.js'
import { SchemaRegistry } from './registry/schema-registry.js'
import { type AvroSchema, parseAvroSchema } from './schema/parse-schema.js'
import { schemaOfTable } from './schema/table-schema.js'
import { ConfluentEncoder } from './writing/confluent-encoder.js'

/** Avro records that begin with the id of the schema in a schema registry that they were written with: a zero byte, then four of the id. */
export const avroConfluentFormat: RecordFormat = {
  name: 'avro-confluent',
  options: CONFLUENT_OPTIONS,
  extension: 'avro',

  check(table) {
    confluentOptionsOf(table)
    const given = givenSchema(table, 'avro-confluent')
    if (given === null) schemaOfTable(table)
    else checkColumns(given.type, table)
  },

  messageDecoder(scan, context) {
    const { registry } = confluentOptionsOf(scan.table)
    const reader = givenSchema(scan.table, 'avro-confluent')?.type ?? null
    const schemas = context.shared(`schemas of ${registry.urls.join()}`, () => new KeptSchemas(new SchemaRegistry(registry)))
    return new RecordMessageDecoder(scan, context, new ConfluentRows(scan, schemas, reader))
  },

  encoder(columns, _options, _changelog, table) {
    const { registry, subject, register } = confluentOptionsOf(table!)
    if (subject === null) {
      throw new MillraceError('OPTION_MISSING', `table \`${table!.name}\`: say under which name its schema is registered: 'avro-confluent.subject' = '…'`)
    }
    const schema: AvroSchema = givenSchema(table!, 'avro-confluent') ?? parseAvroSchema(schemaOfTable(table!))
    return new ConfluentEncoder(columns, schema, () => new SchemaRegistry(registry).idOf(subject, schema.text, register))
  },
}
