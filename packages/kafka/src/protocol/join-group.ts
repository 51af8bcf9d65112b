import type { KafkaRequest } from './request.js'

export interface JoinGroupParameters {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Empty at first: the coordinator gives one. */
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** The ways of sharing that this member knows; those of all members must have one in common. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
}

export interface JoinGroupResponse {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolName: string
  readonly leader: string
  readonly memberId: string
  /** For the leader alone. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[]
}

/** Joins a group, or begins its next generation. The answer waits until every member has joined. To the coordinator. */
export function joinGroup(parameters: JoinGroupParameters): KafkaRequest<JoinGroupResponse> {
  const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocols } = parameters
  return {
    name: 'JoinGroup', apiKey: 11, apiVersion: 5, isFlexible: false,
    encode: (into) => {
      into.string(groupId).int32(sessionTimeoutMs).int32(rebalanceTimeoutMs).string(memberId).nullableString(groupInstanceId).string('consumer')
      into.array(protocols, ({ name, metadata }) => into.string(name).bytes(metadata))
    },
    decode: (body) => {
      body.int32()
      return {
        errorCode: body.int16(), generationId: body.int32(), protocolName: body.string(), leader: body.string(), memberId: body.string(),
        members: body.array(() => {
          const member = body.string()
          body.nullableString()
          return { memberId: member, metadata: body.byteString() }
        }),
      }
    },
  }
}
