import { MillraceError } from '@millrace/core'
import { expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { Simulation } from './simulate.js'

const SQL = `
  CREATE TABLE clicks (page STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'memory');
  SELECT page, window_end, count(*) FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '3' SECOND)) GROUP BY page, window_start, window_end`
const PAGES = ['a', 'b', 'c', 'd']
const at = (second: number): number => 1_767_225_600_000_000 + second * 1_000_000

/** Pages each have a split. Null where the workers had come to different times, and the job was refused. */
async function outcomeOf(seed: number, workersAfter: number): Promise<unknown> {
  const connector = memoryConnector({ tables: { clicks: { unbounded: true, splits: PAGES.length, splitKey: ['page'] } } })
  const connectors = [connector]
  let simulation = await Simulation.open({ sql: SQL, connectors, workers: 4, seed, batchRows: 1 })
  for (let second = 0; second < 8; second++) {
    PAGES.forEach((page, split) => connector.push('clicks', [[page, at(second)]], split))
    if (second !== 5) {
      await simulation.settle()
      continue
    }
    await simulation.run(seed % 12)
    const checkpoint = await simulation.checkpoint()
    await simulation.close()
    try {
      simulation = await Simulation.restore(checkpoint, { connectors, workers: workersAfter, seed })
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'RESTORE_MISMATCH') return null
      throw error
    }
    await simulation.settle()
  }
  connector.end('clicks')
  return (await simulation.finish()).folded
}

it('overlapping windows that live with their split go on elsewhere, unless their workers had come to different times', async () => {
  const expected = await outcomeOf(0, 4)
  let refused = 0
  for (let seed = 0; seed < 36; seed++) {
    expect(await outcomeOf(seed, 4), `seed ${seed}, as many workers`).toEqual(expected)
    for (const workers of [1, 2]) {
      const outcome = await outcomeOf(seed, workers)
      if (outcome === null) refused++
      else expect(outcome, `seed ${seed}, ${workers} workers`).toEqual(expected)
    }
  }
  expect(refused).toBeGreaterThan(0)
  expect(refused).toBeLessThan(72)
})
