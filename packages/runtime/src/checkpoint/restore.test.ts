import { decodeManifest } from '@millrace/core'
import { createRuntime, type Job, type RunOptions } from '@millrace/runtime'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'millrace-restore-'))
const runtime = createRuntime({ workers: 4 })
afterAll(async () => {
  await runtime.close()
  rmSync(root, { recursive: true, force: true })
})

/** The place of a test's output and checkpoints. */
let place: string
let made = 0
beforeEach(() => (place = mkdtempSync(join(root, `${made++}-`))))

const ROWS = 60_000
/** So that there is time to interrupt it. */
const ROWS_PER_SECOND = 50_000
const events = `CREATE TABLE events (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS}', 'seed' = '7', 'rows-per-second' = '${ROWS_PER_SECOND}',
  'fields.k.kind' = 'random', 'fields.k.min' = '0', 'fields.k.max' = '499', 'fields.v.kind' = 'random', 'fields.v.min' = '0', 'fields.v.max' = '99');`

const JOBS = {
  groups: `${events} CREATE TABLE result (k BIGINT, n BIGINT, total BIGINT) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'json');
    INSERT INTO result SELECT k, count(*) AS n, sum(v) AS total FROM events GROUP BY k`,
  filter: `${events} CREATE TABLE result (k BIGINT, v BIGINT) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'json');
    INSERT INTO result SELECT k, v FROM events WHERE v < 50`,
  join: `${events} CREATE TABLE result (k BIGINT, v BIGINT, w BIGINT) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'json');
    INSERT INTO result SELECT a.k, a.v, b.v FROM events a JOIN (SELECT k, max(v) AS v FROM events GROUP BY k) b ON a.k = b.k WHERE a.v = 3`,
}
/** For what takes long where much else runs. */
const SLOW_GROUPS = JOBS.groups.replace(`'${ROWS_PER_SECOND}'`, `'15000'`)
const expected = new Map<string, string>()

const optionsFor = (folder: string, workers: number, checkpoint?: Partial<RunOptions['checkpoint']>): RunOptions => ({
  workers, baseDirectory: folder, ...(checkpoint === undefined ? {} : { checkpoint: { address: join(folder, 'ck'), intervalMs: 50, ...checkpoint } }),
})

function written(folder: string): string {
  const out = join(folder, 'out')
  if (!existsSync(out)) return ''
  return readdirSync(out).filter((name) => name.startsWith('part-')).flatMap((name) => readFileSync(join(out, name), 'utf8').trim().split('\n')).sort().join('\n')
}

beforeAll(async () => {
  for (const [name, sql] of Object.entries(JOBS)) {
    const folder = mkdtempSync(join(root, `${name}-`))
    await (await runtime.run(sql, optionsFor(folder, 4))).done
    expected.set(name, written(folder))
  }
})

const start = (name: keyof typeof JOBS, workers: number, checkpoint: Partial<RunOptions['checkpoint']>, more: Partial<RunOptions> = {}): Promise<Job> =>
  runtime.run(JOBS[name], { ...optionsFor(place, workers, checkpoint), ...more })

/** Runs until so many checkpoints were taken. */
async function checkpointed(job: Job, count: number): Promise<void> {
  while ((job.stats().checkpoints?.count ?? 0) < count) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 5)), job.done.then(() => Promise.reject(new Error('it ended before it was interrupted')))])
  }
}

const manifests = (): string[] => readdirSync(join(place, 'ck')).filter((name) => existsSync(join(place, 'ck', name, 'manifest'))).sort()

describe('a job that is stopped anywhere goes on at another number of workers', () => {
  it.each<[keyof typeof JOBS, number[]]>([['groups', [1, 2, 4]], ['groups', [4, 3, 1]], ['filter', [2, 1, 4]], ['join', [2, 4, 1]]])('%s at %j', async (name, workers) => {
    for (const [i, count] of workers.entries()) {
      const job = await start(name, count, { restore: true })
      expect(job.restored === null).toBe(i === 0)
      if (i === workers.length - 1) {
        const stats = await job.done
        if (name !== 'join') expect(stats.rowsIn).toBe(ROWS)
        expect(stats.checkpoints).toMatchObject({ restoredEpoch: job.restored!.epoch })
      } else {
        await checkpointed(job, 1)
        await job.stop()
        await expect(job.done).rejects.toThrow(/--restore goes on from it/)
      }
    }
    expect(written(place)).not.toBe('')
    expect(written(place)).toBe(expected.get(name))
  })

  it('and on one thread', async () => {
    const first = await start('groups', 1, { restore: true }, { strategy: 'single' })
    await checkpointed(first, 1)
    await first.stop()
    const second = await start('groups', 2, { restore: true })
    await checkpointed(second, 1)
    await second.stop()
    await (await start('groups', 1, { restore: true }, { strategy: 'single' })).done
    expect(written(place)).toBe(expected.get('groups'))
  })
})

describe('a process that is killed', () => {
  it('loses nothing', async () => {
    const program = join(place, 'program.mjs')
    const options = optionsFor(place, 2, { restore: true })
    writeFileSync(program, `
      import { millrace } from ${JSON.stringify(import.meta.resolve('@millrace/runtime'))}
      await (await millrace.run(${JSON.stringify(SLOW_GROUPS)}, ${JSON.stringify({ ...options, resolveFrom: [import.meta.url] })})).done`)
    for (const after of [2, 4]) {
      const child = spawn(process.execPath, [program], { stdio: 'inherit' })
      const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)))
      while (!existsSync(join(place, 'ck')) || (manifests().at(-1) ?? '') < `epoch-${String(after).padStart(10, '0')}`) {
        if (child.exitCode !== null) throw new Error('it ended before it was killed')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
    }
    await (await runtime.run(SLOW_GROUPS, optionsFor(place, 4, { restore: true }))).done
    expect(written(place)).toBe(expected.get('groups'))
  })
})

describe('a job that is drained', () => {
  it('stops at a checkpoint and goes on from it', async () => {
    const job = await runtime.run(SLOW_GROUPS, optionsFor(place, 2, { intervalMs: null }))
    while (job.stats().rowsIn === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const stats = await job.drain()
    expect(job.suspended).toBe(true)
    expect(stats.rowsIn).toBeLessThan(ROWS)
    // Nothing was flushed: groups are still open.
    expect(written(place)).toBe('')
    const next = await runtime.run(SLOW_GROUPS, optionsFor(place, 4, { restore: true }))
    expect(next.id).toBe(job.id)
    expect(next.restored).toMatchObject({ epoch: stats.checkpoints!.lastEpoch, ended: false })
    await next.done
    expect(written(place)).toBe(expected.get('groups'))
  })

  it('before it has begun does nothing', async () => {
    const job = await start('groups', 2, { intervalMs: null })
    await job.drain()
    expect(written(place)).toBe('')
    await (await start('groups', 2, { restore: true })).done
    expect(written(place)).toBe(expected.get('groups'))
  })

  it('ends as if its tables had, if it is to finish', async () => {
    const job = await runtime.run(SLOW_GROUPS, optionsFor(place, 2, { intervalMs: null, onDrain: 'finish' }))
    while (job.stats().rowsIn === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const stats = await job.drain()
    expect(job.suspended).toBe(false)
    expect(stats.rowsIn).toBeLessThan(ROWS)
    expect(written(place)).not.toBe('')
    expect((await runtime.run(SLOW_GROUPS, optionsFor(place, 2, { restore: true }))).restored).toMatchObject({ ended: true })
  })
})

describe('a job that has ended', () => {
  it('is not run again, and leaves room for the next', async () => {
    await (await start('filter', 2, {})).done
    const again = await start('filter', 2, { restore: true })
    expect(again.restored).toMatchObject({ ended: true })
    expect((await again.done).checkpoints).toMatchObject({ count: 0, restoredEpoch: again.restored!.epoch })
    expect(written(place)).toBe(expected.get('filter'))
    rmSync(join(place, 'out'), { recursive: true })
    await (await start('filter', 2, {})).done
    expect(written(place)).toBe(expected.get('filter'))
  })
})

describe('checkpoints', () => {
  it('are taken when asked for, and counted', async () => {
    const job = await start('groups', 2, { intervalMs: null })
    while (job.stats().rowsIn === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await Promise.all([job.checkpoint(), job.checkpoint()])).toEqual([1, 2])
    expect(job.stats().checkpoints).toMatchObject({ count: 2, lastEpoch: 2, restoredEpoch: null })
    await job.stop()
    await expect(job.checkpoint()).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('are kept as many as asked', async () => {
    await (await start('groups', 2, { intervalMs: 20, keep: 2 })).done
    expect(manifests()).toHaveLength(2)
  })

  it('hold their epoch, plan and counters', async () => {
    const job = await start('groups', 2, {})
    await checkpointed(job, 1)
    await job.stop()
    const { snapshot, ended, jobId } = decodeManifest(readFileSync(join(place, 'ck', manifests().at(-1)!, 'manifest')))
    expect({ ended, jobId, workers: snapshot.workers.length }).toEqual({ ended: false, jobId: job.id, workers: 2 })
  })

  it('of an unfinished job are not lost by mistake', async () => {
    const job = await start('groups', 2, {})
    await checkpointed(job, 1)
    await job.stop()
    await expect(start('groups', 2, {})).rejects.toMatchObject({ code: 'CHECKPOINT_EXISTS' })
    const other = await start('filter', 2, { restore: true })
    await expect(other.done).rejects.toMatchObject({ code: 'RESTORE_MISMATCH' })
    await (await start('groups', 2, { restore: true })).done
    expect(written(place)).toBe(expected.get('groups'))
  })

  it('belong to the run that was started last', async () => {
    const lost = await start('groups', 2, { restore: true })
    lost.done.catch(() => {})
    await checkpointed(lost, 1)
    const next = await start('groups', 2, { restore: true })
    await next.done
    // Or its files were taken from under it.
    await expect(lost.done).rejects.toMatchObject({ code: expect.stringMatching(/^(CHECKPOINT_TAKEN|SINK_UNWRITABLE)$/) as string })
    expect(written(place)).toBe(expected.get('groups'))
  })

  it('are of tables in memory too', async () => {
    const tables = { t: Array.from({ length: 20_000 }, (_, i) => ({ n: BigInt(i), s: i % 3 === 0 ? null : `s${i}` })) }
    const sql = `CREATE TABLE t (n BIGINT, s STRING) WITH ('connector' = 'memory');
      CREATE TABLE result (n BIGINT, s STRING) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'json');
      INSERT INTO result SELECT n, s FROM t`
    const first = await runtime.run(sql, { ...optionsFor(place, 2, { intervalMs: 10 }), tables })
    await first.stop()
    await first.done.catch(() => {})
    await (await runtime.run(sql, { ...optionsFor(place, 3, { restore: true }), tables })).done
    expect(written(place).split('\n')).toHaveLength(20_000)
  })

  it('that are damaged are passed over, and refused where none is whole', async () => {
    const job = await runtime.run(SLOW_GROUPS, optionsFor(place, 2, {}))
    await checkpointed(job, 2)
    await job.stop()
    const all = manifests()
    writeFileSync(join(place, 'ck', all.at(-1)!, 'manifest'), 'damaged')
    const next = await runtime.run(SLOW_GROUPS, optionsFor(place, 4, { restore: true }))
    expect(next.restored!.damaged).toHaveLength(1)
    await next.done
    expect(written(place)).toBe(expected.get('groups'))
    for (const name of manifests()) writeFileSync(join(place, 'ck', name, 'manifest'), 'damaged')
    await expect(start('groups', 2, { restore: true })).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
  })

  it('are refused where they cannot be', async () => {
    await expect(start('filter', 2, {}, { strategy: 'coordinator' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(start('filter', 2, { intervalMs: 1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(start('filter', 2, { keep: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(start('filter', 2, { address: 's4://x' })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const results = { rows: () => {} }
    await expect(runtime.run('SELECT 1; SELECT 2', { ...optionsFor(place, 2, {}), results })).rejects.toMatchObject({ code: 'USAGE' })
    const without = await runtime.run(JOBS.filter, optionsFor(place, 2))
    await expect(without.checkpoint()).rejects.toMatchObject({ code: 'USAGE' })
    await without.stop()
  })
})
