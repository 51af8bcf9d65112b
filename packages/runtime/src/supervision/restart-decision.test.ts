import { expect, test } from 'vitest'
import { decideRestart, type FailureFacts } from './restart-decision.js'

const OUTAGE: FailureFacts = {
  error: { domain: 'external', retry: true }, checkpointed: true, failures: 1, policy: { limit: 4, backoffMs: 100, backoffMsMax: 500 },
}

test('what is outside and may come back is waited for, twice as long each time', () => {
  const waits = [1, 2, 3, 4].map((failures) => decideRestart({ ...OUTAGE, failures }))
  expect(waits).toEqual([100, 200, 400, 500].map((afterMs) => ({ kind: 'restart', afterMs })))
  expect(decideRestart({ ...OUTAGE, failures: 5 })).toEqual({ kind: 'fail', why: 'too often' })
})

test.each([
  ['the user has to act', { error: { domain: 'user', retry: false } }],
  ['it would fail again', { error: { domain: 'external', retry: false } }],
  ['there is no checkpoint', { checkpointed: false }],
  ['restarts are off', { policy: { ...OUTAGE.policy, limit: 0 } }],
] as const)('no restart where %s', (_, facts) => {
  expect(decideRestart({ ...OUTAGE, ...facts })).toEqual({ kind: 'fail', why: 'not restartable' })
})

test('our own defects are tried again only a few times', () => {
  const own = { ...OUTAGE, error: { domain: 'internal', retry: false } } as const
  expect([1, 2, 3].map((failures) => decideRestart({ ...own, failures }).kind)).toEqual(['restart', 'restart', 'fail'])
})
