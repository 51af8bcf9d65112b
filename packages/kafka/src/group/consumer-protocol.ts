import type { TopicPartition } from '../cluster/table-partitions.js'
import { ByteReader } from '../protocol/byte-reader.js'
import { ByteWriter } from '../protocol/byte-writer.js'
import type { MemberClaim } from './share-partitions.js'

/**
 * What members tell their leader and the leader tells them, in the form of Kafka's own consumers (protocol type `consumer`), so that its
 * tools show who reads what. What is only ours stands in the user data.
 */
const VERSION = 1

/** @throws never: topics and partitions are from brokers */
export function encodeClaim({ topics, owned, generationId, firstGenerationId }: Omit<MemberClaim, 'memberId'>): Uint8Array {
  const ours = new ByteWriter().int32(generationId).int32(firstGenerationId).finish()
  const into = new ByteWriter().int16(VERSION).array([...topics].sort(), (topic, to) => to.string(topic)).nullableBytes(ours)
  return writePartitions(into, owned).finish()
}

/** @throws MillraceError KAFKA_PROTOCOL */
export function decodeClaim(memberId: string, bytes: Uint8Array): MemberClaim {
  const from = new ByteReader(bytes)
  from.int16()
  const topics = from.array(() => from.string())
  const ours = new ByteReader(from.byteString())
  return { memberId, topics, owned: readPartitions(from), generationId: ours.int32(), firstGenerationId: ours.int32() }
}

export function encodeShare(partitions: readonly TopicPartition[]): Uint8Array {
  return writePartitions(new ByteWriter().int16(VERSION), partitions).nullableBytes(null).finish()
}

/** @throws MillraceError KAFKA_PROTOCOL */
export function decodeShare(bytes: Uint8Array): TopicPartition[] {
  if (bytes.length === 0) return []
  const from = new ByteReader(bytes)
  from.int16()
  return readPartitions(from)
}

function writePartitions(into: ByteWriter, partitions: readonly TopicPartition[]): ByteWriter {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const its = byTopic.get(topic) ?? []
    byTopic.set(topic, its)
    its.push(partition)
  }
  return into.array([...byTopic], ([topic, its], to) => to.string(topic).array(its, (index, on) => on.int32(index)))
}

function readPartitions(from: ByteReader): TopicPartition[] {
  return from.array(() => {
    const topic = from.string()
    return from.array((): TopicPartition => ({ topic, partition: from.int32() }))
  }).flat()
}
