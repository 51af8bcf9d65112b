import type { ProducerIdentity } from './init-producer-id.js'
import type { KafkaRequest } from './request.js'

export interface EndTxnParameters extends ProducerIdentity {
  readonly transactionalId: string
  readonly commit: boolean
}

/**
 * Commits a transaction or aborts it. Whoever knows its ids may ask, and ask again. Never in version 5: that one gives the producer another
 * epoch, so that the second call could not be told from a stranger's.
 */
export function endTxn({ transactionalId, producerId, producerEpoch, commit }: EndTxnParameters): KafkaRequest<{ readonly errorCode: number }> {
  return {
    name: 'EndTxn', apiKey: 26, apiVersion: 1, isFlexible: false,
    encode: (into) => into.string(transactionalId).int64(producerId).int16(producerEpoch).boolean(commit),
    decode: (body) => {
      body.int32()
      return { errorCode: body.int16() }
    },
  }
}
