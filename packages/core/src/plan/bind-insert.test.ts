import { describe, expect, it } from 'vitest'
import { explain, failure } from './shop.test.data.js'

const plan = async (sql: string): Promise<string> => `\n${await explain(sql, { workerCount: 1 })}\n`

describe('INSERT', () => {
  it('casts each value to its column', async () => {
    expect(await plan('INSERT INTO strict SELECT symbol, quantity FROM trades')).toMatchInlineSnapshot(`
      "
      Insert into strict (plain, append)                                           1 worker
      └─ Project not_null(symbol, 'symbol') AS symbol, CAST(quantity AS INT) AS n  local
         └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity
      "
    `)
  })

  it('fills columns that are not named with NULL, and finds the named ones', async () => {
    expect(await plan('INSERT INTO out (n) SELECT small FROM trades')).toMatchInlineSnapshot(`
      "
      Insert into out (plain, append)                        1 worker
      └─ Project NULL AS symbol, CAST(small AS BIGINT) AS n  local
         └─ Read trades (file, 12 byte ranges)  columns=small
      "
    `)
    expect(await plan('INSERT INTO out (n, symbol) SELECT quantity, symbol FROM trades')).toMatchInlineSnapshot(`
      "
      Insert into out (plain, append)  1 worker
      └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity
      "
    `)
  })

  it('reads quoted texts of VALUES as what the columns are', async () => {
    const table = "CREATE TABLE days (d DATE, n BIGINT) WITH ('connector' = 'plain');"
    expect(await plan(`${table} INSERT INTO days VALUES ('2026-01-01', 1), ('2026-01-02', 2)`)).toMatchInlineSnapshot(`
      "
      Insert into days (plain, append)  1 worker
      └─ Values 2 rows                  single: values of the query
      "
    `)
    expect(await failure(`${table} INSERT INTO days VALUES ('tomorrow', 1)`)).toContain("SQL_LITERAL: 'tomorrow' is no DATE")
  })

  it.each([
    ['INSERT INTO out SELECT symbol FROM trades', 'SQL_SINK_MISMATCH: the query gives 1 columns (symbol) for the 2 of `out` (symbol, n) @ SELECT symbol FROM trades'],
    ['INSERT INTO out SELECT symbol, symbol FROM trades', 'SQL_SINK_MISMATCH: column 2 (`symbol`) is STRING; it cannot go into `n` BIGINT without a CAST @ SELECT symbol, symbol FROM trades'],
    ['INSERT INTO strict (n) SELECT small FROM trades', 'SQL_SINK_MISMATCH: `symbol` of `strict` is NOT NULL and gets no value @ strict'],
    ['INSERT INTO out (m) SELECT small FROM trades', 'SQL_COLUMN_UNKNOWN: no column `m` in table `out` @ m'],
    ['INSERT INTO outt SELECT 1', 'SQL_TABLE_UNKNOWN: no table or view `outt` @ outt ? out'],
    ['INSERT INTO big SELECT 1, 2', 'SQL_SINK_MISMATCH: `big` is a view; rows go into tables @ big'],
  ])('refuses %s', async (sql, error) => expect(await failure(sql)).toBe(error))
})
