import { describe, expect, it } from 'vitest'
import { compile, explain, failure } from './shop.test.data.js'

const plan = async (sql: string, workerCount = 4): Promise<string> => `\n${await explain(sql, { workerCount })}\n`

describe('where aggregates are computed', () => {
  it('merges partial aggregates where the keys are not the split key', async () => {
    expect(await plan('SELECT symbol, count(*), avg(price), sum(quantity) FROM trades WHERE price > 110 GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select                                                           4 workers
      └─ Aggregate final  key=symbol                                   merge: \`symbol\` is not the split key of trades
         └─ Exchange hash(symbol)  partial aggregates only
            └─ Aggregate partial  count(*), avg(price), sum(quantity)  local
               └─ Filter price > 110                                   local, in the reader
                  └─ Read trades (file, 12 byte ranges)  columns=symbol, price, quantity
      "
    `)
  })

  it('stays local where the keys include the split key', async () => {
    expect(await plan('SELECT symbol, count(*) FROM keyed GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select                              4 workers
      └─ Aggregate  key=symbol  count(*)  local: \`symbol\` is the split key of keyed
         └─ Read keyed (keyed)  columns=symbol
      "
    `)
    expect(await plan('SELECT small, symbol FROM keyed GROUP BY symbol, small')).toContain('local: `symbol` is the split key of keyed')
    expect(await plan('SELECT s, count(*) FROM (SELECT symbol AS s, price FROM keyed WHERE price > 1) AS t GROUP BY s')).toContain('local: `symbol` is the split key of keyed')
  })

  it('merges where the split key is only part of an expression, or not read', async () => {
    expect(await plan('SELECT upper(symbol), count(*) FROM keyed GROUP BY upper(symbol)')).toContain('merge: `upper(symbol)` is not the split key of keyed')
    expect(await plan('SELECT small, count(*) FROM keyed GROUP BY small')).toContain('merge: `small` is not the split key of keyed')
  })

  it('needs neither exchange nor merge for one worker', async () => {
    expect(await plan('SELECT symbol, count(DISTINCT small), count(*) FROM trades GROUP BY symbol', 1)).toMatchInlineSnapshot(`
      "
      Select                                                     1 worker
      └─ Aggregate  key=symbol  count(DISTINCT small), count(*)  local
         └─ Read trades (file, 12 byte ranges)  columns=symbol, small
      "
    `)
  })

  it('gathers the partial aggregates of one group', async () => {
    expect(await plan('SELECT count(*), max(price) FROM trades')).toMatchInlineSnapshot(`
      "
      Select                                            4 workers
      └─ Aggregate final                                merge: one group over all workers
         └─ Exchange single  one group: the partial aggregates of all workers
            └─ Aggregate partial  count(*), max(price)  local
               └─ Read trades (file, 12 byte ranges)  columns=price
      "
    `)
  })

  it('groups groups again where they are', async () => {
    expect(await plan('SELECT symbol, max(n) FROM (SELECT symbol, small, count(*) AS n FROM keyed GROUP BY symbol, small) AS t GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select                                        4 workers
      └─ Aggregate  key=symbol  max(n)              local: groups are already shared out by symbol, small
         └─ Aggregate  key=symbol, small  count(*)  local: \`symbol\` is the split key of keyed
            └─ Read keyed (keyed)  columns=symbol, small
      "
    `)
  })
})

describe('DISTINCT', () => {
  it('forgets duplicates before anything moves', async () => {
    expect(await plan('SELECT DISTINCT symbol, small FROM trades')).toMatchInlineSnapshot(`
      "
      Select                                        4 workers
      └─ Distinct final  key=symbol, small          merge: \`symbol\`, \`small\` are not the split key of trades
         └─ Exchange hash(symbol, small)  different keys only
            └─ Distinct partial  key=symbol, small  local
               └─ Read trades (file, 12 byte ranges)  columns=symbol, small
      "
    `)
  })

  it('splits calls over the same distinct arguments in two', async () => {
    expect(await plan('SELECT day, count(DISTINCT symbol) FROM trades GROUP BY day')).toMatchInlineSnapshot(`
      "
      Select                                               4 workers
      └─ Aggregate final  key=day                          merge: \`day\` is not the split key of trades
         └─ Exchange hash(day)  partial aggregates only
            └─ Aggregate partial  count(symbol)            local
               └─ Distinct final  key=day, symbol          merge: \`day\`, \`symbol\` are not the split key of trades
                  └─ Exchange hash(day, symbol)  different keys only
                     └─ Distinct partial  key=day, symbol  local
                        └─ Read trades (file, 12 byte ranges)  columns=symbol, day
      "
    `)
    expect(await plan('SELECT count(DISTINCT price), sum(DISTINCT price) FROM trades')).toMatchInlineSnapshot(`
      "
      Select                                                4 workers
      └─ Aggregate final                                    merge: one group over all workers
         └─ Exchange single  one group: the partial aggregates of all workers
            └─ Aggregate partial  count(price), sum(price)  local
               └─ Distinct final  key=price                 merge: \`price\` is not the split key of trades
                  └─ Exchange hash(price)  different keys only
                     └─ Distinct partial  key=price         local
                        └─ Read trades (file, 12 byte ranges)  columns=price
      "
    `)
  })

  it('moves rows where calls differ', async () => {
    expect(await plan('SELECT count(DISTINCT small) FILTER (WHERE ok), count(*) FROM trades WHERE price > 1')).toMatchInlineSnapshot(`
      "
      Select                                                           4 workers
      └─ Aggregate  count(DISTINCT small) FILTER (WHERE ok), count(*)  single: one group over all workers
         └─ Exchange single  rows: DISTINCT needs all rows of a key together
            └─ Project small, ok                                       local
               └─ Filter price > 1                                     local, in the reader
                  └─ Read trades (file, 12 byte ranges)  columns=price, small, ok
      "
    `)
  })

  it('keeps distinct calls whole where groups change', async () => {
    expect(await plan('SELECT symbol, count(DISTINCT small) FROM ticks GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select (changes)                                               4 workers
      └─ Aggregate  key=symbol  count(DISTINCT small)  emit=changes  local: all rows of a key are here
         └─ Exchange hash(symbol)  rows: DISTINCT needs all rows of a key together
            └─ Project symbol, small                                 local
               └─ Read ticks (stream)  columns=symbol, small
      "
    `)
  })

  it('is append-only even over a stream', async () => {
    expect(await plan('INSERT INTO out SELECT DISTINCT symbol, quantity FROM ticks')).toContain('Insert into out (plain, append)')
  })
})

describe('calls that depend on the order of rows', () => {
  it('get the ordinal of the row', async () => {
    const { jobs } = await compile('SELECT symbol, first_value(price) FROM trades GROUP BY symbol')
    const partial = jobs[0]!.plan.nodes.find((n) => n.kind === 'aggregate' && n.phase === 'partial')
    expect(partial?.kind === 'aggregate' && partial.calls[0]!.args.map((a) => a.kind === 'column' && a.name)).toEqual(['price', '#ordinal'])
  })

  it('sort rows where the call says how', async () => {
    expect(await plan("SELECT symbol, string_agg(place.city, ', ' ORDER BY price DESC) FROM trades GROUP BY symbol")).toMatchInlineSnapshot(`
      "
      Select                                                                   4 workers
      └─ Aggregate  key=symbol  string_agg(place.0, ', ' ORDER BY price DESC)  local: all rows of a key are here
         └─ Exchange hash(symbol)  rows: ORDER BY needs all rows of a key together
            └─ Project symbol, price, place, #ordinal                          local
               └─ Read trades (file, 12 byte ranges)  columns=symbol, price, place
      "
    `)
  })

  it('fall back on values where rows have no ordinal', async () => {
    expect(await plan('SELECT array_agg(n) FROM (SELECT symbol, count(*) AS n FROM trades GROUP BY symbol) AS t')).toMatchInlineSnapshot(`
      "
      Select                                         4 workers
      └─ Aggregate final                             merge: one group over all workers
         └─ Exchange single  one group: the partial aggregates of all workers
            └─ Aggregate partial  array_agg(n)       local
               └─ Aggregate final  key=symbol        merge: \`symbol\` is not the split key of trades
                  └─ Exchange hash(symbol)  partial aggregates only
                     └─ Aggregate partial  count(*)  local
                        └─ Read trades (file, 12 byte ranges)  columns=symbol
      "
    `)
  })
})

describe('output mode', () => {
  it.each([
    ['a bounded table', 'SELECT symbol, count(*) FROM trades GROUP BY symbol', 'append'],
    ['EMIT CHANGES over it', 'SELECT symbol, count(*) FROM trades GROUP BY symbol EMIT CHANGES', 'changes'],
    ['a stream', 'SELECT symbol, count(*) FROM ticks GROUP BY symbol', 'changes'],
    ['windows over a stream', 'SELECT count(*) FROM ticks WINDOW TUMBLING (SIZE 1 MINUTE)', 'append'],
    ['EMIT CHANGES over them', 'SELECT count(*) FROM ticks WINDOW TUMBLING (SIZE 1 MINUTE) EMIT CHANGES', 'changes'],
    ['a stream without groups', 'SELECT symbol FROM ticks', 'append'],
    ["a table with 'emit' = 'changes'", "CREATE TABLE e (a INT) WITH ('connector' = 'plain', 'emit' = 'changes'); SELECT a, count(*) FROM e GROUP BY a", 'changes'],
    ['EMIT FINAL over that', "CREATE TABLE e (a INT) WITH ('connector' = 'plain', 'emit' = 'changes'); SELECT a, count(*) FROM e GROUP BY a EMIT FINAL", 'append'],
  ])('of %s', async (_, sql, mode) => expect((await compile(sql)).jobs[0]!.outputMode).toBe(mode))

  it('is what sinks are asked for', async () => {
    const mode = async (table: string, query = 'SELECT symbol, count(*) FROM ticks GROUP BY symbol'): Promise<string> => (await explain(`INSERT INTO ${table} ${query}`)).split('\n')[0]!.replace(/ {2}.*/, '')
    expect(await mode('changes')).toBe('Insert into changes (log, retract)')
    expect(await mode('latest')).toBe('Insert into latest (table, upsert)')
    expect(await mode('changes', 'SELECT symbol, quantity FROM ticks')).toBe('Insert into changes (log, append)')
    expect(await plan('INSERT INTO latest SELECT symbol, quantity FROM ticks')).toMatchInlineSnapshot(`
      "
      Insert into latest (table, upsert)                                 4 workers
      └─ Exchange hash(symbol)  rows: one writer for each PRIMARY KEY of latest
         └─ Project not_null(symbol, 'symbol') AS symbol, quantity AS n  local
            └─ Read ticks (stream)  columns=symbol, quantity
      "
    `)
  })

  it.each([
    ['INSERT INTO out SELECT symbol, count(*) FROM ticks GROUP BY symbol', 'SQL_CHANGELOG: the rows of this query change later, and `out` takes only new ones; group by a window, EMIT FINAL over a bounded table, or insert into a table with a PRIMARY KEY or a changelog format @ out'],
    ['INSERT INTO latest SELECT max(symbol), count(*) FROM ticks', 'SQL_CHANGELOG: `latest` keeps the last row of each PRIMARY KEY, and this query has one row that changes; group by the PRIMARY KEY alone, or insert into a table with a changelog format @ latest'],
    ['INSERT INTO latest SELECT symbol, count(*) FROM ticks GROUP BY symbol, day', 'SQL_CHANGELOG: `latest` keeps the last row of each PRIMARY KEY, and the rows of this query change and have no key of their own; group by the PRIMARY KEY alone, or insert into a table with a changelog format @ latest'],
  ])('refuses %s', async (sql, error) => expect(await failure(sql)).toBe(error))

  it('keeps the key of groups that come and go with HAVING', async () => {
    expect(await failure('INSERT INTO latest SELECT symbol, count(*) FROM ticks GROUP BY symbol HAVING count(*) < 3')).toBe('no error')
  })

  it('groups rows that change where they are moved', async () => {
    expect(await plan('SELECT n, count(*) FROM (SELECT symbol, count(*) AS n FROM ticks GROUP BY symbol) AS t GROUP BY n')).toMatchInlineSnapshot(`
      "
      Select (changes)                                             4 workers
      └─ Aggregate  key=n  count(*)  emit=changes                  local: all rows of a key are here
         └─ Exchange hash(n)  rows: what takes rows back needs all rows of a key together
            └─ Project n                                           local
               └─ Aggregate final  key=symbol  emit=changes        merge: \`symbol\` is not the split key of ticks
                  └─ Exchange hash(symbol)  partial aggregates only
                     └─ Aggregate partial  count(*)  emit=changes  local
                        └─ Read ticks (stream)  columns=symbol
      "
    `)
  })

  it('accepts an upsert of one group under a constant key', async () => {
    expect(await failure("INSERT INTO latest SELECT 'all', count(*) FROM ticks")).toBe('no error')
  })
})
