import type { KafkaRequest } from './request.js'

export interface CreateTopicsParameters {
  readonly topics: readonly NewTopic[]
  readonly timeoutMs: number
}

export interface NewTopic {
  readonly name: string
  /** −1: as many as the broker makes. */
  readonly partitionCount: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

export interface CreateTopicsResult {
  readonly name: string
  readonly errorCode: number
  readonly message: string | null
}

/** Makes topics. To the controller, or any broker since Kafka 3.3. */
export function createTopics({ topics, timeoutMs }: CreateTopicsParameters): KafkaRequest<readonly CreateTopicsResult[]> {
  return {
    name: 'CreateTopics', apiKey: 19, apiVersion: 4, isFlexible: false,
    encode: (into) => {
      into.array(topics, ({ name, partitionCount, replicationFactor, configs }) => {
        into.string(name).int32(partitionCount).int16(replicationFactor).array([], () => undefined)
        into.array(Object.entries(configs), ([key, value]) => into.string(key).nullableString(value))
      })
      into.int32(timeoutMs).boolean(false)
    },
    decode: (body) => {
      body.int32()
      return body.array(() => ({ name: body.string(), errorCode: body.int16(), message: body.nullableString() }))
    },
  }
}
