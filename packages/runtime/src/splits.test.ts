import type { Split } from '@millrace/core'
import * as fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { JobWatermark, newWatermarkMemory } from './job-watermark.js'
import { newSplitMemory, shareBounds, SharedSplits } from './splits.js'

const splitsOf = (weights: readonly number[]): Split[] => weights.map((weight, i) => ({ id: `s${i}`, weight, bounded: true, detail: null }))

describe('shared splits', () => {
  it('cut the list into contiguous shares of about equal weight', () => {
    expect([...shareBounds(splitsOf([1, 1, 1, 1, 1, 1]), 3)]).toEqual([0, 2, 4, 6])
    expect([...shareBounds(splitsOf([10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]), 2)]).toEqual([0, 1, 11])
    expect([...shareBounds(splitsOf([0, 0, 0, 0]), 2)]).toEqual([0, 2, 4])
    expect([...shareBounds(splitsOf([5]), 4)]).toEqual(expect.arrayContaining([0, 1]))
    expect([...shareBounds([], 3)]).toEqual([0, 0, 0, 0])
  })

  it('are each claimed once, in any order of claims', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat()),
        (weights, workerCount, order) => {
          const splits = splitsOf(weights)
          const memory = newSplitMemory(splits.length)
          const queues = Array.from({ length: workerCount }, (_, w) => new SharedSplits(splits, memory, w, workerCount, null))
          const bounds = shareBounds(splits, workerCount)
          expect([...bounds]).toEqual([...bounds].sort((a, b) => a - b))
          const claimed: number[] = []
          for (const pick of order) {
            const index = queues[pick % workerCount]!.claim()
            if (index < 0) break
            claimed.push(index)
          }
          expect(claimed.sort((a, b) => a - b)).toEqual(splits.map((_, i) => i))
          expect(queues.every((queue) => queue.unclaimed === 0 && queue.claim() === -1)).toBe(true)
        },
      ),
    )
  })

  it('gives a worker its own share in order, then the end of the fullest', () => {
    const splits = splitsOf([1, 1, 1, 1, 1, 1, 1, 1, 1])
    const memory = newSplitMemory(9)
    const [a, b] = [0, 1, 2].map((w) => new SharedSplits(splits, memory, w, 3, null))
    expect([b!.claim(), b!.claim()]).toEqual([3, 4])
    expect([a!.claim(), a!.claim(), a!.claim()]).toEqual([0, 1, 2])
    expect([a!.claim(), a!.claim(), a!.claim(), a!.claim(), a!.claim()]).toEqual([8, 7, 5, 6, -1])
  })

  it('leaves unbounded splits to the worker in whose share they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ weight: fc.integer({ min: 0, max: 100 }), bounded: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (kinds, workerCount) => {
          const splits = kinds.map((kind, i): Split => ({ id: `s${i}`, detail: null, ...kind }))
          const memory = newSplitMemory(splits.length)
          const bounds = shareBounds(splits, workerCount)
          for (let w = 0; w < workerCount; w++) {
            const queue = new SharedSplits(splits, memory, w, workerCount, null)
            const claimed: number[] = []
            for (let i = queue.claim(); i >= 0; i = queue.claim()) claimed.push(i)
            const unbounded = claimed.filter((i) => !splits[i]!.bounded)
            expect(unbounded).toEqual([...splits.keys()].filter((i) => !splits[i]!.bounded && bounds[w]! <= i && i < bounds[w + 1]!))
            // The first to come takes all that is bounded, and nobody counts as having what nobody has opened.
            expect(claimed.length - unbounded.length).toBe(w === 0 ? splits.filter((split) => split.bounded).length : 0)
          }
          expect(new SharedSplits(splits, memory, 0, workerCount, null).unclaimed).toBe(0)
        },
      ),
    )
  })

  it('are each claimed once by threads that race for them', async () => {
    const count = 20_000
    const splits = splitsOf(Array.from({ length: count }, () => 1))
    const memory = newSplitMemory(count)
    const claims = await Promise.all([0, 1, 2].map((workerIndex) => new Promise<number[]>((resolve, reject) => {
      const worker = new Worker(
        `const { parentPort, workerData: { url, splits, memory, workerIndex } } = require('node:worker_threads')
         import(url).then(({ SharedSplits }) => {
           // Two of three start in the same share.
           const queue = new SharedSplits(splits, memory, workerIndex === 2 ? 1 : workerIndex, 2, null)
           const claimed = []
           for (let i = queue.claim(); i >= 0 && claimed.length < ${count / 2 + 200}; i = queue.claim()) claimed.push(i)
           parentPort.postMessage(claimed)
         })`,
        { eval: true, workerData: { url: new URL('../dist/splits.js', import.meta.url).href, splits, memory, workerIndex } },
      )
      worker.once('message', resolve)
      worker.once('error', reject)
    })))
    const all = claims.flat()
    const owners = new Int32Array(memory).subarray(0, count)
    expect(new Set(all).size).toBe(all.length)
    for (const index of all) expect(owners[index]).not.toBe(-1)
  })
})

describe('the job watermark', () => {
  it('is the minimum over workers, and −∞ until each has published', () => {
    const memory = newWatermarkMemory(2)
    const [a, b] = [0, 1].map((w) => new JobWatermark(memory, w, 2))
    a!.publish(100)
    expect(a!.job()).toBe(-Infinity)
    b!.publish(50)
    expect(a!.job()).toBe(50)
    b!.publish(Infinity)
    expect([a!.job(), b!.job()]).toEqual([100, 100])
  })

  it('is the highest that was reached once nobody holds it back, and goes on when somebody speaks again', () => {
    const memory = newWatermarkMemory(2)
    const [a, b] = [0, 1].map((w) => new JobWatermark(memory, w, 2))
    a!.publish(20, 20)
    b!.publish(50, 50)
    expect(a!.job()).toBe(20)
    b!.publish(Infinity, 50)
    a!.publish(Infinity, 20)
    expect([a!.job(), b!.job()]).toEqual([50, 50])
    a!.publish(70, 70)
    expect([a!.job(), b!.job()]).toEqual([70, 70])
  })

  it('is held while a worker claims and never goes back', () => {
    const memory = newWatermarkMemory(1)
    const watermark = new JobWatermark(memory, 0, 1)
    watermark.publish(10)
    expect(watermark.job()).toBe(10)
    const release = watermark.hold()
    expect(new JobWatermark(memory, 0, 1).job()).toBe(-Infinity)
    expect(watermark.job()).toBe(10)
    release()
    expect(new JobWatermark(memory, 0, 1).job()).toBe(10)
  })
})
