import type { ProducerIdentity } from './init-producer-id.js'
import type { KafkaRequest } from './request.js'

export interface AddOffsetsToTxnParameters extends ProducerIdentity {
  readonly transactionalId: string
  readonly groupId: string
}

/** Tells the coordinator that positions of a group are about to be committed with the transaction. Opens it like a partition does. */
export function addOffsetsToTxn(parameters: AddOffsetsToTxnParameters): KafkaRequest<{ readonly errorCode: number }> {
  const { transactionalId, producerId, producerEpoch, groupId } = parameters
  return {
    name: 'AddOffsetsToTxn', apiKey: 25, apiVersion: 1, isFlexible: false,
    encode: (into) => into.string(transactionalId).int64(producerId).int16(producerEpoch).string(groupId),
    decode: (body) => {
      body.int32()
      return { errorCode: body.int16() }
    },
  }
}
