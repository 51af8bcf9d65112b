import { array, BIGINT, DOUBLE, STRING, timestampLtz, type Value } from '@millrace/core'
import { encodedRecords, messagesOf, tableOf, testReaderContext } from '@millrace/testing'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import { bench, describe } from 'vitest'
import { protobufFormat } from '../index.js'

/** One run decodes so many records; records a second are runs a second times this. */
const RECORDS = 4_096

const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
const file = join(folder, 'trade.proto')
writeFileSync(file, `syntax = "proto3"; import "google/protobuf/timestamp.proto";
  message Trade { string symbol = 1; double price = 2; int64 quantity = 3; google.protobuf.Timestamp at = 4; string venue = 5; repeated string tags = 6; }`)
const table = tableOf('t', 'kafka', { symbol: STRING, price: DOUBLE, quantity: BIGINT, at: timestampLtz(3), venue: STRING, tags: array(STRING) }, { 'protobuf.schema-file': file })
const rows = Array.from({ length: RECORDS }, (_, i): Value[] => [`S${i % 500}`, i / 8, BigInt(i * 1000), 1_767_225_600_000_000 + i * 1_000, `venue ${i % 7}`, ['a', 'b']])
const records = await encodedRecords(protobufFormat, table, rows)
const messages = messagesOf(records)

function decoding(names: readonly string[]): () => void {
  const columns = table.columns.filter(({ name }) => names.includes(name))
  const decoder = protobufFormat.messageDecoder({ table, columns, filter: [], batchRows: RECORDS }, testReaderContext(), {})
  return () => {
    decoder.begin(messages, 's')
    while (decoder.decode() !== null);
  }
}

describe(`protobuf, ${RECORDS} messages of six fields`, () => {
  bench('all columns', decoding(table.columns.map(({ name }) => name)), { time: 300, warmupTime: 200 })
  bench('two columns', decoding(['symbol', 'price']), { time: 300, warmupTime: 200 })
  const type = new protobuf.Root().loadSync(file).lookupType('Trade')
  bench('the library, as objects', () => {
    for (const record of records) type.decode(record)
  }, { time: 300, warmupTime: 200 })
})
