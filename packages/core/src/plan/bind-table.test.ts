import { describe, expect, it } from 'vitest'
import { compile, explain, failure } from './shop.test.data.js'

const WITH = "WITH ('connector' = 'plain')"

describe('CREATE TABLE', () => {
  it('computes columns from others, also from computed ones, and prunes what they need', async () => {
    const table = `CREATE TABLE t (a INT, b AS a + 1, c AS b * 2, d STRING) ${WITH};`
    expect(`\n${await explain(`${table} SELECT c FROM t WHERE b > 5`, { workerCount: 1 })}\n`).toMatchInlineSnapshot(`
      "
      Select                       1 worker
      └─ Project (a + 1) * 2 AS c  local
         └─ Filter a + 1 > 5       local
            └─ Read t (plain)  columns=a
      "
    `)
  })

  it('takes a watermark over a computed column', async () => {
    const table = "CREATE TABLE t (millis BIGINT, k STRING, ts AS to_timestamp_ltz(millis, 3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'stream');"
    const text = await explain(`${table} SELECT k, count(*) FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k`, { workerCount: 1 })
    expect(text).toContain('watermark=to_timestamp_ltz(millis, 3) - INTERVAL')
  })

  it('knows metadata columns that the source gives', async () => {
    const table = (key: string, type = 'BIGINT'): string => `CREATE TABLE t (a INT, o ${type} METADATA FROM '${key}' VIRTUAL) WITH ('connector' = 'stream'); SELECT a, o FROM t`
    const { jobs } = await compile(table('offset'))
    const scan = jobs[0]!.plan.nodes[0]!
    expect(scan.kind === 'scan' && scan.spec.columns.map((c) => c.metadata)).toEqual([null, 'offset'])
    expect(await failure(table('offst'))).toBe("SQL_COLUMN_UNKNOWN: `t` has no metadata 'offst' @ t ? offset")
    expect(await failure(table('constructor'))).toBe("SQL_COLUMN_UNKNOWN: `t` has no metadata 'constructor' @ t")
    expect(await failure(table('offset', 'STRING'))).toBe("SQL_TYPE: metadata 'offset' of `t` is BIGINT; declare `o` so @ t")
  })

  it('is described', async () => {
    const { outputs } = await compile(`CREATE TABLE t (id BIGINT, ts TIMESTAMP(3) NOT NULL, d AS CAST(ts AS DATE), WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED) ${WITH}; DESCRIBE t; DESCRIBE big; SHOW TABLES`)
    expect(`\n${outputs.map((o) => o.text).join('\n\n')}\n`).toMatchInlineSnapshot(`
      "
      id  BIGINT        NOT NULL PRIMARY KEY
      ts  TIMESTAMP(3)  NOT NULL WATERMARK AS ts
      d   DATE          NOT NULL AS CAST(ts AS DATE)

      name   STRING
      price  DOUBLE

      trades   table (file)
      plain    table (plain)
      keyed    table (keyed)
      ticks    table (stream)
      bare     table (stream)
      out      table (plain)
      strict   table (plain)
      latest   table (table)
      changes  table (log)
      one      table (onefile)
      big      view
      t        table (plain)
      "
    `)
  })

  it.each([
    [`CREATE TABLE trades (a INT) ${WITH}`, 'SQL_TABLE_EXISTS: a table or view `trades` exists already @ trades'],
    [`CREATE TABLE t (a INT, A INT) ${WITH}`, 'SQL_COLUMN_AMBIGUOUS: column `A` is declared twice @ A'],
    [`CREATE TABLE t (a INT, PRIMARY KEY (b) NOT ENFORCED) ${WITH}`, 'SQL_COLUMN_UNKNOWN: no column `b` is declared @ b'],
    [`CREATE TABLE t (a INT, WATERMARK FOR a AS a - 1) ${WITH}`, 'SQL_TYPE: a watermark is for a TIMESTAMP; `a` is INT @ a'],
    [`CREATE TABLE t (a TIMESTAMP(3), WATERMARK FOR a AS 5) ${WITH}`, 'SQL_TYPE: the watermark of `a` is INT; it must be TIMESTAMP(3) too @ 5'],
    [`CREATE TABLE t (a AS b + 1, b INT, c AS d) ${WITH}`, 'SQL_COLUMN_UNKNOWN: no column `d` @ d'],
    [`CREATE TABLE t (a TIMESTAMP(9)) ${WITH}`, 'SQL_TYPE: TIMESTAMP(9): 9 is not within 0 … 6 @ TIMESTAMP(9)'],
    [`CREATE TABLE t (a MULTISET<INT>) ${WITH}`, 'SQL_UNSUPPORTED: MULTISET is not supported; use ARRAY @ MULTISET<INT>'],
    ['DROP TABLE nothing', 'SQL_TABLE_UNKNOWN: no table or view `nothing` @ nothing'],
    ['DROP TABLE big', 'SQL_TABLE_UNKNOWN: `big` is a view; DROP VIEW @ big'],
    ['CREATE VIEW v AS SELECT symbl FROM trades', 'SQL_COLUMN_UNKNOWN: no column `symbl` in table `trades` @ symbl ? symbol'],
    ["CREATE FUNCTION f (a INT) RETURNS INT AS './f.js#f'", "SQL_FUNCTION_MODULE: modules of user functions cannot be loaded here, so neither can './f.js' @ './f.js#f'"],
    ["SET 'batch.row' = '5'", "OPTION_UNKNOWN: a job has no option 'batch.row' @ SET 'batch.row' = '5' ? batch.rows"],
    ["SET 'batch.rows' = '0'", "OPTION_INVALID: option 'batch.rows': '0' is less than 1 @ SET 'batch.rows' = '0'"],
    ["SET 'time-zone' = 'Mars/Olympus'", "OPTION_INVALID: option 'time-zone': 'Mars/Olympus' is no time zone (such as UTC, Europe/Berlin) @ SET 'time-zone' = 'Mars/Olympus'"],
  ])('%s', async (sql, error) => expect((await failure(sql)).slice(0, error.length)).toBe(error))
})
