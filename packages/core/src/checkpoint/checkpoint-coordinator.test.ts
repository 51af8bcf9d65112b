import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { CheckpointCoordinator, type CheckpointPart, type CoordinatorOptions } from './checkpoint-coordinator.js'
import { partOf } from './manifest.test.data.js'

const part = (epoch: number, worker: number): CheckpointPart => ({ snapshot: partOf(epoch, worker), objects: [], stateBytes: 0, pauseMs: 0 })

/** A coordinator whose doings are written down. */
function coordinated(options: Partial<CoordinatorOptions> = {}) {
  const log: string[] = []
  const hold: { complete: Promise<void> | null } = { complete: null }
  const coordinator: CheckpointCoordinator = new CheckpointCoordinator(
    { workerCount: 2, intervalMs: 100, timeoutMs: 1_000, lastEpoch: 0, startedAtMs: 0, ...options },
    {
      ask: (worker, epoch) => log.push(`ask ${worker} for ${epoch}`),
      complete: async (epoch, parts, ended) => {
        log.push(`complete ${epoch} of ${parts.map(({ snapshot }) => snapshot.workerIndex).join('')}${ended ? ' at the end' : ''}`)
        await hold.complete
      },
      failed: (error) => log.push(`failed ${(error as { code?: string }).code ?? String(error)}`),
    },
  )
  return { log, hold, coordinator, give: (epoch: number, worker: number) => coordinator.part(part(epoch, worker)) }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a coordinator', () => {
  it('takes checkpoints at an interval, one at a time', async () => {
    const { log, coordinator, give } = coordinated()
    coordinator.tick(99)
    expect(log).toEqual([])
    coordinator.tick(100)
    coordinator.tick(350)
    give(1, 1)
    expect(log).toEqual(['ask 0 for 1', 'ask 1 for 1'])
    give(1, 0)
    await settle()
    // The next was due while the first was under way.
    expect(log).toEqual(['ask 0 for 1', 'ask 1 for 1', 'complete 1 of 01', 'ask 0 for 2', 'ask 1 for 2'])
  })

  it('takes one when it is asked, and another after one that is under way', async () => {
    const { log, coordinator, give } = coordinated({ intervalMs: null, lastEpoch: 7 })
    const first = coordinator.request()
    const second = coordinator.request()
    for (const epoch of [8, 9]) {
      give(epoch, 0)
      give(epoch, 1)
      await settle()
    }
    expect(await first).toBe(8)
    expect(await second).toBe(9)
    expect(log.filter((line) => line.startsWith('complete'))).toEqual(['complete 8 of 01', 'complete 9 of 01'])
  })

  it('says at the end that it is the end', async () => {
    const { log, coordinator, give } = coordinated()
    coordinator.tick(100)
    const end = coordinator.request('ended')
    for (const epoch of [1, 2]) for (const worker of [0, 1]) {
      give(epoch, worker)
      await settle()
    }
    expect(await end).toBe(2)
    coordinator.tick(9_000)
    expect(log.filter((line) => line.startsWith('complete'))).toEqual(['complete 1 of 01', 'complete 2 of 01 at the end'])
    expect(log.at(-1)).toBe('complete 2 of 01 at the end')
  })

  it('takes none after the one at which the job is suspended', async () => {
    const { log, coordinator, give } = coordinated()
    const last = coordinator.request('suspended')
    give(1, 0)
    give(1, 1)
    expect(await last).toBe(1)
    coordinator.tick(9_000)
    expect(log).toEqual(['ask 0 for 1', 'ask 1 for 1', 'complete 1 of 01'])
  })

  it('gives up one that takes too long, naming whom it waits for', async () => {
    const { log, coordinator, give } = coordinated()
    const asked = coordinator.request()
    give(1, 0)
    coordinator.tick(1_000)
    await expect(asked).rejects.toThrow(/worker 1 had not given/)
    expect(log.at(-1)).toBe('failed CHECKPOINT_TIMEOUT')
    coordinator.tick(5_000)
    expect(log.filter((line) => line.startsWith('failed'))).toHaveLength(1)
  })

  it('fails with what cannot be stored or committed', async () => {
    const { log, hold, coordinator, give } = coordinated()
    hold.complete = Promise.reject(new Error('disk full'))
    hold.complete.catch(() => {})
    const asked = coordinator.request()
    give(1, 0)
    give(1, 1)
    await expect(asked).rejects.toThrow('disk full')
    expect(log.at(-1)).toBe('failed Error: disk full')
  })

  it('does nothing any more when it is closed', async () => {
    const { log, coordinator, give } = coordinated()
    const asked = coordinator.request()
    coordinator.close()
    await expect(asked).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    await expect(coordinator.request()).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    give(1, 0)
    give(1, 1)
    coordinator.tick(9_000)
    expect(log).toEqual(['ask 0 for 1', 'ask 1 for 1'])
  })

  it('completes each epoch once, with a part of every worker, however parts come: twice, late, in any order', async () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('part' as const), epoch: fc.integer({ min: 1, max: 6 }), worker: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ kind: fc.constant('tick' as const), ms: fc.integer({ min: 0, max: 120 }) }),
      fc.record({ kind: fc.constant('settle' as const) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(event, { maxLength: 120 }), async (events) => {
      const { log, coordinator, give } = coordinated({ workerCount: 3, timeoutMs: 1e9 })
      let now = 0
      for (const one of events) {
        if (one.kind === 'part') give(one.epoch, one.worker)
        else if (one.kind === 'tick') coordinator.tick((now += one.ms))
        else await settle()
      }
      await settle()
      const completed = log.filter((line) => line.startsWith('complete'))
      expect(completed).toEqual(completed.map((_, i) => `complete ${i + 1} of 012`))
      const asked = log.filter((line) => line.startsWith('ask'))
      expect(asked).toEqual(asked.map((_, i) => `ask ${i % 3} for ${Math.floor(i / 3) + 1}`))
      expect(asked.length / 3 - completed.length).toBeLessThanOrEqual(1)
    }), { numRuns: fuzzRuns(100, 5_000) })
  })
})
