import type { OptionTable, ReaderContext, ScanSpec, TableDefinition } from '../../connector.js'
import { map, STRING, timestampLtz, type Field } from '../../types/data-type.js'
import type { FormatOptions, MessageDecoder, RecordDecoder, RecordFormat } from '../format.js'
import { jsonFormat, unitScaleOf } from '../json/json-format.js'
import { RecordBlockDecoder, RecordMessageDecoder } from '../record-decoders.js'
import { LineFraming } from '../record-framing.js'
import { checkTextTypes } from '../scan-field.js'
import { DebeziumEncoder } from './debezium-encoder.js'
import { DebeziumRows } from './debezium-rows.js'

const OPTIONS: OptionTable = {
  'debezium-json.timestamp-unit': {
    ...jsonFormat.options['json.timestamp-unit']!, doc: 'What a timestamp given as a number counts since 1970-01-01 UTC: Debezium writes ms or us by the column\'s precision.',
  },
  'debezium-json.schema-include': {
    type: 'boolean', default: 'false', tuning: true, doc: 'Whether records have the envelope `{"schema": …, "payload": …}`. Reading takes both whatever it says; writing knows only records without.',
  },
}

const METADATA: Readonly<Record<string, Field>> = {
  'ingestion-timestamp': { name: 'ingestion-timestamp', type: timestampLtz(3), nullable: true },
  'source.timestamp': { name: 'source.timestamp', type: timestampLtz(3), nullable: true },
  'source.database': { name: 'source.database', type: STRING, nullable: true },
  'source.schema': { name: 'source.schema', type: STRING, nullable: true },
  'source.table': { name: 'source.table', type: STRING, nullable: true },
  'source.properties': { name: 'source.properties', type: map(STRING, STRING), nullable: true },
}

/**
 * Changes as Debezium writes them in JSON: `op` `c` and `r` (a row of the first snapshot) add the row in `after`, `u` takes back the one in
 * `before` and adds that in `after`, `d` takes back `before`. Columns are read as in `json`. Messages of Debezium that are no changes
 * (`op` `m`) have no rows.
 */
export const debeziumJsonFormat: RecordFormat = {
  name: 'debezium-json',
  options: OPTIONS,
  extension: 'ndjson',
  readsKinds: true,
  writesKinds: true,
  metadata: METADATA,

  check(table: TableDefinition): void {
    unitScaleOf(table.options, 'debezium-json.timestamp-unit')
    checkTextTypes(table.columns, 'debezium-json')
  },

  framing: () => new LineFraming(0),

  decoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RecordDecoder {
    return new RecordBlockDecoder(scan, context, rowsOf(scan, options), new LineFraming(0))
  },

  messageDecoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): MessageDecoder {
    return new RecordMessageDecoder(scan, context, rowsOf(scan, options))
  },

  encoder: (schema) => new DebeziumEncoder(schema),
}

function rowsOf(scan: ScanSpec, options: FormatOptions): DebeziumRows {
  return new DebeziumRows(scan, unitScaleOf(options, 'debezium-json.timestamp-unit'))
}
