import { ScriptedGroup, seededRandom } from '@millrace/testing'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type * as RuntimeModule from './index.js'

// Threads do not start from TypeScript.
const { createRuntime } = (await import(new URL('../dist/index.js', import.meta.url).href)) as typeof RuntimeModule

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'millrace-subscriptions-'))
/** Stand for processes: their jobs know nothing of each other. */
const runtimes = [createRuntime({ workers: 2 }), createRuntime({ workers: 1 }), createRuntime({ workers: 2 })]
afterAll(async () => {
  for (const runtime of runtimes) await runtime.close()
  rmSync(root, { recursive: true, force: true })
})

interface Topic {
  readonly group: ScriptedGroup
  readonly output: number[][]
  readonly ids: Set<string>
  readonly recovered: [string, number][]
  failCommits: number
}

const SPLITS = 6
const ROWS = 2_000
const splitOf = (p: number): { id: string; weight: number; bounded: boolean; detail: object } => ({ id: `p${p}`, weight: ROWS, bounded: false, detail: {} })

let topic: Topic
let folder: string
let made = 0
const topics = new Map<string, Topic>()
;(globalThis as Record<symbol, unknown>)[Symbol.for('millrace.topics')] = topics

function newTopic(bounded = false): Topic {
  const group = new ScriptedGroup(Array.from({ length: SPLITS }, (_, p) => ({ ...splitOf(p), bounded })))
  return { group, output: [], ids: new Set(), recovered: [], failCommits: 0 }
}

beforeEach(() => {
  folder = mkdtempSync(join(root, `${made++}-`))
  topics.set('t', (topic = newTopic()))
})

const table = (options = ''): string => `CREATE TABLE numbers (n BIGINT) WITH ('connector' = './topic-connector.mjs', 'topic' = 't', 'rows' = '${ROWS}'${options});
  CREATE TABLE sent (n BIGINT) WITH ('connector' = './topic-connector.mjs', 'topic' = 't');
  CREATE TABLE counts (k BIGINT, n BIGINT, s BIGINT) WITH ('connector' = './topic-connector.mjs', 'topic' = 't');`
const COPY = 'INSERT INTO sent SELECT n FROM numbers'
const COUNT = 'INSERT INTO counts SELECT n % 7, count(*), sum(n) FROM numbers GROUP BY n % 7'

const ALL = Array.from({ length: SPLITS }, (_, p) => Array.from({ length: ROWS }, (_row, i) => p * 1_000_000 + i)).flat()
const written = (): number[] => topic.output.map(([n]) => n!).sort((a, b) => a - b)

/** The last change of each key, of which all are kept. */
function counted(): Map<number, number[]> {
  return new Map(topic.output.map(([k, ...rest]) => [k!, rest]))
}
const COUNTED = new Map(Array.from({ length: 7 }, (_, k) => {
  const own = ALL.filter((n) => n % 7 === k)
  return [k, [own.length, own.reduce((sum, n) => sum + n, 0)]]
}))

type Job = RuntimeModule.Job
const running: Job[] = []
afterEach(async () => {
  for (const job of running.splice(0)) await job.stop()
  notes.length = 0
})
const notes: string[] = []

async function start(sql: string, p = 0, options: RuntimeModule.RunOptions = {}): Promise<Job> {
  const more = options.checkpoint === undefined ? { commitIntervalMs: 20 } : {}
  const job = await runtimes[p]!.run(sql, { baseDirectory: FIXTURES, restart: { backoffMs: 5 }, onNote: (text) => notes.push(text), ...more, ...options })
  job.done.catch(() => {})
  running.push(job)
  return job
}

async function until(what: string, holds: () => boolean, ...jobs: readonly Job[]): Promise<void> {
  const failed = Promise.all(jobs.map(({ done }) => done.then(() => new Promise<never>(() => {}))))
  for (const end = performance.now() + 20_000; !holds();) {
    if (performance.now() > end) throw new Error(`it did not come to this: ${what}; notes: ${notes.join('; ')}`)
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 5))])
  }
}

/** In few words where it is not so. */
function expectAllOnce(what = '', all: readonly number[] = ALL): void {
  const got = written()
  const wanted = new Set(all)
  const have = new Set(got)
  const missing = all.filter((n) => !have.has(n))
  const twice = got.filter((n, i) => got[i + 1] === n)
  const differences = { missing: missing.slice(0, 10), twice: twice.slice(0, 10), others: got.filter((n) => !wanted.has(n)).slice(0, 10) }
  expect({ ...differences, count: got.length }, what).toEqual({ missing: [], twice: [], others: [], count: all.length })
}

const allWritten = (): boolean => topic.output.length >= ALL.length

describe('a job whose splits come and go', () => {
  it('reads them without a directory, commits as it goes, and leaves when it is drained', async () => {
    const job = await start(table() + COPY)
    expect(job.group).toBe('shared among the processes of the group, which keeps the positions, committed with the rows')
    expect(job.guarantees).toMatchObject([{ guarantee: 'exactly-once' }])
    await until('everything is written', allWritten, job)
    const stats = await job.drain()
    expectAllOnce()
    expect(stats).toMatchObject({ rowsIn: ALL.length, rowsOut: ALL.length, standsBy: false })
    expect(topic.group).toMatchObject({ size: 0, joins: 1 })
    expect(topic.group.committed).toEqual(new Map(Array.from({ length: SPLITS }, (_, p) => [`p${p}`, p * 1_000_000 + ROWS])))
  })

  it('shares them with others that come and go, and every row is written once', async () => {
    const seed = Number(process.env['MILLRACE_SEED'] ?? 1)
    const random = seededRandom(seed)
    const jobs = new Map<number, Job>()
    let rowsIn = 0
    const sql = table(`, 'delay-ms' = '15'`) + COPY
    for (let step = 0; step < 25 && !allWritten(); step++) {
      const p = random.below(3)
      const job = jobs.get(p)
      if (job === undefined) jobs.set(p, await start(sql, p))
      else if (random.below(3) > 0) topic.group.deal(random.below(7))
      else {
        jobs.delete(p)
        rowsIn += (await job.drain()).rowsIn
      }
      await new Promise((resolve) => setTimeout(resolve, random.below(60)))
    }
    if (jobs.size === 0) jobs.set(0, await start(sql, 0))
    await until('everything is written', allWritten, ...jobs.values())
    for (const job of jobs.values()) rowsIn += (await job.drain()).rowsIn
    expectAllOnce(`seed ${seed}`)
    expect(rowsIn, `seed ${seed}`).toBe(ALL.length)
  }, 60_000)

  it('takes many changes at once, also while it is opening its readers', async () => {
    const job = await start(table(`, 'open-ms' = '30'`) + COPY)
    const other = await start(table(`, 'open-ms' = '30'`) + COPY, 1)
    for (let i = 0; i < 10; i++) {
      topic.group.deal(i)
      topic.group.deal(i + 1)
      await new Promise((resolve) => setTimeout(resolve, i * 7))
    }
    await until('everything is written', allWritten, job, other)
    const stats = await Promise.all([job.drain(), other.drain()])
    expectAllOnce()
    expect(stats[0].rowsIn + stats[1].rowsIn).toBe(ALL.length)
    expect(stats[0].rowsOut + stats[1].rowsOut).toBe(ALL.length)
    expect(topic.group.joins).toBe(2)
  })

  it('survives a worker without anybody noticing', async () => {
    const job = await start(table(`, 'exit-at' = '2001200', 'troubles' = '3', 'trouble-file' = '${folder}/troubles'`) + COPY)
    await until('everything is written', allWritten, job)
    const stats = await job.drain()
    expectAllOnce()
    expect(stats.checkpoints).toMatchObject({ restarts: 3 })
    expect(stats.rowsIn).toBe(ALL.length)
    expect(topic.group.joins).toBe(1)
  })

  it('reads again what could not be committed, and only that', async () => {
    topic.failCommits = 5
    const job = await start(table() + COPY)
    await until('everything is written', allWritten, job)
    await job.drain()
    expectAllOnce()
    expect(topic.failCommits).toBe(0)
  })

  it('loses nothing where rows are written at least once, and writes again only what others have taken from it', async () => {
    const sql = `${table(`, 'delay-ms' = '10'`)} CREATE TABLE lines (n BIGINT) WITH ('connector' = './topic-connector.mjs', 'topic' = 't', 'guarantee' = 'at-least-once', 'file' = '${folder}/lines');
      INSERT INTO lines SELECT n FROM numbers`
    const lines = (): number[] => readFileSync(`${folder}/lines`, 'utf8').trim().split('\n').map(Number)
    const jobs = [await start(sql, 0), await start(sql, 1)]
    expect(jobs[0]!.guarantees).toMatchObject([{ guarantee: 'at-least-once' }])
    await until('it has begun', () => topic.group.committed.size === SPLITS, ...jobs)
    topic.group.fence(0)
    topic.group.deal(1)
    await until('everything is read', () => ALL.every((n, i) => (i + 1) % ROWS !== 0 || topic.group.committed.get(`p${Math.floor(n / 1_000_000)}`) === n + 1), ...jobs)
    await Promise.all(jobs.map((job) => job.drain()))
    expect([...new Set(lines())].sort((a, b) => a - b)).toEqual(ALL)
  })

  it('ends by itself where its splits do, and leaves', async () => {
    topics.set('t', (topic = newTopic(true)))
    const sql = table(`, 'bounded' = 'true'`) + COPY
    const jobs = [await start(sql, 0), await start(sql, 1)]
    await Promise.all(jobs.map(({ done }) => done))
    expectAllOnce()
    expect(topic.group.size).toBe(0)
  })

  it('begins with new splits at their start, and goes on with those that it knows', async () => {
    const sql = table(`, 'group' = 'false'`) + COPY
    const job = await start(sql)
    expect(job).toMatchObject({ group: null, guarantees: [{ guarantee: 'none' }] })
    await until('it has begun', () => topic.output.length > 0, job)
    topic.group.add(splitOf(SPLITS))
    await until('everything is written', () => topic.output.length >= ALL.length + ROWS, job)
    await job.drain()
    expectAllOnce('', [...ALL, ...Array.from({ length: ROWS }, (_, i) => SPLITS * 1_000_000 + i)])
  })

  it('may read ordinary tables beside them, in one process then', async () => {
    const sql = `${table()} CREATE TABLE few (n BIGINT) WITH ('connector' = './numbers-connector.mjs', 'rows' = '100');
      INSERT INTO sent SELECT n FROM numbers UNION ALL SELECT -1 - n FROM few`
    const job = await start(sql)
    expect(job.group).toContain('few is not read by a group')
    await until('everything is written', () => topic.output.length >= ALL.length + 100, job)
    topic.group.add(splitOf(SPLITS))
    await until('the new split is written', () => topic.output.length >= ALL.length + 100 + ROWS, job)
    await job.drain()
    expectAllOnce('', [...Array.from({ length: 100 }, (_, n) => -1 - n), ...ALL, ...Array.from({ length: ROWS }, (_, i) => SPLITS * 1_000_000 + i)])
  })
})

describe('a process that has no splits', () => {
  const checkpoint = (): NonNullable<RuntimeModule.RunOptions['checkpoint']> => ({ address: join(folder, 'checkpoints'), intervalMs: 20, restore: true })

  it('stands by at no cost, says so, and can be drained', async () => {
    notes.length = 0
    const first = await start(table() + COUNT, 0)
    const second = await start(table() + COUNT, 1)
    await until('the second stands by', () => second.stats().standsBy, first, second)
    expect(notes).toContain('stands by: this process has no splits, others of its group have them')
    expect(first.stats().standsBy).toBe(false)
    await until('all are counted', () => [...topic.group.committed.values()].filter((n) => (n as number) % 1_000_000 === ROWS).length === SPLITS, first)
    await first.drain()
    await until('its turn has come', () => !second.stats().standsBy, second)
    expect(counted()).toEqual(COUNTED)
    topic.group.assign([])
    await until('it stands by again', () => second.stats().standsBy, second)
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeLessThan(150_000)
    await second.drain()
    expect(topic.group.size).toBe(0)
  })

  it('goes on from the directory when it is its turn, at another number of workers, and nothing is lost or counted twice', async () => {
    const sql = table(`, 'delay-ms' = '10'`) + COUNT
    const first = await start(sql, 0, { checkpoint: checkpoint() })
    expect(first.guarantees).toMatchObject([{ guarantee: 'exactly-once' }])
    const second = await start(sql, 1, { checkpoint: checkpoint() })
    const third = await start(sql, 2, { checkpoint: checkpoint() })
    await until('others stand by', () => second.stats().standsBy && third.stats().standsBy, first, second, third)
    await until('it has begun', () => (first.stats().checkpoints?.count ?? 0) > 2, first)
    await first.stop()
    await until('the second is active', () => (second.stats().checkpoints?.count ?? 0) > 2, second)
    // It does not know that it is not its turn any more, until its next checkpoint says so.
    const before = third.stats().checkpoints?.count ?? 0
    topic.group.fence(0)
    topic.group.assign([], Array.from({ length: SPLITS }, (_, p) => `p${p}`))
    await until('the third is active', () => (third.stats().checkpoints?.count ?? 0) > before + 2, third, second)
    await until('all are counted', () => JSON.stringify([...counted()].sort()) === JSON.stringify([...COUNTED].sort()), third)
    expect(third.stats().rowsIn).toBe(ALL.length)
    await Promise.all([second.drain(), third.drain()])
    expect(third.suspended).toBe(true)
  })

  it('does not begin where an unfinished job is, unless it is told to go on', async () => {
    const first = await start(table() + COUNT, 0, { checkpoint: checkpoint() })
    await until('it has begun', () => (first.stats().checkpoints?.count ?? 0) > 0, first)
    await first.drain()
    await expect(start(table() + COUNT, 1, { checkpoint: { ...checkpoint(), restore: false } })).rejects.toMatchObject({ code: 'CHECKPOINT_EXISTS' })
  })
})

describe('how often it commits', () => {
  it('is refused where it has no meaning', async () => {
    const few = `CREATE TABLE few (n BIGINT) WITH ('connector' = './numbers-connector.mjs', 'rows' = '100'); CREATE TABLE none (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO none SELECT n FROM few`
    await expect(start(few)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(start(table() + COPY, 0, { commitIntervalMs: 1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(start(table() + COPY, 0, { commitIntervalMs: 20, checkpoint: { address: folder } })).rejects.toMatchObject({ code: 'USAGE' })
  })
})
