import type { KafkaRequest } from './request.js'

export interface SyncGroupParameters extends GroupIdentity {
  /** From the leader: who gets what. Empty from all others. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

/** Who a member is. */
export interface GroupIdentity {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export interface SyncGroupResponse {
  readonly errorCode: number
  readonly assignment: Uint8Array
}

/** Gives each member what the leader has assigned to it. The answer waits for the leader. To the coordinator. */
export function syncGroup({ groupId, generationId, memberId, groupInstanceId, assignments }: SyncGroupParameters): KafkaRequest<SyncGroupResponse> {
  return {
    name: 'SyncGroup', apiKey: 14, apiVersion: 3, isFlexible: false,
    encode: (into) => {
      into.string(groupId).int32(generationId).string(memberId).nullableString(groupInstanceId)
      into.array(assignments, ({ memberId: member, assignment }) => into.string(member).bytes(assignment))
    },
    decode: (body) => {
      body.int32()
      return { errorCode: body.int16(), assignment: body.byteString() }
    },
  }
}
