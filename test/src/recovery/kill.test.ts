import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millraceCommand } from '../cli/command.js'
import { Chance } from '../differential/chance.js'
import { runWithKills } from './killed-runs.js'
import { linesOf, RECOVERY_JOBS, writeInputs } from './recovery-jobs.js'
import type { RecoveryJob } from './recovery-jobs.js'

/** Kills over all jobs: a few with every change, 200 and more by `MILLRACE_KILLS`. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 8)
const FIRST_SEED = Number(process.env['MILLRACE_SEED'] ?? process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000)
const ROWS = KILLS > 100 ? 400_000 : 120_000
/** Until the job has done about half of its work, however slow the machine is. */
const KILLS_OF_ONE_RUN_MAX = KILLS > 100 ? 12 : 1

const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(() => writeInputs(folder, 1, ROWS))

const read = (file: string): string => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString() : readFileSync(file, 'utf8'))
const written = (job: RecoveryJob, path: string): string => linesOf(job, path, read).join('\n')

let made = 0

/** A fresh place for a run of the job. */
function placeOf(job: RecoveryJob): { readonly sqlFile: string; readonly out: string; readonly checkpoints: string } {
  const place = join(folder, `run-${made++}`)
  const [sqlFile, out, checkpoints] = [`${place}.sql`, job.single === true ? `${place}.ndjson` : `${place}-out`, `${place}-checkpoints`]
  writeFileSync(sqlFile, job.sql(out, folder))
  return { sqlFile, out, checkpoints }
}

describe('a job that is killed again and again writes what an undisturbed one does', () => {
  for (const [index, job] of RECOVERY_JOBS.entries()) {
    it(job.name, async () => {
      const undisturbed = placeOf(job)
      const started = performance.now()
      const { code, stderr } = await millraceCommand(['run', undisturbed.sqlFile, '--workers', '2', '--quiet'])
      expect([code, stderr]).toEqual([0, ''])
      const killMsMax = Math.max(600, (performance.now() - started) * 1.1)
      const expected = written(job, undisturbed.out)
      expect(expected).not.toBe('')
      for (let kills = 0, round = 0; kills < KILLS / RECOVERY_JOBS.length; round++) {
        const seed = FIRST_SEED + round * RECOVERY_JOBS.length + index
        const place = placeOf(job)
        const runs = await runWithKills(place.sqlFile, place.checkpoints, new Chance(seed), { killsMax: KILLS_OF_ONE_RUN_MAX, killMsMax, workers: [1, 2, 3, 4] })
          .catch((error: unknown) => {
            throw new Error(`${job.name}, seed ${seed}: again with MILLRACE_SEED=${seed - index}`, { cause: error })
          })
        const told = `${job.name}, seed ${seed}, again with MILLRACE_SEED=${seed - index}:\n${runs.history.join('\n')}`
        expect(written(job, place.out) === expected, told).toBe(true)
        expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp')), told).toEqual([])
        kills += runs.kills
        for (const path of [place.out, place.checkpoints]) rmSync(path, { recursive: true, force: true })
        // Where a whole run fits before the first kill, it is not killed for ever.
        if (round > 4 * KILLS) throw new Error(`${job.name} ends before it is killed`)
      }
    })
  }
})
