import { describe, expect, it } from 'vitest'
import { checkJob } from './check-job.js'
import { CLASS_NAMES, jobOf } from './simulated-jobs.test.data.js'

/** Histories over all classes: `MILLRACE_SIMULATIONS=100000`, split by `MILLRACE_FIRST_SIMULATION` over several processes. */
const SIMULATIONS = Number(process.env['MILLRACE_SIMULATIONS'] ?? 48)
const FIRST = Number(process.env['MILLRACE_FIRST_SIMULATION'] ?? 1)

describe('a job has one outcome, whatever befalls it', () => {
  it.each(CLASS_NAMES)('%s', async (name) => {
    const { crashes, rescales } = await checkJob((seed) => jobOf(name, seed), { seeds: Math.ceil(SIMULATIONS / CLASS_NAMES.length), firstSeed: FIRST })
    expect(Math.min(crashes, rescales)).toBeGreaterThan(0)
  })

  // What the power takes although somebody has gone on because of it: the id of the job.
  it.each([['over', 4_261], ['functions', 16_279], ['session', 54_122]])('%s, seed %d', async (name, firstSeed) => {
    await checkJob((seed) => jobOf(name, seed), { seeds: 1, firstSeed })
  })
})
