import { describe, expect, it } from 'vitest'
import type { PhysicalPlan, SinkNode } from '../plan/physical.js'
import { encodeManifest } from './manifest-codec.js'
import { MANIFEST, PLAN } from './manifest.test.data.js'
import { rebase, refusePartial } from './rebase.js'
import { withoutSecrets } from './without-secrets.js'

const isSecret = (connector: string, option: string): boolean => connector === 'file' && option === 'token'
const sink = PLAN.nodes[1] as SinkNode
const withSink = (change: Partial<SinkNode>): PhysicalPlan => ({ ...PLAN, nodes: [PLAN.nodes[0]!, { ...sink, ...change }] })
const into = (path: string, token: string): PhysicalPlan => withSink({ table: { ...sink.table, options: { path, token }, identity: { path } } })
const stored = { ...MANIFEST.snapshot, plan: withoutSecrets(into('out', 'hush'), isSecret) }

it('a plan is stored without secrets', () => {
  expect(new TextDecoder().decode(encodeManifest({ ...MANIFEST, snapshot: stored }))).not.toContain('hush')
})

describe('a snapshot', () => {
  it('goes on with the secrets of now', () => {
    const rebased = rebase(stored, into('out', 'new'))
    refusePartial(rebased)
    expect(rebased.snapshot.plan).toEqual(into('out', 'new'))
    expect(rebased.snapshot.workers).toEqual(stored.workers)
  })

  it('goes on whatever the plan says to people, and with another number of workers', () => {
    const plan = into('out', 'hush')
    const now = { ...plan, workerCount: 4, nodes: plan.nodes.map((node) => ({ ...node, summary: '7 files', distribution: { kind: 'local', reason: 'because' } as const })) }
    expect(rebase(stored, now)).toMatchObject({ lost: [], fresh: [], added: [], removed: [] })
  })

  it('goes on under other node ids', () => {
    const [scan, , ...others] = into('out', 'hush').nodes
    expect(others).toEqual([])
    const moved = { ...into('out', 'hush'), nodes: [{ ...sink, id: 0, inputs: [], table: { ...sink.table, name: 'failures' } }, { ...scan!, id: 1 }, { ...into('out', '').nodes[1]!, id: 2, inputs: [1] }] }
    const { snapshot, added } = rebase(stored, moved)
    expect(added.map(({ nodeId }) => nodeId)).toEqual([0])
    expect(snapshot.splits.map(({ nodeId }) => nodeId)).toEqual(stored.splits.map(() => 1))
    expect(snapshot.workers[0]!.scans.map(({ nodeId }) => nodeId)).toEqual(stored.workers[0]!.scans.map(() => 1))
    expect(snapshot.workers[0]!.prepared).toEqual(stored.workers[0]!.prepared.map((prepared) => ({ ...prepared, nodeId: 2 })))
  })

  it.each<[string, PhysicalPlan]>([
    ['a table that is written elsewhere', into('elsewhere', 'hush')],
    ['a table that is not read any more', { ...PLAN, nodes: [] }],
  ])('is refused with %s', (_what, plan) => {
    expect(() => refusePartial(rebase(stored, plan))).toThrow(expect.objectContaining({ code: 'RESTORE_MISMATCH' }) as Error)
  })
})
