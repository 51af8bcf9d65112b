import type { ProducerIdentity } from './init-producer-id.js'
import type { KafkaRequest } from './request.js'

export interface AddPartitionsToTxnParameters extends ProducerIdentity {
  readonly transactionalId: string
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
}

/** One error code for each partition. */
export interface AddPartitionsToTxnResult {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

/** Tells the coordinator which partitions are about to be written to. The first call opens the transaction. */
export function addPartitionsToTxn(parameters: AddPartitionsToTxnParameters): KafkaRequest<readonly AddPartitionsToTxnResult[]> {
  const { transactionalId, producerId, producerEpoch, topics } = parameters
  return {
    name: 'AddPartitionsToTxn', apiKey: 24, apiVersion: 1, isFlexible: false,
    encode: (into) => {
      into.string(transactionalId).int64(producerId).int16(producerEpoch)
      into.array(topics, ({ name, partitions }) => into.string(name).array(partitions, (partition) => into.int32(partition)))
    },
    decode: (body) => {
      body.int32()
      return body.array(() => {
        const topic = body.string()
        return body.array((): AddPartitionsToTxnResult => ({ topic, partition: body.int32(), errorCode: body.int16() }))
      }).flat()
    },
  }
}
