import { startSchemaRegistry, type TestRegistry } from '@millrace/avro/testing'
import { type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaTable, rowsOf, runSql } from './kafka-sql.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(join(folder, 'order.proto'), `syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto";
message Order { optional int64 id = 1; optional string name = 2; optional double price = 3; google.protobuf.Timestamp at = 4; message Line { optional string what = 1; optional int32 n = 2; } Line line = 5; }`)

const COLUMNS = 'id BIGINT, name STRING, price DOUBLE, at TIMESTAMP(3), line ROW<what STRING, n INT>'
const VALUES = `(1, 'ada', 0.5, TIMESTAMP '2026-01-01 00:00:00.123', ROW('a', 1)), (9007199254740993, 'ä', CAST(NULL AS DOUBLE), CAST(NULL AS TIMESTAMP(3)), ROW('b', CAST(NULL AS INT))),
  (CAST(NULL AS BIGINT), CAST(NULL AS STRING), 2.0, TIMESTAMP '1969-12-31 23:59:59.999', CAST(NULL AS ROW<what STRING, n INT>))`

describeKafka('a topic in any format', () => {
  let kafka: KafkaDesk
  let registry: TestRegistry
  beforeAll(async () => {
    kafka = await sharedKafka()
    registry = await startSchemaRegistry('millrace:secret-77')
  })
  afterAll(() => registry?.close())

  const newTopic = (partitions = 2): Promise<string> => kafka.createTopic(kafka.uniqueName('formats'), { partitions })
  const table = (name: string, columns: string, topic: string, options: Record<string, string>): string =>
    `CREATE TABLE ${name} (${columns}) WITH (${kafkaTable(kafka.bootstrapServers, topic, { 'scan.bounded.mode': 'latest-offset', ...options })});`
  const inFolder = { baseDirectory: folder }

  const confluent = (): Record<string, string> => ({ 'avro-confluent.url': registry.url, 'avro-confluent.basic-auth.user-info': 'millrace:secret-77' })
  const proto = { 'protobuf.schema-file': 'order.proto', 'protobuf.message-name': 'Order' }

  it.each<[string, () => Record<string, string>]>([
    ['json', () => ({})], ['csv', () => ({})], ['debezium-json', () => ({})], ['avro', () => ({})], ['avro-confluent', confluent], ['protobuf', () => proto],
  ])('holds what was written to it as %s', async (format, options) => {
    const topic = await newTopic()
    const orders = table('orders', COLUMNS, topic, { format, ...options() })
    await runSql(`${orders} INSERT INTO orders VALUES ${VALUES};`, inFolder)
    const rows = await rowsOf(`${orders} SELECT * FROM orders ORDER BY price`, inFolder)
    expect(rows.map(({ id, name, price, line }) => [id, name, price, line])).toEqual([
      [9007199254740993n, 'ä', null, { what: 'b', n: null }], [1n, 'ada', 0.5, { what: 'a', n: 1 }], [null, null, 2, null],
    ].map((row) => [typeof row[0] === 'bigint' ? expect.anything() : row[0], ...row.slice(1)]))
    const sum = await rowsOf(`${orders} SELECT CAST(sum(id) AS STRING) AS s, count(at) AS n, CAST(max(at) AS STRING) AS t FROM orders`, inFolder)
    expect(sum).toMatchObject([{ s: '9007199254740994', t: '2026-01-01 00:00:00.123' }])
  })

  it('has keys and values in formats of their own, with schemas of their own', async () => {
    const topic = await newTopic()
    const options = {
      'value.format': 'avro-confluent', 'key.format': 'avro-confluent', 'key.fields': 'k_id', 'key.fields-prefix': 'k_', 'value.fields-include': 'EXCEPT_KEY', ...confluent(),
      ...Object.fromEntries(Object.entries(confluent()).map(([name, value]) => [`key.${name}`, value])),
    }
    const orders = table('orders', 'k_id BIGINT, id STRING', topic, options)
    await runSql(`${orders} INSERT INTO orders VALUES (1, 'a'), (2, 'b');`)
    expect(registry.requests.filter((request) => request.includes(topic))).toEqual(expect.arrayContaining([`POST /subjects/${topic}-key/versions`, `POST /subjects/${topic}-value/versions`]))
    expect(await rowsOf(`${orders} SELECT id, CAST(k_id AS STRING) AS k FROM orders ORDER BY k_id`)).toEqual([{ id: 'a', k: '1' }, { id: 'b', k: '2' }])
    // A secret is nowhere to be seen.
    const failure = await rowsOf(`${orders} SELECT nothing FROM orders`).then(() => '', (error: unknown) => String(error))
    expect(failure).toContain('SQL_COLUMN_UNKNOWN')
    expect(failure).not.toContain('secret-77')
  })

  it('is a changelog in debezium-json, at any number of workers', async () => {
    const topic = await newTopic(1)
    const change = (op: string, before: unknown, after: unknown): { value: string } => ({ value: JSON.stringify({ schema: null, payload: { before, after, op, source: { table: 'orders', ts_ms: 1 }, ts_ms: 2 } }) })
    await kafka.produce(topic, [
      change('r', null, { id: 1, city: 'Rome', amount: 10 }), change('c', null, { id: 2, city: 'Rome', amount: 5 }), change('c', null, { id: 3, city: 'Oslo', amount: 1 }),
      change('u', { id: 2, city: 'Rome', amount: 5 }, { id: 2, city: 'Oslo', amount: 7 }), change('d', { id: 3, city: 'Oslo', amount: 1 }, null), { value: null },
    ])
    const orders = table('orders', `id INT, city STRING, amount INT, t STRING METADATA FROM 'value.source.table' VIRTUAL`, topic, { format: 'debezium-json' })
    for (const workers of [1, 2]) {
      expect(await rowsOf(`${orders} SELECT city, sum(amount) AS s, min(t) AS t FROM orders GROUP BY city ORDER BY city`, { workers })).toMatchObject([{ city: 'Oslo', t: 'orders' }, { city: 'Rome', t: 'orders' }])
      expect((await rowsOf(`${orders} SELECT sum(amount) AS s, count(*) AS n FROM orders`, { workers })).map(({ s, n }) => [Number(s), Number(n)])).toEqual([[17, 2]])
    }
  })

  it('of dead letters has the record, its key and its headers as they were, and where it stood', async () => {
    const [topic, dead] = [await newTopic(1), await newTopic(1)]
    await kafka.produce(topic, [
      { key: 'k0', value: '{"id":1}' }, { key: 'k1', value: 'no json', headers: [['trace', Buffer.from('t1')], ['none', null]] }, { key: null, value: '{"id":"x"}' },
    ])
    await runSql(`
      ${table('orders', 'id BIGINT', topic, { 'format': 'json', 'on-error': 'dead-letter', 'dead-letter': 'dead' })}
      ${table('dead', 'record BYTES, key BYTES METADATA, headers MAP<STRING, BYTES> METADATA', dead, { format: 'raw' })}
      CREATE TABLE out (id BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO out SELECT id FROM orders;`)
    const letters = (await kafka.consume(dead)).map(({ key, value, headers }) => [key === null ? null : String(key), String(value), headers.map(([name, content]) => [name, content === null ? null : String(content)])])
    expect(letters).toEqual([['k1', 'no json', [['trace', 't1'], ['none', null]]], [null, '{"id":"x"}', []]])
  })

  it('of dead letters may as well tell all of it in JSON', async () => {
    const [topic, dead] = [await newTopic(1), await newTopic(1)]
    await kafka.produce(topic, [{ key: 'k', value: Uint8Array.of(1, 2) }])
    await runSql(`
      ${table('orders', 'id BIGINT', topic, { 'format': 'avro-confluent', ...confluent(), 'on-error': 'dead-letter', 'dead-letter': 'dead' })}
      ${table('dead', 'record BYTES, key STRING, source STRING, split STRING, `position` STRING, error_code STRING', dead, { format: 'json' })}
      CREATE TABLE out (id BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO out SELECT id FROM orders;`)
    expect((await kafka.consume(dead)).map(({ value }) => JSON.parse(String(value)) as unknown)).toEqual([
      { record: 'AQI=', key: 'k', source: 'orders', split: `${topic}-0`, position: '0', error_code: 'ROW_UNDECODABLE' },
    ])
  })
})
