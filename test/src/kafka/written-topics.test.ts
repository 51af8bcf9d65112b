import { millrace } from '@millrace/runtime'
import { type ConsumedRecord, type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'millrace-written-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())
const pairs = (records: readonly ConsumedRecord[]): (readonly [string | null, string | null])[] => records.map(({ key, value }) => [text(key), text(value)])

describeKafka('a topic that SQL writes', () => {
  let kafka: KafkaDesk
  beforeAll(async () => { kafka = await sharedKafka() })

  const newTopic = (partitions = 1): Promise<string> => kafka.createTopic(kafka.uniqueName('written'), { partitions })
  const table = (name: string, columns: string, topic: string, options = `'format' = 'json'`): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka.bootstrapServers}', ${options});`
  const run = async (sql: string): Promise<void> => {
    await (await millrace.run(sql, { workers: 2, baseDirectory: folder })).done
  }

  it('holds values, keys, headers, timestamps and partitions as they were given', async () => {
    const topic = await newTopic(3)
    await run(`${table('out', `id INT, name STRING, at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', h MAP<STRING, BYTES> METADATA FROM 'headers', p INT METADATA FROM 'partition',
        "offset" BIGINT METADATA VIRTUAL`, topic, `'format' = 'json', 'key.format' = 'raw', 'key.fields' = 'name', 'value.fields-include' = 'EXCEPT_KEY'`)}
      INSERT INTO out VALUES
        (1, 'ada', TO_TIMESTAMP_LTZ(1767225600123, 3), MAP['trace', CAST('abc' AS BYTES), 'none', CAST(NULL AS BYTES)], 2),
        (2, 'bob', CAST(NULL AS TIMESTAMP_LTZ(3)), CAST(NULL AS MAP<STRING, BYTES>), CAST(NULL AS INT));`)
    const records = await kafka.consume(topic)
    const [ada, bob] = [...records].sort((a, b) => String(text(a.key)).localeCompare(String(text(b.key))))
    expect(ada).toMatchObject({ partition: 2, timestamp: 1_767_225_600_123 })
    expect(ada!.headers.map(([name, value]) => [name, text(value)])).toEqual([['trace', 'abc'], ['none', null]])
    expect(pairs([ada!, bob!])).toEqual([['ada', '{"id":1}'], ['bob', '{"id":2}']])
    expect(Math.abs(bob!.timestamp - Date.now())).toBeLessThan(60_000)
    expect(bob!.headers).toEqual([])
    expect(bob!.partition).toBe((await kafka.partitionsOf([Buffer.from('bob')], 3))[0])
  })

  it('has the last row of each key, and tombstones for keys that are gone', async () => {
    writeFileSync(join(folder, 'changes.ndjson'), [
      '{"op":"+I","id":1,"name":"ada"}', '{"op":"+I","id":2,"name":"bob"}', '{"op":"-U","id":1,"name":"ada"}', '{"op":"+U","id":1,"name":"eve"}',
    ].join('\n'))
    const topic = await newTopic(2)
    await run(`CREATE TABLE words (word STRING) WITH ('connector' = 'file', 'path' = 'words.csv', 'format' = 'csv');
      ${table('counts', 'word STRING, n BIGINT, PRIMARY KEY (word) NOT ENFORCED', topic, `'format' = 'json', 'key.format' = 'raw'`)}
      INSERT INTO counts SELECT word, n FROM (SELECT word, count(*) AS n FROM words GROUP BY word) AS c WHERE n < 3 EMIT CHANGES;`.replace('words.csv', words(['a', 'b', 'a', 'a', 'b'])))
    const last = new Map(pairs(await kafka.consume(topic)))
    expect(last.get('b')).toBe('{"word":"b","n":2}')
    expect(last.get('a') ?? null).toBe(null)
  })

  function words(list: readonly string[]): string {
    writeFileSync(join(folder, 'words.csv'), `${list.join('\n')}\n`)
    return 'words.csv'
  }

  it('takes a changelog where its format has kinds, and refuses one where it has none', async () => {
    const topic = await newTopic()
    const source = `CREATE TABLE words (word STRING) WITH ('connector' = 'file', 'path' = '${words(['a', 'a'])}', 'format' = 'csv');`
    await run(`SET 'batch.rows' = '1'; ${source} ${table('counts', 'word STRING, n BIGINT', topic)}
      INSERT INTO counts SELECT word, count(*) FROM words GROUP BY word EMIT CHANGES;`)
    const rows = (await kafka.consume(topic)).map(({ value }) => JSON.parse(text(value)!) as { op: string; word: string; n: number })
    expect(rows.reduce((sum, { op, n }) => sum + (op.startsWith('+') ? n : -n), 0)).toBe(2)
    await expect(run(`${source} ${table('counts', 'word STRING, n BIGINT', topic, `'format' = 'csv'`)}
      INSERT INTO counts SELECT word, count(*) FROM words GROUP BY word EMIT CHANGES;`)).rejects.toMatchObject({ code: 'SQL_CHANGELOG' })
  })

  it('takes dead letters and late rows', async () => {
    const [dead, late] = [await newTopic(), await newTopic()]
    writeFileSync(join(folder, 'events.ndjson'), [
      '{"id":1,"at":"2026-01-01 00:00:10"}', '{"id":2,"at":"2026-01-01 00:05:00"}', '{"id":3,"at":"2026-01-01 00:00:11"}', '{"id":"four"}',
    ].join('\n'))
    await run(`${table('dead', 'record STRING, error_code STRING', dead)} ${table('late', 'id INT, lateness_ms BIGINT', late)}
      CREATE TABLE events (id INT, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'file', 'path' = 'events.ndjson', 'format' = 'json',
        'scan.replay' = 'true', 'on-error' = 'dead-letter', 'dead-letter' = 'dead', 'late-rows' = 'late');
      CREATE TABLE result (n BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO result SELECT count(id) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;`)
    expect(pairs(await kafka.consume(dead))).toEqual([[null, '{"record":"{\\"id\\":\\"four\\"}","error_code":"ROW_UNDECODABLE"}']])
    expect(pairs(await kafka.consume(late))).toEqual([[null, '{"id":3,"lateness_ms":240000}']])
  })

  it('gets nothing of a record that is too large, and says so', async () => {
    const topic = await newTopic()
    writeFileSync(join(folder, 'large.ndjson'), `{"t":"${'x'.repeat(3_000_000)}"}\n`)
    const sql = (options: string): string => `CREATE TABLE large (t STRING) WITH ('connector' = 'file', 'path' = 'large.ndjson', 'format' = 'json');
      ${table('out', 't STRING', topic, `'format' = 'json'${options}`)} INSERT INTO out SELECT t FROM large;`
    await expect(run(sql(''))).rejects.toMatchObject({ code: 'ROW_UNENCODABLE', message: expect.stringContaining('properties.max.request.size') })
    await expect(run(sql(`, 'properties.max.request.size' = '8mb'`))).rejects.toMatchObject({ code: 'ROW_UNENCODABLE', message: expect.stringContaining('max.message.bytes') })
    expect(await kafka.consume(topic)).toEqual([])
  })

  it('gets batches that it finds too large in halves', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('written'), { config: { 'max.message.bytes': '20000' } })
    await run(`CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000', 'fields.id.kind' = 'sequence');
      ${table('out', 'id INT', topic)} INSERT INTO out SELECT id FROM numbers;`)
    const ids = (await kafka.consume(topic)).map(({ value }) => (JSON.parse(text(value)!) as { id: number }).id)
    expect(new Set(ids).size).toBe(20_000)
    expect(ids).toHaveLength(20_000)
  })
})
