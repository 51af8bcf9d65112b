import { expect, it } from 'vitest'
import { decideCheckpoint, type CheckpointDecision, type CheckpointFacts } from './checkpoint-decision.js'

const calm: CheckpointFacts = {
  nowMs: 5_000, workerCount: 3, intervalMs: 10_000, timeoutMs: 60_000, isAsked: false, lastEpoch: 4, lastBeganMs: 0, current: null,
}

it.each<[string, Partial<CheckpointFacts>, CheckpointDecision]>([
  ['waits for the next interval', {}, { kind: 'wait' }],
  ['begins when it has come', { nowMs: 10_000 }, { kind: 'begin', epoch: 5 }],
  ['begins when it is asked', { isAsked: true }, { kind: 'begin', epoch: 5 }],
  ['has no interval', { intervalMs: null, nowMs: 1e9 }, { kind: 'wait' }],
  ['waits for every worker', { current: { epoch: 5, taken: 2 } }, { kind: 'wait' }],
  ['begins none while one is under way', { current: { epoch: 5, taken: 2 }, isAsked: true, nowMs: 30_000 }, { kind: 'wait' }],
  ['commits when all have given their part', { current: { epoch: 5, taken: 3 } }, { kind: 'commit', epoch: 5 }],
  ['gives up after the time limit', { current: { epoch: 5, taken: 2 }, nowMs: 60_000 }, { kind: 'fail', epoch: 5 }],
])('%s', (_what, facts, decision) => expect(decideCheckpoint({ ...calm, ...facts })).toEqual(decision))
