import type { Cluster } from '../cluster/cluster.js'
import type { TopicPartition } from '../cluster/table-partitions.js'
import { checkError } from '../protocol/error-codes.js'
import { offsetCommit } from '../protocol/offset-commit.js'
import type { GroupIdentity } from '../protocol/sync-group.js'

/**
 * Commits offsets as a member of a group; as nobody where the generation is −1, which counts only while the group has no members.
 *
 * @throws MillraceError KAFKA_FENCED where the member is none any more
 */
export async function commitOffsets(cluster: Cluster, identity: GroupIdentity, offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
  const byTopic = new Map<string, { index: number; offset: number }[]>()
  for (const { topic, partition, offset } of offsets) {
    const its = byTopic.get(topic) ?? []
    byTopic.set(topic, its)
    its.push({ index: partition, offset })
  }
  if (byTopic.size === 0) return
  const { groupId } = identity
  const request = offsetCommit({ ...identity, topics: [...byTopic].map(([name, partitions]) => ({ name, partitions })) })
  await cluster.retrying(`offsets of group \`${groupId}\``, async () => {
    const results = await (await cluster.coordinator('group', groupId)).send(request)
    for (const { errorCode, topic, partition } of results) {
      checkError(errorCode, `group \`${groupId}\` does not take an offset of partition ${partition} of topic \`${topic}\``, { coordinator: { kind: 'group', key: groupId } })
    }
  })
}
