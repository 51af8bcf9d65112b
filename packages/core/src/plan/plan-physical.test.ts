import { describe, expect, it } from 'vitest'
import { compile, explain, failure } from './shop.test.data.js'

const plan = async (sql: string, workerCount = 4): Promise<string> => `\n${await explain(sql, { workerCount })}\n`

describe('ORDER BY', () => {
  it('gathers everything, with a limit only the first of each worker', async () => {
    expect(await plan('SELECT symbol, price FROM trades ORDER BY price')).toMatchInlineSnapshot(`
      "
      Select         4 workers
      └─ Sort price  single: ORDER BY is over all rows
         └─ Exchange single  ORDER BY is over all rows
            └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
    expect(await plan('SELECT symbol, price FROM trades ORDER BY price DESC LIMIT 10 OFFSET 5')).toMatchInlineSnapshot(`
      "
      Select                                  4 workers
      └─ Sort price DESC  limit=10  offset=5  single: ORDER BY is over all rows
         └─ Exchange single  ORDER BY is over all rows
            └─ Sort price DESC  limit=15      local: first 15 of each worker
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })

  it('is refused where the input has no end', async () => {
    expect(await failure('SELECT symbol FROM ticks ORDER BY price')).toContain('SQL_UNBOUNDED: ORDER BY would need all of an unbounded input; add a LIMIT to keep the first rows up to date')
  })

  it('with a limit is kept up to date where the input has no end', async () => {
    expect(await plan('SELECT symbol FROM ticks ORDER BY price DESC LIMIT 3 OFFSET 1')).toMatchInlineSnapshot(`
      "
      Select (changes)                                         4 workers
      └─ Project symbol                                        local
         └─ Top-N rows 2 to 4  order=price DESC  emit=changes  single: one partition over all rows
            └─ Exchange single  one partition over all rows
               └─ Read ticks (stream)  columns=symbol, price
      "
    `)
  })
})

describe('LIMIT', () => {
  it('takes the first rows in the order of the splits', async () => {
    expect(await plan('SELECT upper(symbol) FROM trades WHERE price * 2 > 1 LIMIT 10')).toMatchInlineSnapshot(`
      "
      Select                                                   4 workers
      └─ Project upper                                         local
         └─ Sort #ordinal  limit=10                            single: LIMIT is over all rows
            └─ Exchange single  LIMIT is over all rows
               └─ Sort #ordinal  limit=10                      local: first 10 of each worker
                  └─ Project upper(symbol) AS upper, #ordinal  local
                     └─ Filter price * 2 > 1                   local
                        └─ Read trades (file, 12 byte ranges)  columns=symbol, price
      "
    `)
  })

  it('stops the job as soon as it can where one split comes in order', async () => {
    expect(await plan("CREATE TABLE p (a INT) WITH ('connector' = 'pipe'); SELECT a FROM p LIMIT 10", 1)).toMatchInlineSnapshot(`
      "
      Select           1 worker
      └─ Limit 10      local
         └─ Project a  local
            └─ Read p (pipe)  columns=a  first 10 rows
      "
    `)
  })

  it('goes by all columns where rows have no order', async () => {
    expect(await plan('SELECT symbol, count(*) FROM trades GROUP BY symbol LIMIT 2')).toMatchInlineSnapshot(`
      "
      Select                                         4 workers
      └─ Sort symbol, count  limit=2                 single: LIMIT is over all rows
         └─ Exchange single  LIMIT is over all rows
            └─ Sort symbol, count  limit=2           local: first 2 of each worker
               └─ Aggregate final  key=symbol        merge: \`symbol\` is not the split key of trades
                  └─ Exchange hash(symbol)  partial aggregates only
                     └─ Aggregate partial  count(*)  local
                        └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
    expect(await plan('SELECT symbol FROM trades UNION ALL SELECT name FROM big LIMIT 2', 1)).toMatchInlineSnapshot(`
      "
      Select                                                                       1 worker
      └─ Sort symbol  limit=2                                                      local
         └─ Union                                                                  local
            ├─ Project symbol                                                      local
            │  └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity     read once for 2
            └─ Project symbol AS name                                              local
               └─ Filter quantity > 10                                             local
                  └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity  read once for 2
      "
    `)
  })

  it('over a stream takes what comes first and ends the job', async () => {
    expect(await plan('SELECT symbol FROM ticks LIMIT 3 OFFSET 1')).toMatchInlineSnapshot(`
      "
      Select               4 workers
      └─ Limit 3 offset=1  single: LIMIT is over all rows
         └─ Exchange single  LIMIT is over all rows
            └─ Read ticks (stream)  columns=symbol
      "
    `)
    expect(await failure('INSERT INTO out SELECT symbol, quantity FROM ticks LIMIT 3; INSERT INTO out SELECT symbol, quantity FROM trades'))
      .toContain('SQL_UNSUPPORTED: LIMIT over an unbounded input ends the job, and this job reads something else too; run it on its own')
  })

  it('of nothing, and WHERE FALSE, read nothing', async () => {
    expect(await plan('SELECT symbol FROM trades LIMIT 0')).toMatchInlineSnapshot(`
      "
      Select            1 worker
      └─ Values 0 rows  single: values of the query
      "
    `)
    expect(await plan('SELECT count(*) FROM trades WHERE 1 = 2')).toMatchInlineSnapshot(`
      "
      Select                  1 worker
      └─ Aggregate  count(*)  local
         └─ Values 0 rows     single: values of the query
      "
    `)
  })
})

describe('UNION ALL', () => {
  it('stays where its rows are, and is gathered where one side is on the first worker', async () => {
    expect(await plan('SELECT symbol FROM trades UNION ALL SELECT symbol FROM plain')).toMatchInlineSnapshot(`
      "
      Select    4 workers
      └─ Union  local
         ├─ Read trades (file, 12 byte ranges)  columns=symbol
         └─ Read plain (plain)  columns=symbol
      "
    `)
    expect(await plan("SELECT symbol FROM trades UNION ALL VALUES ('x'), ('y')")).toMatchInlineSnapshot(`
      "
      Select               4 workers
      └─ Union             single
         ├─ Exchange single  one side of the UNION is on the first worker
         │  └─ Read trades (file, 12 byte ranges)  columns=symbol
         └─ Values 2 rows  single: values of the query
      "
    `)
  })

  it('carries the watermark of each side', async () => {
    const both = 'CREATE VIEW both AS SELECT symbol, ts FROM ticks UNION ALL SELECT symbol, ts FROM trades;'
    expect(await plan(`${both} SELECT window_end, count(*) FROM TABLE(TUMBLE(TABLE both, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_end`)).toMatchInlineSnapshot(`
      "
      Select                                                      4 workers
      └─ Aggregate final  key=window_end  closes=window_end       merge: \`window_end\` is not the split key of ticks, trades
         └─ Exchange hash(window_end)  partial aggregates only
            └─ Aggregate partial  count(*)  closes=window_end     local
               └─ Union                                           local
                  ├─ Read ticks (stream)  columns=ts  watermark=ts - INTERVAL '5' SECOND
                  └─ Project ts, -9007199254740991 AS #watermark  local
                     └─ Read trades (file, 12 byte ranges)  columns=ts
      "
    `)
  })
})

describe('sinks', () => {
  it('with one writer get all rows', async () => {
    expect(await plan('INSERT INTO one SELECT symbol, quantity FROM trades')).toMatchInlineSnapshot(`
      "
      Insert into one (onefile, append, exactly-once)  4 workers
      └─ Exchange single  one has one writer
         └─ Read trades (file, 12 byte ranges)  columns=symbol, quantity
      "
    `)
    expect(await plan('INSERT INTO one SELECT symbol, count(*) FROM trades GROUP BY symbol ORDER BY symbol LIMIT 2', 1)).not.toContain('Exchange')
    expect(await failure('INSERT INTO one SELECT symbol, quantity FROM trades; INSERT INTO one SELECT symbol, 1 FROM trades'))
      .toContain('SQL_SINK_MISMATCH: `one` has one writer, and two INSERTs of the job would write it; put their queries together with UNION ALL')
  })

  it('share what they read', async () => {
    const { jobs } = await compile('INSERT INTO out SELECT symbol, quantity FROM trades; INSERT INTO changes SELECT symbol, quantity FROM trades')
    expect(jobs).toHaveLength(1)
    expect(jobs[0]!.plan.nodes.map((n) => n.kind)).toEqual(['scan', 'sink', 'sink'])
  })

  it('take failed rows of the tables that name them', async () => {
    const dead = (columns: string): string => `CREATE TABLE dead (${columns}) WITH ('connector' = 'plain'); CREATE TABLE t (a INT) WITH ('connector' = 'plain', 'on-error' = 'dead-letter', 'dead-letter' = 'dead');`
    expect(await plan(`${dead('record STRING, ERROR_CODE STRING')} SELECT a + 1 AS b FROM t`)).toMatchInlineSnapshot(`
      "
      Failed rows into dead (plain)
      Select                 4 workers
      └─ Project a + 1 AS b  local
         └─ Read t (plain)  columns=a  on-error=dead-letter
      "
    `)
    const { jobs } = await compile(`${dead('record BYTES, position STRING')} SELECT a + 1 AS b FROM t`)
    const { nodes } = jobs[0]!.plan
    expect(nodes.map((n) => [n.kind, 'onError' in n ? n.onError.sink : null])).toEqual([['sink', null], ['scan', 0], ['calc', 0], ['sink', null]])
    expect(await failure(`${dead('reason STRING')} SELECT a FROM t`)).toContain('SQL_SINK_MISMATCH: a failed row has no `reason` for the dead-letter table `dead`; it can have record, key, headers, source, split, position, error_code, error_message')
    expect(await failure(`${dead('split INT')} SELECT a FROM t`)).toContain('SQL_SINK_MISMATCH: `split` of the dead-letter table `dead` is INT; declare it as STRING')
    expect(await failure("CREATE TABLE t (a INT) WITH ('connector' = 'plain', 'on-error' = 'dead-letter', 'dead-letter' = 'ded'); SELECT a FROM t")).toContain('SQL_TABLE_UNKNOWN: no table or view `ded`')
  })
})

describe('strategy', () => {
  const strategy = async (sql: string, asked?: 'pipelines' | 'coordinator' | 'single'): Promise<string> => {
    const { plan: physical } = (await compile(sql, asked === undefined ? {} : { strategy: asked })).jobs[0]!
    return `${physical.strategy} ${physical.workerCount}`
  }
  const pipe = "CREATE TABLE p (a INT) WITH ('connector' = 'pipe');"

  it('is chosen by what the sources are like', async () => {
    expect(await strategy('SELECT symbol FROM trades')).toBe('pipelines 4')
    expect(await strategy('SELECT symbol FROM plain')).toBe('pipelines 4')
    expect(await strategy(`${pipe} SELECT a FROM p`)).toBe('coordinator 4')
    expect(await strategy(`${pipe} SELECT a FROM p UNION ALL SELECT small FROM trades`)).toBe('pipelines 4')
    expect(await strategy('SELECT 1')).toBe('single 1')
  })

  it('is taken as asked', async () => {
    expect(await strategy(`${pipe} SELECT a FROM p`, 'pipelines')).toBe('pipelines 4')
    expect(await strategy('SELECT symbol FROM trades', 'coordinator')).toBe('coordinator 4')
    expect(await strategy('SELECT symbol FROM trades', 'single')).toBe('single 1')
    expect(await strategy("SET 'strategy' = 'single'; SELECT symbol FROM trades", 'coordinator')).toBe('single 1')
  })
})
