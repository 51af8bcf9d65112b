import { expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { simulateJob } from './simulate-job.js'
import { USUAL_FAULTS } from './simulation/faults.js'
import { CLASS_NAMES, jobOf } from './simulated-jobs.test.data.js'

it('one seed is one history, step by step', async () => {
  for (const name of CLASS_NAMES) {
    for (let seed = 1; seed <= 4; seed++) {
      const first = await simulateJob({ ...jobOf(name, seed), faults: USUAL_FAULTS, seed })
      const again = await simulateJob({ ...jobOf(name, seed), faults: USUAL_FAULTS, seed })
      expect(again.trace, `${name}, seed ${seed}`).toEqual(first.trace)
      expect(again.traceHash).toBe(first.traceHash)
    }
  }
})

it('other seeds are other histories', async () => {
  const hashes = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) hashes.add((await simulateJob({ ...jobOf('stateless', 1), faults: USUAL_FAULTS, seed })).traceHash)
  expect(hashes.size).toBe(10)
})

it('a failure that is not to be tried again ends the job and names the seed', async () => {
  const job = {
    sql: `CREATE TABLE t (n INT) WITH ('connector' = 'memory'); SELECT 1 / n FROM t`, connectors: [memoryConnector({ tables: { t: { rows: [[1], [0]] } } })], seed: 7,
  }
  await expect(simulateJob(job)).rejects.toThrow(/seed 7, step \d+/)
  await expect(simulateJob(job)).rejects.toMatchObject({ code: 'DIVISION_BY_ZERO' })
})
