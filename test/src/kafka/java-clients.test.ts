import { sharedKafka, type ConsumedRecord, type ProducedRecord } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Chance } from '../differential/chance.js'
import { kafkaTable, rowsOf, runSql } from './kafka-sql.js'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const METADATA = '`key` BYTES METADATA, `partition` INT METADATA, `offset` BIGINT METADATA, `timestamp` TIMESTAMP_LTZ(3) METADATA, headers MAP<STRING, BYTES> METADATA'
const BOUNDED = { 'format': 'raw', 'scan.bounded.mode': 'latest-offset' }

let folder: string

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'millrace-interop-')) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describeKafka('records that Java\'s producer has written', () => {
  it.each(CODECS)('are read as they are, compressed by %s', async (codec) => {
    const kafka = await sharedKafka()
    const seed = Number(process.env['MILLRACE_SEED'] ?? randomInt(2 ** 31))
    const topic = await kafka.createTopic(kafka.uniqueName(`java-${codec}`), { partitions: 3 })
    await kafka.produce(topic, someRecords(new Chance(seed), 400), { config: { 'compression.type': codec, 'batch.size': '4000', 'linger.ms': '5' } })
    const sent = (await kafka.consume(topic)).filter(({ value }) => value !== null)
    const rows = await rowsOf(`
      CREATE TABLE t (body BYTES, ${METADATA}) WITH (${kafkaTable(kafka.bootstrapServers, topic, BOUNDED)});
      SELECT * FROM t`)
    expect(rows.map(textOfRow).sort(), `MILLRACE_SEED=${seed}`).toEqual(sent.map(textOfRecord).sort())
  })
})

describeKafka('records that are written', () => {
  it.each(CODECS)('are read by Java\'s consumer as they are, compressed by %s', async (codec) => {
    const kafka = await sharedKafka()
    const from = await kafka.createTopic(kafka.uniqueName(`from-${codec}`), { partitions: 3 })
    const to = await kafka.createTopic(kafka.uniqueName(`to-${codec}`), { partitions: 2 })
    const seed = Number(process.env['MILLRACE_SEED'] ?? randomInt(2 ** 31))
    await kafka.produce(from, someRecords(new Chance(seed), 400))
    const sent = (await kafka.consume(from)).filter(({ value }) => value !== null)
    const written = '`key` BYTES METADATA, `timestamp` TIMESTAMP_LTZ(3) METADATA, headers MAP<STRING, BYTES> METADATA'
    await runSql(`
      CREATE TABLE f (body BYTES, ${written}) WITH (${kafkaTable(kafka.bootstrapServers, from, BOUNDED)});
      CREATE TABLE t (body BYTES, ${written}) WITH (${kafkaTable(kafka.bootstrapServers, to, { 'format': 'raw', 'properties.compression.type': codec })});
      INSERT INTO t SELECT body, \`key\`, \`timestamp\`, headers FROM f`)
    const received = await kafka.consume(to)
    const text = (record: ConsumedRecord): string => textOfRecord({ ...record, partition: 0, offset: 0 })
    expect(received.map(text).sort(), `MILLRACE_SEED=${seed}`).toEqual(sent.map(text).sort())
  })

  it('are in the partitions where Java\'s client would put them, for 10,000 random keys', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('keyed'), { partitions: 7 })
    const keys = Array.from({ length: 10_000 }, (_, i) => `${'é'.repeat(i % 3)}k${randomInt(2 ** 40)}`)
    const file = join(folder, 'keys.ndjson')
    writeFileSync(file, keys.map((k, i) => `${JSON.stringify({ k, i })}\n`).join(''))
    await runSql(`
      CREATE TABLE f (k STRING, i INT) WITH ('connector' = 'file', 'path' = '${file}', 'format' = 'json');
      CREATE TABLE t (k STRING, i INT) WITH (${kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'key.format': 'raw', 'key.fields': 'k' })});
      INSERT INTO t SELECT k, i FROM f`)
    const received = await kafka.consume(topic)
    expect(received.map(({ key }) => key!.toString()).sort()).toEqual([...keys].sort())
    const theirs = await kafka.partitionsOf(received.map(({ key }) => key!), 7)
    expect(received.filter(({ partition }, i) => partition !== theirs[i])).toEqual([])
  })

  it('are tombstones where a row of an upsert table goes', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('upsert'), { config: { 'cleanup.policy': 'compact' } })
    const options = { 'format': 'json', 'key.format': 'json' }
    await runSql(`
      CREATE TABLE once (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH (${kafkaTable(kafka.bootstrapServers, topic, options)});
      INSERT INTO once SELECT k, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS v (k) GROUP BY k HAVING COUNT(*) < 2 EMIT CHANGES`, { workers: 1, set: { 'batch.rows': '1' } })
    const last = new Map<string, string | null>()
    for (const { key, value } of await kafka.consume(topic)) last.set(key!.toString(), value?.toString() ?? null)
    expect([...last].sort()).toEqual([['{"k":"a"}', null], ['{"k":"b"}', '{"k":"b","n":1}']])
  })
})

/** Keys, values and headers that are null, empty, long or no text; of headers each name once, as a MAP has it. */
function someRecords(chance: Chance, count: number): ProducedRecord[] {
  const bytes = (longest: number): Buffer => Buffer.from(Array.from({ length: chance.between(0, longest) }, () => chance.between(0, 255)))
  return Array.from({ length: count }, (_, i) => ({
    key: chance.maybe(0.2) ? null : chance.maybe(0.5) ? `user-${chance.between(0, 20)}` : bytes(20),
    value: chance.maybe(0.1) ? null : chance.maybe(0.5) ? `{"i":${i}}` : bytes(chance.maybe(0.05) ? 3_000 : 60),
    timestamp: chance.between(1_600_000_000_000, 1_750_000_000_000),
    headers: chance.some(['trace', 'sprache', ''], chance.between(0, 3)).map((name) => [name, chance.maybe(0.2) ? null : bytes(8)] as const),
  }))
}

function textOfRecord({ key, value, partition, offset, timestamp, headers }: ConsumedRecord): string {
  return JSON.stringify([partition, offset, timestamp, hex(key), hex(value), headers.map(([name, bytes]) => [name, hex(bytes)]).sort()])
}

function textOfRow(row: Record<string, unknown>): string {
  const headers = [...((row['headers'] as Map<string, Uint8Array | null> | null) ?? [])].map(([name, bytes]) => [name, hex(bytes)]).sort()
  const timestamp = Date.parse(row['timestamp'] as string)
  return JSON.stringify([row['partition'], Number(row['offset']), timestamp, hex(row['key'] as Uint8Array | null), hex(row['body'] as Uint8Array), headers])
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}
