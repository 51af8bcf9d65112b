import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiVersions } from './api-versions.js'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { createTopics } from './create-topics.js'
import { findCoordinator } from './find-coordinator.js'
import { heartbeat } from './heartbeat.js'
import { joinGroup } from './join-group.js'
import { leaveGroup } from './leave-group.js'
import { listOffsets } from './list-offsets.js'
import { metadata } from './metadata.js'
import { offsetCommit } from './offset-commit.js'
import { offsetFetch } from './offset-fetch.js'
import type { KafkaRequest } from './request.js'
import { syncGroup } from './sync-group.js'

const identity = { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: null }

/** Each request with the bytes that it is by the protocol's own description. */
const REQUESTS: readonly (readonly [KafkaRequest<unknown>, string])[] = [
  [apiVersions(), ''],
  [metadata({ topics: ['ab'] }), '00000001 0002 6162 00'],
  [metadata({ topics: null }), 'ffffffff 00'],
  [listOffsets({ isolation: 'read_committed', topics: [{ name: 't', partitions: [{ index: 2, timestampMs: -1 }] }] }), 'ffffffff 01 00000001 0001 74 00000001 00000002 ffffffff ffffffffffffffff'],
  [findCoordinator({ kind: 'transaction', key: 'k' }), '0001 6b 01'],
  [createTopics({ topics: [{ name: 't', partitionCount: 3, replicationFactor: -1, configs: { a: 'b' } }], timeoutMs: 7 }), '00000001 0001 74 00000003 ffff 00000000 00000001 0001 61 0001 62 00000007 00'],
  [joinGroup({ groupId: 'g', sessionTimeoutMs: 1, rebalanceTimeoutMs: 2, memberId: '', groupInstanceId: 'i', protocols: [{ name: 'p', metadata: Uint8Array.of(9) }] }),
    '0001 67 00000001 00000002 0000 0001 69 0008 636f6e73756d6572 00000001 0001 70 00000001 09'],
  [syncGroup({ ...identity, assignments: [{ memberId: 'm', assignment: Uint8Array.of(1, 2) }] }), '0001 67 00000003 0001 6d ffff 00000001 0001 6d 00000002 0102'],
  [heartbeat(identity), '0001 67 00000003 0001 6d ffff'],
  [leaveGroup(identity), '0001 67 00000001 0001 6d ffff'],
  [offsetCommit({ ...identity, topics: [{ name: 't', partitions: [{ index: 1, offset: 258 }] }] }), '0001 67 00000003 0001 6d ffff 00000001 0001 74 00000001 00000001 0000000000000102 ffffffff 0000'],
  [offsetFetch({ groupId: 'g', topics: [{ name: 't', partitions: [5] }], requireStable: true }), '02 67 02 02 74 02 00000005 00 01 00'],
]

describe('requests', () => {
  it.each(REQUESTS.map(([request, hex]) => [request.name, request, hex] as const))('%s is written as the protocol says', (_, request, hex) => {
    const into = new ByteWriter()
    request.encode(into)
    expect(Buffer.from(into.finish()).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })

  it.each(REQUESTS.map(([request]) => [request.name, request] as const))('%s reads whatever comes, or says that it cannot', (_, request) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      try {
        request.decode(new ByteReader(bytes))
      } catch (error) {
        expect(error).toMatchObject({ code: 'KAFKA_PROTOCOL' })
      }
    }))
  })

  it('read answers field by field', () => {
    const bytes = (hex: string): ByteReader => new ByteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    expect(metadata({ topics: null }).decode(bytes('00000000 00000001 00000007 0001 68 00002384 ffff ffff 00000007 00000001 0000 0001 74 00 00000001 0000 00000000 00000007 00000002 00000001 00000007 00000001 00000007 00000000')))
      .toEqual({ brokers: [{ id: 7, host: 'h', port: 9092 }], controllerId: 7, topics: [{ errorCode: 0, name: 't', isInternal: false, partitions: [{ errorCode: 0, index: 0, leader: 7, leaderEpoch: 2 }] }] })
    expect(findCoordinator({ kind: 'group', key: 'g' }).decode(bytes('00000000 000f ffff 00000001 0001 68 00000009'))).toEqual({ errorCode: 15, message: null, host: 'h', port: 9 })
    expect(leaveGroup(identity).decode(bytes('00000000 0000 00000001 0001 6d ffff 0019'))).toEqual({ errorCode: 25 })
    expect(offsetFetch({ groupId: 'g', topics: [], requireStable: true }).decode(bytes('00000000 02 02 74 02 00000005 0000000000000102 ffffffff 01 0000 00 00 0000 00')))
      .toEqual({ errorCode: 0, offsets: [{ topic: 't', partition: 5, offset: 258, errorCode: 0 }] })
  })
})
