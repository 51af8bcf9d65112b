import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { closeThreads, planOf, start } from '../execution.test.kit.js'
import type * as RuntimeModule from '../index.js'

// Threads do not start from TypeScript.
const { millrace } = (await import(new URL('../../dist/index.js', import.meta.url).href)) as typeof RuntimeModule

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'millrace-'))
let folder: string
beforeEach(() => { folder = mkdtempSync(join(root, 'job-')) })
afterAll(async () => {
  await closeThreads()
  rmSync(root, { recursive: true })
})

/** Sums per name, over rows that come slowly enough for several checkpoints. */
function sqlWith(trouble: string): string {
  return `CREATE TABLE numbers (n BIGINT, name STRING) WITH ('connector' = './numbers-connector.mjs', 'rows' = '4000', 'splits' = '4', 'delay-ms' = '20', ${trouble},
      'trouble-file' = '${folder}/troubles');
    CREATE TABLE sums (k BIGINT, n BIGINT, s BIGINT) WITH ('connector' = 'file', 'path' = '${folder}/out', 'format' = 'csv', 'csv.header' = 'false');
    INSERT INTO sums SELECT n % 7, COUNT(*), SUM(n) FROM numbers GROUP BY n % 7`
}

function written(): string[] {
  return readdirSync(`${folder}/out`).filter((name) => name.startsWith('part-'))
    .flatMap((name) => readFileSync(`${folder}/out/${name}`, 'utf8').trim().split('\n')).sort()
}

const SUMS = Array.from({ length: 7 }, (_, k) => {
  const own = Array.from({ length: 4_000 }, (_, n) => n).filter((n) => n % 7 === k)
  return `${k},${own.length},${own.reduce((sum, n) => sum + n, 0)}`
})

const RUN = { workers: 2, baseDirectory: FIXTURES, restart: { backoffMs: 5 } } as const

test('a job that loses a worker goes on from its last checkpoint by itself, and nothing is lost or counted twice', async () => {
  const notes: string[] = []
  const job = await millrace.run(sqlWith(`'exit-at' = '2800', 'troubles' = '3'`), {
    ...RUN, onNote: (text) => notes.push(text), checkpoint: { address: `${folder}/checkpoints`, intervalMs: 20 },
  })
  const stats = await job.done
  expect(written()).toEqual(SUMS)
  expect(stats.checkpoints).toMatchObject({ restarts: 3 })
  expect(stats.rowsIn).toBe(4_000)
  expect(notes).toHaveLength(3)
  expect(notes[0]).toMatch(/^WORKER_LOST: worker \d was lost: .*; going on from the last checkpoint in 0\.0 s \(failure 1 of at most 8\)$/)
})

test('our own defects are tried again twice', async () => {
  const job = await millrace.run(sqlWith(`'fail-at' = '100', 'troubles' = '1000'`), { ...RUN, checkpoint: { address: `${folder}/checkpoints`, intervalMs: null } })
  await expect(job.done).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringMatching(/given up after 3 failures/) })
})

test('without checkpoints the first failure is the last', async () => {
  const job = await millrace.run(sqlWith(`'exit-at' = '1000', 'troubles' = '1'`), RUN)
  await expect(job.done).rejects.toMatchObject({ code: 'WORKER_LOST' })
})

test('a job that waits to go on can be stopped', async () => {
  let stop = (): void => {}
  const job = await millrace.run(sqlWith(`'exit-at' = '1000', 'troubles' = '1'`), {
    ...RUN, restart: { backoffMs: 60_000 }, onNote: () => stop(), checkpoint: { address: `${folder}/checkpoints` },
  })
  stop = () => void job.stop()
  await expect(job.done).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
})

test('a worker that never comes back is told of with its stack, and ends the job', async () => {
  const notes: string[] = []
  const plan = planOf({ strategy: 'pipelines', workers: 2, options: { rows: '5000', 'spin-at': '700' } })
  const { done } = await start(plan, undefined, { lookMs: 30, note: (text) => notes.push(text) })
  await expect(done).rejects.toMatchObject({ code: 'WORKER_STUCK', message: expect.stringContaining('has not come back') as string })
  // In an optimised loop without calls there may be no stack to be seen.
  expect(notes.join('\n')).toMatch(/^worker \d has not come back for 0 s; it is here:\n +(at .*numbers-connector\.mjs|\(in native code)/)
})

test('a main thread that is blocked for seconds does no harm', async () => {
  const notes: string[] = []
  const job = await millrace.run(sqlWith(`'exit-at' = '-1'`), {
    ...RUN, onNote: (text) => notes.push(text), checkpoint: { address: `${folder}/checkpoints`, intervalMs: 20 },
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const end = performance.now() + 2_000; performance.now() < end;);
  await job.done
  expect(written()).toEqual(SUMS)
  expect(notes).toEqual([])
})
