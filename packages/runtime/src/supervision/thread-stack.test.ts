import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { stackOfThread } from './thread-stack.js'

const LOOPS = `
  const { parentPort, workerData } = require('node:worker_threads')
  const words = new Int32Array(workerData)
  function turnsForEver() { while (Atomics.load(words, 0) === 0) Atomics.add(words, 1, 1) }
  setImmediate(function begin() { turnsForEver(); parentPort.postMessage('gone on') })
`

test.each(['a thread', 'another one'])('tells where %s is that does not come back, and lets it go on', async () => {
  const stop = new SharedArrayBuffer(8)
  const thread = new Worker(LOOPS, { eval: true, workerData: stop })
  try {
    while (Atomics.load(new Int32Array(stop), 1) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const stack = await stackOfThread(thread.threadId, 5_000)
    // Calls that were inlined may be missing.
    expect(stack).toMatch(/^    at (turnsForEver|begin) .*:\d+:\d+\)/)
    const message = once(thread, 'message')
    Atomics.store(new Int32Array(stop), 0, 1)
    expect(await message).toEqual(['gone on'])
  } finally {
    await thread.terminate()
  }
})

test('null for a thread that is not there', async () => {
  expect(await stackOfThread(1_000_000, 50)).toBeNull()
})
