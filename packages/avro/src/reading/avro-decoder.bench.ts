import { array, BIGINT, DOUBLE, STRING, timestampLtz, type Value } from '@millrace/core'
import { encodedRecords, messagesOf, tableOf, testReaderContext } from '@millrace/testing'
import avro from 'avsc'
import { bench, describe } from 'vitest'
import { avroFormat } from '../avro-format.js'
import { schemaOfTable } from '../schema/table-schema.js'

/** One run decodes so many records; records a second are runs a second times this. */
const RECORDS = 4_096

const table = tableOf('t', 'kafka', { symbol: STRING, price: DOUBLE, quantity: BIGINT, at: timestampLtz(3), venue: STRING, tags: array(STRING) })
const rows = Array.from({ length: RECORDS }, (_, i): Value[] => [`S${i % 500}`, i / 8, BigInt(i * 1000), 1_767_225_600_000_000 + i * 1_000, `venue ${i % 7}`, ['a', 'b']])
const records = await encodedRecords(avroFormat, table, rows)
const messages = messagesOf(records)

function decoding(names: readonly string[]): () => void {
  const columns = table.columns.filter(({ name }) => names.includes(name))
  const decoder = avroFormat.messageDecoder({ table, columns, filter: [], batchRows: RECORDS }, testReaderContext(), {})
  return () => {
    decoder.begin(messages, 's')
    while (decoder.decode() !== null);
  }
}

describe(`avro, ${RECORDS} records of six fields`, () => {
  bench('all columns', decoding(table.columns.map(({ name }) => name)), { time: 300, warmupTime: 200 })
  bench('two columns', decoding(['symbol', 'price']), { time: 300, warmupTime: 200 })
  const type = avro.Type.forSchema(JSON.parse(schemaOfTable(table)) as avro.Schema)
  const buffers = records.map((record) => Buffer.from(record))
  bench('the library, as objects', () => {
    for (const buffer of buffers) type.fromBuffer(buffer)
  }, { time: 300, warmupTime: 200 })
})
