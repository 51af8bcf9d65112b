import type { SubscriptionContext } from '@millrace/core'
import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { DRIVER_NAMES } from '../drivers/connection.js'
import { GroupProcess } from './group-process.test.kit.js'

type Kafka = Awaited<ReturnType<typeof sharedKafka>>

describeKafka('subscriptions', () => {
  let kafka: Kafka
  const processes: GroupProcess[] = []
  beforeAll(async () => { kafka = await sharedKafka() }, 120_000)
  afterEach(async () => { await Promise.all(processes.splice(0).map((process) => process.close())) })

  function start(options: Record<string, string>, context: Partial<SubscriptionContext> = {}): GroupProcess {
    const process = new GroupProcess(kafka, options, context)
    processes.push(process)
    return process
  }

  const settled = { timeout: 20_000, interval: 50 }
  const shares = (): number[] => processes.map(({ splits }) => splits.length).sort()
  const all = (): string[] => processes.flatMap(({ ids }) => ids).sort()

  it.each(DRIVER_NAMES)('share the partitions of a topic among processes that come and go, with %s', async (driver) => {
    const topic = await kafka.createTopic(kafka.uniqueName('shared'), { partitions: 6 })
    const options = { topic, driver, 'properties.group.id': kafka.uniqueName('group') }
    const first = start(options)
    await expect.poll(() => first.splits.length, settled).toBe(6)
    expect(first.splits[0]).toMatchObject({ id: `${topic}-0`, position: 0, bounded: false, detail: { topic, partition: 0, start: 0, end: null, group: { groupId: options['properties.group.id'], groupInstanceId: null } } })
    const second = start(options)
    await expect.poll(() => shares(), settled).toEqual([3, 3])
    expect(all()).toEqual(['0', '1', '2', '3', '4', '5'])
    const kept = first.ids
    start(options)
    await expect.poll(() => shares(), settled).toEqual([2, 2, 2])
    expect(all()).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(kept).toEqual(expect.arrayContaining(first.ids))
    expect((await kafka.members(options['properties.group.id'])).flatMap(({ partitions }) => partitions).sort()).toEqual(Array.from({ length: 6 }, (_, i) => `${topic}-${i}`))
    processes.splice(1, 1)
    await second.close()
    await expect.poll(() => shares(), settled).toEqual([3, 3])
    expect(processes.map(({ failure }) => failure)).toEqual([null, null])
  })

  it('hand positions over with the partitions', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('positions'), { partitions: 2 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group') }
    await kafka.produce(topic, Array.from({ length: 10 }, (_, i) => ({ partition: i % 2, key: null, value: Buffer.from(`${i}`) })))
    const first = start(options)
    await expect.poll(() => first.ids, settled).toEqual(['0', '1'])
    first.positions.set(`${topic}-0`, 3).set(`${topic}-1`, 4)
    const second = start(options)
    await expect.poll(() => shares(), settled).toEqual([1, 1])
    const positions = new Map(processes.flatMap(({ splits }) => splits.map(({ id, position }) => [id, position] as const)))
    expect(positions).toEqual(new Map([[`${topic}-0`, 3], [`${topic}-1`, 4]]))
    const own = second.splits[0]!.id
    const foreign = first.splits[0]!.id
    await second.subscription.commit(new Map([[own, 5]]))
    await expect(second.subscription.commit(new Map([[foreign, 5]]))).rejects.toMatchObject({ code: 'KAFKA_FENCED', retry: true })
    expect(await kafka.committed(options['properties.group.id'])).toEqual(expect.arrayContaining([expect.objectContaining({ partition: Number(own.slice(-1)), offset: 5 })]))
  })

  it('begin where the table says, once for the group, and at the start of what is added later', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('latest'), { partitions: 1 })
    await kafka.produce(topic, [{ partition: 0, key: null, value: Buffer.from('old') }])
    const options = { topic, 'properties.group.id': kafka.uniqueName('group'), 'properties.auto.offset.reset': 'latest', 'scan.partition-discovery.interval': '200ms' }
    const first = start(options)
    await expect.poll(() => first.splits, settled).toMatchObject([{ position: 1 }])
    expect(await kafka.committed(options['properties.group.id'])).toMatchObject([{ partition: 0, offset: 1 }])
    await kafka.addPartitions(topic, 3)
    await kafka.produce(topic, [{ partition: 2, key: null, value: Buffer.from('new') }])
    await expect.poll(() => first.splits, settled).toMatchObject([{ position: 1 }, { position: 0 }, { position: 0 }])
    const second = start(options)
    await expect.poll(() => shares(), settled).toEqual([1, 2])
    expect([...first.splits, ...second.splits].map(({ id, position }) => [id, position]).sort()).toEqual([[`${topic}-0`, 1], [`${topic}-1`, 0], [`${topic}-2`, 0]])
  })

  it('give everything to one process, and to the next when that is gone', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('whole'), { partitions: 3 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group') }
    const whole = { share: 'whole', positions: 'job' } as const
    const first = start(options, whole)
    await expect.poll(() => first.splits.length, settled).toBe(3)
    expect(first.splits[0]).not.toHaveProperty('position')
    const second = start(options, whole)
    await expect.poll(() => second.rounds, settled).toBe(1)
    const third = start(options, whole)
    await expect.poll(() => third.rounds, settled).toBe(1)
    // Nobody who comes besides disturbs the one that reads.
    expect([first.rounds, second.splits, third.splits]).toEqual([1, [], []])
    await first.subscription.commit(new Map([[`${topic}-0`, 7]]))
    processes.shift()
    await first.close()
    await expect.poll(() => second.splits.length, settled).toBe(3)
    expect([third.splits, third.rounds]).toEqual([[], 1])
    await expect(first.subscription.commit(new Map([[`${topic}-0`, 8]]))).rejects.toMatchObject({ code: expect.stringMatching(/^KAFKA_/) })
    expect(await kafka.committed(options['properties.group.id'])).toMatchObject([{ partition: 0, offset: 7 }])
  })

  it('refuse members that do not fit', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('unfit'), { partitions: 2 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group') }
    const shared = start(options)
    await expect.poll(() => shared.splits.length, settled).toBe(2)
    const whole = start(options, { share: 'whole' })
    await expect.poll(() => whole.failure, settled).toMatchObject({ code: 'KAFKA_GROUP', retry: false, message: expect.stringContaining('group.id of its own') })
    const alone = start({ ...options, 'scan.partitions': '1' })
    await expect.poll(() => alone.ids, settled).toEqual(['1'])
    await expect(alone.subscription.commit(new Map([[`${topic}-1`, 1]]))).rejects.toMatchObject({ code: 'KAFKA_GROUP' })
    expect([shared.splits.length, shared.failure]).toEqual([2, null])
  })

  it('say that the job was too slow to hand over, and go on when it is back', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('slow'), { partitions: 2 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group'), 'properties.rebalance.timeout.ms': '1s' }
    const slow = start(options)
    await expect.poll(() => slow.splits.length, settled).toBe(2)
    slow.isBusy = true
    const next = start(options)
    await expect.poll(() => next.splits.length, settled).toBe(2)
    await expect.poll(() => slow.notes.join('\n'), settled).toMatch(/rebalance\.timeout\.ms/)
    await expect(slow.subscription.commit(new Map([[`${topic}-0`, 1]]))).rejects.toMatchObject({ code: 'KAFKA_FENCED' })
    slow.release()
    await expect.poll(() => shares(), settled).toEqual([1, 1])
  })

  it('survive a main thread that is busy for a while', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('busy'), { partitions: 1 })
    const process = start({ topic, 'properties.group.id': kafka.uniqueName('group') })
    await expect.poll(() => process.splits.length, settled).toBe(1)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000)
    await new Promise((resolve) => { setTimeout(resolve, 500) })
    expect([process.rounds, process.failure, process.notes]).toEqual([1, null, []])
    await process.subscription.commit(new Map([[`${topic}-0`, 0]]))
  })

  it('keep the share of a member with an instance id while it starts anew', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('static'), { partitions: 4 })
    const options = { topic, 'properties.group.id': kafka.uniqueName('group') }
    const [a, b] = [start({ ...options, 'properties.group.instance.id': 'a' }), start({ ...options, 'properties.group.instance.id': 'b' })]
    await expect.poll(() => shares(), settled).toEqual([2, 2])
    const [had, rounds] = [a.ids, b.rounds]
    processes.shift()
    await a.close()
    const again = start({ ...options, 'properties.group.instance.id': 'a' })
    await expect.poll(() => again.ids, settled).toEqual(had)
    expect(b.rounds).toBe(rounds)
    const rival = start({ ...options, 'properties.group.instance.id': 'b' })
    await expect.poll(() => b.failure ?? rival.failure, settled).toMatchObject({ code: 'KAFKA_FENCED', retry: false, message: expect.stringContaining('needs its own') })
  })

  it('read everything without a group, and what is added', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('alone'), { partitions: 1 })
    const alone = start({ topic, 'scan.partition-discovery.interval': '200ms' }, { positions: 'job' })
    await expect.poll(() => alone.ids, settled).toEqual(['0'])
    await kafka.addPartitions(topic, 2)
    await expect.poll(() => alone.ids, settled).toEqual(['0', '1'])
    expect(alone.splits[0]!.detail).not.toHaveProperty('group')
    await alone.subscription.commit(new Map([[`${topic}-0`, 1]]))
  })
})
