import { BOOLEAN, DELETE, DOUBLE, INSERT, INT, STRING, UPDATE_AFTER, type TableDefinition, type Value } from '@millrace/core'
import { type ConsumedRecord, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { type Change, tableOf } from '@millrace/testing'
import { describeWriter, type WriterFixture } from '@millrace/testing/contract'
import { connector } from './index.js'

const columns = { id: INT, name: STRING, price: DOUBLE, ok: BOOLEAN }
type Columns = readonly [id: number, name: string, price: number, ok: boolean]

const rowOf = (i: number): Columns => [i, `n "${i}", \u0001é😀`, i / 3, i % 2 === 0]
const inserts: readonly Change[] = Array.from({ length: 12 }, (_, i) => ({ kind: INSERT, values: [...rowOf(i)] }))

/** The last row of each key. */
const upserts: readonly Change[] = [
  ...inserts,
  { kind: UPDATE_AFTER, values: [3, 'three', 3, true] },
  { kind: DELETE, values: [...rowOf(4)] },
  { kind: UPDATE_AFTER, values: [5, 'five', 5, false] },
  { kind: DELETE, values: [5, 'five', 5, false] },
  { kind: INSERT, values: [4, 'four', 4, true] },
]

async function fixture(options: Record<string, string>, changes: readonly Change[], rest: Partial<TableDefinition> = {}): Promise<WriterFixture> {
  const kafka = await sharedKafka()
  const topic = await kafka.createTopic(kafka.uniqueName('out'), { partitions: 3 })
  const table = tableOf('out', 'kafka', columns, {
    topic, 'properties.bootstrap.servers': kafka.bootstrapServers, format: 'json', 'sink.transactional-id-prefix': topic, ...options,
  }, rest)
  return { table, changes, visible: async () => rowsOf(await kafka.consume(topic), table) }
}

function rowsOf(records: readonly ConsumedRecord[], { primaryKey }: TableDefinition): Value[][] {
  const rows = records.map(({ value }) => (value === null ? null : Object.values(JSON.parse(Buffer.from(value).toString()) as object) as Value[]))
  if (primaryKey.length === 0) return rows as Value[][]
  const last = new Map<string, Value[]>()
  records.forEach(({ key }, i) => {
    const text = Buffer.from(key!).toString()
    if (rows[i] === null) last.delete(text)
    else last.set(text, rows[i]!)
  })
  return [...last.values()]
}

describeKafka('transactions', () => {
  describeWriter(connector, [
    { title: 'exactly once', make: () => fixture({ 'sink.delivery-guarantee': 'exactly-once', 'properties.compression.type': 'zstd' }, inserts) },
    {
      title: 'exactly once, by key',
      make: () => fixture({ 'sink.delivery-guarantee': 'exactly-once', 'key.format': 'json' }, upserts, { primaryKey: ['id'] }),
    },
  ])
})

describeKafka('no transactions', () => {
  const { commit: _, recover: __, abort: ___, ...writer } = connector.writer!
  describeWriter({ ...connector, writer }, [
    { title: 'at least once, by key', make: () => fixture({ 'key.format': 'raw' }, upserts, { primaryKey: ['id'] }) },
    { title: 'no guarantee', make: () => fixture({ 'sink.delivery-guarantee': 'none', 'properties.acks': '1', 'properties.compression.type': 'lz4' }, inserts) },
  ])
})
