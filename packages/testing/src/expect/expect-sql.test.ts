import { describe, expect, it } from 'vitest'
import { memoryConnector } from '../memory-connector.js'
import { expectSql, type ExpectSqlOptions } from './expect-sql.js'
import { undecodable } from './source.js'
import type { SqlTest } from './sql-test.js'

const ORDERS = `CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json');`
const TOTALS = `${ORDERS}
  SELECT window_start, SUM(amount) AS total FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`
const CLICKS = `CREATE TABLE clicks (page STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');`
const COUNTS = `${CLICKS} SELECT page, COUNT(*) AS clicks FROM clicks GROUP BY page`

const click = (page: string, n = 1): { page: string; n: number } => ({ page, n })

async function message(action: Promise<unknown>): Promise<string> {
  return action.then(() => { throw new Error('it did not fail') }, (error: unknown) => (error as Error).message)
}

describe('a test of SQL', () => {
  it('sees windows close as rows move the watermark', async () => {
    const test = await expectSql(TOTALS)
    await test.push('orders', [{ id: 1, amount: '10.00', ts: '2026-01-01 00:00:01' }, { id: 2, amount: 20, ts: new Date('2026-01-01T00:00:59Z') }])
    await test.changes([])
    await test.push('orders', [{ id: 3n, amount: '5.00', ts: '2026-01-01T00:01:05' }])
    await test.changes([{ window_start: '2026-01-01 00:00:00', total: '30.00' }])
    await test.endOfInput()
    await test.changes([['+I', { window_start: '2026-01-01 00:01:00', total: 5 }]])
    await test.table([{ window_start: '2026-01-01 00:00:00', total: 30n }, { window_start: '2026-01-01 00:01:00', total: 5n }])
  })

  it('moves event time without a row', async () => {
    const test = await expectSql(TOTALS)
    await test.push('orders', [{ id: 1, amount: 10, ts: '2026-01-01 00:00:01' }])
    await test.advanceWatermark('orders', '2026-01-01 00:00:59.999')
    await test.changes([])
    await test.advanceWatermark('orders', '2026-01-01 00:01:00')
    await test.changes([{ window_start: '2026-01-01 00:00:00', total: 10 }])
    await test.restart({ workers: 3 })
    await test.push('orders', [{ id: 2, amount: 10, ts: '2026-01-01 00:00:30' }, { id: 3, amount: 7, ts: '2026-01-01 00:01:30' }])
    await test.endOfInput()
    await test.changes([{ window_start: '2026-01-01 00:01:00', total: 7 }])
  })

  it('tells every change that a row makes, however many are pushed at once', async () => {
    const test = await expectSql(COUNTS, { workers: [1, 2, 3, 8] })
    await test.push('clicks', [click('a'), click('b'), click('a')])
    await test.changes([
      { page: 'a', clicks: 1n }, { page: 'b', clicks: 1n }, { op: '-U', page: 'a', clicks: 1n }, { op: '+U', page: 'a', clicks: 2n },
    ], { ordered: true })
    await test.changes([])
    await test.table([{ page: 'b', clicks: 1 }, { page: 'a', clicks: 2 }])
  })

  it('gives rows to matchers of other libraries', async () => {
    const test = await expectSql(COUNTS)
    await test.push('clicks', [click('a'), click('a')])
    expect(await test.changes()).toEqual([{ op: '+I', page: 'a', clicks: 1n }, { op: '-U', page: 'a', clicks: 1n }, { op: '+U', page: 'a', clicks: 2n }])
    expect(await test.table()).toEqual([{ page: 'a', clicks: 2n }])
    await test.table([{ page: expect.stringMatching(/^a/), clicks: expect.anything() }])
    await test.table([{ PAGE: 'a' }], { columns: ['page'] })
  })

  it('looks at the tables of INSERTs by name, upsert tables by key', async () => {
    const test = await expectSql(`${CLICKS}
      CREATE TABLE per_page (page STRING, clicks BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'postgres', 'url' = '…');
      CREATE TABLE big (page STRING, n BIGINT) WITH ('connector' = 'file', 'path' = 'big', 'format' = 'csv');
      INSERT INTO per_page SELECT page, COUNT(*) FROM clicks GROUP BY page;
      INSERT INTO big SELECT * FROM clicks WHERE n > 10;`)
    await test.push('clicks', [click('a'), click('b', 11), click('a')])
    await test.changes('big', [{ page: 'b', n: 11 }])
    await test.changes('per_page', [{ page: 'a', clicks: 1 }, { page: 'b', clicks: 1 }, ['+U', { page: 'a', clicks: 2 }]])
    await test.table('PER_PAGE', [{ page: 'a', clicks: 2 }, { page: 'b', clicks: 1 }])
    expect(await message(test.changes([]))).toBe('the job writes per_page, big: name the table to look at')
    expect(await message(test.table('bog', []))).toContain('did you mean `big`?')
  })

  it('runs functions given inline, parameters, and settings', async () => {
    const test = await expectSql(`CREATE FUNCTION shout (t STRING) RETURNS STRING AS './text.js'; SET 'time-zone' = 'Europe/Zurich'; ${CLICKS}
      SELECT shout(page) AS page, CAST(TO_TIMESTAMP_LTZ(0, 3) AS TIMESTAMP(3)) AS epoch FROM clicks WHERE n >= \${least:5}`,
    { functions: { './text.js': { shout: (text: string) => text.toUpperCase() } }, params: { least: '2' } })
    await test.push('clicks', [click('a', 1), click('b', 2)])
    await test.changes([{ page: 'B', epoch: '1970-01-01 01:00:00' }])
  })

  it('reads a file with the modules beside it', async () => {
    const test = await expectSql(new URL('../../../../examples/06-user-functions/orders.sql', import.meta.url)).catch((error: unknown) => error as Error)
    expect((test as Error).message).toContain('the text has 4 jobs')
  })

  it('lets time pass for processing time', async () => {
    const test = await expectSql(`CREATE TABLE t (id INT, at AS PROCTIME()) WITH ('connector' = 'kafka');
      SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`,
    { now: '2026-03-01 12:00:30' })
    await test.push('t', [{ id: 1 }, { id: 2 }])
    await test.advanceClock('29 seconds')
    await test.changes([])
    await test.advanceClock(1_000)
    await test.changes([{ window_start: '2026-03-01T12:00:00Z', n: 2 }])
  })

  it('sees late rows and rows that failed', async () => {
    const test = await expectSql(`
      CREATE TABLE late (id BIGINT, lateness_ms BIGINT) WITH ('connector' = 'file', 'path' = 'late', 'format' = 'json');
      CREATE TABLE dead (error_code STRING, record BYTES) WITH ('connector' = 'kafka', 'topic' = 'dead', 'format' = 'json');
      CREATE TABLE orders (id BIGINT, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
        WITH ('connector' = 'kafka', 'topic' = 'orders', 'late-rows' = 'late', 'on-error' = 'dead-letter', 'dead-letter' = 'dead');
      SELECT window_start, SUM(100 / id) AS n FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`)
    await test.push('orders', [{ id: 1, ts: '2026-01-01 00:00:01' }, { id: 2, ts: '2026-01-01 00:00:12' }, { id: 3, ts: '2026-01-01 00:00:09' }])
    await test.push('orders', [undecodable('{"id":'), { id: 0, ts: '2026-01-01 00:00:13' }])
    await test.changes([{ window_start: '2026-01-01 00:00:00', n: 100 }])
    await test.changes('late', [{ id: 3, lateness_ms: 2_000 }])
    await test.changes('dead', [{ error_code: 'ROW_UNDECODABLE' }, { error_code: 'DIVISION_BY_ZERO' }], { columns: ['error_code'] })
  })

  it('needs no package of a format', async () => {
    const test = await expectSql(COUNTS.replace("'json'", "'avro-confluent', 'avro-confluent.url' = 'http://registry:8081'"))
    await test.push('clicks', [click('a')])
    await test.table([{ page: 'a', clicks: 1 }])
  })

  it('takes changes of tables that have them, and refuses them of others', async () => {
    const sql = COUNTS.replace("'json'", "'debezium-json'")
    const test = await expectSql(sql)
    await test.push('clicks', [click('a'), click('a'), { op: '-D', page: 'a', n: 1 }])
    await test.table([{ page: 'a', clicks: 1 }])
    const plain = await expectSql(COUNTS, { tables: { CLICKS: { changelog: true } } })
    await plain.push('clicks', [click('a'), ['-D', click('a')]])
    await plain.table([])
    expect(await message((await expectSql(COUNTS)).push('clicks', [['-D', click('a')]]))).toContain('row 1 pushed to `clicks`: rows of `clicks` are only added')
  })

  it('knows that files end, and partitions of topics have a time each', async () => {
    const files = await expectSql("CREATE TABLE f (x INT) WITH ('connector' = 'file', 'path' = 'f.csv', 'format' = 'csv'); SELECT x FROM f ORDER BY x DESC LIMIT 2")
    await files.push('f', [{ x: 1 }, { x: 3 }, { x: 2 }])
    await files.changes([])
    await files.endOfInput()
    await files.changes([{ x: 3 }, { x: 2 }], { ordered: true })
    const parted = await expectSql(TOTALS, { tables: { orders: { partitions: 2 } } })
    await parted.push('orders', [{ amount: 1, ts: '2026-01-01 00:00:01' }, { amount: 2, ts: '2026-01-01 00:02:00' }])
    await parted.changes([])
    await parted.push('orders', [{ amount: 4, ts: '2026-01-01 00:00:02' }, { amount: 8, ts: '2026-01-01 00:01:06' }], { partition: 0 })
    await parted.changes([{ window_start: '2026-01-01 00:00:00', total: 5 }])
  })
})

describe('the surroundings of a job', () => {
  it('let partitions fall silent, and take them out', async () => {
    const sql = TOTALS.replace("'format'", "'scan.watermark.idle-timeout' = '10 s', 'format'")
    const test = await expectSql(sql, { tables: { orders: { partitions: 2 } } })
    await test.push('orders', [{ amount: 1, ts: '2026-01-01 00:00:01' }, { amount: 2, ts: '2026-01-01 00:02:00' }], { partition: 0 })
    await test.advanceClock('9 seconds')
    await test.changes([])
    await test.push('orders', [{ amount: 4, ts: '2026-01-01 00:02:01' }], { partition: 0 })
    await test.advanceClock('2 seconds')
    await test.changes([{ window_start: '2026-01-01 00:00:00', total: 1 }])
  })

  it('give metadata like other columns', async () => {
    const test = await expectSql(`CREATE TABLE t (k INT, part INT METADATA FROM 'partition', "offset" BIGINT METADATA) WITH ('connector' = 'kafka', 'topic' = 't');
      SELECT k, part, "offset" AS o FROM t`)
    await test.push('t', [{ k: 1, part: 3, offset: 7n }])
    await test.changes([{ k: 1, part: 3, o: 7 }])
  })

  it('end one table before another: a lookup waits for it', async () => {
    const test = await expectSql(`
      CREATE TABLE towns (id INT, name STRING) WITH ('connector' = 'file', 'path' = 'towns.csv', 'format' = 'csv');
      CREATE TABLE visits (town INT, proc AS PROCTIME()) WITH ('connector' = 'kafka', 'topic' = 'visits');
      SELECT v.town, t.name FROM visits AS v LEFT JOIN towns FOR SYSTEM_TIME AS OF v.proc AS t ON v.town = t.id`)
    await test.push('visits', [{ town: 1 }, { town: 2 }])
    await test.push('towns', [{ id: 1, name: 'Chur' }])
    await test.changes([{ town: 1, name: 'Chur' }])
    await test.endOfInput('towns')
    await test.changes([{ town: 2, name: null }])
    await test.push('visits', [{ town: 3 }])
    await test.changes([{ town: 3, name: null }])
  })

  it('can be those of the caller: a connector of its own', async () => {
    const real = memoryConnector({ tables: { t: { rows: [[1], [2]] } } })
    const test = await expectSql("CREATE TABLE t (x INT) WITH ('connector' = 'memory'); SELECT x FROM t", { connectors: [real], workers: 2 })
    await test.table([{ x: 1 }, { x: 2 }])
    expect(await message(test.push('t', []))).toContain('the job does not read `t`')
  })
})

describe('what is not as expected', () => {
  const tested = async (options: ExpectSqlOptions = {}): Promise<SqlTest> => {
    const test = await expectSql(COUNTS, { workers: [2, 4], seed: 7, ...options })
    await test.push('clicks', [click('a'), click('b'), click('b')])
    return test
  }

  it('is told: another value', async () => {
    const test = await tested()
    expect(await message(test.table([{ page: 'a', clicks: 1 }, { page: 'b', clicks: 3 }]))).toBe(`the table of the query is not as expected (- expected, + received):

    page  clicks
    a     1
  - b     3
  + b     2
          ^

again with { workers: 2, seed: 7 }`)
  })

  it('is told: a row that is missing, a row too many', async () => {
    const test = await tested()
    expect(await message(test.table([{ page: 'a', clicks: 1 }, { page: 'b', clicks: 2 }, { page: 'c', clicks: 7 }]))).toContain('\n    b     2\n  - c     7\n')
    expect(await message(test.table([{ page: 'a', clicks: 1 }]))).toContain('\n    a     1\n  + b     2\n')
    expect(await message(test.table([]))).toContain('\n  + a     1\n  + b     2\n')
  })

  it('is told: another kind', async () => {
    const test = await tested()
    const text = await message(test.changes([click2('a', 1), click2('b', 1), ['-D', click2('b', 1)], ['+U', click2('b', 2)]]))
    expect(text).toContain('the rows are right, but their kinds are not:')
    expect(text).toContain('  - -D  b     1\n  + -U  b     1\n')
  })

  it('is told: another order', async () => {
    const test = await tested()
    const text = await message(test.changes([click2('b', 1), click2('a', 1), ['-U', click2('b', 1)], ['+U', click2('b', 2)]], { ordered: true }))
    expect(text).toContain('came in another order')
    expect(text).toContain('  - +I  b     1\n  + +I  a     1\n  - +I  a     1\n  + +I  b     1\n    -U  b     1\n')
  })

  it('is told: numbers that are no numbers, but not the last digits of a sum', async () => {
    const test = await expectSql("CREATE TABLE d (x DOUBLE) WITH ('connector' = 'kafka'); SELECT x FROM d")
    await test.push('d', [{ x: Infinity }, { x: 0.1 + 0.2 }, { x: NaN }])
    await test.table([{ x: Infinity }, { x: 0.3 }, { x: NaN }])
    expect(await message(test.table([{ x: 5 }, { x: 0.3 }, { x: NaN }]))).toContain('+ Infinity')
    expect(await message(test.table([{ x: Infinity }, { x: 0.300001 }, { x: NaN }]))).toContain('- 0.300001')
  })

  it('is told: an equal row too often or too seldom', async () => {
    const test = await expectSql(`${CLICKS} SELECT page FROM clicks`)
    await test.push('clicks', [click('a'), click('a')])
    expect(await message(test.table([{ page: 'a' }]))).toContain('    a\n  + a\n')
    expect(await message(test.table([{ page: 'a' }, { page: 'a' }, { page: 'a' }]))).toContain('    a\n    a\n  - a\n')
  })

  it('pairs rows with matchers so that as many as can be are paired', async () => {
    const test = await tested()
    await test.table([{ page: expect.any(String), clicks: expect.any(BigInt) }, { page: 'a', clicks: 1 }])
    expect(await message(test.table([{ page: expect.any(String), clicks: 9 }, { page: 'a', clicks: 1 }]))).toMatch(/- <Any.*>\s+9/)
  })

  it('is told: what cannot be', async () => {
    const test = await tested()
    expect(await message(test.table([{ page: 'a' }]))).toContain('row 1 of those expected: it says nothing of `clicks`')
    expect(await message(test.table([{ page: 'a', click: 1 }]))).toContain('did you mean `clicks`?')
    expect(await message(test.table([{ page: 'a', clicks: 'many' }]))).toContain('"many" is no BIGINT')
    expect(await message(test.changes([['*' as '+I', { page: 'a', clicks: 1 }]]))).toContain("'*' is no kind of change")
    expect(await message(test.push('clicks', [{ pge: 'a' }]))).toContain('row 1 pushed to `clicks`')
    expect(await message(test.push('click', []))).toContain('did you mean `clicks`?')
    expect(await message(test.advanceClock('soon'))).toContain("'soon' is no duration")
    expect(await message(test.advanceWatermark('clicks', '2026-01-01 00:00:00'))).toContain('declares no WATERMARK')
  })

  const click2 = (page: string, clicks: number): { page: string; clicks: number } => ({ page, clicks })
})

describe('errors', () => {
  it('of the text come with their place', async () => {
    await expect(expectSql('SELECT 1 FORM x')).rejects.toMatchObject({ code: 'SQL_SYNTAX' })
    await expect(expectSql(`${ORDERS}\nSELECT amuont FROM orders`)).rejects.toMatchObject({ code: 'SQL_COLUMN_UNKNOWN', details: { place: 'test.sql:3:8' } })
    await expect(expectSql(`${CLICKS} SELECT \${x}`)).rejects.toMatchObject({ code: 'SQL_PARAMETER_MISSING' })
    await expect(expectSql(CLICKS)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(expectSql(COUNTS, { tables: { clacks: {} } })).rejects.toMatchObject({ code: 'SQL_TABLE_UNKNOWN' })
    await expect(expectSql(COUNTS, { workers: 0 })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(expectSql(`CREATE FUNCTION f (x INT) RETURNS INT AS './none.js'; ${COUNTS}`)).rejects.toMatchObject({ code: 'SQL_FUNCTION_MODULE' })
  })

  it('of a table that cannot take changes, if it is one', async () => {
    const sql = `${CLICKS} CREATE TABLE log (page STRING, n BIGINT) WITH ('connector' = 'x'); INSERT INTO log SELECT page, COUNT(*) FROM clicks GROUP BY page`
    await expect(expectSql(sql, { tables: { log: { accepts: 'append' } } })).rejects.toMatchObject({ code: 'SQL_CHANGELOG' })
  })

  it('of rows end the job, and the test', async () => {
    const test = await expectSql(`${CLICKS} SELECT 1 / n AS x FROM clicks`)
    await expect(test.push('clicks', [click('a', 0)])).rejects.toMatchObject({ code: 'DIVISION_BY_ZERO' })
    expect(await message(test.push('clicks', [click('a')]))).toBe('this test is over: the job has failed (DIVISION_BY_ZERO)')
  })

  it('of a test that goes on behind its end', async () => {
    const test = await expectSql(COUNTS)
    await test.endOfInput()
    await test.table([])
    expect(await message(test.push('clicks', [click('a')]))).toBe('the input of `clicks` has ended')
    expect(await message(test.restart())).toContain('this test is over: the input has ended')
  })
})
