import type { KafkaRequest } from './request.js'

export interface InitProducerIdParameters {
  /** Null: only so that the broker can tell batches that are sent twice. */
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  /** What the caller had before: it is refused if another has taken the id over since. Null: takes it over, from whoever has it. */
  readonly previous: ProducerIdentity | null
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitProducerIdResponse extends ProducerIdentity {
  readonly errorCode: number
}

/**
 * Gives a producer its id and epoch. A transaction of that transactional id that is open is aborted, and its producer is fenced. Without a
 * transactional id a version that older brokers know will do.
 */
export function initProducerId({ transactionalId, transactionTimeoutMs, previous }: InitProducerIdParameters): KafkaRequest<InitProducerIdResponse> {
  const isFlexible = transactionalId !== null
  return {
    name: 'InitProducerId', apiKey: 22, apiVersion: isFlexible ? 3 : 1, isFlexible,
    encode: (into) => {
      if (!isFlexible) return void into.nullableString(null).int32(transactionTimeoutMs)
      into.compactString(transactionalId).int32(transactionTimeoutMs).int64(previous?.producerId ?? -1).int16(previous?.producerEpoch ?? -1).noTags()
    },
    decode: (body) => {
      body.int32()
      return { errorCode: body.int16(), producerId: body.int64(), producerEpoch: body.int16() }
    },
  }
}
