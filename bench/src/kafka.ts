import { kafkaMissing, sharedKafka, startKafka } from '@millrace/test-kafka'
import { messagesFile } from './data/messages.js'
import type { BenchTable } from './report.js'
import type { Contender, Contest } from './series.js'
import { contest } from './series.js'
import type { BenchSettings } from './settings.js'
import { scaled } from './settings.js'

const PARTITIONS = 4

type Kafka = Awaited<ReturnType<typeof sharedKafka>>

/** GROUP BY over a topic, against the loops that a Node user would write with kafkajs: what a message costs the process that reads. */
export async function kafka(settings: BenchSettings): Promise<BenchTable[]> {
  const missing = kafkaMissing()
  if (missing !== null) {
    return [{ title: 'kafka', columns: [''], rows: [], notes: [`not run: ${missing}`], failed: ['the start of a Kafka broker'] }]
  }
  // A broker that was started by hand, or one that ends with this run.
  const own = process.env['MILLRACE_KAFKA'] === undefined ? await startKafka() : null
  try {
    const broker = own ?? await sharedKafka()
    return [
      await ofSize(broker, 100, scaled(5_000_000, settings), settings),
      await ofSize(broker, 1_000, scaled(1_000_000, settings), settings),
    ]
  } finally {
    await own?.stop()
  }
}

async function ofSize(broker: Kafka, bytes: number, rows: number, settings: BenchSettings): Promise<BenchTable> {
  const path = `${settings.dataFolder}/messages-${bytes}-${rows}.txt`
  messagesFile(path, rows, bytes)
  const topic = await broker.createTopic(broker.uniqueName(`bench-${bytes}`), { partitions: PARTITIONS })
  try {
    await broker.load(topic, path, { config: { acks: '1' } })
    const loaded = (await broker.offsets(topic)).reduce((sum, offset) => sum + offset, 0)
    if (loaded !== rows) throw new Error(`the topic has ${loaded} messages instead of ${rows}`)
    const contests = await contest(contendersOf(broker.bootstrapServers, topic, rows), settings.rounds)
    return tableOf(contests, bytes, rows)
  } finally {
    await broker.deleteTopic(topic)
  }
}

function contendersOf(bootstrapServers: string, topic: string, rows: number): Contender[] {
  const ours = (driver: string, workers: number): Contender => ({
    label: `Millrace @${workers}, ${driver}`, subject: 'millrace',
    parameters: { strategy: 'pipelines', workers, rows, cpu: 'workers', sql: `CREATE TABLE trades (symbol STRING, quantity BIGINT)
WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${bootstrapServers}', 'driver' = '${driver}', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
SELECT symbol, count(*) AS trades, sum(quantity) AS quantity FROM trades GROUP BY symbol` },
  })
  const loop = (each: string): Contender => ({ label: `kafkajs each${each}`, subject: 'kafkajsLoop', parameters: { bootstrapServers, topic, rows, each: each.toLowerCase() } })
  return [
    ours('platformatic', 1), ours('platformatic', 2), ours('kafkajs', 1), ours('kafkajs', 2), loop('Batch'), loop('Message'),
  ]
}

function tableOf(contests: readonly Contest[], bytes: number, rows: number): BenchTable {
  const [one, two, kafkajsOne, kafkajsTwo, batch, message] = contests.map(({ cpuMsPerMillionRows }) => cpuMsPerMillionRows) as [number, number, number, number, number, number]
  const times = (theirs: number, ours: number): string => `${(theirs / ours).toFixed(1)} ×`
  return {
    title: `kafka: GROUP BY over ${rows.toLocaleString('en')} JSON messages of ${bytes} bytes in ${PARTITIONS} partitions`,
    columns: ['', 'messages/s', 'CPU-ms per M messages', 'RSS MB'],
    rows: contests.map((c) => [c.label, c.rowsPerSecond, c.cpuMsPerMillionRows, c.rssMaxMb]),
    notes: [
      'All gave the same result hash. CPU is that of the process that reads (of Millrace: of its workers, from the first read on), without the broker.',
      `Messages per CPU-second of 1 worker: ${times(batch, one)} those of the eachBatch loop, ${times(message, one)} those of eachMessage (with the driver kafkajs ${times(batch, kafkajsOne)} and ${times(message, kafkajsOne)}).`,
      `CPU per message of 2 workers: ${(two / one).toFixed(2)} × that of 1 (with the driver kafkajs ${(kafkajsTwo / kafkajsOne).toFixed(2)} ×).`,
    ],
  }
}
