import type { KafkaRequest } from './request.js'
import type { GroupIdentity } from './sync-group.js'

/** Leaves a group, so that nobody waits until a session has timed out. To the coordinator. */
export function leaveGroup({ groupId, memberId, groupInstanceId }: Omit<GroupIdentity, 'generationId'>): KafkaRequest<{ readonly errorCode: number }> {
  return {
    name: 'LeaveGroup', apiKey: 13, apiVersion: 3, isFlexible: false,
    encode: (into) => { into.string(groupId).array([memberId], (member) => into.string(member).nullableString(groupInstanceId)) },
    decode: (body) => {
      body.int32()
      const errorCode = body.int16()
      const [own = 0] = body.array(() => {
        body.string()
        body.nullableString()
        return body.int16()
      })
      return { errorCode: errorCode || own }
    },
  }
}
