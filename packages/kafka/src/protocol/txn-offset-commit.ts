import type { ProducerIdentity } from './init-producer-id.js'
import type { KafkaRequest } from './request.js'

export interface TxnOffsetCommitParameters extends ProducerIdentity {
  readonly transactionalId: string
  readonly groupId: string
  /** Who commits: refused where the group has gone on to another generation. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly index: number; readonly offset: number }[] }[]
}

export interface TxnOffsetCommitResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

/** Commits positions of a group with a transaction, to the coordinator of the group: they count when that is committed. */
export function txnOffsetCommit(parameters: TxnOffsetCommitParameters): KafkaRequest<readonly TxnOffsetCommitResult[]> {
  const { transactionalId, producerId, producerEpoch, groupId, generationId, memberId, groupInstanceId, topics } = parameters
  return {
    name: 'TxnOffsetCommit', apiKey: 28, apiVersion: 3, isFlexible: true,
    encode: (into) => {
      into.compactString(transactionalId).compactString(groupId).int64(producerId).int16(producerEpoch)
      into.int32(generationId).compactString(memberId).compactNullableString(groupInstanceId)
      into.compactArray(topics, ({ name, partitions }) => {
        into.compactString(name)
        into.compactArray(partitions, ({ index, offset }) => into.int32(index).int64(offset).int32(-1).compactNullableString(null).noTags())
        into.noTags()
      })
      into.noTags()
    },
    decode: (body) => {
      body.int32()
      return body.compactArray(() => {
        const topic = body.compactString()
        const results = body.compactArray((): TxnOffsetCommitResult => {
          const result = { topic, partition: body.int32(), errorCode: body.int16() }
          body.skipTags()
          return result
        })
        body.skipTags()
        return results
      }).flat()
    },
  }
}
