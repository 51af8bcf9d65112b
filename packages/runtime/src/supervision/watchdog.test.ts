import type { MillraceError } from '@millrace/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STUCK_LOOKS_MAX, STUCK_LOOKS_REPORTED } from '../limits.js'
import { Watchdog, type WatchedWorker } from './watchdog.js'
import { stackOfThread } from './thread-stack.js'

vi.mock('./thread-stack.js', () => ({ stackOfThread: vi.fn<typeof stackOfThread>(async () => '    at loop (f.js:1:1)') }))

const notes: string[] = []
const lost: MillraceError[] = []
let now = { rounds: 0, turns: 0 }
let runs = true
const worker: WatchedWorker = { index: 3, threadId: 7, pulse: () => (runs ? { ...now } : null) }
let watchdog: Watchdog

beforeEach(() => {
  notes.length = lost.length = 0
  runs = true
  watchdog = new Watchdog({ workers: [worker], report: (note) => notes.push(note), lost: (error) => lost.push(error), lookMs: 1_000 })
})

afterEach(() => watchdog.stop())

async function looks(count: number, each: () => void): Promise<void> {
  for (let i = 0; i < count; i++) {
    each()
    watchdog.look()
  }
  await new Promise((resolve) => setImmediate(resolve))
}

test('a thread that does not come back is told of once, with its stack, and given up in the end', async () => {
  await looks(STUCK_LOOKS_REPORTED + 5, () => {})
  expect(notes).toEqual(['worker 3 has not come back for 10 s; it is here:\n    at loop (f.js:1:1)'])
  expect(stackOfThread).toHaveBeenCalledWith(7, expect.any(Number))
  expect(lost).toEqual([])
  await looks(STUCK_LOOKS_MAX, () => {})
  expect(lost.map(({ code, details }) => [code, details['worker']])).toEqual([['WORKER_STUCK', 3]])
})

test('a pipeline that waits is told of and never given up', async () => {
  await looks(STUCK_LOOKS_MAX * 2, () => { now = { ...now, turns: now.turns + 1 } })
  expect(notes).toEqual(['worker 3 has been waiting for 10 s: its source or its sink does not answer'])
  expect(lost).toEqual([])
})

test('who goes on, or has nothing to do, is not told of', async () => {
  await looks(STUCK_LOOKS_MAX, () => { now = { rounds: now.rounds + 1, turns: now.turns + 1 } })
  runs = false
  await looks(STUCK_LOOKS_MAX * 2, () => {})
  expect([...notes, ...lost]).toEqual([])
})
