import { batchFromRows, INT, type ReadPosition, type SinkSpec, type TableDefinition, type Writer } from '@millrace/core'
import { type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { tableOf } from '@millrace/testing'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { connector } from './index.js'
import type { TransactionHandle } from './produce/transaction-handle.js'

const columns = [{ name: 'id', type: INT, nullable: true }]
const factory = connector.writer!

describeKafka('transactions of a writer', () => {
  let kafka: KafkaDesk
  const open: Writer[] = []
  beforeAll(async () => { kafka = await sharedKafka() })
  afterEach(async () => { for (const writer of open.splice(0)) await writer.close() })

  async function newTable(options: Record<string, string> = {}): Promise<TableDefinition> {
    const topic = await kafka.createTopic(kafka.uniqueName('out'), { partitions: 2 })
    return tableOf('out', 'kafka', columns, {
      topic, 'properties.bootstrap.servers': kafka.bootstrapServers, format: 'json', 'sink.delivery-guarantee': 'exactly-once',
      'sink.transactional-id-prefix': topic, ...options,
    })
  }

  const sinkOf = (table: TableDefinition, rest: Partial<SinkSpec> = {}): SinkSpec => ({
    table, mode: 'append', workerIndex: 0, workerCount: 1, jobId: 'job', attempt: '1', index: 0, before: [], ...rest,
  })

  async function opened(sink: SinkSpec, shared = new Map<string, unknown>()): Promise<Writer> {
    const writer = await factory.open(sink, {
      shared: <T>(key: string, create: () => T) => {
        if (!shared.has(key)) shared.set(key, create())
        return shared.get(key) as T
      },
      meter: { bytesOut: 0 }, nowMicros: () => Date.now() * 1_000, signal: new AbortController().signal,
    })
    open.push(writer)
    return writer
  }

  async function write(writer: Writer, ...ids: readonly number[]): Promise<void> {
    writer.write(batchFromRows(ids.map((id) => [id]), columns))
    await writer.ready(true)
  }

  const visible = async ({ options }: TableDefinition): Promise<number[]> => (await kafka.consume(options['topic']!))
    .map(({ value }) => (JSON.parse(Buffer.from(value!).toString()) as { id: number }).id).sort((a, b) => a - b)

  it('are committed by another process after the one that has prepared them was killed, and what it wrote after that is gone', async () => {
    const table = await newTable()
    const child = spawn(process.execPath, [fileURLToPath(new URL('../dist/writer-process.test.kit.js', import.meta.url)), JSON.stringify(sinkOf(table))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout, 'data') as [Buffer]
    child.kill('SIGKILL')
    await once(child, 'exit')
    const handle = JSON.parse(line.toString()) as TransactionHandle
    const states = async (): Promise<string[]> => (await kafka.transactions())
      .filter(({ transactionalId }) => transactionalId.startsWith(table.options['topic']!)).map(({ state }) => state).sort()
    expect([await visible(table), await states()]).toEqual([[], ['Empty', 'Ongoing', 'Ongoing']])
    await factory.commit!(table, [handle], 1)
    await factory.recover!(table, 'job', 1)
    expect(await states()).toEqual(['CompleteCommit', 'Empty', 'Empty'])
    await factory.commit!(table, [handle], 1)
    expect(await visible(table)).toEqual(Array.from({ length: 10 }, (_, i) => i))
    const writer = await opened(sinkOf(table, { before: [handle] }))
    await write(writer, 10, 11)
    await factory.commit!(table, [await writer.prepare(2)], 2)
    expect(await visible(table)).toEqual(Array.from({ length: 12 }, (_, i) => i))
  })

  it('follow one another through the same few ids; one that is long over cannot be committed again', async () => {
    const table = await newTable()
    const writer = await opened(sinkOf(table))
    const handles: TransactionHandle[] = []
    for (let epoch = 1; epoch <= 7; epoch++) {
      await write(writer, epoch)
      const handle = await writer.prepare(epoch) as TransactionHandle
      handles.push(handle)
      await factory.commit!(table, [handle], epoch)
    }
    expect(new Set(handles.map(({ transactionalId }) => transactionalId)).size).toBe(3)
    await factory.commit!(table, [handles[6]], 7)
    await expect(factory.commit!(table, [handles[3]], 4)).rejects.toMatchObject({ code: 'KAFKA_TRANSACTION_LOST' })
    expect(await visible(table)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('are lost when their time is up, and the job can go on without them if it is told to', async () => {
    const table = await newTable({ 'properties.transaction.timeout.ms': '1s' })
    const writer = await opened(sinkOf(table))
    await write(writer, 1)
    const handle = await writer.prepare(1)
    await pause(3_000)
    await expect(factory.commit!(table, [handle], 1)).rejects.toMatchObject({ code: 'KAFKA_TRANSACTION_LOST' })
    await factory.commit!({ ...table, options: { ...table.options, 'sink.lost-transactions': 'ignore' } }, [handle], 1)
    expect(await visible(table)).toEqual([])
  })

  it('that time out while they are written end the attempt', async () => {
    const table = await newTable({ 'properties.transaction.timeout.ms': '1s' })
    const writer = await opened(sinkOf(table))
    await write(writer, 1)
    await pause(3_000)
    writer.write(batchFromRows([[2]], columns))
    await expect(writer.prepare(1)).rejects.toMatchObject({ code: 'KAFKA_FENCED', retry: true })
  })

  it('are one for all topics that a worker writes', async () => {
    const [first, second] = [await newTable({ 'sink.transactional-id-prefix': 'together' }), await newTable({ 'sink.transactional-id-prefix': 'together' })]
    const shared = new Map<string, unknown>()
    const jobId = kafka.uniqueName('job')
    const writers = [await opened(sinkOf(first, { jobId }), shared), await opened(sinkOf(second, { jobId, index: 1 }), shared)]
    await write(writers[0]!, 1)
    await write(writers[1]!, 2)
    const handles = await Promise.all(writers.map((writer) => writer.prepare(1)))
    expect(handles[0]).toEqual(handles[1])
    const other = { ...second, options: { ...second.options, 'properties.compression.type': 'lz4' } }
    await expect(opened(sinkOf(other, { jobId, index: 2 }), shared)).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('one transaction') })
    await factory.commit!(first, [handles[0]], 1)
    await factory.commit!(second, [handles[1]], 1)
    expect([await visible(first), await visible(second)]).toEqual([[1], [2]])
  })

  it('hold the positions that their rows were read up to', async () => {
    const table = await newTable()
    const input = await kafka.createTopic(kafka.uniqueName('in'), { partitions: 2 })
    const groupId = kafka.uniqueName('group')
    const position = (partition: number, offset: number, generationId = -1, memberId = ''): ReadPosition => ({
      table, position: offset,
      split: { id: `${input}-${partition}`, weight: 0, bounded: false, detail: { topic: input, partition, group: { groupId, memberId, generationId } } },
    })
    const committed = async (): Promise<number[]> => (await kafka.committed(groupId)).filter(({ topic }) => topic === input)
      .sort((a, b) => a.partition - b.partition).map(({ offset }) => offset)
    const writer = await opened(sinkOf(table, { holdsPositions: true }))
    await write(writer, 1)
    const first = await writer.prepare(1, [position(0, 7), position(1, 9)])
    expect(await committed()).toEqual([])
    await factory.commit!(table, [first], 1)
    expect(await committed()).toEqual([7, 9])
    // Positions go on where no row is written, too.
    const second = await writer.prepare(2, [position(0, 8)])
    await factory.commit!(table, [second], 2)
    expect(await committed()).toEqual([8, 9])
    await write(writer, 2)
    const third = await writer.prepare(3, [position(0, 10)])
    await factory.recover!(table, 'job', 2)
    await expect(factory.commit!(table, [third], 3)).rejects.toMatchObject({ code: 'KAFKA_FENCED', retry: true })
    expect([await committed(), await visible(table)]).toEqual([[8, 9], [1]])
    await writer.close()
    const stranger = await opened(sinkOf(table, { holdsPositions: true }))
    await write(stranger, 3)
    await expect(stranger.prepare(4, [position(0, 12, 5, 'somebody')])).rejects.toMatchObject({ code: 'KAFKA_FENCED' })
  })
})
