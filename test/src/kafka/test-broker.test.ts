import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { expect, it } from 'vitest'

describeKafka('the broker that test files share', () => {
  it('keeps keys, headers, timestamps and tombstones of what is written', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('kept'), { partitions: 3 })
    const sent = await kafka.produce(topic, [
      { key: 'ada', value: 'one', partition: 1, timestamp: 1_700_000_000_000, headers: [['source', 'test'], ['none', null]] },
      { key: 'ada', value: null, partition: 1 },
      { value: '', partition: 2 },
    ])
    expect(sent).toEqual([{ partition: 1, offset: 0 }, { partition: 1, offset: 1 }, { partition: 2, offset: 0 }])
    expect(await kafka.offsets(topic)).toEqual([0, 2, 1])
    const [first, second, third] = await kafka.consume(topic)
    expect(first).toMatchObject({ partition: 1, offset: 0, timestamp: 1_700_000_000_000, timestampType: 'CreateTime' })
    expect([first!.key?.toString(), first!.value?.toString()]).toEqual(['ada', 'one'])
    expect(first!.headers.map(([name, value]) => [name, value?.toString() ?? null])).toEqual([['source', 'test'], ['none', null]])
    expect([second!.key?.toString(), second!.value, third!.key, third!.value?.length]).toEqual(['ada', null, null, 0])
  })

  it('shows committed transactions alone to those who ask for it', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('transactions'))
    const config = { 'transactional.id': kafka.uniqueName('writer') }
    await kafka.produce(topic, [{ value: 'kept' }], { config, transaction: 'commit' })
    await kafka.produce(topic, [{ value: 'gone' }], { config, transaction: 'abort' })
    expect((await kafka.consume(topic)).map(({ value }) => value?.toString())).toEqual(['kept'])
    expect((await kafka.consume(topic, { isolation: 'read_uncommitted' })).map(({ value }) => value?.toString())).toEqual(['kept', 'gone'])
  })
})
