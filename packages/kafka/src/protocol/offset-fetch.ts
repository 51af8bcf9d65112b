import type { KafkaRequest } from './request.js'

export interface OffsetFetchParameters {
  readonly groupId: string
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
  /** Answers UNSTABLE_OFFSET_COMMIT while a transaction that commits some of them is open. */
  readonly requireStable: boolean
}

export interface OffsetFetchResponse {
  readonly errorCode: number
  readonly offsets: readonly CommittedOffset[]
}

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  /** −1: the group has committed none. */
  readonly offset: number
  readonly errorCode: number
}

/** What a group has committed. To its coordinator. */
export function offsetFetch({ groupId, topics, requireStable }: OffsetFetchParameters): KafkaRequest<OffsetFetchResponse> {
  return {
    name: 'OffsetFetch', apiKey: 9, apiVersion: 7, isFlexible: true,
    encode: (into) => {
      into.compactString(groupId)
      into.compactArray(topics, ({ name, partitions }) => into.compactString(name).compactArray(partitions, (index) => into.int32(index)).noTags())
      into.boolean(requireStable).noTags()
    },
    decode: (body) => {
      body.int32()
      const offsets = body.compactArray(() => {
        const topic = body.compactString()
        const partitions = body.compactArray((): CommittedOffset => {
          const [partition, offset] = [body.int32(), body.int64()]
          body.int32()
          body.compactNullableString()
          const errorCode = body.int16()
          body.skipTags()
          return { topic, partition, offset, errorCode }
        })
        body.skipTags()
        return partitions
      }).flat()
      return { offsets, errorCode: body.int16() }
    },
  }
}
