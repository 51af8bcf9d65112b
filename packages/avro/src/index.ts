import type { RecordFormat } from '@millrace/core'
import { avroConfluentFormat } from './avro-confluent-format.js'
import { avroFormat } from './avro-format.js'

/** `@millrace/avro`: records in Avro, with a schema of the table's or of a schema registry. */
export const formats: readonly RecordFormat[] = [avroFormat, avroConfluentFormat]

export { avroConfluentFormat, avroFormat }
export { parseAvroSchema } from './schema/parse-schema.js'
export { schemaOfTable } from './schema/table-schema.js'
