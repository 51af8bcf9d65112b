import type { KafkaRequest } from './request.js'

export type CoordinatorKind = 'group' | 'transaction'

export interface FindCoordinatorParameters {
  readonly kind: CoordinatorKind
  /** The group's id, or the transactional id. */
  readonly key: string
}

export interface FindCoordinatorResponse {
  readonly errorCode: number
  readonly message: string | null
  readonly host: string
  readonly port: number
}

/** The broker that looks after a group, or after the transactions of an id. */
export function findCoordinator({ kind, key }: FindCoordinatorParameters): KafkaRequest<FindCoordinatorResponse> {
  return {
    name: 'FindCoordinator', apiKey: 10, apiVersion: 2, isFlexible: false,
    encode: (into) => { into.string(key).int8(kind === 'group' ? 0 : 1) },
    decode: (body) => {
      body.int32()
      const [errorCode, message] = [body.int16(), body.nullableString()]
      body.int32()
      return { errorCode, message, host: body.string(), port: body.int32() }
    },
  }
}
