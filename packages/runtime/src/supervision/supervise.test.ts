import { MillraceError } from '@millrace/core'
import { expect, test } from 'vitest'
import { supervise } from './supervise.js'

const POLICY = { limit: 2, backoffMs: 10, backoffMsMax: 1_000 }

/** Runs attempts that fail as listed, after so many checkpoints, and then one that does not. */
async function run(fails: readonly { code: 'WORKER_LOST' | 'NUMERIC_OVERFLOW'; checkpoints: number }[], checkpointed = true): Promise<string[]> {
  const told: string[] = []
  let restarts = -1
  await supervise({
    policy: POLICY,
    checkpointed,
    begin: async () => {
      const fail = fails[++restarts]
      return {
        checkpointsTaken: fail?.checkpoints ?? 0,
        run: async () => {
          told.push(`attempt ${restarts}`)
          if (fail !== undefined) throw new MillraceError(fail.code, 'no')
        },
      }
    },
    restarting: ({ code }, afterMs, failures) => told.push(`${code}, failure ${failures}, again in ${afterMs}`),
    wait: async () => {},
  }).catch((error: MillraceError) => told.push(error.message))
  return told
}

test('a job that loses a worker goes on, each time a little later', async () => {
  expect(await run([{ code: 'WORKER_LOST', checkpoints: 0 }, { code: 'WORKER_LOST', checkpoints: 0 }])).toEqual([
    'attempt 0', 'WORKER_LOST, failure 1, again in 10', 'attempt 1', 'WORKER_LOST, failure 2, again in 20', 'attempt 2',
  ])
})

test('a checkpoint in between makes good for the failures before it', async () => {
  const fails = Array.from({ length: 6 }, () => ({ code: 'WORKER_LOST' as const, checkpoints: 1 }))
  expect((await run(fails)).at(-1)).toBe('attempt 6')
})

test('without one the job is given up', async () => {
  const fails = Array.from({ length: 6 }, () => ({ code: 'WORKER_LOST' as const, checkpoints: 0 }))
  expect((await run(fails)).slice(-2)).toEqual(['attempt 2', 'no (given up after 3 failures without a checkpoint between them)'])
})

test('what the user has to mend, and what has no checkpoint, fails at once', async () => {
  expect(await run([{ code: 'NUMERIC_OVERFLOW', checkpoints: 3 }])).toEqual(['attempt 0', 'no'])
  expect(await run([{ code: 'WORKER_LOST', checkpoints: 0 }], false)).toEqual(['attempt 0', 'no'])
})

test('an attempt that ends for another to go on is no failure, and the next begins at once', async () => {
  const befores: string[] = []
  const told: string[] = []
  const ended = await supervise({
    policy: POLICY,
    checkpointed: true,
    begin: async (before) => {
      befores.push(before)
      return { checkpointsTaken: 1, goesOn: befores.length < 20, run: async () => { if (befores.length === 3) throw new MillraceError('WORKER_LOST', 'no') } }
    },
    restarting: (_error, afterMs, failures) => told.push(`failure ${failures}, again in ${afterMs}`),
    wait: async () => {},
  })
  expect(ended).not.toBeNull()
  expect(befores).toEqual(['nothing', 'goes on', 'goes on', 'failed', ...Array.from({ length: 16 }, () => 'goes on')])
  expect(told).toEqual(['failure 1, again in 10'])
})

test('where nothing is to be done any more there is no attempt', async () => {
  const job = { policy: POLICY, checkpointed: true, begin: async () => null, restarting: () => {}, wait: async () => {} }
  expect(await supervise(job)).toBeNull()
})

test('what would end others is forgiven where the job says so, as often as failures are', async () => {
  let attempts = 0
  const job = {
    policy: POLICY, checkpointed: true, restarting: () => {}, wait: async () => {}, forgives: ({ code }: MillraceError) => code === 'CHECKPOINT_TAKEN',
    begin: async () => ({ checkpointsTaken: 0, run: async () => { attempts++; throw new MillraceError('CHECKPOINT_TAKEN', 'no') } }),
  }
  await expect(supervise(job)).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' })
  expect(attempts).toBe(3)
})
