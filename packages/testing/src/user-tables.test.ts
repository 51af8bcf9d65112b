import { tableFunction, type MillraceError } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { simulate, Simulation, type SimulationOptions } from './simulate.js'

const TABLE = `CREATE TABLE t (id INT, text STRING) WITH ('connector' = 'memory');`
const rows = [[1, 'a bb'], [2, null], [3, ''], [4, 'ccc']]

let letGo = 0

const functions = {
  './f.js': {
    words: tableFunction({
      args: ['STRING'], returns: 'ROW<word STRING, size INT>', deterministic: true,
      * eval(text) { for (const word of text.split(' ')) if (word !== '') yield { word, size: word.length } },
    }),
    numbers: function* numbers(to: number) { for (let n = 1; n <= to; n++) yield n },
    list: (to: number) => Array.from({ length: to }, (_, i) => [i, `n${i}`]),
    none: () => undefined,
    fails: function* fails(id: number) { yield id; if (id === 3) throw new Error('three'); yield -id },
    wrong: function* wrong(id: number) { yield id === 3 ? 'three' : id },
    text: () => 'abc',
    endless: function* endless(id: number) { try { for (let n = id === 3 ? 0 : Infinity; n < Infinity; n++) yield n } finally { letGo++ } },
  },
}

const CREATE = [
  `CREATE FUNCTION words AS './f.js'`, `CREATE FUNCTION numbers (upto INT) RETURNS TABLE<n BIGINT> AS './f.js'`,
  `CREATE FUNCTION list (upto INT) RETURNS TABLE (n INT, name STRING) AS './f.js'`, `CREATE FUNCTION none (x INT) RETURNS TABLE<n INT> AS './f.js'`,
  `CREATE FUNCTION fails (x INT) RETURNS TABLE<n INT> AS './f.js'`, `CREATE FUNCTION wrong (x INT) RETURNS TABLE<n INT> AS './f.js'`,
  `CREATE FUNCTION text (x INT) RETURNS TABLE<n INT> AS './f.js'`, `CREATE FUNCTION endless (x INT) RETURNS TABLE<n INT> AS './f.js'`,
].join('; ')

function run(sql: string, options: Partial<SimulationOptions> = {}): ReturnType<typeof simulate> {
  return simulate({ sql: `${TABLE} ${CREATE}; ${sql}`, connectors: [memoryConnector({ tables: { t: { rows, splits: 2 } } })], functions, ...options })
}

async function answer(sql: string): Promise<readonly (readonly unknown[])[]> {
  const answers: (readonly (readonly unknown[])[])[] = []
  for (const workers of [1, 4]) for (const compile of [true, false]) answers.push((await run(sql, { workers, compile })).folded)
  for (const other of answers) expect(other).toEqual(answers[0])
  return answers[0]!
}

async function failure(sql: string, options: Partial<SimulationOptions> = {}): Promise<MillraceError> {
  return run(sql, options).then(() => { throw new Error('it did not fail') }, (error: unknown) => error as MillraceError)
}

describe('table functions of the user', () => {
  it('make rows of rows', async () => {
    expect(await answer('SELECT id, word, size FROM t, LATERAL TABLE(words(text))')).toEqual([[1, 'a', 1], [1, 'bb', 2], [4, 'ccc', 3]])
    expect(await answer('SELECT id, w, s FROM t LEFT JOIN LATERAL TABLE(words(text)) AS x (w, s) ON TRUE')).toEqual([
      [1, 'a', 1], [1, 'bb', 2], [2, null, null], [3, null, null], [4, 'ccc', 3],
    ])
  })

  it('as generators, lists and nothing', async () => {
    expect(await answer('SELECT id, l.n FROM t CROSS JOIN LATERAL numbers(id - 2) AS l')).toEqual([[3, 1n], [4, 1n], [4, 2n]])
    expect(await answer('SELECT n, name FROM TABLE(list(2))')).toEqual([[0, 'n0'], [1, 'n1']])
    expect(await answer('SELECT id, n FROM t, LATERAL TABLE(none(id))')).toEqual([])
    expect(await answer('SELECT word, count(*) FROM t, LATERAL TABLE(words(text)) GROUP BY word HAVING count(*) > 0')).toEqual([['a', 1n], ['bb', 1n], ['ccc', 1n]])
  })

  it.each([
    ['fails', 'FUNCTION_FAILED', 'fails failed: three'],
    ['wrong', 'FUNCTION_RESULT', 'wrong returned the string "three", which is no INT'],
    ['text', 'FUNCTION_RESULT', 'text returned the string "abc", which is no list of rows'],
    ['endless', 'FUNCTION_ARGUMENT', 'a table function may give at most'],
  ])('%s', async (name, code, message) => {
    for (const workers of [1, 4]) {
      const error = await failure(`SELECT id, n FROM t, LATERAL TABLE(${name}(id)) WHERE id > 2`, { workers })
      expect(error.code).toBe(code)
      expect(error.message).toContain(message)
      expect(error.details.source).toBe('t')
    }
  })

  it('are told when nobody wants more', () => expect(letGo).toBeGreaterThan(0))

  it('give none of the rows of a row that fails', async () => {
    const { folded } = await simulate({
      sql: `${TABLE.replace("'memory'", "'memory', 'on-error' = 'skip'")} ${CREATE}; SELECT n FROM t, LATERAL TABLE(fails(id))`,
      connectors: [memoryConnector({ tables: { t: { rows } } })], functions,
    })
    expect(folded).toEqual([[-4], [-2], [-1], [1], [2], [4]])
  })

  it('over rows that change, if they always make the same', async () => {
    const query = (call: string): string => `SELECT n, x FROM (SELECT id % 2 AS n, max(text) AS text, max(id) AS m FROM t GROUP BY id % 2), LATERAL TABLE(${call}) AS l (x, y)`
    const connector = memoryConnector({ tables: { t: { unbounded: true } } })
    const simulation = await Simulation.open({ sql: `${TABLE} ${CREATE}; ${query('words(text)')}`, connectors: [connector], functions, workers: 2 })
    for (const row of [[1, 'x y'], [3, 'z'], [2, 'b']]) {
      connector.push('t', [row])
      await simulation.settle()
    }
    connector.end('t')
    expect((await simulation.finish()).folded).toEqual([[0, 'b'], [1, 'z']])
    const error = await failure(query('list(m)'), { connectors: [memoryConnector({ tables: { t: { unbounded: true } } })] })
    expect(error.message).toContain('list may make other rows each time')
  })

  it('stand in FROM alone', async () => {
    expect((await failure('SELECT words(text) FROM t')).message).toContain('words is a table function: it stands in FROM')
    expect((await failure('SELECT * FROM TABLE(upper(1))')).code).toBe('SQL_FUNCTION_UNKNOWN')
  })
})
