import { describe, expect, it } from 'vitest'
import { columns, explain, failure } from './shop.test.data.js'

const plan = async (sql: string, workerCount = 1): Promise<string> => `\n${await explain(sql, { workerCount })}\n`
const TUMBLE = "TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"

describe('windows', () => {
  it('close by the end of the window in every form', async () => {
    expect(await plan(`SELECT symbol, window_start, window_end, count(*) FROM ${TUMBLE} GROUP BY symbol, window_start, window_end`)).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Project symbol, window_end - INTERVAL '1' MINUTE AS window_start, window_end, count  local
         └─ Aggregate  key=symbol, window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end  local
            └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan("SELECT symbol, TUMBLE_START(ts, INTERVAL '1' MINUTE) AS s, TUMBLE_END(ts, INTERVAL '1' MINUTE) AS e, count(*) FROM ticks GROUP BY symbol, TUMBLE(ts, INTERVAL '1' MINUTE)")).toMatchInlineSnapshot(`
      "
      Select                                                     1 worker
      └─ Project symbol, e - INTERVAL '1' MINUTE AS s, e, count  local
         └─ Aggregate  key=symbol, window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=e  local
            └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan('SELECT symbol, window_end, count(*) FROM ticks WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS) GROUP BY symbol')).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Aggregate  key=symbol, window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end + 5000 ms  local
         └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('are part of the key where only their start is named', async () => {
    expect(await plan(`SELECT window_start, count(*) FROM ${TUMBLE} GROUP BY window_start`)).toMatchInlineSnapshot(`
      "
      Select                                                              1 worker
      └─ Project window_end - INTERVAL '1' MINUTE AS window_start, count  local
         └─ Aggregate  key=window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end  local
            └─ Read ticks (stream)  columns=ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('are found through sub-queries and views', async () => {
    expect(await plan(`SELECT e, count(*) FROM (SELECT window_end AS e, symbol FROM ${TUMBLE}) AS t GROUP BY e`)).toContain('closes=e')
    expect(await plan(`SELECT e + INTERVAL '1' HOUR AS later, count(*) FROM (SELECT window_end AS e FROM ${TUMBLE}) AS t GROUP BY e`)).toContain('closes=e')
  })

  it('follow one another: the second groups what the first has closed', async () => {
    expect(await plan(`SELECT window_end, max(n) FROM (SELECT symbol, window_end, count(*) AS n FROM ${TUMBLE} GROUP BY symbol, window_end) AS t GROUP BY window_end`, 4)).toMatchInlineSnapshot(`
      "
      Select                                                                  4 workers
      └─ Aggregate final  key=window_end  closes=window_end                   merge: \`window_end\` is not the split key of ticks
         └─ Exchange hash(window_end)  partial aggregates only
            └─ Aggregate partial  max(n)  closes=window_end                   local
               └─ Aggregate final  key=symbol, window_end  closes=window_end  merge: \`symbol\`, \`window_end\` are not the split key of ticks
                  └─ Exchange hash(symbol, window_end)  partial aggregates only
                     └─ Aggregate partial  count(*)  closes=window_end        local
                        └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('carry the watermark of the row to where it is judged late', async () => {
    expect(await plan(`SELECT symbol, window_end, count(DISTINCT small), count(*) FROM ${TUMBLE} GROUP BY symbol, window_end`, 4)).toMatchInlineSnapshot(`
      "
      Select  4 workers
      └─ Aggregate  key=symbol, window_end  count(DISTINCT small), count(*)  closes=window_end  local: all rows of a key are here
         └─ Exchange hash(symbol, window_end)  rows: DISTINCT needs all rows of a key together
            └─ Project symbol, window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE AS window_end, small, #watermark  local
               └─ Read ticks (stream)  columns=symbol, small, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('over a bounded table need no watermark', async () => {
    expect(await plan("SELECT window_end, count(*) FROM TABLE(TUMBLE(TABLE plain, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_end")).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Aggregate  key=window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end  local
         └─ Read plain (plain)  columns=ts
      "
    `)
  })

  it('over a bounded table that is replayed need one', async () => {
    const table = "CREATE TABLE replayed (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'plain', 'scan.replay' = 'true', 'allowed-lateness' = '2s');"
    expect(await plan(`${table} SELECT window_end, count(*) FROM TABLE(TUMBLE(TABLE replayed, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_end`)).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Aggregate  key=window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  count(*)  closes=window_end + 2000 ms  local
         └─ Read replayed (plain)  columns=ts  watermark=ts
      "
    `)
  })

  it('have bounds that star leaves out in the short form alone', async () => {
    expect((await columns(`SELECT * FROM ${TUMBLE}`)).slice(-3)).toEqual(['window_start TIMESTAMP(3)', 'window_end TIMESTAMP(3)', 'window_time TIMESTAMP(3)'])
  })

  it.each([
    [`SELECT window_end, count(*) FROM TABLE(TUMBLE(TABLE bare, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_end`, "SQL_WINDOW: `ts` is no rowtime, so windows over it would never close; declare WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"],
    ["SELECT count(*) FROM bare WINDOW TUMBLING (SIZE 1 MINUTE)", 'SQL_WINDOW: WINDOW needs a table with a rowtime: declare WATERMARK FOR a column, or use TUMBLE(TABLE t, DESCRIPTOR(column), …)'],
    ["SELECT * FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(price), INTERVAL '1' MINUTE))", 'SQL_WINDOW: a window is over a TIMESTAMP; `price` is DOUBLE'],
    ["SELECT * FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(tss), INTERVAL '1' MINUTE))", 'SQL_COLUMN_UNKNOWN: no column `tss` in table `ticks`'],
    ["SELECT * FROM TABLE(HOP(TABLE ticks, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '1' MINUTE))", 'SQL_WINDOW: the step is longer than the window of HOP'],
    ["SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE) FROM ticks", 'SQL_WINDOW: TUMBLE_START(…) needs GROUP BY TUMBLE(…) with the same arguments'],
    ["SELECT TUMBLE_END(ts, INTERVAL '2' MINUTE) FROM ticks GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)", 'SQL_WINDOW: the arguments of TUMBLE_END are not those of the window in GROUP BY'],
    ["SELECT TUMBLE(ts, INTERVAL '1' MINUTE) FROM ticks", 'SQL_WINDOW: TUMBLE(…) stands in GROUP BY, or as a table function in FROM'],
    ["SELECT count(*) FROM ticks GROUP BY TUMBLE(ts, small)", "SQL_WINDOW: TUMBLE needs a fixed interval such as INTERVAL '1' MINUTE"],
    [`SELECT count(*) FROM ${TUMBLE} EMIT FINAL`, 'SQL_UNBOUNDED: EMIT FINAL: no group over this unbounded input is ever final; group by a window, or EMIT CHANGES'],
  ])('refuses %s', async (sql, error) => expect((await failure(sql)).split(' @ ')[0]).toBe(error))
})

describe('windows that overlap', () => {
  const HOP = "TABLE(HOP(TABLE ticks, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '1' HOUR))"

  it('are put together from slices', async () => {
    expect(await plan(`SELECT symbol, window_start, window_end, count(*) FROM ${HOP} GROUP BY symbol, window_start, window_end`, 4)).toMatchInlineSnapshot(`
      "
      Select                                                      4 workers
      └─ Project symbol, window_end - INTERVAL '1' HOUR AS window_start, window_end, count  local
         └─ Aggregate final  key=symbol, window_end  closes=window_end  hop(1 s, 3600 s) of slices=1 s  merge: \`symbol\`, \`window_end\` are not the split key of ticks
            └─ Exchange hash(symbol)  partial aggregates only
               └─ Aggregate partial  count(*)  closes=window_end  local
                  └─ Window hop(ts, 1 s, 3600 s)  slices=1 s      local
                     └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan("SELECT window_start, window_end, max(price) FROM TABLE(CUMULATE(TABLE plain, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)) GROUP BY window_start, window_end")).toMatchInlineSnapshot(`
      "
      Select  1 worker
      └─ Project window_start_of(window_end - INTERVAL '1' MINUTE, INTERVAL '1' HOUR, INTERVAL '0' SECOND) AS window_start, window_end, max  local
         └─ Aggregate  key=window_start_of(ts, INTERVAL '1' MINUTE) + INTERVAL '1' MINUTE  max(price)  closes=window_end  cumulate(60 s, 3600 s) of slices=60 s  local
            └─ Read plain (plain)  columns=price, ts
      "
    `)
  })

  it('take a row once for each window where something is computed from their bounds, or changes are emitted', async () => {
    expect(await plan(`SELECT symbol, window_end, sum(TIMESTAMPDIFF(SECOND, window_start, ts)) FROM ${HOP} GROUP BY symbol, window_end`)).toMatchInlineSnapshot(`
      "
      Select                             1 worker
      └─ Aggregate  key=symbol, window_end  sum(timestampdiff('second', window_start, ts))  closes=window_end  local
         └─ Window hop(ts, 1 s, 3600 s)  local
            └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan(`SELECT symbol, window_end, count(*) FROM ${HOP} GROUP BY symbol, window_end EMIT CHANGES`)).toMatchInlineSnapshot(`
      "
      Select (changes)                                                                 1 worker
      └─ Aggregate  key=symbol, window_end  count(*)  closes=window_end  emit=changes  local
         └─ Window hop(ts, 1 s, 3600 s)                                                local
            └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan(`SELECT symbol, window_end FROM ${HOP}`)).toMatchInlineSnapshot(`
      "
      Select                             1 worker
      └─ Project symbol, window_end      local
         └─ Window hop(ts, 1 s, 3600 s)  local
            └─ Read ticks (stream)  columns=symbol, ts
      "
    `)
  })
})

describe('sessions', () => {
  it('are of what they are partitioned by, and of the other keys where that is not said', async () => {
    expect(await plan("SELECT symbol, window_start, window_end, sum(price) FROM TABLE(SESSION(TABLE ticks PARTITION BY symbol, DESCRIPTOR(ts), INTERVAL '30' SECOND)) GROUP BY symbol, window_start, window_end", 4)).toMatchInlineSnapshot(`
      "
      Select                                                4 workers
      └─ Session session(ts, 30 s)  key=symbol  sum(price)  local: all rows of a key are here
         └─ Exchange hash(symbol)  rows: a session needs all rows of its key together
            └─ Project price, ts, symbol, #watermark        local
               └─ Read ticks (stream)  columns=symbol, price, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
    expect(await plan("SELECT symbol, window_end, count(*) FROM ticks WINDOW SESSION (30 SECONDS, GRACE PERIOD 5 SECONDS) WHERE price > 1 GROUP BY symbol EMIT CHANGES")).toMatchInlineSnapshot(`
      "
      Select (changes)                         1 worker
      └─ Project symbol, window_end, count     local
         └─ Session session(ts, 30 s)  key=symbol  lateness=5 s  emit=changes  count(*)  local
            └─ Project ts, symbol, #watermark  local
               └─ Filter price > 1             local
                  └─ Read ticks (stream)  columns=symbol, price, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })

  it('keep their rows where these are not grouped by the same', async () => {
    expect(await plan("SELECT symbol, window_end, count(*) FROM TABLE(SESSION(TABLE ticks, DESCRIPTOR(ts), INTERVAL '30' SECOND)) GROUP BY symbol, window_end", 4)).toMatchInlineSnapshot(`
      "
      Select                                                             4 workers
      └─ Aggregate  key=symbol, window_end  count(*)  closes=window_end  local
         └─ Session session(ts, 30 s)  rows                              single: sessions of all rows
            └─ Exchange single  sessions of all rows
               └─ Read ticks (stream)  columns=symbol, ts  watermark=ts - INTERVAL '5' SECOND
      "
    `)
  })
})

it('refuses sessions of rows that change', async () => {
  const counts = "(SELECT symbol, max(ts) AS at, count(*) AS n FROM ticks GROUP BY symbol)"
  expect(await failure(`SELECT symbol, count(*) FROM TABLE(SESSION(TABLE ${counts} PARTITION BY symbol, DESCRIPTOR(at), INTERVAL '30' SECOND)) GROUP BY symbol, window_start, window_end`))
    .toContain('SQL_UNSUPPORTED: SESSION over rows that change later is not supported')
})
