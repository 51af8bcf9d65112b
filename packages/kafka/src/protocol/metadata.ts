import type { KafkaRequest } from './request.js'

export interface MetadataParameters {
  /** Null: all topics. Empty: none, for the brokers' sake. */
  readonly topics: readonly string[] | null
}

export interface MetadataResponse {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly controllerId: number
  readonly topics: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly errorCode: number
  readonly name: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface PartitionMetadata {
  readonly errorCode: number
  readonly index: number
  /** −1: none at the moment. */
  readonly leader: number
  readonly leaderEpoch: number
}

/** The brokers of the cluster, and which of them lead which partitions. Makes no topics. */
export function metadata({ topics }: MetadataParameters): KafkaRequest<MetadataResponse> {
  return {
    name: 'Metadata', apiKey: 3, apiVersion: 7, isFlexible: false,
    encode: (into) => { into.nullableArray(topics, (name) => into.string(name)).boolean(false) },
    decode: (body) => {
      body.int32()
      const brokers = body.array(() => {
        const broker = { id: body.int32(), host: body.string(), port: body.int32() }
        body.nullableString()
        return broker
      })
      body.nullableString()
      return { brokers, controllerId: body.int32(), topics: body.array(() => ({
        errorCode: body.int16(),
        name: body.string(),
        isInternal: body.boolean(),
        partitions: body.array(() => {
          const partition = { errorCode: body.int16(), index: body.int32(), leader: body.int32(), leaderEpoch: body.int32() }
          for (let list = 0; list < 3; list++) body.array(() => body.int32())
          return partition
        }),
      })) }
    },
  }
}
