import type { KafkaRequest } from './request.js'

export type Isolation = 'read_committed' | 'read_uncommitted'

/** Times that mean something else. */
export const LATEST = -1
export const EARLIEST = -2

export interface ListOffsetsParameters {
  /** Under read_committed the latest offset is that of the first record of a transaction that is open. */
  readonly isolation: Isolation
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly index: number; readonly timestampMs: number }[] }[]
}

export interface ListedOffset {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly timestampMs: number
  /** −1: no record is so young. */
  readonly offset: number
}

/** Offsets by time: the first record that is not older than a timestamp. To the leader. */
export function listOffsets({ isolation, topics }: ListOffsetsParameters): KafkaRequest<readonly ListedOffset[]> {
  return {
    name: 'ListOffsets', apiKey: 2, apiVersion: 5, isFlexible: false,
    encode: (into) => {
      into.int32(-1).int8(isolation === 'read_committed' ? 1 : 0)
      into.array(topics, ({ name, partitions }) => into.string(name).array(partitions, ({ index, timestampMs }) => into.int32(index).int32(-1).int64(timestampMs)))
    },
    decode: (body) => {
      body.int32()
      return body.array(() => {
        const topic = body.string()
        return body.array((): ListedOffset => {
          const listed = { topic, partition: body.int32(), errorCode: body.int16(), timestampMs: body.int64(), offset: body.int64() }
          body.int32()
          return listed
        })
      }).flat()
    },
  }
}
