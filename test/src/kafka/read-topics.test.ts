import { sharedKafka, type ProducedRecord } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { expect, it } from 'vitest'
import { kafkaTable, rowsOf, startSql } from './kafka-sql.js'

const START_MS = 1_780_000_020_000

/** Keys in no relation to partitions; now and then a record without a value. */
const records = Array.from({ length: 6_000 }, (_, i): ProducedRecord => ({
  key: `${i % 11}`, partition: (i * 7) % 8, timestamp: START_MS + i * 50,
  value: i % 100 === 99 ? null : JSON.stringify({ symbol: `S${(i * 13) % 17}`, quantity: i % 1_000, note: i % 3 === 0 ? 'a\n"b"' : 'x'.repeat(i % 60) }),
}))

const WINDOWS = `SELECT symbol, date_format(window_start, 'HH:mm:ss') AS at, count(*) AS n, sum(quantity) AS quantity
  FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY symbol, window_start, window_end`

/** The same in plain code. */
function windowsOf(some: readonly ProducedRecord[]): unknown[] {
  const groups = new Map<string, { symbol: string; at: string; n: number; quantity: number }>()
  for (const { value, timestamp } of some) {
    if (value === null) continue
    const { symbol, quantity } = JSON.parse(value as string) as { symbol: string; quantity: number }
    const at = new Date(Math.floor(timestamp! / 60_000) * 60_000).toISOString().slice(11, 19)
    const group = groups.get(`${symbol} ${at}`) ?? { symbol, at, n: 0, quantity: 0 }
    groups.set(`${symbol} ${at}`, group)
    group.n++
    group.quantity += quantity
  }
  return [...groups.values()].map(({ symbol, at, n, quantity }) => [symbol, at, `${n}`, `${quantity}`].join(' ')).sort()
}

const textOf = (row: object): string => Object.values(row).map(String).join(' ')
const columns = "symbol STRING, quantity BIGINT, ts TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', WATERMARK FOR ts AS ts - INTERVAL '1' SECOND"

describeKafka('a topic', () => {
  it('gives the same windows at any number of workers, by either driver', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('windows'), { partitions: 8, config: { 'retention.ms': '-1' } })
    await kafka.produce(topic, records, { config: { 'batch.size': '2000', 'linger.ms': '5' } })
    for (const [workers, driver] of [[1, 'platformatic'], [2, 'kafkajs'], [2, 'platformatic']] as const) {
      const table = kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', driver, 'scan.bounded.mode': 'latest-offset' })
      const rows = await rowsOf(`CREATE TABLE trades (${columns}) WITH (${table}); ${WINDOWS}`, { workers })
      expect(rows.map(textOf).sort(), `${workers} workers, ${driver}`).toEqual(windowsOf(records))
    }
  })

  it('is read on while it is written, and a silent partition does not hold windows back for ever', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('endless'), { partitions: 3, config: { 'retention.ms': '-1' } })
    const table = kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'scan.watermark.idle-timeout': '4s' })
    const job = await startSql(`CREATE TABLE trades (${columns}) WITH (${table});
      CREATE TABLE result (symbol STRING, at STRING, n BIGINT, quantity BIGINT) WITH ('connector' = 'memory');
      INSERT INTO result ${WINDOWS}`)
    const some = records.slice(0, 3_000).map((record, i) => ({ ...record, partition: i % 2 }))
    for (let from = 0; from < some.length; from += 1_000) await kafka.produce(topic, some.slice(from, from + 1_000))
    // The last window is open: nothing comes after it.
    const lastMinute = Math.floor(some.at(-1)!.timestamp! / 60_000) * 60_000
    const closed = windowsOf(some.filter(({ timestamp }) => timestamp! < lastMinute))
    await expect.poll(() => job.table('result').map(textOf).sort(), { timeout: 40_000, interval: 100 }).toEqual(closed)
    await job.stop()
  })
})
