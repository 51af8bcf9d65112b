import { MillraceError, type ReadPosition } from '@millrace/core'

/** How far a worker has read partitions on behalf of a group. */
export interface GroupPositions {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
  readonly groupInstanceId: string | null
  readonly read: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

/** What {@link ReadPosition.split} says of a partition that a group has given to this process. */
interface GroupSplitDetail {
  readonly topic: string
  readonly partition: number
  readonly group?: { readonly groupId: string; readonly memberId: string; readonly generationId: number; readonly groupInstanceId?: string | null }
}

/** The positions by group; a job may read with several. */
export function groupPositionsOf(read: readonly ReadPosition[]): GroupPositions[] {
  const byGroup = new Map<string, GroupPositions & { readonly read: { topic: string; partition: number; offset: number }[] }>()
  for (const { split, position } of read) {
    const { topic, partition, group } = split.detail as GroupSplitDetail
    if (group === undefined || typeof position !== 'number') {
      throw new MillraceError('INTERNAL', `split ${split.id} has no group or no offset whose transaction could hold its position`)
    }
    const { groupId, memberId, generationId, groupInstanceId = null } = group
    let positions = byGroup.get(groupId)
    if (positions === undefined) byGroup.set(groupId, positions = { groupId, memberId, generationId, groupInstanceId, read: [] })
    positions.read.push({ topic, partition, offset: position })
  }
  return [...byGroup.values()]
}

/** As requests name them. */
export function topicsOf({ read }: GroupPositions): { name: string; partitions: { index: number; offset: number }[] }[] {
  const byTopic = new Map<string, { index: number; offset: number }[]>()
  for (const { topic, partition, offset } of read) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push({ index: partition, offset })
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }))
}
