import { describe, expect, it } from 'vitest'
import { explain } from './shop.test.data.js'

/** One worker: what the rules have made of a query, and nothing of how it is shared out. */
const plan = async (sql: string): Promise<string> => `\n${await explain(sql, { workerCount: 1 })}\n`

describe('conditions move towards the tables', () => {
  it('through projections and into the reader, the rest behind it', async () => {
    expect(await plan('SELECT d FROM (SELECT price * 2 AS d, symbol AS s FROM trades) AS t WHERE d > 4 AND s = \'a\'')).toMatchInlineSnapshot(`
      "
      Select                        1 worker
      └─ Project price * 2 AS d     local
         └─ Filter price * 2 > 4    local
            └─ Filter symbol = 'a'  local, in the reader
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })

  it('stop before a reader whose rows tell the time, wanted or not', async () => {
    const replayed = `CREATE TABLE replayed (a STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'file', 'path' = 'r', 'scan.replay' = 'true');`
    expect(await plan(`${replayed} SELECT ts FROM replayed WHERE a = 'a'`)).toMatchInlineSnapshot(`
      "
      Select                1 worker
      └─ Project ts         local
         └─ Filter a = 'a'  local
            └─ Read replayed (file, 12 byte ranges)  columns=a, ts
      "
    `)
    const untimed = replayed.replace(', WATERMARK FOR ts AS ts', '')
    expect(await plan(`${untimed} SELECT ts FROM replayed WHERE a = 'a'`)).toMatchInlineSnapshot(`
      "
      Select                1 worker
      └─ Project ts         local
         └─ Filter a = 'a'  local, in the reader
            └─ Read replayed (file, 12 byte ranges)  columns=a, ts
      "
    `)
  })

  it('through an aggregate if they are about keys alone', async () => {
    expect(await plan("SELECT symbol, count(*) AS n FROM trades GROUP BY symbol HAVING symbol = 'a' AND count(*) > 2")).toMatchInlineSnapshot(`
      "
      Select                                 1 worker
      └─ Filter count > 2                    local
         └─ Aggregate  key=symbol  count(*)  local
            └─ Filter symbol = 'a'           local, in the reader
               └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })

  it('not out of a group that is there without rows', async () => {
    expect(await plan('SELECT count(*) FROM trades HAVING 1 = 2')).toMatchInlineSnapshot(`
      "
      Select            1 worker
      └─ Values 0 rows  single: values of the query
      "
    `)
  })

  it('into every side of a union', async () => {
    expect(await plan("SELECT s FROM (SELECT symbol AS s FROM trades UNION ALL SELECT name FROM big) AS t WHERE s = 'a'")).toMatchInlineSnapshot(`
      "
      Select                                                                       1 worker
      └─ Union                                                                     local
         ├─ Project symbol                                                         local
         │  └─ Filter symbol = 'a'                                                 local, in the reader
         │     └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity     read once for 2
         └─ Project symbol AS name                                                 local
            └─ Filter quantity > 10                                                local
               └─ Filter symbol = 'a'                                              local, in the reader
                  └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity  read once for 2
      "
    `)
  })

  it('not through a LIMIT, and not with chance', async () => {
    expect(await plan("SELECT symbol FROM (SELECT symbol FROM trades LIMIT 3) AS t WHERE symbol = 'a'")).toMatchInlineSnapshot(`
      "
      Select                           1 worker
      └─ Filter symbol = 'a'           local
         └─ Project symbol             local
            └─ Sort #ordinal  limit=3  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol  first 3 rows
      "
    `)
    expect(await plan('SELECT r FROM (SELECT rand() AS r FROM trades) AS t WHERE r > 0.5')).toMatchInlineSnapshot(`
      "
      Select                       1 worker
      └─ Filter r > 0.5            local
         └─ Project random() AS r  local
            └─ Read trades (file, 12 byte ranges)  columns=none
      "
    `)
  })

  it.each([
    ['5 < small', 'small > 5'], ['small IN (1, 2)', 'small IN (1, 2)'], ['ok', 'ok = TRUE'], ['NOT ok', 'ok = FALSE'], ["symbol <> 'it''s'", "symbol <> 'it''s'"],
    ['day IS NOT NULL', 'day IS NOT NULL'], ["ts >= '2026-01-01 00:00:00'", "ts >= TIMESTAMP '2026-01-01 00:00:00.000'"], ['amount = 1.5', 'amount = 1.50'],
    ['small > 2.0', 'small > 2'], ['quantity BETWEEN 1 AND 2', 'quantity >= 1 AND quantity <= 2'],
  ])('the reader takes %s', async (condition, taken) => expect(await plan(`SELECT symbol FROM trades WHERE ${condition}`)).toMatch(new RegExp(`Filter ${taken.replace(/[().*+]/g, '\\$&')} +local, in the reader`)))

  it.each(['small > quantity', 'small > 2.5', 'small = NULL OR ok', "symbol LIKE 'a%'", 'small = 1 OR price = 2', 'price + 1 > 2', 'tags IS NULL AND price > rand()', 'place.city = symbol'])(
    'the reader does not take all of %s', async (condition) => expect(await plan(`SELECT symbol FROM trades WHERE ${condition}`)).toMatch(/Filter .* +local\n/))

  it('nothing goes to a reader that cannot filter', async () => {
    expect(await plan('SELECT symbol FROM plain WHERE small = 1')).not.toContain('in the reader')
  })
})

describe('only what is used', () => {
  it('is read', async () => {
    expect(await plan('SELECT a FROM (SELECT symbol AS a, price + 1 AS b, upper(symbol) AS c FROM trades) AS t')).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
    expect(await plan('SELECT count(*) FROM (SELECT symbol, price FROM trades) AS t')).toContain('columns=none')
  })

  it('is aggregated', async () => {
    expect(await plan('SELECT s FROM (SELECT symbol, sum(price) AS s, max(quantity) AS m FROM trades GROUP BY symbol) AS t')).toMatchInlineSnapshot(`
      "
      Select                                   1 worker
      └─ Project s                             local
         └─ Aggregate  key=symbol  sum(price)  local
            └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
    expect(await plan('SELECT 1 AS one FROM (SELECT sum(price) AS s, max(quantity) AS m FROM trades) AS t')).toMatchInlineSnapshot(`
      "
      Select                       1 worker
      └─ Project 1 AS one          local
         └─ Aggregate  sum(price)  local
            └─ Read trades (file, 12 byte ranges)  columns=price
      "
    `)
  })

  it('goes through unions and sorts', async () => {
    expect(await plan('SELECT p FROM (SELECT symbol AS s, price AS p, quantity AS q FROM trades UNION ALL SELECT symbol, price, quantity FROM plain) AS t ORDER BY q')).toMatchInlineSnapshot(`
      "
      Select             1 worker
      └─ Project p       local
         └─ Sort order0  local
            └─ Union     local
               ├─ Read trades (file, 12 byte ranges)  columns=price, quantity
               └─ Read plain (plain)  columns=price, quantity
      "
    `)
  })
})

describe('projections', () => {
  it('merge unless something costly would be computed twice', async () => {
    expect(await plan('SELECT a + 1 AS b, a * 2 AS c FROM (SELECT small + 1 AS a FROM trades) AS t')).toMatchInlineSnapshot(`
      "
      Select                                               1 worker
      └─ Project small + 1 + 1 AS b, (small + 1) * 2 AS c  local
         └─ Read trades (file, 12 byte ranges)  columns=small
      "
    `)
    expect(await plan("SELECT a || 'x' AS b, a || 'y' AS c FROM (SELECT upper(lower(upper(symbol || 'a') || 'b') || 'c') AS a FROM trades) AS t")).toMatchInlineSnapshot(`
      "
      Select                                                               1 worker
      └─ Project a || 'x' AS b, a || 'y' AS c                              local
         └─ Project upper(lower(upper(symbol || 'a') || 'b') || 'c') AS a  local
            └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })

  it('never compute chance twice', async () => {
    expect(await plan('SELECT r + 1 AS a, r + 2 AS b FROM (SELECT rand() AS r FROM trades) AS t')).toMatchInlineSnapshot(`
      "
      Select                             1 worker
      └─ Project r + 1 AS a, r + 2 AS b  local
         └─ Project random() AS r        local
            └─ Read trades (file, 12 byte ranges)  columns=none
      "
    `)
  })

  it('dissolve into aggregates', async () => {
    expect(await plan('SELECT k, sum(v) FROM (SELECT upper(symbol) AS k, price * 2 AS v FROM trades WHERE small > 1) AS t GROUP BY k')).toMatchInlineSnapshot(`
      "
      Select                                           1 worker
      └─ Aggregate  key=upper(symbol)  sum(price * 2)  local
         └─ Filter small > 1                           local, in the reader
            └─ Read trades (file, 12 byte ranges)  columns=symbol, price, small
      "
    `)
  })
})
