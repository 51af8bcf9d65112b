import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DRIVER_NAMES } from '../drivers/connection.js'
import { Cluster } from './cluster.js'
import { tableOf } from './kafka-table.test.kit.js'
import { partitionBounds, scanBoundsOf } from './positions.js'
import { clusterSettingsOf } from './settings.js'
import { tablePartitions, topicSelectionOf } from './table-partitions.js'

type Kafka = Awaited<ReturnType<typeof sharedKafka>>

describeKafka('where a table begins and ends', () => {
  let kafka: Kafka
  let topic: string
  const clusters: Cluster[] = []
  beforeAll(async () => {
    kafka = await sharedKafka()
    topic = await kafka.createTopic(kafka.uniqueName('positions'), { partitions: 3 })
    for (let i = 0; i < 4; i++) await kafka.produce(topic, [{ partition: 0, key: null, value: Buffer.from(`${i}`), timestamp: 1_000 + i * 1_000 }])
    await kafka.produce(topic, [{ partition: 1, key: null, value: Buffer.from('x'), timestamp: 2_500 }])
  }, 120_000)
  afterAll(async () => { await Promise.all(clusters.map((cluster) => cluster.close())) })

  async function boundsOf(options: Record<string, string>): Promise<(number | null)[][]> {
    const table = tableOf(kafka, { topic, ...options })
    const cluster = new Cluster(clusterSettingsOf(table))
    clusters.push(cluster)
    const bounds = await partitionBounds(cluster, scanBoundsOf(table), await tablePartitions(cluster, topicSelectionOf(table)))
    return bounds.map(({ start, end }) => [start, end])
  }

  it.each(DRIVER_NAMES)('goes by the options, with %s', async (driver) => {
    expect(await boundsOf({ driver })).toEqual([[0, null], [0, null], [0, null]])
    expect(await boundsOf({ driver, 'scan.startup.mode': 'latest-offset' })).toEqual([[4, null], [1, null], [0, null]])
    expect(await boundsOf({ driver, 'scan.bounded.mode': 'latest-offset' })).toEqual([[0, 4], [0, 1], [0, 0]])
    expect(await boundsOf({ driver, 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '2500', 'scan.bounded.mode': 'timestamp', 'scan.bounded.timestamp-millis': '3001' })).toEqual([[2, 3], [0, 1], [0, 0]])
    expect(await boundsOf({ driver, 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:2;partition:1,offset:1' })).toEqual([[2, null], [1, null], [0, null]])
    expect(await boundsOf({ driver, 'scan.partitions': '1-2' })).toEqual([[0, null], [0, null]])
    expect(await boundsOf({ driver, topic: `${topic}; ${topic}` })).toHaveLength(3)
  })

  it('goes by the group, and by the reset policy where it has nothing', async () => {
    const group = kafka.uniqueName('group')
    const options = { 'properties.group.id': group }
    expect(await boundsOf(options)).toEqual([[0, null], [0, null], [0, null]])
    await kafka.commit(group, topic, 0, 3)
    expect(await boundsOf(options)).toEqual([[3, null], [0, null], [0, null]])
    expect(await boundsOf({ ...options, 'properties.auto.offset.reset': 'latest' })).toEqual([[3, null], [1, null], [0, null]])
    await expect(boundsOf({ ...options, 'properties.auto.offset.reset': 'none' })).rejects.toMatchObject({ code: 'KAFKA_OFFSET_GONE', message: expect.stringContaining('partition 1') })
    await expect(boundsOf({ ...options, 'scan.bounded.mode': 'group-offsets' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    expect(await boundsOf({ ...options, 'scan.partitions': '0', 'scan.startup.mode': 'earliest-offset', 'scan.bounded.mode': 'group-offsets' })).toEqual([[0, 3]])
  })

  it('finds topics by pattern', async () => {
    const [one, two] = [await kafka.createTopic(`${topic}-a`, { partitions: 1 }), await kafka.createTopic(`${topic}-b`, { partitions: 2 })]
    const table = tableOf(kafka, { 'topic-pattern': `${topic}-.` })
    const cluster = new Cluster(clusterSettingsOf(table))
    clusters.push(cluster)
    expect(await tablePartitions(cluster, topicSelectionOf(table))).toEqual([{ topic: one, partition: 0 }, { topic: two, partition: 0 }, { topic: two, partition: 1 }])
    await expect(tablePartitions(cluster, topicSelectionOf(tableOf(kafka, { 'topic-pattern': 'nothing-\\d+' })))).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING' })
    await expect(tablePartitions(cluster, topicSelectionOf(tableOf(kafka, { topic, 'scan.partitions': '2,7' })))).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING', message: expect.stringContaining('partition 7') })
    await expect(tablePartitions(cluster, topicSelectionOf(tableOf(kafka, { topic: 'missing' })))).rejects.toMatchObject({ code: 'KAFKA_TOPIC_MISSING', retry: false })
  })

  it.each([
    [{ topic: 'a', 'topic-pattern': 'b' }, 'OPTION_INVALID'], [{}, 'OPTION_MISSING'], [{ topic: ' ; ' }, 'OPTION_INVALID'], [{ 'topic-pattern': '(' }, 'OPTION_INVALID'], [{ topic: 'a', 'scan.partitions': '3-1' }, 'OPTION_INVALID'],
  ])('refuses %j', (options, code) => {
    expect(() => topicSelectionOf(tableOf(kafka, options as Record<string, string>))).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    [{ 'scan.startup.mode': 'group-offsets' }, 'OPTION_MISSING'], [{ 'scan.startup.mode': 'timestamp' }, 'OPTION_MISSING'], [{ 'scan.bounded.mode': 'specific-offsets' }, 'OPTION_MISSING'],
    [{ 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0;offset:1' }, 'OPTION_INVALID'],
    [{ topic: 'a;b', 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': 'partition:0,offset:1' }, 'OPTION_INVALID'],
  ])('refuses the bounds %j', (options, code) => {
    expect(() => scanBoundsOf(tableOf(kafka, { topic: 'a', ...options } as Record<string, string>))).toThrow(expect.objectContaining({ code }))
  })
})
