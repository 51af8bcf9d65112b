import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { randomBytes, randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { partitionOfKey } from './murmur2.js'

describeKafka('partitions of keys', () => {
  it.each([1, 3, 8, 100])('are those of the Java client for 10,000 random keys and %d partitions', async (count) => {
    const kafka = await sharedKafka()
    const keys = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? randomBytes(randomInt(0, 64)) : Buffer.from(`user-${randomInt(1e9)}`)))
    const theirs = await kafka.partitionsOf(keys, count)
    const wrong = keys.flatMap((key, i) => (partitionOfKey(key, 0, key.length, count) === theirs[i] ? [] : [`${key.toString('hex')}: ${theirs[i]}`]))
    expect(wrong).toEqual([])
  })
})
