import { splitIdOf, type TopicPartition } from '../cluster/table-partitions.js'

/** What the leader of a group knows of a member when it shares the partitions out. */
export interface MemberClaim {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What it has read until now. */
  readonly owned: readonly TopicPartition[]
  /** The generation in which it has got that; −1: none. Of two that claim the same partition the later one has it. */
  readonly generationId: number
  /** The generation in which it came; −1: in this one. */
  readonly firstGenerationId: number
}

export type Shares = ReadonlyMap<string, readonly TopicPartition[]>

/**
 * Shares partitions among members: each partition to one that reads its topic, each topic evenly, and all of them evenly where all members
 * read the same topics; and of what a member has, it keeps as much as that allows.
 *
 * Every topic gives each of its members the same number, and what is left one each to those that have the fewest in all. Who has more of
 * the topic already comes first among equals, so that nothing moves where nothing has changed.
 */
export function sharePartitions(members: readonly MemberClaim[], partitionCounts: ReadonlyMap<string, number>): Shares {
  const sorted = [...members].sort((a, b) => compareTexts(a.memberId, b.memberId))
  const owners = ownersOf(sorted)
  const shares = new Map<string, TopicPartition[]>(sorted.map(({ memberId }) => [memberId, []]))
  for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => compareTexts(a, b))) {
    const readers = sorted.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId)
    if (readers.length > 0) shareTopic(topic, count, readers, owners, shares)
  }
  return shares
}

function shareTopic(topic: string, count: number, readers: readonly string[], owners: ReadonlyMap<string, string>, shares: Map<string, TopicPartition[]>): void {
  const partitions = Array.from({ length: count }, (_, partition): TopicPartition => ({ topic, partition }))
  const owned = new Map(readers.map((reader) => [reader, [] as TopicPartition[]]))
  for (const partition of partitions) owned.get(owners.get(splitIdOf(partition)) ?? '')?.push(partition)
  const least = Math.floor(count / readers.length)
  const fewestFirst = [...readers].sort((a, b) => (
    shares.get(a)!.length - shares.get(b)!.length || owned.get(b)!.length - owned.get(a)!.length || compareTexts(a, b)
  ))
  const quota = new Map(fewestFirst.map((reader, i) => [reader, least + (i < count % readers.length ? 1 : 0)]))
  const kept = new Map(readers.map((reader) => [reader, owned.get(reader)!.slice(0, quota.get(reader))]))
  const taken = new Set([...kept.values()].flat())
  const free = partitions.filter((partition) => !taken.has(partition))
  for (const reader of fewestFirst) {
    const share = kept.get(reader)!
    while (share.length < quota.get(reader)!) share.push(free.shift()!)
    shares.get(reader)!.push(...share.sort((a, b) => a.partition - b.partition))
  }
}

/** Who has each partition, by split id. */
function ownersOf(members: readonly MemberClaim[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { memberId, owned } of [...members].sort((a, b) => a.generationId - b.generationId)) {
    for (const partition of owned) owners.set(splitIdOf(partition), memberId)
  }
  return owners
}

/**
 * Gives everything to one member: to the one that has it, else to the one that has been there longest. A member that comes back after it was
 * lost is a new one.
 */
export function givePartitions(members: readonly MemberClaim[], partitionCounts: ReadonlyMap<string, number>): Shares {
  const age = ({ firstGenerationId }: MemberClaim): number => (firstGenerationId < 0 ? Infinity : firstGenerationId)
  const claim = ({ owned, generationId }: MemberClaim): number => (owned.length > 0 ? generationId : -1)
  // Infinity − Infinity is no number, and two that came in this generation are equal.
  const older = (a: MemberClaim, b: MemberClaim): number => (age(a) === age(b) ? 0 : age(a) - age(b))
  const [active] = [...members].sort((a, b) => claim(b) - claim(a) || older(a, b) || compareTexts(a.memberId, b.memberId))
  const all = [...partitionCounts].sort(([a], [b]) => compareTexts(a, b))
    .flatMap(([topic, count]) => Array.from({ length: count }, (_, partition): TopicPartition => ({ topic, partition })))
  return new Map(members.map((member) => [member.memberId, member === active ? all.filter(({ topic }) => member.topics.includes(topic)) : []]))
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
