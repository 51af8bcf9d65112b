import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millraceCommand } from '../cli/command.js'
import { Chance } from '../differential/chance.js'
import { runWithKills } from './killed-runs.js'
import { placeOf, PRINTING_JOB, RECOVERY_JOBS, writeInputs, written } from './recovery-jobs.js'

/** Kills over all jobs: a few with every change, 200 and more by `MILLRACE_KILLS`. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 2)
const IS_LONG = KILLS >= 100
const FIRST_SEED = Number(process.env['MILLRACE_SEED'] ?? process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000)
/** Long enough for several epochs between two kills. */
const ROWS = IS_LONG ? 400_000 : 40_000
const KILLS_OF_ONE_RUN_MAX = IS_LONG ? 12 : 1
/** A quick run takes some of the jobs. */
const JOBS = RECOVERY_JOBS.filter((_, index) => IS_LONG || (index + FIRST_SEED) % 4 === 0)

const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => writeInputs(folder, 1, ROWS))

describe('a job that is killed again and again writes what an undisturbed one does', () => {
  let restores = 0
  for (const [index, job] of JOBS.entries()) {
    it(job.name, async () => {
      const undisturbed = placeOf(folder, job)
      const { code, stderr } = await millraceCommand(['run', undisturbed.sqlFile, '--workers', '2', '--quiet'])
      expect([code, stderr]).toEqual([0, ''])
      const expected = written(job, undisturbed.out)
      expect(expected).not.toBe('')
      for (let kills = 0, round = 0; kills < KILLS / JOBS.length; round++) {
        const seed = FIRST_SEED + round * JOBS.length
        const again = `${job.name}: again with MILLRACE_SEED=${seed} MILLRACE_KILLS=${KILLS}`
        const place = placeOf(folder, job)
        const runs = await runWithKills(place.sqlFile, place.checkpoints, new Chance(seed + index), { killsMax: KILLS_OF_ONE_RUN_MAX, workers: [1, 2, 3, 4] })
          .catch((error: unknown) => {
            throw new Error(`${again}\n${(error as Error).message}`, { cause: error })
          })
        const told = `${again}\n${runs.history.join('\n')}`
        expect(written(job, place.out) === expected, told).toBe(true)
        expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp')), told).toEqual([])
        kills += runs.kills
        restores += runs.restores
        rmSync(place.folder, { recursive: true })
        // Where whole runs fit before the first kill, nothing is tried.
        expect(round, `${again}: it ends before it is killed`).toBeLessThan(4 * KILLS)
      }
    })
  }

  it(`${PRINTING_JOB.name}, where some of it comes again`, async () => {
    const undisturbed = placeOf(folder, PRINTING_JOB)
    const { stdout } = await millraceCommand(['run', undisturbed.sqlFile, '--workers', '2', '--quiet'])
    const expected = new Set(stdout.split('\n').slice(0, -1))
    const { sqlFile, checkpoints } = placeOf(folder, PRINTING_JOB)
    const { printed, history } = await runWithKills(sqlFile, checkpoints, new Chance(FIRST_SEED), { killsMax: KILLS_OF_ONE_RUN_MAX, workers: [1, 2, 3, 4] })
    const told = `again with MILLRACE_SEED=${FIRST_SEED} MILLRACE_KILLS=${KILLS}\n${history.join('\n')}`
    expect([...new Set(printed)].sort().join('\n') === [...expected].sort().join('\n'), told).toBe(true)
  })

  it('and most kills come when there is a checkpoint to go on from', () => {
    if (IS_LONG) expect(restores).toBeGreaterThan(KILLS / 3)
  })
})
