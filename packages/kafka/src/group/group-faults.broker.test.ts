import { startKafka, type KafkaCluster } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { GroupProcess } from './group-process.test.kit.js'

const START_MS_MAX = 120_000
const settled = { timeout: 40_000, interval: 50 }

describeKafka('members of a group whose brokers fail', () => {
  let kafka: KafkaCluster
  const processes: GroupProcess[] = []
  beforeAll(async () => { kafka = await startKafka({ proxied: true }) }, START_MS_MAX)
  afterAll(() => kafka?.stop(), START_MS_MAX)
  afterEach(async () => { await Promise.all(processes.splice(0).map((process) => process.close())) })

  async function two(): Promise<{ topic: string; all: () => string[] }> {
    const topic = await kafka.createTopic(kafka.uniqueName('faults'), { partitions: 4 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group'), 'properties.request.timeout.ms': '2s' }
    processes.push(new GroupProcess(kafka, options), new GroupProcess(kafka, options))
    await expect.poll(() => processes.map(({ splits }) => splits.length), settled).toEqual([2, 2])
    return { topic, all: () => processes.flatMap(({ ids }) => ids).sort() }
  }

  async function commitAll(offset: number): Promise<void> {
    for (const { subscription, splits } of processes) await subscription.commit(new Map(splits.map(({ id }) => [id, offset])))
  }

  it('stay members when all connections break for less than a session', async () => {
    await two()
    const rounds = processes.map((process) => process.rounds)
    kafka.cut(1_500)
    await commitAll(1)
    await new Promise((resolve) => { setTimeout(resolve, 500) })
    expect(processes.map((process) => process.rounds)).toEqual(rounds)
    expect(processes.map(({ failure, notes }) => [failure, notes])).toEqual([[null, []], [null, []]])
  })

  it('find each other again when nothing came through for longer than a session', async () => {
    const { all } = await two()
    await commitAll(1)
    kafka.silence(9_000)
    await expect.poll(() => processes.flatMap(({ notes }) => notes).join(), settled).toContain('session.timeout.ms')
    // Of the generation after: those before had the positions with which the group began.
    await expect.poll(() => processes.flatMap(({ splits }) => splits.map(({ position }) => position)), settled).toEqual([1, 1, 1, 1])
    expect([processes.map(({ splits }) => splits.length), all()]).toEqual([[2, 2], ['0', '1', '2', '3']])
    await commitAll(2)
    expect(processes.map(({ failure }) => failure)).toEqual([null, null])
  })

  it('go on with a coordinator that was killed and is back', async () => {
    await two()
    await kafka.kill(1)
    const restarting = kafka.restart(1)
    await commitAll(3)
    await restarting
    await expect.poll(() => processes.map(({ splits }) => splits.length), settled).toEqual([2, 2])
    await commitAll(4)
    expect(processes.map(({ failure }) => failure)).toEqual([null, null])
  }, START_MS_MAX)
})
