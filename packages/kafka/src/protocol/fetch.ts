import type { AbortedTransaction } from '../records/record-batches.js'
import type { Isolation } from './list-offsets.js'
import type { KafkaRequest } from './request.js'

export interface FetchParameters {
  /** How long the broker waits for `bytesMin`. */
  readonly waitMs: number
  readonly bytesMin: number
  /** Of the whole answer; a first batch that is larger comes all the same. */
  readonly bytesMax: number
  readonly isolation: Isolation
  /** In the order in which they are served until the answer is full. */
  readonly partitions: readonly FetchPartition[]
}

export interface FetchPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly bytesMax: number
}

export interface FetchResponse {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** Behind the last record that all replicas in sync have. */
  readonly highWatermark: number
  /** The first record of a transaction that is open, or the high watermark. */
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches as they are on the broker's disk, the last one perhaps cut off: a view. */
  readonly records: Uint8Array
}

const NO_BYTES = new Uint8Array(0)

/** Asks a leader for records of its partitions; without a session, so that each request says all that it wants. */
export function fetch({ waitMs, bytesMin, bytesMax, isolation, partitions }: FetchParameters): KafkaRequest<FetchResponse> {
  return {
    name: 'Fetch', apiKey: 1, apiVersion: 11, isFlexible: false,
    encode: (into) => {
      into.int32(-1).int32(waitMs).int32(bytesMin).int32(bytesMax).int8(isolation === 'read_committed' ? 1 : 0).int32(0).int32(-1)
      // A topic for each partition: that keeps the order in which they are to be served.
      into.array(partitions, ({ topic, partition, offset, bytesMax: partitionBytesMax }) => {
        into.string(topic).int32(1).int32(partition).int32(-1).int64(offset).int64(-1).int32(partitionBytesMax)
      })
      into.int32(0).string('')
    },
    decode: (body) => {
      body.int32()
      const errorCode = body.int16()
      body.int32()
      return {
        errorCode,
        partitions: body.array(() => {
          const topic = body.string()
          return body.array((): FetchedPartition => {
            const head = {
              topic, partition: body.int32(), errorCode: body.int16(),
              highWatermark: body.int64(), lastStableOffset: body.int64(), logStartOffset: body.int64(),
              aborted: body.array(() => ({ producerId: body.int64(), firstOffset: body.int64() })),
            }
            body.int32()
            return { ...head, records: body.nullableBytes() ?? NO_BYTES }
          })
        }).flat(),
      }
    },
  }
}
