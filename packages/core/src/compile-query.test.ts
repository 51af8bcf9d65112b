import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOUNDED_TABLES, columns, compile, explain, failure } from './plan/shop.test.data.js'
import { planFromJson, planToJson } from './plan/plan-json.js'
import type { PhysicalPlan } from './plan/physical.js'

describe('a script', () => {
  it('makes one job of its INSERTs, and one of each SELECT', async () => {
    const { jobs } = await compile(`
      INSERT INTO out SELECT symbol, quantity FROM trades;
      SELECT 1;
      BEGIN STATEMENT SET; INSERT INTO changes SELECT symbol, quantity FROM trades; INSERT INTO out VALUES ('x', 1); END;
      SELECT 2`)
    expect(jobs.map((job) => [job.kind, job.plan.nodes.filter((n) => n.kind === 'sink').length])).toEqual([['insert', 3], ['select', 1], ['select', 1]])
  })

  it('explains instead of running', async () => {
    const { jobs, outputs } = await compile('EXPLAIN SELECT symbol FROM trades; EXPLAIN INSERT INTO out SELECT symbol, 1 FROM trades')
    expect(jobs).toEqual([])
    expect(outputs.map((o) => [o.statement, o.text.split('\n')[0]])).toEqual([['explain', 'Select  4 workers'], ['explain', 'Insert into out (plain, append)  4 workers']])
  })

  it('runs what EXPLAIN ANALYZE asks about', async () => {
    const { jobs } = await compile('EXPLAIN ANALYZE SELECT symbol FROM trades; SELECT 1')
    expect(jobs.map((job) => job.analyze)).toEqual([true, false])
  })

  it('takes settings from outside, from SET, and for what comes after', async () => {
    const { jobs } = await compile("SELECT 1; SET 'batch.rows' = '7'; SET 'compile' = 'off'; SET 'time-zone' = 'europe/berlin'; SELECT 2", { settings: { seed: 5 }, set: { 'batch.rows': '9' } })
    expect(jobs.map((job) => job.plan.settings)).toEqual([
      { compile: true, batchRows: 9, timeZone: 'UTC', seed: 5 }, { compile: false, batchRows: 7, timeZone: 'Europe/Berlin', seed: 5 },
    ])
    await expect(compile('', { set: { nonsense: '1' } })).rejects.toMatchObject({ code: 'OPTION_UNKNOWN' })
  })

  it('fills parameters', async () => {
    expect(await explain("SELECT symbol FROM trades WHERE small > ${low} AND symbol = '${name:ada}'", { params: { low: '7' } })).toContain("small > 7 AND symbol = 'ada'")
    await expect(compile('SELECT ${x}')).rejects.toMatchObject({ code: 'SQL_PARAMETER_MISSING' })
  })

  it('declares tables by queries: with options a table, without a view', async () => {
    const script = "CREATE TABLE t WITH ('connector' = 'log') AS SELECT symbol, count(*) AS n FROM ticks GROUP BY symbol; CREATE STREAM s AS SELECT symbol AS k FROM trades; SELECT k FROM s"
    const { jobs } = await compile(script)
    expect(jobs.map((job) => job.explain().split('\n')[0]!.replace(/ {2,}.*/, ''))).toEqual(['Insert into t (log, retract)', 'Select'])
    expect(await columns(`${script}; CREATE TEMPORARY VIEW v (a, b) AS SELECT symbol, price FROM trades; SELECT b, a FROM v`)).toEqual(['b DOUBLE', 'a STRING'])
  })

  it('drops, creates again, and creates unless it is there', async () => {
    expect(await failure("DROP VIEW big; DROP VIEW IF EXISTS big; CREATE VIEW big AS SELECT 1 AS one; CREATE VIEW IF NOT EXISTS big AS SELECT 2; SELECT one FROM big")).toBe('no error')
  })

  it('lists functions with their signatures', async () => {
    const { outputs } = await compile('SHOW FUNCTIONS')
    expect(outputs[0]!.text).toMatch(/^upper +\(/m)
  })

  it('says where an error is', async () => {
    const error = await compile('SELECT\n  symbl FROM trades', { fileName: 'a.sql' }, "CREATE TABLE trades (symbol STRING) WITH ('connector' = 'plain');\n").catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'SQL_COLUMN_UNKNOWN', details: { place: 'a.sql:3:3', suggestion: 'symbol' } })
    expect((error as Error).message).toBe(
      'SQL_COLUMN_UNKNOWN  a.sql:3:3  no column `symbl` in table `trades`\n  3 |   symbl FROM trades\n        ^^^^^\n  columns here: symbol.  did you mean `symbol`?')
  })
})

/** Queries that are valid by construction, of all the forms that there are. */
const scalar = fc.constantFrom('small', 'quantity', 'small + 1', 'quantity * 2', 'amount', 'price / 2', 'coalesce(small, 0)', 'CASE WHEN ok THEN small ELSE 7 END', '9007199254740993')
const condition = fc.constantFrom('small > 1', "symbol = 'a'", 'quantity IN (1, 2, 9007199254740993)', "day = '2026-01-01'", 'ok', 'price * 2 > 3 OR small IS NULL', 'amount BETWEEN 1 AND 2.5')
const aggregate = fc.constantFrom('count(*)', 'sum(quantity)', 'avg(price)', 'min(symbol)', 'count(DISTINCT small)', 'sum(amount) FILTER (WHERE ok)', 'first_value(price)', "string_agg(symbol, ',' ORDER BY price)")
const key = fc.constantFrom('symbol', 'small', 'day', 'upper(symbol)', 'small % 2')
const table = fc.constantFrom('trades', 'plain', 'keyed')
const where = fc.option(condition).map((c) => (c === null ? '' : ` WHERE ${c}`))
const limit = fc.constantFrom('', ' LIMIT 3', ' LIMIT 3 OFFSET 2', ' LIMIT 0')
const plain = fc.tuple(scalar, scalar, table, where, fc.constantFrom('', ' ORDER BY a', ' ORDER BY b DESC'), limit, fc.boolean())
  .map(([a, b, t, w, o, l, d]) => `SELECT ${d ? 'DISTINCT ' : ''}${a} AS a, ${b} AS b FROM ${t}${w}${o}${l}`)
const grouped = fc.tuple(fc.uniqueArray(key, { maxLength: 2 }), fc.array(aggregate, { minLength: 1, maxLength: 3 }), table, where, limit)
  .map(([keys, calls, t, w, l]) => `SELECT ${[...keys, ...calls].join(', ')} FROM ${t}${w}${keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`} HAVING count(*) > 0${l}`)
const nested = fc.tuple(plain, where).map(([q]) => `SELECT a, count(*), max(b) FROM (${q}) AS t GROUP BY a`)
const query = fc.oneof(plain, grouped, nested, fc.tuple(plain, plain).map(([a, b]) => `SELECT a FROM (${a}) AS x UNION ALL SELECT b FROM (${b}) AS y`))

const kinds = (fields: readonly { readonly type: { readonly kind: string } }[]): string => fields.map((f) => f.type.kind).join()

/** The rules that a plan breaks, whatever the query; none if it is a good one. */
function brokenRules(plan: PhysicalPlan): readonly string[] {
  return plan.nodes.flatMap((node, id) => {
    const inputs = node.inputs.map((input) => plan.nodes[input]!)
    const rules: Record<string, boolean> = {
      'a node knows its place': node.id === id,
      'inputs come before their consumers': node.inputs.every((input) => input < id),
      'only an exchange changes who has the rows': plan.workerCount === 1 || inputs.every((input) => input.runsOn === (node.kind === 'exchange' ? 'all' : node.runsOn)),
      'every node has a consumer': node.kind === 'sink' || plan.nodes.some((n) => n.inputs.includes(id)),
      'unions and sinks pass rows on as they are': (node.kind !== 'union' && node.kind !== 'sink') || inputs.every((input) => kinds(input.schema) === kinds(node.schema)),
      'a calc has its expressions as columns': node.kind !== 'calc' || kinds(node.project) === kinds(node.schema),
      'an aggregate has its keys first': node.kind !== 'aggregate' || kinds(node.keys) === kinds(node.schema.slice(0, node.keys.length)),
      'results follow keys': node.kind !== 'aggregate' || node.phase === 'partial' || kinds([...node.keys, ...node.calls]) === kinds(node.schema),
    }
    return Object.keys(rules).filter((rule) => !rules[rule]).map((rule) => `${node.kind} ${id}: ${rule}`)
  })
}

describe('a plan', () => {
  it('is plain data that holds together, for any query and worker count', async () => {
    await fc.assert(fc.asyncProperty(query, fc.constantFrom(1, 4), async (sql, workerCount) => {
      const { plan, schema } = (await compile(sql, { workerCount }, BOUNDED_TABLES)).jobs[0]!
      expect(brokenRules(plan)).toEqual([])
      expect(structuredClone(plan)).toEqual(plan)
      expect(planFromJson(planToJson(plan))).toEqual(plan)
      const sink = plan.nodes.at(-1)!
      expect(sink.schema).toEqual(schema)
      const again = (await compile(sql, { workerCount }, BOUNDED_TABLES)).jobs[0]!.plan
      expect(planToJson(again)).toBe(planToJson(plan))
    }), { numRuns: 100 })
  })

  it('is frozen', async () => {
    const { plan } = (await compile('SELECT symbol FROM trades WHERE small > 1')).jobs[0]!
    expect(Object.isFrozen(plan.nodes) && plan.nodes.every((node) => Object.isFrozen(node) && Object.isFrozen(node.schema))).toBe(true)
  })
})
