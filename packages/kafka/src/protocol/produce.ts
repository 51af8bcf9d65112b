import { REQUEST_BYTES_INITIAL } from '../limits.js'
import type { KafkaRequest } from './request.js'

/** Beside a batch: the number of its partition and its length. */
const PARTITION_BYTES = 8

export interface ProduceParameters {
  /** Null outside of transactions. */
  readonly transactionalId: string | null
  /** 0: no answer comes. −1: all replicas in sync. */
  readonly acks: -1 | 0 | 1
  /** How long the broker may wait for its replicas. */
  readonly timeoutMs: number
  readonly topics: readonly ProduceTopic[]
}

export interface ProduceTopic {
  readonly name: string
  readonly partitions: readonly { readonly index: number; readonly batch: Uint8Array }[]
}

export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
  /** What the broker says beside the code, if anything. */
  readonly message: string | null
}

/** Appends one record batch to each partition named. With acks 0 nothing is answered. */
export function produce({ transactionalId, acks, timeoutMs, topics }: ProduceParameters): KafkaRequest<readonly ProduceResult[]> {
  const batchBytes = topics.reduce((sum, { partitions }) => partitions.reduce((bytes, { batch }) => bytes + batch.length + PARTITION_BYTES, sum), 0)
  return {
    name: 'Produce', apiKey: 0, apiVersion: 8, isFlexible: false, isOneWay: acks === 0, bytesExpected: batchBytes + REQUEST_BYTES_INITIAL,
    encode: (into) => {
      into.nullableString(transactionalId).int16(acks).int32(timeoutMs)
      into.array(topics, ({ name, partitions }) => {
        into.string(name).array(partitions, ({ index, batch }) => into.int32(index).bytes(batch))
      })
    },
    decode: (body) => body.array(() => {
      const topic = body.string()
      return body.array((): ProduceResult => {
        const partition = body.int32()
        const errorCode = body.int16()
        const baseOffset = body.int64()
        body.skip(16)
        const ofRecords = body.array(() => {
          body.int32()
          return body.nullableString()
        })
        const message = body.nullableString() ?? ofRecords.find((text) => text !== null) ?? null
        return { topic, partition, errorCode, baseOffset, message }
      })
    }).flat(),
  }
}
