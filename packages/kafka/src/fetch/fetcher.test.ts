import { describe, expect, it } from 'vitest'
import type { BrokerAddress, Connection } from '../drivers/connection.js'
import { kafkaFailure } from '../kafka-failure.js'
import { CHUNKS_WAITING_MAX, IMPATIENT_WAIT_MS, PREFETCH_BYTES_MAX } from '../limits.js'
import { ByteReader } from '../protocol/byte-reader.js'
import { ByteWriter } from '../protocol/byte-writer.js'
import type { FetchedPartition, FetchResponse } from '../protocol/fetch.js'
import type { KafkaRequest } from '../protocol/request.js'
import { batchBytes } from '../records/record-batch.test.kit.js'
import { type FetchCluster, Fetcher, type FetchSettings } from './fetcher.js'

interface Asked {
  readonly port: number
  readonly waitMs: number
  readonly bytesMax: number
  readonly partitions: readonly { readonly partition: number; readonly offset: number }[]
}

type Answer = Partial<FetchedPartition> | null

/** Brokers of which a test says what each partition answers; null: nothing, for ever. */
class FakeCluster implements FetchCluster {
  readonly settings: FetchCluster['settings'] = { retryTimeoutMs: 60_000, connection: { requestTimeoutMs: 1_000 } }
  readonly asked: Asked[] = []
  readonly learned: unknown[] = []
  leaders: (partition: number) => number = () => 1
  earliest = 0
  fails: (port: number) => unknown = () => null

  constructor(readonly answer: (partition: number, offset: number) => Answer) {}

  async leaderOf(_topic: string, partition: number): Promise<BrokerAddress> {
    return { host: 'b', port: this.leaders(partition) }
  }

  async at({ port }: BrokerAddress): Promise<Connection> {
    const failure = this.fails(port)
    if (failure !== null) throw failure
    return { isOpen: true, close: async () => undefined, send: <R>(request: KafkaRequest<R>) => this.#send(port, request) as Promise<R> }
  }

  async #send(port: number, request: KafkaRequest<unknown>): Promise<FetchResponse> {
    const into = new ByteWriter()
    request.encode(into)
    const from = new ByteReader(into.finish())
    from.skip(4)
    const [waitMs, , bytesMax] = [from.int32(), from.int32(), from.int32()]
    from.skip(9)
    const partitions = from.array(() => {
      from.string()
      from.skip(4)
      const partition = from.int32()
      from.skip(4)
      const offset = from.int64()
      from.skip(12)
      return { partition, offset }
    })
    this.asked.push({ port, waitMs, bytesMax, partitions })
    await new Promise((resolve) => setImmediate(resolve))
    const answers = partitions.map(({ partition, offset }) => ({ partition, answer: this.answer(partition, offset) })).filter(({ answer }) => answer !== null)
    if (answers.length === 0) return new Promise(() => undefined)
    return { errorCode: 0, partitions: answers.map(({ partition, answer }) => ({
      topic: 't', partition, errorCode: 0, highWatermark: 1_000, lastStableOffset: 1_000, logStartOffset: 0, aborted: [], records: new Uint8Array(0), ...answer,
    })) }
  }

  async offsets(_topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    return new Map(partitions.map((partition) => [partition, this.earliest]))
  }

  learn(error: unknown): void {
    this.learned.push(error)
  }

  retrying<T>(_what: string, attempt: () => Promise<T>): Promise<T> {
    return attempt()
  }
}

const SETTINGS: FetchSettings = { isolation: 'read_committed', bytesMin: 1, bytesMax: 50_000_000, partitionBytesMax: 1_000_000, waitMs: 500, reset: null }
const batchAt = (offset: number, size = 10): Uint8Array => batchBytes({ baseOffset: offset, records: [{ offset, timestampMs: 1, key: null, value: new Uint8Array(size) }] })
/** So many turns of the event loop as answers take and then some, however slow the machine is. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve))
}


describe('a fetcher', () => {
  it('fetches ahead, a few answers and no more, and goes on when one is taken', async () => {
    const cluster = new FakeCluster((_, offset) => ({ records: batchAt(offset) }))
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queue = fetcher.add('t', 0, 5, Infinity)
    await settled()
    expect(queue.chunks.map(({ records }) => records.from)).toEqual([5, 6])
    expect(cluster.asked).toHaveLength(CHUNKS_WAITING_MAX)
    expect(queue.take()!.from).toBe(5)
    await settled()
    expect(cluster.asked.map(({ partitions }) => partitions[0]!.offset)).toEqual([5, 6, 7])
    const held = fetcher.bytesHeld
    queue.close()
    expect(held).toBeGreaterThan(0)
    expect(fetcher.bytesHeld).toBe(0)
    fetcher.close()
  })

  it('asks each broker once at a time, for all of its partitions', async () => {
    const cluster = new FakeCluster(() => null)
    cluster.leaders = (partition) => 1 + (partition % 2)
    const fetcher = new Fetcher(cluster, SETTINGS)
    for (const partition of [0, 1, 2, 3]) fetcher.add('t', partition, 0, Infinity)
    await settled()
    expect(cluster.asked.map(({ port }) => port)).toEqual([1, 2])
    fetcher.close()
  })

  it('does not ask for what is not wanted', async () => {
    const cluster = new FakeCluster((_, offset) => ({ records: batchAt(offset) }))
    const fetcher = new Fetcher(cluster, SETTINGS)
    expect(fetcher.add('t', 0, 7, 7).take()).toBeNull()
    const queue = fetcher.add('t', 1, 7, 8)
    await settled()
    expect(cluster.asked).toHaveLength(1)
    expect(queue.take()).toMatchObject({ from: 7, until: 8 })
    expect(queue.isDone).toBe(true)
    fetcher.close()
  })

  it('holds so many bytes and asks then only for partitions that have none', async () => {
    const large = PREFETCH_BYTES_MAX
    const cluster = new FakeCluster((partition, offset) => (partition === 0 || offset === 0 ? { records: batchAt(offset, partition === 0 ? large : 10) } : null))
    const fetcher = new Fetcher(cluster, SETTINGS)
    const first = fetcher.add('t', 0, 0, Infinity)
    await settled()
    expect(first.chunks).toHaveLength(1)
    const other = fetcher.add('t', 1, 0, Infinity)
    await settled()
    expect(other.chunks).toHaveLength(1)
    expect(cluster.asked.map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([[0], [1]])
    expect(cluster.asked[1]!.bytesMax).toBe(SETTINGS.partitionBytesMax)
    first.take()
    first.take()
    await settled()
    expect(cluster.asked[2]!.partitions.map(({ partition }) => partition)).toContain(0)
    fetcher.close()
  })

  it('does not wait long at a broker for silent partitions while others are full', async () => {
    const cluster = new FakeCluster((partition, offset) => (partition === 0 ? { records: batchAt(offset) } : { highWatermark: 0, lastStableOffset: 0 }))
    const fetcher = new Fetcher(cluster, SETTINGS)
    fetcher.add('t', 0, 0, Infinity)
    fetcher.add('t', 1, 0, Infinity)
    await settled()
    const before = cluster.asked.length
    expect(cluster.asked.at(-1)!.partitions.map(({ partition }) => partition)).toContain(0)
    await settled()
    expect(cluster.asked, 'the silent one is asked for with others, or after a while').toHaveLength(before)
    await new Promise((resolve) => setTimeout(resolve, IMPATIENT_WAIT_MS + 20))
    expect(cluster.asked.at(-1)).toMatchObject({ waitMs: 0, partitions: [{ partition: 1 }] })
    fetcher.close()
  })

  it('serves those first that got nothing last time', async () => {
    const cluster = new FakeCluster((partition, offset) => (partition < 2 && offset < 1 ? { records: batchAt(offset) } : {}))
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queues = [0, 1, 2].map((partition) => fetcher.add('t', partition, 0, Infinity))
    await expect.poll(() => cluster.asked.length).toBeGreaterThan(3)
    expect(cluster.asked.at(-1)!.partitions.map(({ partition }) => partition).indexOf(2)).toBe(0)
    expect(queues.map(({ chunks }) => chunks.length)).toEqual([1, 1, 0])
    fetcher.close()
  })

  it('follows the leader', async () => {
    const cluster = new FakeCluster((_, offset) => (cluster.asked.at(-1)!.port === 1 ? { errorCode: 6 } : offset === 0 ? { records: batchAt(0) } : null))
    cluster.leaders = () => (cluster.learned.length === 0 ? 1 : 2)
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queue = fetcher.add('t', 0, 0, Infinity)
    await expect.poll(() => queue.chunks.length).toBe(1)
    expect(cluster.learned).toMatchObject([{ details: { topic: 't', partition: 0, kafka: 'NOT_LEADER_OR_FOLLOWER' } }])
    expect(cluster.asked.map(({ port }) => port)).toEqual([1, 2, 2])
    fetcher.close()
  })

  it('tries again when a connection is lost, and gives up after the time that is set', async () => {
    const lost = kafkaFailure('KAFKA_UNAVAILABLE', 'gone')
    let failures = 2
    const cluster = new FakeCluster((_, offset) => (offset === 0 ? { records: batchAt(0) } : null))
    cluster.fails = () => (failures-- > 0 ? lost : null)
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queue = fetcher.add('t', 0, 0, Infinity)
    await expect.poll(() => queue.chunks.length, { timeout: 3_000 }).toBe(1)
    fetcher.close()

    const dead = Object.assign(new FakeCluster(() => null), { settings: { retryTimeoutMs: 50, connection: { requestTimeoutMs: 1 } }, fails: () => lost })
    const given = new Fetcher(dead, SETTINGS).add('t', 0, 0, Infinity)
    await expect.poll(() => given.failure, { timeout: 3_000 }).toBe(lost)
    expect(() => given.take()).toThrow(lost)
  })

  it('says at once what will not pass, once what came before is read', async () => {
    const cluster = new FakeCluster((_, offset) => (offset === 0 ? { records: batchAt(0) } : { errorCode: 29 }))
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queue = fetcher.add('t', 0, 0, Infinity)
    await expect.poll(() => queue.failure).not.toBeNull()
    expect(queue.take()!.from).toBe(0)
    expect(() => queue.take()).toThrow(expect.objectContaining({ code: 'KAFKA_AUTHORIZATION' }))
    fetcher.close()
  })

  it('refuses to leave out records that are gone, unless the table says so', async () => {
    const answer = (_: number, offset: number): Answer => (offset < 40 ? { errorCode: 1 } : offset === 40 ? { records: batchAt(40) } : null)
    const strict = Object.assign(new FakeCluster(answer), { earliest: 40 })
    const failed = new Fetcher(strict, SETTINGS).add('t', 0, 7, Infinity)
    await expect.poll(() => failed.failure).not.toBeNull()
    expect(() => failed.take()).toThrow(expect.objectContaining({ code: 'KAFKA_OFFSET_GONE', message: expect.stringMatching(/no offset 7 any more: it begins at 40.*auto\.offset\.reset/) }))

    const lenient = Object.assign(new FakeCluster(answer), { earliest: 40 })
    const queue = new Fetcher(lenient, { ...SETTINGS, reset: 'earliest' }).add('t', 0, 7, Infinity)
    await expect.poll(() => queue.chunks.length, { timeout: 3_000 }).toBe(1)
    expect(queue.take()!.from).toBe(40)
  })

  it('forgets partitions that are closed while they are asked for', async () => {
    const cluster = new FakeCluster((_, offset) => ({ records: batchAt(offset) }))
    const fetcher = new Fetcher(cluster, SETTINGS)
    const queue = fetcher.add('t', 0, 0, Infinity)
    // Before the answer comes, a turn of the event loop later.
    for (let turn = 0; turn < 100 && cluster.asked.length === 0; turn++) await Promise.resolve()
    expect(cluster.asked).toHaveLength(1)
    queue.close()
    await settled()
    expect(queue.chunks).toHaveLength(0)
    expect(fetcher.bytesHeld).toBe(0)
    expect(cluster.asked).toHaveLength(1)
    fetcher.close()
  })
})
