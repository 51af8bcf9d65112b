import { MillraceError } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, FakeCluster, type FakeClusterOptions, type Fate } from './fake-cluster.test.kit.js'
import type { PartitionQueue } from './partition-queue.js'
import { Producer, type ProducerSettings } from './producer.js'
import { IdempotentSession, NO_SESSION, type Session } from './session.js'

const RUNS = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 2_000)

interface Made {
  readonly fake: FakeCluster
  readonly producer: Producer
  readonly queues: readonly PartitionQueue[]
  readonly append: (partition: number, value: string) => void
}

async function made(options: Partial<FakeClusterOptions> = {}, settings: Partial<ProducerSettings> = {}, idempotent = true): Promise<Made> {
  const fake = new FakeCluster({ partitions: 3, brokers: 2, fate: () => 'takes', delayMs: () => 0, ...options })
  const newSession = (): Session => (idempotent ? new IdempotentSession(fake.cluster) : NO_SESSION)
  let session = newSession()
  const producer = new Producer(fake.cluster, {
    acks: -1, compress: null, batchBytes: 200, lingerMs: 1, batchBytesMax: 400, bufferBytes: 1_000, requestTimeoutMs: 1_000, deliveryTimeoutMs: 5_000,
    backOffMs: 1, ...settings,
  }, { ofSegment: () => session, inPlaceOf: (old) => (old === session ? (session = newSession()) : session) })
  const queues = await producer.partitions('t')
  const append = (partition: number, value: string): void => {
    const bytes = Buffer.from(value)
    producer.append(queues[partition]!, 1_000, null, 0, 0, bytes, 0, bytes.length, null)
  }
  return { fake, producer, queues, append }
}

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('takes') },
  fc.constantFrom<Fate>('is lost before', 'is lost after', codeOf('NOT_LEADER_OR_FOLLOWER'), codeOf('NOT_ENOUGH_REPLICAS'), codeOf('REQUEST_TIMED_OUT')),
)

describe('a producer', () => {
  it('brings every record to its partition once and in order, whatever becomes of requests', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 0, max: 100 })), { minLength: 1, maxLength: 120 }),
      fc.array(fate, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), fc.nat(40), fc.option(fc.integer({ min: 250, max: 350 })),
      async (records, fates, delays, cutAfter, batchBytesMax) => {
        let answers = 0
        const { fake, producer, append } = await made({
          // In the end everything is taken.
          fate: (request) => fates[request] ?? 'takes', delayMs: () => delays[answers++ % delays.length]!, ...(batchBytesMax === null ? {} : { batchBytesMax }),
        })
        const sent: string[][] = [[], [], []]
        let first: Promise<void> | null = null
        for (const [i, [partition, length]] of records.entries()) {
          const value = `${i}:${'x'.repeat(length)}`
          append(partition, value)
          sent[partition]!.push(value)
          if (i === cutAfter) {
            const soFar = sent.map((values) => [...values])
            first = producer.cut().taken.then(() => soFar.forEach((values, p) => expect(fake.logs[p]!.slice(0, values.length)).toEqual(values)))
          }
          await producer.ready()
        }
        await producer.cut().taken
        await first
        expect(fake.logs).toEqual(sent)
        await producer.close()
      },
    ), { numRuns: RUNS })
  })

  it('lets one wait while too much is in memory', async () => {
    const { producer, append } = await made({ delayMs: () => 5 })
    for (let i = 0; i < 30; i++) append(i % 3, 'x'.repeat(50))
    let isReady = false
    const waiting = Promise.resolve(producer.ready()).then(() => { isReady = true })
    await Promise.resolve()
    expect(isReady).toBe(false)
    await waiting
    expect(producer.ready()).toBeUndefined()
    await producer.cut().taken
    await producer.close()
  })

  it('waits for company before it sends, but not for long', async () => {
    const { fake, producer, append } = await made({}, { lingerMs: 30, batchBytes: 10_000, batchBytesMax: 10_000, bufferBytes: 100_000 })
    for (let i = 0; i < 20; i++) {
      append(0, `${i}`)
      await producer.ready()
    }
    await expect.poll(() => fake.logs[0]!.length).toBe(20)
    expect(fake.requests).toBe(1)
    await producer.close()
  })

  it('begins to count anew where brokers have lost count', async () => {
    const { fake, producer, append } = await made()
    append(0, 'a')
    append(1, 'a')
    await producer.cut().taken
    fake.forgetProducers()
    append(0, 'b')
    append(1, 'b')
    await producer.cut().taken
    append(0, 'c')
    await producer.cut().taken
    expect(fake.logs).toEqual([['a', 'b', 'c'], ['a', 'b'], []])
    await producer.close()
  })

  it('has a limited number of requests under way to a broker', async () => {
    const { fake, producer, append } = await made({ partitions: 40, brokers: 1, delayMs: () => 2 }, { bufferBytes: 1e6 })
    for (let i = 0; i < 400; i++) {
      append(i % 40, 'x'.repeat(150))
      if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
      void producer.ready()
    }
    await producer.cut().taken
    expect(fake.logs.flat()).toHaveLength(400)
    expect(fake.underWayMax).toBeLessThanOrEqual(6)
    await producer.close()
  })

  it('does not wait for an answer where none comes', async () => {
    const { fake, producer, append } = await made({}, { acks: 0 }, false)
    append(0, 'a')
    await producer.cut().taken
    expect(fake.logs[0]).toEqual(['a'])
    await producer.close()
  })

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION', 5_000],
    ['NOT_ENOUGH_REPLICAS', 'KAFKA_UNAVAILABLE', 20],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'KAFKA_TOPIC_MISSING', 20],
  ])('fails with what does not pass: %s', async (name, code, deliveryTimeoutMs) => {
    const { producer, append } = await made({ fate: () => codeOf(name) }, { deliveryTimeoutMs })
    append(0, 'a')
    await expect(producer.cut().taken).rejects.toMatchObject({ code })
    expect(() => producer.ready()).toThrow(MillraceError)
    append(0, 'b')
    await expect(producer.cut().taken).rejects.toMatchObject({ code })
    await producer.close()
  })

  it('lets nobody wait when it is closed', async () => {
    const { producer, append } = await made({ fate: () => codeOf('NOT_ENOUGH_REPLICAS') }, { bufferBytes: 10 })
    append(0, 'x'.repeat(50))
    const waiting = Promise.resolve(producer.ready()).catch((error: unknown) => error)
    const { taken } = producer.cut()
    await producer.close()
    await expect(taken).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    expect(await waiting).toBeInstanceOf(MillraceError)
  })

  it('refuses a record that no batch holds, and one that the topic does not take', async () => {
    const { producer, append } = await made({ batchBytesMax: 200 })
    expect(() => append(0, 'x'.repeat(400))).toThrow(/properties.max.request.size/)
    append(0, 'x'.repeat(200))
    await expect(producer.cut().taken).rejects.toMatchObject({ code: 'ROW_UNENCODABLE' })
    await producer.close()
  })
})
