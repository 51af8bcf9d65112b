import type { OptionTable, RecordFormat } from '@millrace/core'
import { MillraceError, RecordMessageDecoder, typeName } from '@millrace/core'
import { MessageRows } from './reading/message-rows.js'
import { putOf } from './reading/value-reader.js'
import { loadMessage } from './schema/load-message.js'
import { describeField } from './schema/proto-message.js'
import { MessageEncoder } from './writing/message-encoder.js'

/** A job goes on when the file has changed, as messages do. */
const OPTIONS: OptionTable = {
  'protobuf.schema-file': { type: 'string', path: true, tuning: true, doc: 'The .proto file in which the message is declared, from the directory of the SQL file on.' },
  'protobuf.descriptor-file': { type: 'string', path: true, tuning: true, doc: 'Instead: a descriptor set, as `protoc --descriptor_set_out --include_imports` writes it.' },
  'protobuf.message-name': { type: 'string', doc: 'Which message the records are, `shop.Order`. Left out: the only one that the file declares.' },
  'protobuf.import-directory': { type: 'string', path: true, tuning: true, doc: 'Where imports of the .proto file are looked for, besides its own directory.' },
}

/**
 * Messages of Protocol Buffers, one a record. A column takes the field of its name; where a message has no such field it is NULL, and so is
 * a field that is absent, unless it has no presence and is its default then.
 */
export const protobufFormat: RecordFormat = {
  name: 'protobuf',
  options: OPTIONS,
  extension: 'pb',

  check(table) {
    const message = loadMessage(table)
    for (const { name, type } of table.columns) {
      const field = message.fields.find((candidate) => candidate.name === name)
      if (field === undefined || putOf(field, { column: name, type }) !== null) continue
      throw new MillraceError('SQL_UNSUPPORTED',
        `column \`${name}\` is ${typeName(type)}, and in message ${message.name} it is ${describeField(field)}: declare the column otherwise`)
    }
  },

  messageDecoder(scan, context) {
    return new RecordMessageDecoder(scan, context, new MessageRows(loadMessage(scan.table), scan.columns))
  },

  encoder(columns, _options, _changelog, table) {
    return new MessageEncoder(columns, loadMessage(table!))
  },
}

/** `@millrace/protobuf`: what SQL finds by `'format' = 'protobuf'`. */
export const formats: readonly RecordFormat[] = [protobufFormat]
