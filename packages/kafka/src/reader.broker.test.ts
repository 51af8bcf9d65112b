import { BIGINT, BYTES, DOUBLE, INT, map, STRING, type TableColumn, type TableDefinition, timestampLtz } from '@millrace/core'
import type { ProducedRecord } from '@millrace/test-kafka'
import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { describeReader } from '@millrace/testing/contract'
import { connector } from './index.js'

const column = (name: string, type: TableColumn['type'], metadata: string | null = null, nullable = true): TableColumn => ({ name, type, nullable, metadata })

/** A topic of 3 partitions and a table that reads all of it to its end. */
async function tableOver(columns: readonly TableColumn[], records: readonly ProducedRecord[], options: Record<string, string> = {}, config: Record<string, string> = {}): Promise<TableDefinition> {
  const kafka = await sharedKafka()
  const topic = await kafka.createTopic(kafka.uniqueName('reader'), { partitions: 3, config: { 'retention.ms': '-1' } })
  await kafka.produce(topic, records, { config: { 'batch.size': '400', 'linger.ms': '5', ...config } })
  return {
    name: 't', connector: 'kafka', columns, primaryKey: [], partitionedBy: [], baseDirectory: '/',
    options: { topic, 'properties.bootstrap.servers': kafka.bootstrapServers, 'scan.bounded.mode': 'latest-offset', format: 'json', ...options },
  }
}

const trades = Array.from({ length: 120 }, (_, i): ProducedRecord & { partition: number } => ({
  partition: i % 3 === 2 ? 1 : i % 2, key: i % 10 === 0 ? null : `{"symbol":"S${i % 7}"}`, timestamp: 1_700_000_000_000 + i,
  value: JSON.stringify({ price: i / 4, quantity: i, note: i % 9 === 0 ? 'a "quoted" note' : `note ${i % 4}` }),
  headers: i % 5 === 0 ? [['trace', `t${i}`], ['empty', null]] : [],
}))

/** By partition, in the order in which they were produced, with their offsets. */
const placed = [0, 1, 2].flatMap((partition) => trades.filter((trade) => trade.partition === partition).map((trade, offset) => ({ ...trade, offset })))
const valueOf = ({ value }: ProducedRecord): { price: number; quantity: number; note: string } => JSON.parse(value as string) as { price: number; quantity: number; note: string }

const physical = [column('price', DOUBLE), column('quantity', INT), column('note', STRING)]
const metadata = [
  column('p', INT, 'partition', false), column('o', BIGINT, 'offset', false), column('ts', timestampLtz(3), 'timestamp'), column('kind', STRING, 'timestamp-type', false),
  column('h', map(STRING, BYTES), 'headers', false), column('k', BYTES, 'key'), column('epoch', INT, 'leader-epoch'),
]

describeKafka('Kafka', () => {
  describeReader(connector, [
    {
      title: 'json in three partitions, one of them empty',
      make: async () => ({ table: await tableOver(physical, trades), rows: placed.map((trade) => Object.values(valueOf(trade))) }),
    },
    ...['gzip', 'snappy', 'lz4', 'zstd'].map((type) => ({
      title: `compressed with ${type}, by the other driver`,
      make: async () => ({
        table: await tableOver(physical, trades, { driver: 'kafkajs' }, { 'compression.type': type, 'batch.size': '2000' }),
        rows: placed.map((trade) => Object.values(valueOf(trade))),
      }),
    })),
    {
      title: 'metadata beside the columns',
      make: async () => {
        const table = await tableOver([physical[1]!, ...metadata], trades)
        const options = Object.fromEntries(Object.entries(table.options).filter(([name]) => name !== 'topic'))
        return {
          table,
          rows: placed.map((trade) => [
            valueOf(trade).quantity, trade.partition, BigInt(trade.offset), trade.timestamp! * 1_000, 'CreateTime',
            new Map(trade.headers!.map(([name, value]) => [name, value === null ? null : new Uint8Array(Buffer.from(value as string))])),
            trade.key === null ? null : new Uint8Array(Buffer.from(trade.key as string)), 0,
          ]),
          refused: [
            { table: { ...table, options }, code: 'OPTION_MISSING' },
            { table: { ...table, options: { ...table.options, topic: 'no-such-topic-anywhere' } }, code: 'KAFKA_TOPIC_MISSING' },
            { table: { ...table, options: { ...table.options, format: 'csv', 'csv.header': 'true' } }, code: 'OPTION_INVALID' },
            { table: { ...table, options: { ...table.options, 'scan.partitioned-by-key': 'true' } }, code: 'OPTION_MISSING' },
            { table: { ...table, primaryKey: ['quantity'], options: { ...table.options, 'key.format': 'json' } }, code: 'SQL_UNSUPPORTED' },
          ],
        }
      },
    },
    {
      title: 'columns of the key beside those of the value',
      make: async () => ({
        table: await tableOver([physical[0]!, column('symbol', STRING), column('o', BIGINT, 'offset', false), physical[1]!], trades,
          { 'key.format': 'json', 'key.fields': 'symbol', 'value.fields-include': 'EXCEPT_KEY' }),
        rows: placed.map((trade) => [
          valueOf(trade).price, trade.key === null ? null : (JSON.parse(trade.key as string) as { symbol: string }).symbol, BigInt(trade.offset), valueOf(trade).quantity,
        ]),
      }),
    },
    {
      title: 'a transaction that was aborted between two that were committed',
      make: async () => {
        const table = await tableOver(physical, [])
        const kafka = await sharedKafka()
        const config = { 'transactional.id': kafka.uniqueName('tx'), 'batch.size': '300' }
        for (const [i, transaction] of (['commit', 'abort', 'commit'] as const).entries()) {
          await kafka.produce(table.options['topic']!, trades.slice(i * 30, i * 30 + 30), { transaction, config })
        }
        const committed = [...trades.slice(0, 30), ...trades.slice(60, 90)]
        return { table, rows: [0, 1, 2].flatMap((partition) => committed.filter((trade) => trade.partition === partition).map((trade) => Object.values(valueOf(trade)))) }
      },
    },
  ])
})
