import { describe, expect, it } from 'vitest'
import type { PhysicalPlan, SinkNode } from '../plan/physical.js'
import { encodeManifest } from './manifest-codec.js'
import { MANIFEST, PLAN } from './manifest.test.data.js'
import { rebase, withoutSecrets } from './same-plan.js'

const isSecret = (connector: string, option: string): boolean => connector === 'file' && option === 'token'
const stored = { ...MANIFEST.snapshot, plan: withoutSecrets(PLAN, isSecret) }
const withSink = (change: Partial<SinkNode>): PhysicalPlan => ({ ...PLAN, nodes: [PLAN.nodes[0]!, { ...(PLAN.nodes[1] as SinkNode), ...change }] })

it('a plan is stored without secrets', () => {
  expect(new TextDecoder().decode(encodeManifest({ ...MANIFEST, snapshot: stored }))).not.toContain('hush')
})

describe('a snapshot', () => {
  it('goes on under the same plan, with the secrets of now', () => {
    const sink = PLAN.nodes[1] as SinkNode
    const now = withSink({ table: { ...sink.table, options: { ...sink.table.options, token: 'new' } } })
    expect(rebase(stored, now, isSecret).plan).toEqual(now)
  })

  it('goes on whatever the plan says to people, and with another number of workers', () => {
    const now = { ...withSink({ summary: '7 files', distribution: { kind: 'local', reason: 'because' } }), workerCount: 4 }
    expect(rebase(stored, now, isSecret).plan.workerCount).toBe(1)
  })

  it.each<[string, PhysicalPlan]>([
    ['another node', withSink({ mode: 'upsert' })],
    ['another option', withSink({ table: { ...(PLAN.nodes[1] as SinkNode).table, options: { path: 'elsewhere' } } })],
    ['a node less', { ...PLAN, nodes: PLAN.nodes.slice(0, 1) }],
    ['a node more', { ...PLAN, nodes: [...PLAN.nodes, { ...PLAN.nodes[1]!, id: 2 }] }],
    ['another time zone', { ...PLAN, settings: { ...PLAN.settings, timeZone: 'Europe/Berlin' } }],
  ])('is refused with %s', (_what, plan) => {
    expect(() => rebase(stored, plan, isSecret)).toThrow(expect.objectContaining({ code: 'RESTORE_MISMATCH' }) as Error)
  })
})
