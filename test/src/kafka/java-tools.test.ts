import { kafkaTool, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { expect, it } from 'vitest'
import { kafkaTable, rowsOf, runSql } from './kafka-sql.js'

describeKafka('Kafka\'s own tools', () => {
  it('the console producer\'s keys, headers, timestamps and tombstones are read', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('console'))
    const before = Date.now()
    await kafkaTool('console-producer', [
      '--bootstrap-server', kafka.bootstrapServers, '--topic', topic, '--compression-codec', 'lz4',
      ...['parse.key=true', 'parse.headers=true', 'null.marker=NULL'].flatMap((property) => ['--reader-property', property]),
    ], { input: 'source:web,lang:de\tada\tgrüße\nsource:app\tbob\tNULL\nsource:app\tNULL\tno key\n' })
    const columns = '`key` BYTES METADATA, `partition` INT METADATA, `offset` BIGINT METADATA, `timestamp` TIMESTAMP_LTZ(3) METADATA, headers MAP<STRING, BYTES> METADATA'
    const options = { 'format': 'raw', 'scan.bounded.mode': 'latest-offset' }
    const rows = await rowsOf(`
      CREATE TABLE t (text STRING, ${columns}) WITH (${kafkaTable(kafka.bootstrapServers, topic, options)});
      SELECT text, CAST(\`key\` AS STRING) AS k, \`partition\`, \`offset\`, CAST(headers['source'] AS STRING) AS source, CAST(headers['lang'] AS STRING) AS lang,
        UNIX_TIMESTAMP(CAST(\`timestamp\` AS TIMESTAMP(3))) AS seconds
      FROM t`, { set: { 'time-zone': 'UTC' } })
    // A tombstone is no row of an append table.
    expect(rows.map((row) => ({ ...row, seconds: null }))).toEqual([
      { text: 'grüße', k: 'ada', partition: 0, offset: 0n, source: 'web', lang: 'de', seconds: null },
      { text: 'no key', k: null, partition: 0, offset: 2n, source: 'app', lang: null, seconds: null },
    ])
    for (const { seconds } of rows) {
      expect(Number(seconds)).toBeGreaterThanOrEqual(Math.floor(before / 1_000))
      expect(Number(seconds)).toBeLessThanOrEqual(Date.now() / 1_000)
    }
  })

  it('the console consumer prints what is written', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('printed'))
    await runSql(`
      CREATE TABLE o (k STRING, n INT, \`timestamp\` TIMESTAMP_LTZ(3) METADATA, headers MAP<STRING, BYTES> METADATA)
      WITH (${kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'key.format': 'raw', 'key.fields': 'k', 'properties.compression.type': 'zstd' })});
      INSERT INTO o VALUES
        ('ada', 1, TO_TIMESTAMP_LTZ(1700000000123, 3), MAP['source', CAST('web' AS BYTES)]),
        ('grün', 2, TO_TIMESTAMP_LTZ(1700000000456, 3), MAP['source', CAST('app' AS BYTES)])`, { workers: 1 })
    const printed = await kafkaTool('console-consumer', [
      '--bootstrap-server', kafka.bootstrapServers, '--topic', topic, '--from-beginning', '--max-messages', '2',
      ...['print.key', 'print.headers', 'print.timestamp', 'print.offset', 'print.partition'].flatMap((property) => ['--formatter-property', `${property}=true`]),
    ])
    expect(Buffer.from(printed, 'latin1').toString().trimEnd().split('\n')).toEqual([
      'CreateTime:1700000000123\tPartition:0\tOffset:0\tsource:web\tada\t{"k":"ada","n":1}',
      'CreateTime:1700000000456\tPartition:0\tOffset:1\tsource:app\tgrün\t{"k":"grün","n":2}',
    ])
  })

  it('the verifiable producer\'s messages are read, and the verifiable consumer counts what is written', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('verifiable'), { partitions: 4 })
    const copy = await kafka.createTopic(kafka.uniqueName('copy'), { partitions: 3 })
    const printed = await kafkaTool('verifiable-producer', ['--bootstrap-server', kafka.bootstrapServers, '--topic', topic, '--max-messages', '20000', '--repeating-keys', '100'])
    expect(printed).toContain('"acked":20000')
    const source = kafkaTable(kafka.bootstrapServers, topic, { 'format': 'csv', 'scan.bounded.mode': 'latest-offset' })
    const sink = kafkaTable(kafka.bootstrapServers, copy, { 'format': 'csv', 'properties.compression.type': 'snappy' })
    const tables = `CREATE TABLE numbers (v BIGINT) WITH (${source}); CREATE TABLE copied (v BIGINT) WITH (${sink});`
    expect(await rowsOf(`${tables} SELECT COUNT(*) AS n, COUNT(DISTINCT v) AS different, MIN(v) AS low, MAX(v) AS high FROM numbers`))
      .toEqual([{ n: 20_000n, different: 20_000n, low: 0n, high: 19_999n }])
    await runSql(`${tables} INSERT INTO copied SELECT v FROM numbers`)
    const consumed = await kafkaTool('verifiable-consumer', ['--bootstrap-server', kafka.bootstrapServers, '--topic', copy, '--group-id', kafka.uniqueName('verify'), '--reset-policy', 'earliest', '--max-messages', '20000'])
    const counts = [...consumed.matchAll(/"name":"records_consumed".*?"count":(\d+)|"count":(\d+).*?"name":"records_consumed"/g)].map(([, a, b]) => Number(a ?? b))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000)
    const values = (await kafka.consume(copy)).map(({ value }) => Number(value))
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
  })
})
