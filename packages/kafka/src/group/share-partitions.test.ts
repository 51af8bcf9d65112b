import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitIdOf, type TopicPartition } from '../cluster/table-partitions.js'
import { givePartitions, sharePartitions, type MemberClaim, type Shares } from './share-partitions.js'

const TOPICS = ['a', 'b', 'c']
const counts = fc.dictionary(fc.constantFrom(...TOPICS), fc.nat(12)).map((record) => new Map(Object.entries(record)))
const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })

/** Members that claim anything, rightly or not. */
const claims = ids.chain((memberIds) => fc.tuple(...memberIds.map((memberId) => fc.record({
  memberId: fc.constant(memberId), topics: fc.subarray(TOPICS), generationId: fc.integer({ min: -1, max: 5 }), firstGenerationId: fc.integer({ min: -1, max: 5 }),
  owned: fc.array(fc.record({ topic: fc.constantFrom(...TOPICS), partition: fc.nat(15) }), { maxLength: 12 }),
}))))

function fresh(memberId: string, topics: readonly string[] = TOPICS): MemberClaim {
  return { memberId, topics, owned: [], generationId: -1, firstGenerationId: -1 }
}

/** The members as they are in the next generation. */
function after(members: readonly MemberClaim[], shares: Shares, generationId: number): MemberClaim[] {
  return members.map((member) => ({ ...member, owned: shares.get(member.memberId)!, generationId }))
}

const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers)
const ofTopic = (share: readonly TopicPartition[], topic: string): number => share.filter((partition) => partition.topic === topic).length

describe('sharePartitions', () => {
  it('gives each partition to one member that reads its topic, each topic evenly, whatever is claimed', () => {
    fc.assert(fc.property(claims, counts, (members, partitionCounts) => {
      const shares = sharePartitions(members, partitionCounts)
      const given = [...shares.values()].flat().map(splitIdOf)
      const readable = [...partitionCounts].filter(([topic]) => members.some(({ topics }) => topics.includes(topic)))
      expect(given.sort()).toEqual(readable.flatMap(([topic, count]) => Array.from({ length: count }, (_, partition) => splitIdOf({ topic, partition }))).sort())
      for (const { memberId, topics } of members) expect(topics).toEqual(expect.arrayContaining([...new Set(shares.get(memberId)!.map(({ topic }) => topic))]))
      for (const [topic] of readable) expect(spread(members.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => ofTopic(shares.get(memberId)!, topic)))).toBeLessThanOrEqual(1)
    }))
  })

  it('is even over all topics where all members read the same', () => {
    fc.assert(fc.property(claims, counts, (members, partitionCounts) => {
      const shares = sharePartitions(members.map((member) => ({ ...member, topics: TOPICS })), partitionCounts)
      expect(spread([...shares.values()].map((share) => share.length))).toBeLessThanOrEqual(1)
    }))
  })

  it('does not depend on the order of members and moves nothing where nothing has changed', () => {
    fc.assert(fc.property(claims, counts, (members, partitionCounts) => {
      const shares = sharePartitions(members, partitionCounts)
      expect(sharePartitions([...members].reverse(), new Map([...partitionCounts].reverse()))).toEqual(new Map([...shares].sort()))
      expect(sharePartitions(after(members, shares, 9), partitionCounts)).toEqual(shares)
    }))
  })

  it('lets members keep what they have, up to their even share, when others come and go', () => {
    fc.assert(fc.property(ids, ids, counts, (before, now, partitionCounts) => {
      const old = before.map((id) => fresh(id))
      const had = sharePartitions(old, partitionCounts)
      const members = [...after(old, had, 1).filter(({ memberId }) => now.includes(memberId)), ...now.filter((id) => !before.includes(id)).map((id) => fresh(id))]
      const shares = sharePartitions(members, partitionCounts)
      for (const { memberId, owned } of members) {
        const kept = new Set(shares.get(memberId)!.map(splitIdOf))
        for (const [topic, count] of partitionCounts) {
          const stays = owned.filter((partition) => partition.topic === topic && kept.has(splitIdOf(partition))).length
          expect(stays).toBeGreaterThanOrEqual(Math.min(ofTopic(owned, topic), Math.floor(count / members.length)))
        }
      }
    }))
  })

  it('believes the later of two that claim a partition', () => {
    const claim = (memberId: string, generationId: number): MemberClaim => ({ ...fresh(memberId), owned: [{ topic: 'a', partition: 0 }], generationId })
    for (const [p, q] of [[1, 2], [2, 1]] as const) {
      const shares = sharePartitions([claim('p', p), claim('q', q)], new Map([['a', 2]]))
      expect(shares.get(p > q ? 'p' : 'q')).toEqual([{ topic: 'a', partition: 0 }])
    }
  })
})

describe('givePartitions', () => {
  const counted = new Map([['a', 2]])
  const holder = (shares: Shares): (string | undefined)[] => [...shares].filter(([, share]) => share.length > 0).map(([memberId]) => memberId)

  it('leaves everything with the one that has it', () => {
    const active = { ...fresh('z'), owned: [{ topic: 'a', partition: 0 }], generationId: 7, firstGenerationId: 5 }
    expect(holder(givePartitions([fresh('a'), { ...fresh('b'), firstGenerationId: 1 }, active], counted))).toEqual(['z'])
    expect(holder(givePartitions([{ ...active, memberId: 'old', generationId: 6 }, active], counted))).toEqual(['z'])
  })

  it('gives it to the one that has waited longest', () => {
    expect(holder(givePartitions([fresh('a'), { ...fresh('b'), firstGenerationId: 4 }, { ...fresh('c'), firstGenerationId: 2 }], counted))).toEqual(['c'])
    expect(holder(givePartitions([fresh('b'), fresh('a')], counted))).toEqual(['a'])
  })

  it('gives all to exactly one', () => {
    fc.assert(fc.property(claims, counts, (members, partitionCounts) => {
      const shares = givePartitions(members.map((member) => ({ ...member, topics: TOPICS })), partitionCounts)
      const total = [...partitionCounts.values()].reduce((sum, count) => sum + count, 0)
      expect([...shares.values()].map((share) => share.length).sort((a, b) => b - a)).toEqual(members.map((_, i) => (i === 0 ? total : 0)))
    }))
  })
})
