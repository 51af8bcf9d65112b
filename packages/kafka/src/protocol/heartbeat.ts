import type { KafkaRequest } from './request.js'
import type { GroupIdentity } from './sync-group.js'

/** Says that a member lives, and hears whether the group is about to change. To the coordinator. */
export function heartbeat({ groupId, generationId, memberId, groupInstanceId }: GroupIdentity): KafkaRequest<{ readonly errorCode: number }> {
  return {
    name: 'Heartbeat', apiKey: 12, apiVersion: 3, isFlexible: false,
    encode: (into) => { into.string(groupId).int32(generationId).string(memberId).nullableString(groupInstanceId) },
    decode: (body) => {
      body.int32()
      return { errorCode: body.int16() }
    },
  }
}
