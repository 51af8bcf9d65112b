import { describe, expect, it } from 'vitest'
import { explain, failure } from './shop.test.data.js'

const plan = async (sql: string, workerCount = 4): Promise<string> => `\n${await explain(sql, { workerCount })}\n`

describe('OVER', () => {
  it('moves rows to the owners of their partitions; calls of one window share a node', async () => {
    expect(await plan('SELECT symbol, sum(price) OVER w AS s, row_number() OVER w AS n, avg(quantity) OVER () AS a FROM trades WINDOW w AS (PARTITION BY symbol ORDER BY ts)')).toMatchInlineSnapshot(`
      "
      Select                                                                 4 workers
      └─ Project symbol, sum AS s, row_number AS n, avg AS a                 local
         └─ Over avg(quantity)                                               single: one partition over all rows
            └─ Exchange single  one partition over all rows
               └─ Over partition=symbol  order=ts  sum(price), row_number()  local: all rows of a partition are here
                  └─ Exchange hash(symbol)  rows: a partition needs its rows together
                     └─ Read trades (file, 12 byte ranges)  columns=symbol, price, quantity, ts
      "
    `)
  })

  it('prints frames', async () => {
    expect(await plan("SELECT max(price) OVER (PARTITION BY symbol ORDER BY ts RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) AS m, lag(price, 2) OVER (PARTITION BY symbol ORDER BY ts) AS l FROM ticks")).toMatchInlineSnapshot(`
      "
      Select                         4 workers
      └─ Project max AS m, lag AS l  local
         └─ Over partition=symbol  order=ts  max(price) RANGE 60 s PRECEDING TO CURRENT ROW, lag(price, 2)  emit=rowtime  local: all rows of a partition are here
            └─ Exchange hash(symbol)  rows: a partition needs its rows together
               └─ Project symbol, price, ts, ts - INTERVAL '1' MINUTE AS over0, #watermark  local
                  └─ Read ticks (stream)  columns=symbol, price, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('comes after GROUP BY', async () => {
    expect(await plan('SELECT symbol, sum(count(*)) OVER (ORDER BY symbol) AS running FROM trades GROUP BY symbol', 1)).toMatchInlineSnapshot(`
      "
      Select                                    1 worker
      └─ Project symbol, sum AS running         local
         └─ Over order=symbol  sum(count)       local
            └─ Aggregate  key=symbol  count(*)  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })

  it('is refused where a new row could change all results', async () => {
    expect(await failure('SELECT rank() OVER (PARTITION BY symbol ORDER BY price) FROM ticks')).toContain('SQL_UNBOUNDED: OVER on an unbounded input must be ordered by its rowtime')
    expect(await failure('SELECT ntile(4) OVER (PARTITION BY symbol ORDER BY ts) FROM ticks')).toContain('SQL_UNSUPPORTED: ntile over an unbounded input needs to know how many rows a partition has')
    expect(await failure('SELECT sum(price) OVER (ORDER BY ts ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM ticks')).toContain('would wait for rows without end')
    expect(await failure('SELECT count(DISTINCT price) OVER (ORDER BY ts) FROM ticks')).toContain('with DISTINCT needs a frame that starts somewhere')
  })

  it.each([
    ['SELECT symbol FROM trades WHERE row_number() OVER (ORDER BY ts) = 1', 'SQL_WINDOW: row_number(…) OVER (…) can stand in SELECT, QUALIFY and ORDER BY'],
    ['SELECT row_number() FROM trades', 'SQL_WINDOW: row_number(…) needs OVER'],
    ['SELECT sum(price) OVER w FROM trades WINDOW v AS (ORDER BY ts)', 'SQL_WINDOW: no window `w` is defined'],
    ['SELECT sum(price) OVER (v PARTITION BY symbol) FROM trades WINDOW v AS (ORDER BY ts)', 'SQL_WINDOW: window `v` says already'],
    ['SELECT sum(price) OVER (ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM trades', 'SQL_WINDOW: a frame from CURRENT ROW to PRECEDING goes backwards'],
    ['SELECT sum(price) OVER (ORDER BY ts ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM trades', 'SQL_WINDOW: a frame cannot start at UNBOUNDED FOLLOWING'],
    ['SELECT sum(price) OVER (ORDER BY symbol, ts RANGE 1 PRECEDING) FROM trades', 'SQL_WINDOW: a RANGE frame with an offset needs exactly one ORDER BY key'],
    ['SELECT sum(price) OVER (ORDER BY quantity RANGE -1 PRECEDING) FROM trades', 'SQL_WINDOW: the offset of a RANGE frame is a constant that is not negative'],
    ['SELECT lag(price, quantity) OVER (ORDER BY ts) FROM trades', 'SQL_LITERAL: lag needs a constant whole number'],
    ['SELECT ntile(0) OVER (ORDER BY ts) FROM trades', 'SQL_LITERAL: ntile needs a constant whole number of 1 or more'],
    ['SELECT rank(price) OVER (ORDER BY ts) FROM trades', 'SQL_ARGUMENTS: `rank` does not take 1 arguments'],
    ['SELECT rank() IGNORE NULLS OVER (ORDER BY ts) FROM trades', 'SQL_ARGUMENTS: rank looks at no value'],
    ['SELECT upper(symbol) OVER (ORDER BY ts) FROM trades', 'SQL_FUNCTION_UNKNOWN'],
    ['SELECT symbol FROM trades QUALIFY price > 1', 'SQL_WINDOW: QUALIFY filters by a call with OVER'],
  ])('%s', async (sql, message) => {
    expect(await failure(sql)).toContain(message)
  })
})

describe('Top-N', () => {
  it('is what a condition on ROW_NUMBER means', async () => {
    const inner = 'SELECT *, row_number() OVER (PARTITION BY symbol ORDER BY price DESC) AS rn FROM ticks'
    expect(await plan(`SELECT symbol, price, rn FROM (${inner}) WHERE rn <= 3`)).toMatchInlineSnapshot(`
      "
      Select (changes)                                                              4 workers
      └─ Top-N first 3 with rank  partition=symbol  order=price DESC  emit=changes  local: all rows of a partition are here
         └─ Exchange hash(symbol)  rows: a partition needs its rows together
            └─ Read ticks (stream)  columns=symbol, price
      "
    `)
    expect(await plan(`SELECT symbol, price FROM (${inner}) WHERE rn BETWEEN 2 AND 5 AND price > 1 AND symbol <> 'x'`)).toMatchInlineSnapshot(`
      "
      Select (changes)                                                           4 workers
      └─ Filter price > 1                                                        local
         └─ Top-N rows 2 to 5  partition=symbol  order=price DESC  emit=changes  local: all rows of a partition are here
            └─ Exchange hash(symbol)  rows: a partition needs its rows together
               └─ Filter symbol <> 'x'                                           local
                  └─ Read ticks (stream)  columns=symbol, price
      "
    `)
  })

  it('is found in QUALIFY', async () => {
    expect(await plan('SELECT symbol, price FROM ticks QUALIFY dense_rank() OVER (PARTITION BY symbol ORDER BY price) < 3', 1)).toMatchInlineSnapshot(`
      "
      Select (changes)                                                             1 worker
      └─ Top-N first 2 by dense_rank  partition=symbol  order=price  emit=changes  local
         └─ Read ticks (stream)  columns=symbol, price
      "
    `)
  })

  it('keeps the first row by time in append mode', async () => {
    expect(await plan('SELECT symbol, price FROM ticks QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY ts) = 1', 1)).toMatchInlineSnapshot(`
      "
      Select                                                                1 worker
      └─ Project symbol, price                                              local
         └─ Filter row_number <= 1                                          local
            └─ Over partition=symbol  order=ts  row_number()  emit=rowtime  local
               └─ Read ticks (stream)  columns=symbol, price, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('closes with its window', async () => {
    expect(await plan(`
      SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY window_start, window_end ORDER BY total DESC) AS rn FROM (
          SELECT window_start, window_end, symbol, sum(price) AS total FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, symbol))
      WHERE rn <= 2`)).toMatchInlineSnapshot(`
        "
        Select                                                                  4 workers
        └─ Top-N first 2 with rank  partition=window_start, window_end  order=total DESC  closes=window_end  local: all rows of a partition are here
           └─ Exchange hash(window_start, window_end)  rows: a partition needs its rows together
              └─ Project window_end - INTERVAL '1' MINUTE AS window_start, window_end, symbol, total  local
                 └─ Aggregate final  key=window_end, symbol  closes=window_end  merge: \`window_end\`, \`symbol\` are not the split key of ticks
                    └─ Exchange hash(window_end, symbol)  partial aggregates only
                       └─ Aggregate partial  sum(price)  closes=window_end      local
                          └─ Read ticks (stream)  columns=symbol, price, ts  watermark=ts - INTERVAL '5' SECOND
        "
      `)
  })

  it('says what its rows are told apart by', async () => {
    const topN = (n: string, columns: string): string => `SELECT ${columns} FROM (SELECT symbol, quantity, row_number() OVER (PARTITION BY symbol ORDER BY price) AS rn FROM ticks) WHERE rn ${n}`
    expect(await failure(`INSERT INTO latest ${topN('= 1', 'symbol, quantity')}`)).toBe('no error')
    expect(await failure(`INSERT INTO latest ${topN('<= 2', 'symbol, quantity')}`)).toContain('SQL_CHANGELOG')
    expect(await failure(`INSERT INTO latest ${topN('<= 2', 'symbol, rn')}`)).toContain('told apart by `symbol`, `n`')
    expect(await failure('INSERT INTO latest SELECT symbol, n FROM (SELECT symbol, count(*) AS n FROM ticks GROUP BY symbol) ORDER BY n DESC LIMIT 5')).toBe('no error')
    expect(await failure(`INSERT INTO out ${topN('= 1', 'symbol, quantity')}`)).toContain('SQL_CHANGELOG')
    expect(await failure('INSERT INTO out SELECT symbol, quantity FROM ticks QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY ts) = 1')).toBe('no error')
  })

  it('sends on the first rows of each worker alone where rows come once', async () => {
    expect(await plan('SELECT symbol, price FROM trades QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY price DESC) <= 2')).toMatchInlineSnapshot(`
      "
      Select                                                      4 workers
      └─ Top-N first 2  partition=symbol  order=price DESC        local: all rows of a partition are here
         └─ Exchange hash(symbol)  rows: a partition needs its rows together
            └─ Top-N first 2  partition=symbol  order=price DESC  local: first 2 of each worker
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })
})
