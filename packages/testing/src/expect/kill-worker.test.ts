import type { Row } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { expectSql } from './expect-sql.js'
import type { SqlTest } from './sql-test.js'

const WORKERS = [1, 2, 3, 4, 5, 6, 7, 8]

/** Numbers of workers for a row: all in long runs, else every third, each another time. */
const workersFor = (row: number): readonly number[] => (
  process.env['MILLRACE_FUZZ_RUNS'] === undefined ? WORKERS.filter((workers) => (workers + row) % 3 === 0) : WORKERS
)

const SALES = `CREATE TABLE sales (id BIGINT, shop STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'kafka', 'topic' = 'sales', 'format' = 'json');
  CREATE TABLE shops (shop STRING, city STRING) WITH ('connector' = 'kafka', 'topic' = 'shops', 'format' = 'json');
  CREATE TABLE per_shop (shop STRING, total DECIMAL(38, 2), PRIMARY KEY (shop) NOT ENFORCED) WITH ('connector' = 'postgres');`

const QUERIES: Readonly<Record<string, string>> = {
  'without state': 'SELECT id, amount * 2 AS twice FROM sales WHERE shop <> \'b\'',
  'windows': `SELECT shop, window_start, SUM(amount) AS total FROM TABLE(TUMBLE(TABLE sales, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY shop, window_start, window_end`,
  'sessions': `SELECT shop, window_start, window_end, COUNT(*) AS n FROM TABLE(SESSION(TABLE sales PARTITION BY shop, DESCRIPTOR(ts), INTERVAL '6' SECOND))
    GROUP BY shop, window_start, window_end`,
  'groups': 'SELECT shop, SUM(amount) AS total, COUNT(DISTINCT id) AS n FROM sales GROUP BY shop',
  'an outer join': 'SELECT sales.id, shops.city FROM sales LEFT JOIN shops ON sales.shop = shops.shop',
  'Top-N': `SELECT shop, id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY shop ORDER BY amount DESC) AS place FROM sales) WHERE place <= 2`,
  'OVER': 'SELECT id, SUM(amount) OVER (PARTITION BY shop ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS last_two FROM sales',
  'an upsert table': 'INSERT INTO per_shop SELECT shop, SUM(amount) FROM sales GROUP BY shop',
}

const sales: readonly Row[] = Array.from({ length: 9 }, (_, i) => ({
  id: i, shop: 'abc'[(i * 5) % 3], amount: ((i * 7) % 10) + 1, ts: new Date(Date.UTC(2026, 0, 1) + ((i * 4 - (i % 3) * 2) * 1_000)),
}))

/** Pushes everything, with a look in the middle and a row of the other table there. */
async function run(test: SqlTest, readsShops: boolean): Promise<unknown[]> {
  const seen: unknown[] = []
  await test.push('sales', sales.slice(0, 5))
  seen.push(sorted(await test.changes()))
  if (readsShops) await test.push('shops', [{ shop: 'a', city: 'Bern' }, { shop: 'b', city: 'Basel' }])
  await test.push('sales', sales.slice(5))
  await test.endOfInput()
  seen.push(sorted(await test.changes()), sorted(await test.table()))
  return seen
}

function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))).sort()
}

describe('a worker that dies changes nothing', () => {
  it.each(Object.keys(QUERIES))('%s', async (name) => {
    const sql = `${SALES} ${QUERIES[name]!}`
    const readsShops = name === 'an outer join'
    const undisturbed = await run(await expectSql(sql, { workers: WORKERS }), readsShops)
    expect(undisturbed.flat().length, 'there is something to compare').toBeGreaterThan(3)
    for (let row = 1; row <= sales.length; row++) {
      const test = await expectSql(sql, { workers: workersFor(row), seed: row })
      await test.killWorkerAt('sales', row)
      expect(await run(test, readsShops), `row ${row}`).toEqual(undisturbed)
    }
  })

  it('and neither do several, at other numbers of workers', async () => {
    const sql = `${SALES} ${QUERIES['groups']!}`
    const test = await expectSql(sql, { workers: [2, 5] })
    await test.killWorkerAt(2)
    await test.push('sales', sales.slice(0, 3))
    await test.restart({ workers: 8 })
    await test.killWorkerAt(5)
    await test.push('sales', sales.slice(3, 6))
    await test.restart({ workers: 1 })
    await test.killWorkerAt(9)
    await test.push('sales', sales.slice(6))
    const whole = await expectSql(sql)
    await whole.push('sales', sales)
    expect(sorted(await test.table())).toEqual(sorted(await whole.table()))
    expect(sorted(await test.changes())).toEqual(sorted(await whole.changes()))
  })

  it('is found out when it does: a function that remembers what it has seen', async () => {
    let calls = 0
    const test = await expectSql(`CREATE FUNCTION remembering (x BIGINT) RETURNS BIGINT AS './f.js'; ${SALES} SELECT remembering(id) AS x FROM sales`, {
      workers: 2, functions: { './f.js': { remembering: () => ++calls } },
    })
    await test.killWorkerAt(2)
    await test.push('sales', sales.slice(0, 3))
    await expect(test.table([{ x: 1 }, { x: 2 }, { x: 3 }])).rejects.toThrow('is not as expected')
  })
})

describe('killWorkerAt', () => {
  it('wants a row that is yet to come, of a table that is read', async () => {
    const test = await expectSql(`${SALES} ${QUERIES['an outer join']!}`)
    await test.push('sales', sales.slice(0, 2))
    await expect(test.killWorkerAt(3)).rejects.toThrow('the job reads sales, shops: name the table of the row')
    await expect(test.killWorkerAt('sales', 2)).rejects.toThrow('row 2 of `sales` has been taken already')
    await expect(test.killWorkerAt('sales', 0)).rejects.toThrow('numbered from 1')
  })

  it('says so where the row never came', async () => {
    const test = await expectSql(`${SALES} ${QUERIES['groups']!}`)
    await test.killWorkerAt(4)
    await test.push('sales', sales.slice(0, 3))
    await expect(test.endOfInput()).rejects.toThrow('no worker has died, because row 4 of `sales` never came')
  })
})
