import { createRuntime, type JobStats, millrace, MillraceError, type Row } from '@millrace/runtime'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SALES = `CREATE TABLE sales (city STRING, amount BIGINT) WITH ('connector' = 'memory');`
const sales: Row[] = Array.from({ length: 10_000 }, (_, i) => ({ city: `city ${i % 7}`, amount: i }))
const PRINT = `CREATE TABLE p (city STRING, amount BIGINT) WITH ('connector' = 'print'); INSERT INTO p SELECT * FROM sales`
const NUMBERS = (options = ''): string =>
  `CREATE TABLE numbers (n BIGINT, name STRING) WITH ('connector' = './numbers-connector.mjs'${options});`

async function all<R>(rows: AsyncIterable<R>): Promise<R[]> {
  const list: R[] = []
  for await (const row of rows) list.push(row)
  return list
}

const by = (name: string) => (a: Row, b: Row): number => (String(a[name]) < String(b[name]) ? -1 : 1)

it('keeps the files of several INSERTs into one directory apart', async () => {
  const path = join(folder, 'both')
  const both = `${SALES} CREATE TABLE both (amount BIGINT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
    INSERT INTO both SELECT amount FROM sales; INSERT INTO both SELECT -1 - amount FROM sales`
  await (await millrace.run(both, { workers: 2, tables: { sales } })).done
  const counted = `CREATE TABLE both (amount BIGINT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
    SELECT count(DISTINCT amount) AS n FROM both`
  expect(await all(millrace.query(counted, { workers: 1 }))).toEqual([{ n: 20_000n }])
})

it.each(['fail-prepare', 'fail-commit'])('leaves nothing of a job in which another table cannot be written: %s', async (fault) => {
  const path = join(folder, `all-or-nothing-${fault}`)
  const sql = `${NUMBERS()} CREATE TABLE files (n BIGINT) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
    CREATE TABLE log (n BIGINT) WITH ('connector' = './numbers-connector.mjs', 'log' = '${path}.log', '${fault}' = 'true');
    INSERT INTO files SELECT n FROM numbers; INSERT INTO log SELECT n FROM numbers`
  const job = await millrace.run(sql, { workers: 2, baseDirectory: FIXTURES })
  expect(job.guarantees.map(({ table, guarantee }) => [table, guarantee])).toEqual([['files', 'all-or-nothing'], ['log', 'all-or-nothing']])
  await expect(job.done).rejects.toMatchObject({ message: expect.stringMatching(/the disk is full|the name is taken/) })
  expect(existsSync(path) ? readdirSync(path) : []).toEqual([])
})

it('names the files of several jobs of one text differently', async () => {
  const path = join(folder, 'dead')
  const sql = `CREATE TABLE dead (record BYTES, position STRING) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json');
    CREATE TABLE bad (n BIGINT, name STRING) WITH ('connector' = './numbers-connector.mjs', 'bad-at' = '5', 'on-error' = 'dead-letter', 'dead-letter' = 'dead');
    SELECT n FROM bad; SELECT n FROM bad`
  await (await millrace.run(sql, { workers: 1, baseDirectory: FIXTURES, results: { rows: () => {} } })).done
  expect(readdirSync(path)).toHaveLength(2)
})

describe('query', () => {
  const expected = Array.from({ length: 7 }, (_, c) => {
    const amounts = sales.filter((row) => row['city'] === `city ${c}`).map((row) => BigInt(row['amount'] as number))
    return { city: `city ${c}`, n: BigInt(amounts.length), total: amounts.reduce((a, b) => a + b, 0n) }
  })

  it.each([
    ['single', 1], ['pipelines', 1], ['pipelines', 4], ['coordinator', 1], ['coordinator', 3], ['auto', 2],
  ] as const)('gives one answer: %s @%i', async (strategy, workers) => {
    const sql = `${SALES} SELECT city, count(*) AS n, sum(amount) AS total FROM sales GROUP BY city`
    const query = millrace.query(sql, { strategy, workers, tables: { sales } })
    expect((await all(query)).sort(by('city'))).toEqual(expected)
    expect(query.stats()).toMatchObject({ rowsIn: 10_000, rowsOut: 7 })
  })

  it('stops the job when the loop is left early', async () => {
    const sql = `${NUMBERS(`, 'endless' = 'true'`)} SELECT n FROM numbers`
    const query = millrace.query<{ n: bigint }>(sql, { workers: 2, baseDirectory: FIXTURES })
    const seen: bigint[] = []
    for await (const { n } of query) {
      seen.push(n)
      if (seen.length === 1_000) break
    }
    expect(seen.length).toBe(1_000)
  })

  it('rejects with the error of a row, where it is and what was wrong', async () => {
    const query = millrace.query(`${SALES} SELECT 10 / (amount - 5000) AS x FROM sales`, { workers: 2, tables: { sales } })
    await expect(all(query)).rejects.toMatchObject({ code: 'DIVISION_BY_ZERO' })
  })

  it('gives every type as documented', async () => {
    const columns = `b BOOLEAN, i INT, l BIGINT, d DECIMAL(10, 2), f DOUBLE, s STRING, da DATE, t TIME(3), ts TIMESTAMP(3),
      tz TIMESTAMP_LTZ(3), missing STRING`
    const row = {
      b: true, i: -5, l: 2n ** 60n, d: '12.3', f: 0.5, s: 'é\u{1f600}', da: '2026-01-31', t: '09:05:30.5', ts: '2026-01-31 09:05:30.12',
      tz: new Date(1_700_000_000_123),
    }
    const text = `CREATE TABLE t (${columns}) WITH ('connector' = 'memory'); SELECT * FROM t`
    expect(await all(millrace.query(text, { strategy: 'single', tables: { T: [row] } }))).toEqual([
      { ...row, d: '12.30', t: '09:05:30.500', ts: '2026-01-31 09:05:30.120', tz: '2023-11-14T22:13:20.123Z', missing: null },
    ])
  })

  it('gives BIGINT as numbers where it is told to, never wrong ones', async () => {
    const rows = (value: string) => all(millrace.query(`SELECT CAST(${value} AS BIGINT) AS n`, { bigints: 'number', strategy: 'single' }))
    expect(await rows('12')).toEqual([{ n: 12 }])
    await expect(rows('9007199254740993')).rejects.toMatchObject({ code: 'NUMERIC_OVERFLOW' })
  })

  it('is iterated once, and takes one SELECT', async () => {
    const query = millrace.query('SELECT 1 AS a', { strategy: 'single' })
    expect(await all(query)).toEqual([{ a: 1 }])
    await expect(all(query)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(all(millrace.query(SALES))).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('run', () => {
  it('writes memory tables, committed at the end, and reads them again', async () => {
    const text = `${SALES}
      CREATE TABLE totals (city STRING, total BIGINT) WITH ('connector' = 'memory');
      CREATE TABLE large (city STRING) WITH ('connector' = 'memory');
      INSERT INTO totals SELECT city, sum(amount) FROM sales GROUP BY city;
      INSERT INTO large SELECT city FROM sales WHERE amount >= 9998;`
    const job = await millrace.run(text, { workers: 2, tables: { sales } })
    const stats = await job.done
    expect(job.table('totals').length).toBe(7)
    expect(job.table('LARGE').sort(by('city'))).toEqual([{ city: 'city 2' }, { city: 'city 3' }])
    expect(stats).toEqual(job.stats())
    expect(() => job.table('largest')).toThrow(expect.objectContaining({ code: 'SQL_TABLE_UNKNOWN' }))
  })

  it('writes whole lines to standard output', async () => {
    let text = ''
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString('utf8')
        setTimeout(done, 1)
      },
    })
    const job = await millrace.run(`${SALES} ${PRINT}`, { workers: 3, tables: { sales }, stdout })
    await job.done
    const rows = text.trim().split('\n').map((line) => JSON.parse(line) as { city: string; amount: number })
    expect(rows.sort((a, b) => a.amount - b.amount)).toEqual(sales)
    expect(job.stats().bytesOut).toBe(text.length)
  })

  it('fails when standard output is gone', async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) })
    const job = await millrace.run(`${SALES} ${PRINT}`, { workers: 2, tables: { sales }, stdout })
    await expect(job.done).rejects.toMatchObject({ code: 'SINK_UNWRITABLE' })
  })

  it('hands SELECTs to `results` in the order of the text, and refuses them where nobody takes them', async () => {
    const seen: string[] = []
    const job = await millrace.run('SELECT 1 AS a; SELECT 2 AS b', {
      strategy: 'single',
      results: {
        begin: ({ index, schema }) => void seen.push(`begin ${index} ${schema[0]!.name}`),
        rows: (batch, { index }) => void seen.push(`rows ${index} ${batch.length}`),
        end: ({ index }) => void seen.push(`end ${index}`),
      },
    })
    await job.done
    expect(seen).toEqual(['begin 0 a', 'rows 0 1', 'end 0', 'begin 1 b', 'rows 1 1', 'end 1'])
    await expect(millrace.run('SELECT 1')).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('reports progress and stops when its signal aborts', async () => {
    const aborter = new AbortController()
    const seen: JobStats[] = []
    const sql = `${NUMBERS(`, 'endless' = 'true'`)}
      CREATE TABLE b (n BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT n FROM numbers`
    const job = await millrace.run(sql, {
      workers: 2, baseDirectory: FIXTURES, signal: aborter.signal, progressMs: 10,
      onProgress: (stats) => {
        seen.push(stats)
        if (stats.rowsOut > 1_000) aborter.abort()
      },
    })
    await expect(job.done).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.every((stats, i) => i === 0 || stats.rowsIn >= seen[i - 1]!.rowsIn)).toBe(true)
  })

  it('drains: what was read is committed', async () => {
    const sql = `${NUMBERS(`, 'endless' = 'true', 'delay-ms' = '1'`)}
      CREATE TABLE m (n BIGINT) WITH ('connector' = 'memory'); INSERT INTO m SELECT n FROM numbers`
    const job = await millrace.run(sql, {
      workers: 2, baseDirectory: FIXTURES, progressMs: 10, onProgress: (stats) => void (stats.rowsOut > 0 && job.drain()),
    })
    const stats = await job.done
    expect(job.table('m').length).toBe(stats.rowsOut)
    expect(stats.rowsOut).toBeGreaterThan(0)
  })

  it('explains with counts', async () => {
    const job = await millrace.run(`${SALES} EXPLAIN ANALYZE SELECT city FROM sales WHERE amount < 10`, { workers: 2, tables: { sales } })
    await job.done
    expect(job.outputs.at(-1)!.text).toMatch(/rows in 10000, filtered 9990, .* out 10/)
  })

  it('refuses what it cannot do, before it starts', async () => {
    await expect(millrace.run('SELECT 1', { workers: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(millrace.run('SELECT 1', { checkpoint: { address: 'x', intervalMs: 1 } })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    await expect(millrace.run('SELECT x FROM y')).rejects.toBeInstanceOf(MillraceError)
    await expect(millrace.run(SALES + 'SELECT 1', { tables: { sales: [{ town: 'x' }] } })).rejects.toBeInstanceOf(MillraceError)
  })
})

describe('connectors', () => {
  const runtime = createRuntime({ workers: 1 })
  const select = (connector: string) =>
    runtime.compile(`CREATE TABLE t (n BIGINT) WITH ('connector' = '${connector}'); SELECT n FROM t`, { baseDirectory: folder })

  it('are found by file and export, from the SQL file on', async () => {
    const sql = `CREATE TABLE t (n BIGINT) WITH ('connector' = './numbers-connector.mjs#numbersInBlocks', 'rows' = '300');
      SELECT count(*) AS n FROM t`
    const rows = await all(millrace.query(sql, { fileName: join(FIXTURES, 'job.sql'), workers: 2, strategy: 'coordinator' }))
    expect(rows).toEqual([{ n: 300n }])
  })

  it('that are unknown or none are errors that help', async () => {
    await expect(select('fil')).rejects.toMatchObject({ code: 'CONNECTOR_UNKNOWN', details: { suggestion: 'file' } })
    await expect(select('./nowhere.mjs')).rejects.toMatchObject({ code: 'CONNECTOR_UNKNOWN' })
    await expect(select(`${FIXTURES}/numbers-connector.mjs#notOne`)).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID', message: expect.stringContaining('#numbersInBlocks'),
    })
    writeFileSync(join(folder, 'broken.mjs'), 'import "./missing.mjs"')
    await expect(select('./broken.mjs')).rejects.toMatchObject({ code: 'CONNECTOR_INVALID' })
  })
})

describe('a runtime', () => {
  it('runs job after job, and side by side as far as its threads go', async () => {
    const runtime = createRuntime({ workers: 2 })
    const count = (workers: number) => all(runtime.query(`${SALES} SELECT count(*) AS n FROM sales`, { workers, tables: { sales } }))
    try {
      expect(await count(2)).toEqual([{ n: 10_000n }])
      const together = await Promise.all([count(1), count(2), count(1), count(2), count(1)])
      expect(together).toEqual(Array.from({ length: 5 }, () => [{ n: 10_000n }]))
      await expect(count(3)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    } finally {
      await runtime.close()
    }
  })

  it('goes on after a thread has died', async () => {
    const runtime = createRuntime({ workers: 2 })
    try {
      const numbers = (options: string) => all(runtime.query(`${NUMBERS(options)} SELECT n FROM numbers`, { baseDirectory: FIXTURES }))
      await expect(numbers(`, 'exit-at' = '700'`)).rejects.toMatchObject({ code: 'WORKER_LOST' })
      expect((await numbers('')).length).toBe(1_000)
    } finally {
      await runtime.close()
    }
  })
})
