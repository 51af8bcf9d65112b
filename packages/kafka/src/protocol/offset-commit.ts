import type { KafkaRequest } from './request.js'
import type { GroupIdentity } from './sync-group.js'

export interface OffsetCommitParameters extends GroupIdentity {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly index: number; readonly offset: number }[] }[]
}

export interface OffsetCommitResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

/** Commits positions of a group; outside of a group with generation −1 and no member id. To the coordinator. */
export function offsetCommit({ groupId, generationId, memberId, groupInstanceId, topics }: OffsetCommitParameters): KafkaRequest<readonly OffsetCommitResult[]> {
  return {
    name: 'OffsetCommit', apiKey: 8, apiVersion: 7, isFlexible: false,
    encode: (into) => {
      into.string(groupId).int32(generationId).string(memberId).nullableString(groupInstanceId)
      into.array(topics, ({ name, partitions }) => (
        into.string(name).array(partitions, ({ index, offset }) => into.int32(index).int64(offset).int32(-1).nullableString(''))
      ))
    },
    decode: (body) => {
      body.int32()
      return body.array(() => {
        const topic = body.string()
        return body.array((): OffsetCommitResult => ({ topic, partition: body.int32(), errorCode: body.int16() }))
      }).flat()
    },
  }
}
