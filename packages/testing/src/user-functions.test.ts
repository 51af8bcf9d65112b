import { scalarFunction, type MillraceError } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { simulate, type SimulationOptions } from './simulate.js'

const TABLE = `CREATE TABLE t (id INT, name STRING, amount DECIMAL(10, 2), at TIMESTAMP(3)) WITH ('connector' = 'memory');`
const rows = [[1, 'ada', 1_050n, 0], [2, 'bob', null, 1_000], [3, null, -5n, 2_000], [4, 'ada', 0n, null]] as const

const functions = {
  './f.js': {
    twice: (x: number) => 2 * x,
    // oxlint-disable-next-line no-throw-literal -- whatever a user throws
    fails: (x: number) => { if (x === 3) throw 'three'; return x },
    wrong: (x: number) => (x === 2 ? 'two' : x),
    nan: (x: number) => (x === 4 ? NaN : x),
    late: (x: number) => Promise.resolve(x),
    money: (x: string) => `${x}5`,
    label: scalarFunction({ args: ['STRING', 'INT'], returns: 'STRING', nulls: 'custom', eval: (name, id) => `${name ?? '-'}${id ?? '-'}` }),
    shout: scalarFunction({ args: ['STRING'], returns: 'STRING', deterministic: true, eval: (text) => text.toUpperCase() }),
    later: scalarFunction({ args: ['TIMESTAMP(3)'], returns: 'TIMESTAMP(3)', eval: (micros) => new Date(micros / 1_000 + 60_000) }),
    pair: scalarFunction({ args: ['STRING'], returns: 'ROW<a STRING, n BIGINT>', eval: (text) => ({ a: text, n: text.length }) }),
    Klass: class { x = 1 },
    number: 5,
    default: (x: number) => -x,
  },
}

function run(sql: string, options: Partial<SimulationOptions> = {}): ReturnType<typeof simulate> {
  const connectors = [memoryConnector({ tables: { t: { rows: rows.map((row) => [...row]), splits: 2 } } })]
  return simulate({ sql: TABLE + sql, connectors, functions, ...options })
}

const create = (name: string, signature = '(x INT) RETURNS INT'): string => `CREATE FUNCTION ${name} ${signature} AS './f.js';`

async function failure(sql: string, options: Partial<SimulationOptions> = {}): Promise<MillraceError> {
  return run(sql, options).then(() => { throw new Error('it did not fail') }, (error: unknown) => error as MillraceError)
}

async function answer(sql: string): Promise<unknown> {
  const answers: unknown[] = []
  for (const workers of [1, 4]) for (const compile of [true, false]) answers.push((await run(sql, { workers, compile })).folded)
  for (const other of answers) expect(other).toEqual(answers[0])
  return answers[0]
}

describe('scalar functions of the user', () => {
  it('take and give values of their declared types', async () => {
    const declared = `${create('twice')} ${create('label', '')} ${create('shout', '')} ${create('later', '')} ${create('money', '(m DECIMAL(10, 2)) RETURNS DECIMAL(12, 3)')}`
    expect(await answer(`${declared} SELECT twice(id), label(name, id), shout(name), later(at), money(amount) FROM t`)).toEqual([
      [2, 'ada1', 'ADA', 60_000_000, 10_505n],
      [4, 'bob2', 'BOB', 60_001_000, null],
      [6, '-3', null, 60_002_000, -55n],
      [8, 'ada4', 'ADA', null, 5n],
    ])
  })

  it('stand wherever expressions do', async () => {
    expect(await answer(`${create('twice')} SELECT twice(twice(id)) AS x, count(*) FROM t WHERE twice(id) > 2 GROUP BY twice(twice(id)) HAVING max(twice(id)) < 8`))
      .toEqual([[8, 1n], [12, 1n]])
    expect(await answer(`${create('pair', '')} SELECT pair(name).n FROM t WHERE id = 1`)).toEqual([[3n]])
  })

  it('convert arguments as built-in functions do, and read quoted text as what is wanted', async () => {
    const declared = create('label', `(a STRING, b INT) RETURNS STRING`)
    expect(await answer(`${declared} SELECT label('x', '7'), label(NULL, CAST(3 AS SMALLINT)) FROM t WHERE id = 1`)).toEqual([['x7', '-3']])
    expect((await failure(`${create('twice')} SELECT twice(amount) FROM t`)).message).toContain('`twice` does not take (DECIMAL(10, 2)).  it takes: twice(INT) → INT')
    expect((await failure(`${create('twice')} SELECT twice(1, 2) FROM t`)).code).toBe('SQL_ARGUMENTS')
  })

  it('are found by #export, by name, or as the default', async () => {
    const declared = `CREATE FUNCTION a (x INT) RETURNS INT AS './f.js#twice'; CREATE FUNCTION b (x INT) RETURNS INT AS './f.js';`
    expect(await answer(`${declared} SELECT a(id), B(id) FROM t WHERE id = 2`)).toEqual([[4, -2]])
  })

  it('come and go', async () => {
    const again = `${create('twice')} CREATE FUNCTION IF NOT EXISTS twice (x INT) RETURNS INT AS './none.js'; DROP FUNCTION twice; DROP FUNCTION IF EXISTS twice;`
    expect((await failure(`${again} SELECT twice(id) FROM t`)).code).toBe('SQL_FUNCTION_UNKNOWN')
    expect((await failure('DROP FUNCTION twice; SELECT 1')).code).toBe('SQL_FUNCTION_UNKNOWN')
  })
})

describe('rows at fault', () => {
  it.each([
    ['fails', 'FUNCTION_FAILED', 'fails failed: three'],
    ['wrong', 'FUNCTION_RESULT', 'wrong returned the string "two", which is no INT'],
    ['nan', 'FUNCTION_RESULT', 'nan returned the number NaN, which is no INT'],
    ['late', 'FUNCTION_RESULT', 'a Promise'],
  ])('%s', async (name, code, message) => {
    for (const workers of [1, 4]) {
      for (const compile of [true, false]) {
        const error = await failure(`${create(name)} SELECT ${name}(id) FROM t`, { workers, compile })
        expect(error.code).toBe(code)
        expect(error.message).toContain(message)
        expect(error.details.source).toBe('t')
        expect(error.details.position).toBeDefined()
      }
    }
  })

  it('are skipped where the table says so', async () => {
    const skipping = `CREATE TABLE u (id INT) WITH ('connector' = 'memory', 'on-error' = 'skip');`
    for (const workers of [1, 4]) {
      const connectors = [memoryConnector({ tables: { t: { rows: [] }, u: { rows: [[1], [2], [3]], splits: 3 } } })]
      const { folded, counters } = await simulate({ sql: `${skipping} ${create('fails')} SELECT fails(id) FROM u`, connectors, functions, workers })
      expect(folded).toEqual([[1], [2]])
      expect(counters.reduce((sum, { rowsFailed }) => sum + rowsFailed, 0)).toBe(1)
    }
  })
})

describe('declarations that are refused', () => {
  it.each([
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './none.js'", 'SQL_FUNCTION_MODULE', "no module './none.js'"],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#twcie'", 'SQL_FUNCTION_EXPORT', 'exports no `twcie`; functions it exports: twice'],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#Klass'", 'SQL_FUNCTION_EXPORT', 'is a class'],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#number'", 'SQL_FUNCTION_EXPORT', 'is no function'],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#constructor'", 'SQL_FUNCTION_EXPORT', 'exports no `constructor`'],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#__proto__'", 'SQL_FUNCTION_EXPORT', 'exports no `__proto__`'],
    ["CREATE FUNCTION f AS './f.js#twice'", 'SQL_FUNCTION_SIGNATURE', 'nothing says which types `f` has'],
    ["CREATE FUNCTION f (x INT) RETURNS STRING AS './f.js#shout'", 'SQL_FUNCTION_SIGNATURE', 'the module declares (STRING) → STRING, and SQL (INT) → STRING'],
    ["CREATE FUNCTION Lower (x INT) RETURNS INT AS './f.js#twice'", 'SQL_FUNCTION_EXISTS', '`Lower` is a built-in function'],
    ["CREATE FUNCTION tumble (x INT) RETURNS INT AS './f.js#twice'", 'SQL_FUNCTION_EXISTS', 'built-in'],
    ["CREATE FUNCTION f (x INT) RETURNS INT AS './f.js#twice'; CREATE FUNCTION F (x INT) RETURNS INT AS './f.js#twice'", 'SQL_FUNCTION_EXISTS', 'exists already'],
  ])('%s', async (sql, code, message) => {
    const error = await failure(`${sql}; SELECT 1 AS one`)
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.details.place).toMatch(/^simulation\.sql:1:/)
  })

  it('names of what every object has are plain names', async () => {
    const declared = 'constructor __proto__ toString valueOf'.split(' ').map((name) => `CREATE FUNCTION ${name} (x INT) RETURNS INT AS './f.js#twice';`).join(' ')
    expect(await answer(`${declared} SELECT constructor(1), __proto__(2), toString(3), valueOf(4) FROM t WHERE id = 1`)).toEqual([[2, 4, 6, 8]])
  })

  it('no name becomes code', async () => {
    const name = '`x\'); throw 1; ("`'
    expect(await answer(`CREATE FUNCTION ${name} (x INT) RETURNS INT AS './f.js#twice'; SELECT ${name}(id) FROM t WHERE id = 1`)).toEqual([[2]])
  })
})
