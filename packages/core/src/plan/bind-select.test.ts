import { describe, expect, it } from 'vitest'
import { columns, explain, failure } from './shop.test.data.js'

/** One worker: the plan shows how the query was understood, and nothing of how it is shared out. */
const plan = async (sql: string): Promise<string> => `\n${await explain(sql, { workerCount: 1 })}\n`

describe('SELECT', () => {
  it('expands stars, without what is hidden', async () => {
    expect((await columns('SELECT * FROM trades')).map((c) => c.split(' ')[0])).toEqual(['symbol', 'price', 'quantity', 'amount', 'small', 'day', 'ts', 'ok', 'place', 'tags'])
    expect(await columns('SELECT t.*, name AS again FROM big t')).toEqual(['name STRING', 'price DOUBLE', 'again STRING'])
    expect(await failure('SELECT x.* FROM trades')).toBe('SQL_TABLE_UNKNOWN: no table `x` in this FROM @ x')
    expect(await failure('SELECT *')).toBe('SQL_COLUMN_UNKNOWN: `*` needs a FROM @ *')
  })

  it('names what has no name, each differently', async () => {
    expect(await columns('SELECT count(*), count(*), 1 + 1, max(small) AS m, small FROM trades GROUP BY small'))
      .toEqual(['count BIGINT NOT NULL', 'count_1 BIGINT NOT NULL', 'expr INT NOT NULL', 'm INT', 'small INT'])
    expect(await columns('SELECT symbol, symbol FROM trades')).toEqual(['symbol STRING', 'symbol_1 STRING'])
  })

  it('needs no FROM', async () => {
    expect(await plan("SELECT 1 + 1 AS two, upper('x')")).toMatchInlineSnapshot(`
      "
      Select                             1 worker
      └─ Project 2 AS two, 'X' AS upper  local
         └─ Values 1 row                 single: values of the query
      "
    `)
  })

  it('reads views, sub-queries and WITH', async () => {
    expect(await plan('SELECT name FROM big WHERE price > 1')).toMatchInlineSnapshot(`
      "
      Select                                    1 worker
      └─ Project symbol AS name                 local
         └─ Filter quantity > 10 AND price > 1  local, in the reader
            └─ Read trades (file, 12 byte ranges)  columns=symbol, price, quantity
      "
    `)
    expect(await plan('WITH a AS (SELECT symbol AS s FROM trades), b (t) AS (SELECT s FROM a) SELECT t FROM b')).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
    expect(await plan('SELECT x FROM (SELECT symbol, price FROM trades ORDER BY price) AS t (x, y)')).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })

  it('unites queries, bringing columns to one type', async () => {
    expect(await plan('SELECT small AS n FROM trades UNION ALL SELECT quantity FROM plain UNION ALL SELECT 7')).toMatchInlineSnapshot(`
      "
      Select                                    1 worker
      └─ Union                                  local
         ├─ Project CAST(small AS BIGINT) AS n  local
         │  └─ Read trades (file, 12 byte ranges)  columns=small
         ├─ Read plain (plain)  columns=quantity
         └─ Project 7 AS expr                   local
            └─ Values 1 row                     single: values of the query
      "
    `)
    expect(await plan("SELECT day FROM trades UNION SELECT '2026-01-01'")).toMatchInlineSnapshot(`
      "
      Select                                      1 worker
      └─ Distinct  key=day                        local
         └─ Union                                 local
            ├─ Read trades (file, 12 byte ranges)  columns=day
            └─ Project DATE '2026-01-01' AS expr  local
               └─ Values 1 row                    single: values of the query
      "
    `)
    expect(await failure('SELECT small, price FROM trades UNION ALL SELECT small FROM trades'))
      .toBe('SQL_TYPE: UNION needs as many columns on both sides; here are 2 and 1 @ SELECT small FROM trades')
    expect(await failure('SELECT small FROM trades UNION ALL SELECT ok FROM trades'))
      .toBe('SQL_TYPE: UNION, column 1 (`small`): BOOLEAN does not go with INT; CAST one of them @ SELECT ok FROM trades')
  })

  it('takes VALUES', async () => {
    expect(await columns("VALUES (1, 'a'), (2.5, NULL)")).toEqual(['column1 DECIMAL(11, 1) NOT NULL', 'column2 STRING'])
    expect(await failure('VALUES (1, 2), (3)')).toContain('SQL_TYPE: VALUES needs as many values in every row; here are 2 and 1')
  })
})

describe('GROUP BY', () => {
  it('groups by columns, expressions, aliases and places', async () => {
    const expected = await plan('SELECT upper(symbol) AS u, count(*) FROM trades GROUP BY upper(symbol)')
    expect(expected).toMatchInlineSnapshot(`
      "
      Select                                     1 worker
      └─ Aggregate  key=upper(symbol)  count(*)  local
         └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
    expect(await plan('SELECT upper(symbol) AS u, count(*) FROM trades GROUP BY u')).toBe(expected)
    expect(await plan('SELECT upper(symbol) AS u, count(*) FROM trades GROUP BY 1')).toBe(expected)
  })

  it('prefers columns of the input to output names', async () => {
    expect(await plan('SELECT upper(symbol) AS symbol, count(*) AS n FROM trades GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select                                          1 worker
      └─ Project upper(symbol) AS symbol, count AS n  local
         └─ Aggregate  key=symbol  count(*)           local
            └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })

  it('computes equal calls once', async () => {
    expect(await plan('SELECT sum(price) + 1, sum(price) * 2 FROM trades HAVING sum(price) > 3')).toMatchInlineSnapshot(`
      "
      Select                                         1 worker
      └─ Project sum + 1 AS expr, sum * 2 AS expr_1  local
         └─ Filter sum > 3                           local
            └─ Aggregate  sum(price)                 local
               └─ Read trades (file, 12 byte ranges)  columns=price
      "
    `)
  })

  it('takes FILTER, DISTINCT and aliases in HAVING', async () => {
    expect(await plan('SELECT symbol, count(*) FILTER (WHERE ok) AS n, max(DISTINCT price) FROM trades GROUP BY symbol HAVING n > 2')).toMatchInlineSnapshot(`
      "
      Select                                                               1 worker
      └─ Filter count > 2                                                  local
         └─ Aggregate  key=symbol  count(*) FILTER (WHERE ok), max(price)  local
            └─ Read trades (file, 12 byte ranges)  columns=symbol, price, ok
      "
    `)
  })

  it.each([
    ['SELECT symbol, price FROM trades GROUP BY symbol', 'SQL_GROUPING: `price` is neither in GROUP BY nor inside an aggregate function @ price'],
    ['SELECT symbol, count(*) FROM trades', 'SQL_GROUPING: `symbol` is neither in GROUP BY nor inside an aggregate function @ symbol'],
    ['SELECT symbol FROM trades GROUP BY symbol HAVING price > 1', 'SQL_GROUPING: `price` is neither in GROUP BY nor inside an aggregate function @ price'],
    ['SELECT symbol FROM trades GROUP BY symbol ORDER BY price', 'SQL_GROUPING: `price` is neither in GROUP BY nor inside an aggregate function @ price'],
    ['SELECT symbol FROM trades WHERE count(*) > 1', 'SQL_AGGREGATE_MISPLACED: count(…) cannot stand in WHERE; filter groups with HAVING @ count(*)'],
    ['SELECT sum(max(price)) FROM trades', 'SQL_AGGREGATE_MISPLACED: max(…) cannot stand in an aggregate function @ max(price)'],
    ['SELECT count(*) FROM trades GROUP BY sum(price)', 'SQL_AGGREGATE_MISPLACED: sum(…) cannot stand in GROUP BY @ sum(price)'],
    ['SELECT count(*) AS n FROM trades GROUP BY 1', 'SQL_AGGREGATE_MISPLACED: GROUP BY 1: column `n` is an aggregate @ 1'],
    ['SELECT symbol FROM trades GROUP BY 2', 'SQL_GROUPING: GROUP BY 2: there are 1 columns @ 2'],
    ['SELECT GROUPING(price) FROM trades GROUP BY ROLLUP (symbol, small)', 'SQL_GROUPING: GROUPING takes keys of GROUP BY @ GROUPING(price)'],
  ])('refuses %s', async (sql, error) => expect(await failure(sql)).toBe(error))
})

describe('ORDER BY and LIMIT', () => {
  it('orders by names, places and expressions, selected or not', async () => {
    expect(await plan('SELECT symbol AS s FROM trades ORDER BY s DESC, 1, price * 2 NULLS LAST')).toMatchInlineSnapshot(`
      "
      Select                                             1 worker
      └─ Project s                                       local
         └─ Sort s DESC, s, order0 NULLS LAST            local
            └─ Project symbol AS s, price * 2 AS order0  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
    expect(await plan('SELECT symbol, count(*) AS n FROM trades GROUP BY symbol ORDER BY n DESC, sum(price) LIMIT 3 OFFSET 1')).toMatchInlineSnapshot(`
      "
      Select                                                1 worker
      └─ Project symbol, n                                  local
         └─ Sort n DESC, order0  limit=3  offset=1          local
            └─ Aggregate  key=symbol  count(*), sum(price)  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })

  it('keeps the order of sub-queries only where it decides which rows come', async () => {
    expect(await plan('SELECT symbol FROM (SELECT symbol, price FROM trades ORDER BY price LIMIT 3) AS t WHERE price > 1')).toMatchInlineSnapshot(`
      "
      Select                        1 worker
      └─ Project symbol             local
         └─ Filter price > 1        local
            └─ Sort price  limit=3  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })

  it.each([
    ['SELECT DISTINCT symbol FROM trades ORDER BY price', 'SQL_UNSUPPORTED: with SELECT DISTINCT, ORDER BY can only name what is selected @ price'],
    ['SELECT symbol FROM trades ORDER BY 2', 'SQL_COLUMN_UNKNOWN: ORDER BY 2: there are 1 columns @ 2'],
    ['SELECT tags FROM trades ORDER BY tags', 'SQL_TYPE: rows cannot be ordered by ARRAY<STRING> @ tags'],
    ['SELECT symbol FROM trades LIMIT -1', 'SQL_LITERAL: LIMIT needs a whole number that is not negative @ -1'],
    ['SELECT symbol FROM trades LIMIT 1.5', 'SQL_LITERAL: LIMIT needs a whole number that is not negative @ 1.5'],
    ['SELECT symbol FROM trades UNION SELECT name FROM big ORDER BY upper(symbol)', 'SQL_UNSUPPORTED: behind UNION and VALUES, ORDER BY can only name output columns @ upper(symbol)'],
    ['SELECT symbol FROM trades INTERSECT SELECT name, price FROM big', 'SQL_TYPE: INTERSECT needs as many columns on both sides; here are 1 and 2 @ SELECT name, price FROM big'],
    ['SELECT x FROM (SELECT 1 AS x EMIT CHANGES) AS t', 'SQL_UNSUPPORTED: EMIT belongs at the end of the outermost query @ SELECT 1 AS x EMIT CHANGES'],
  ])('refuses %s', async (sql, error) => expect(await failure(sql)).toBe(error))
})
