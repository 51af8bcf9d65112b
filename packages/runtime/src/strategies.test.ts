import { createRuntime } from '@millrace/runtime'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
const runtime = createRuntime({ workers: 4 })

/** Three files of events, in order of time but for some that are late. */
beforeAll(() => {
  let state = 7
  const random = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff
  for (let file = 0; file < 3; file++) {
    let time = Date.UTC(2026, 0, 1) + file * 1_000
    let text = ''
    for (let i = 0; i < 800; i++) {
      time += random() * 2_000
      const at = new Date(time - random() * (random() < 0.05 ? 120_000 : 3_000)).toISOString().replace('T', ' ').replace('Z', '')
      text += `${JSON.stringify({ k: `k${Math.floor(random() * 5)}`, v: Math.floor(random() * 100), at })}\n`
    }
    writeFileSync(join(folder, `events-${file}.ndjson`), text)
    if (file === 0) writeFileSync(join(folder, 'events.ndjson.gz'), gzipSync(text))
  }
  writeFileSync(join(folder, 'changes.debezium'), debeziumText(random))
})

/** Rows that come, change and go, many of them soon after one another. */
function debeziumText(random: () => number): string {
  const rows = new Map<number, unknown>()
  let text = ''
  for (let i = 0; i < 4_000; i++) {
    const id = Math.floor(random() * 200)
    const before = rows.get(id) ?? null
    const after = before !== null && random() < 0.3 ? null : { id, k: `k${Math.floor(random() * 5)}`, v: Math.floor(random() * 100) }
    if (after === null) rows.delete(id)
    else rows.set(id, after)
    text += `${JSON.stringify({ before, after, op: before === null ? 'c' : after === null ? 'd' : 'u' })}\n`
  }
  return text
}

const changes = `CREATE TABLE changes (id INT, k STRING, v BIGINT)
  WITH ('connector' = 'file', 'path' = 'changes.debezium', 'format' = 'debezium-json', 'split-bytes' = '65536');`

afterAll(async () => {
  await runtime.close()
  rmSync(folder, { recursive: true })
})

const events = (path: string, options = ''): string => `
  CREATE TABLE events (k STRING, v BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
  WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json', 'split-bytes' = '65536'${options});`

async function answer(sql: string, strategy: 'single' | 'pipelines' | 'coordinator', workers: number): Promise<unknown> {
  const query = runtime.query(sql, { strategy, workers, baseDirectory: folder })
  const rows: string[] = []
  for await (const row of query) rows.push(Object.values(row).join(' '))
  const { rowsIn, rowsOut, rowsLate, rowsFiltered, rowsDeadLettered } = query.stats()
  return { rows: rows.sort(), counts: { rowsIn, rowsOut, rowsLate, rowsFiltered, rowsDeadLettered } }
}

const EXECUTIONS = [['pipelines', 1], ['pipelines', 2], ['pipelines', 4], ['coordinator', 1], ['coordinator', 3]] as const

const WINDOWS = `SELECT k, window_start, count(*) AS n, sum(v) AS total
  FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY k, window_start, window_end`

describe('one answer under every strategy', () => {
  it.each([
    ['a filter', `${events('*.ndjson')} SELECT k, v FROM events WHERE v > 50`],
    ['groups', `${events('*.ndjson')} SELECT k, count(*) AS n, sum(v) AS total, max(at) AS last FROM events GROUP BY k`],
    ['one file that cannot be split', `${events('events.ndjson.gz')} SELECT k, sum(v) AS total FROM events GROUP BY k`],
    ['the top of all rows', `${events('*.ndjson')} SELECT k, v, at FROM events ORDER BY at DESC, v, k LIMIT 20`],
    ['aggregates that depend on the order of rows',
      `${events('*.ndjson')} SELECT k, first_value(v) AS a, last_value(v) AS z FROM events GROUP BY k`],
    ['groups of rows that change', `${changes} SELECT k, count(*) AS n, sum(v) AS total, max(v) AS most FROM changes WHERE v > 20 GROUP BY k`],
    ['the top of rows that change', `${changes} SELECT id, k, v FROM changes ORDER BY v DESC, id LIMIT 20`],
    ['distinct aggregates', `${events('*.ndjson')} SELECT k, count(DISTINCT v) AS n FROM events GROUP BY k`],
    ['windows over complete tables, where nothing is late', `${events('*.ndjson')} ${WINDOWS}`],
    ['windows over files read as streams, where the same rows are late', `${events('*.ndjson', `, 'scan.replay' = 'true'`)} ${WINDOWS}`],
  ])('%s', async (_, sql) => {
    const expected = await answer(sql, 'single', 1)
    for (const [strategy, workers] of EXECUTIONS) {
      expect(await answer(sql, strategy, workers), `${strategy} @${workers}`).toEqual(expected)
    }
  })

  it('a limit, though how much was read for it is a matter of luck', async () => {
    const rows = async (strategy: 'single' | 'pipelines' | 'coordinator', workers: number): Promise<unknown> =>
      ((await answer(`${events('*.ndjson')} SELECT k, v, at FROM events LIMIT 20`, strategy, workers)) as { rows: unknown }).rows
    const expected = await rows('single', 1)
    for (const [strategy, workers] of EXECUTIONS) expect(await rows(strategy, workers), `${strategy} @${workers}`).toEqual(expected)
  })

  it('has late rows to agree on, and none in complete tables', async () => {
    const late = async (replay: boolean): Promise<number> => {
      const sql = `${events('*.ndjson', `, 'scan.replay' = '${replay}'`)} ${WINDOWS}`
      return ((await answer(sql, 'coordinator', 2)) as { counts: { rowsLate: number } }).counts.rowsLate
    }
    expect(await late(true)).toBeGreaterThan(20)
    expect(await late(false)).toBe(0)
  })
})

describe('changes', () => {
  const tables = { t: Array.from({ length: 10_000 }, (_, i) => ({ s: `s${i % 2}`, n: i })) }
  const counting = `CREATE TABLE t (s STRING, n BIGINT) WITH ('connector' = 'memory');`

  it('come with their kind in `op`', async () => {
    const counts = new Map<unknown, unknown>()
    for await (const row of runtime.query(`${counting} SELECT s, count(*) AS n FROM t GROUP BY s EMIT CHANGES`, { workers: 2, tables })) {
      expect(row['op']).toMatch(/^(\+I|-U|\+U)$/)
      if (row['op'] !== '-U') counts.set(row['s'], row['n'])
    }
    expect(counts).toEqual(new Map([['s0', 5_000n], ['s1', 5_000n]]))
  })

  it('are folded by memory tables, with and without a key', async () => {
    const job = await runtime.run(`${counting}
      CREATE TABLE u (s STRING, n BIGINT, PRIMARY KEY (s) NOT ENFORCED) WITH ('connector' = 'memory');
      CREATE TABLE w (s STRING, n BIGINT) WITH ('connector' = 'memory');
      INSERT INTO u SELECT s, count(*) AS n FROM t GROUP BY s EMIT CHANGES;
      INSERT INTO w SELECT s, count(*) AS n FROM t GROUP BY s EMIT CHANGES`, { workers: 2, tables })
    await job.done
    for (const name of ['u', 'w']) {
      const rows = job.table(name).sort((a, b) => String(a['s']).localeCompare(String(b['s'])))
      expect(rows).toEqual([{ s: 's0', n: 5_000n }, { s: 's1', n: 5_000n }])
    }
  })
})

describe('a limit over a source without end', () => {
  it.each(['pipelines', 'coordinator'] as const)('ends the job: %s', async (strategy) => {
    const sql = `CREATE TABLE numbers (n BIGINT) WITH ('connector' = './numbers-connector.mjs', 'endless' = 'true');
      SELECT n FROM numbers LIMIT 10`
    let count = 0
    for await (const _row of runtime.query(sql, { workers: 2, strategy, baseDirectory: FIXTURES })) count++
    expect(count).toBe(10)
  })
})

describe('a source of unbounded splits', () => {
  it('gives every worker its share', async () => {
    const sql = `CREATE TABLE g (i BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '40000', 'number-of-rows' = '4000',
      'fields.i.kind' = 'sequence'); SELECT i FROM g`
    const query = runtime.query(sql, { workers: 2, strategy: 'pipelines', baseDirectory: FIXTURES })
    const seen = new Set<unknown>()
    for await (const row of query) seen.add(row['i'])
    expect(seen.size).toBe(4_000)
    expect(query.stats().workers.map((worker) => worker.rowsIn)).toEqual([2_000, 2_000])
  })
})
