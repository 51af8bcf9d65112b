import { assert, type Pipeline, type SnapshotTaker, type StepResult } from '@millrace/core'
import { performance } from 'node:perf_hooks'
import { type JobSignal, SIGNAL } from '../job-signal.js'
import { IDLE_ROUNDS_AWAKE, IDLE_SLEEP_MS, SLICE_MS } from '../limits.js'
import { nextTurn, sleepMs } from '../turn.js'
import type { RunEnd } from './worker-protocol.js'

/**
 * Drives one pipeline: steps in slices of SLICE_MS, and between slices lets the event loop run (control messages, I/O of
 * connectors) and looks at the job's signal. An idle pipeline yields for a while, then sleeps a millisecond a round; it
 * never blocks its thread. Checkpoints are taken between slices too.
 *
 * @param snapshots null where no checkpoint is ever taken
 * @param publish called after every slice and before waits, to publish counters
 */
export async function runLoop(pipeline: Pipeline, signal: JobSignal, snapshots: SnapshotTaker | null, publish: () => void): Promise<RunEnd> {
  let idleRounds = 0
  let draining = false
  for (;;) {
    if (signal.value === SIGNAL.stop) return 'stopped'
    if (signal.value === SIGNAL.drain && !draining) {
      draining = true
      pipeline.drain()
    }
    snapshots?.ask()
    const result = await slice(pipeline, publish)
    if (result === 'aligned') {
      assert(snapshots !== null, 'no barrier comes to a job without checkpoints')
      snapshots.begin()
    }
    const wrote = snapshots?.advance() ?? false
    publish()
    if (result === 'ended' && snapshots?.busy !== true) return 'ended'
    if (result === 'worked' || result === 'aligned' || wrote) idleRounds = 0
    else idleRounds++
    if (idleRounds <= IDLE_ROUNDS_AWAKE) await nextTurn()
    else await sleepMs(IDLE_SLEEP_MS)
  }
}

async function slice(pipeline: Pipeline, publish: () => void): Promise<StepResult> {
  const end = performance.now() + SLICE_MS
  let worked = false
  do {
    const stepped = pipeline.step()
    // A wait can be long: what was done before it is to be seen.
    if (stepped instanceof Promise) publish()
    const result = stepped instanceof Promise ? await stepped : stepped
    if (result === 'ended' || result === 'aligned') return result
    if (result === 'idle') return worked ? 'worked' : 'idle'
    worked = true
  } while (performance.now() < end)
  return 'worked'
}
