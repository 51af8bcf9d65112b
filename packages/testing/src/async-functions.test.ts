import { asyncScalarFunction, type MillraceError } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { foldChanges } from './fold-changes.js'
import { simulateWithRestarts } from './simulate-with-restarts.js'
import { simulate, Simulation, type SimulationOptions } from './simulate.js'

const SECOND = 1_000_000
const TABLE = `CREATE TABLE t (id INT, name STRING, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'memory');`
const rows = Array.from({ length: 40 }, (_, i) => [i, i % 7 === 3 ? null : `k${i % 5}`, i * SECOND])

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
let underWay = 0
let most = 0

const functions = {
  './f.js': {
    // Later rows are often done before earlier ones.
    rating: asyncScalarFunction({
      args: ['STRING'], returns: 'STRING', concurrency: 3,
      async eval(name) {
        most = Math.max(most, ++underWay)
        await sleep(name === 'k0' ? 3 : 0)
        underWay--
        return name.toUpperCase()
      },
    }),
    async square(id: number) { return id * id },
    maybe: asyncScalarFunction({ args: ['INT'], returns: 'INT', eval: (id) => (id % 2 === 0 ? id : Promise.resolve(-id)) }),
    fails: asyncScalarFunction({ args: ['INT'], returns: 'INT', async eval(id) { if (id === 13) throw new Error('unlucky'); return id } }),
    throws: asyncScalarFunction({ args: ['INT'], returns: 'INT', eval(id) { if (id === 13) throw new Error('at once'); return Promise.resolve(id) } }),
    wrong: asyncScalarFunction({ args: ['INT'], returns: 'INT', eval: async (id) => (id === 13 ? ('x' as never) : id) }),
    never: asyncScalarFunction({ args: ['INT'], returns: 'INT', timeoutMs: 500, eval: (id) => (id === 13 ? new Promise(() => {}) : Promise.resolve(id)) }),
  },
}

const CREATE = ['rating', 'maybe', 'fails', 'throws', 'wrong', 'never'].map((name) => `CREATE FUNCTION ${name} AS './f.js';`).join(' ')
  + ` CREATE FUNCTION square (x INT) RETURNS INT AS './f.js';`

function run(sql: string, options: Partial<SimulationOptions> = {}): ReturnType<typeof simulate> {
  return simulate({ sql: `${TABLE} ${CREATE} ${sql}`, connectors: [memoryConnector({ tables: { t: { rows, splits: 3 } } })], functions, ...options })
}

async function answer(sql: string): Promise<readonly (readonly unknown[])[]> {
  let first: readonly (readonly unknown[])[] | null = null
  for (const workers of [1, 4]) {
    for (const batchRows of [3, 1_024]) {
      const { folded } = await run(sql, { workers, batchRows, seed: workers })
      expect(folded, `${workers} workers, batches of ${batchRows}`).toEqual(first ?? folded)
      first ??= folded
    }
  }
  return first!
}

async function failure(sql: string, options: Partial<SimulationOptions> = {}): Promise<MillraceError> {
  return run(sql, options).then(() => { throw new Error('it did not fail') }, (error: unknown) => error as MillraceError)
}

describe('asynchronous functions of the user', () => {
  it('give their results in the order of the rows, so many at a time', async () => {
    most = 0
    const { rows: got } = await run('SELECT id, rating(name) FROM t', { connectors: [memoryConnector({ tables: { t: { rows } } })] })
    expect(got.map(([id, name]) => [id, name])).toEqual(rows.map(([id, name]) => [id, name === null ? null : String(name).toUpperCase()]))
    expect(most).toBe(3)
  })

  it('stand in conditions, keys and arguments, and in one another', async () => {
    expect(await answer('SELECT square(square(id)) + maybe(id) AS x FROM t WHERE id < 4 AND square(id) > 0 AND id <> 2')).toEqual([[0], [78]])
    expect(await answer('SELECT rating(name), count(*), max(square(id)) FROM t WHERE id < 10 GROUP BY rating(name)')).toEqual([
      [null, 1n, 9], ['K0', 2n, 25], ['K1', 2n, 36], ['K2', 2n, 49], ['K3', 1n, 64], ['K4', 2n, 81],
    ])
  })

  it('keep watermarks behind the rows before them', async () => {
    const windows = (name: string): string =>
      `SELECT window_start, ${name} AS name, count(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, ${name}`
    const expected = await answer(windows('upper(name)'))
    expect(await answer(windows('rating(name)'))).toEqual(expected)
  })

  it('over a stream', async () => {
    const connector = memoryConnector({ tables: { t: { unbounded: true, splits: 2 } } })
    const sql = `${TABLE} ${CREATE} SELECT window_end, count(rating(name)) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`
    const simulation = await Simulation.open({ sql, connectors: [connector], functions, workers: 2, batchRows: 4 })
    for (const [i, row] of rows.entries()) connector.push('t', [row], i % 2)
    await simulation.settle()
    expect(simulation.result().rows).toEqual([[10 * SECOND, 9n], [20 * SECOND, 8n], [30 * SECOND, 9n]])
    connector.end('t')
    expect((await simulation.finish()).rows.at(-1)).toEqual([40 * SECOND, 8n])
  })

  it('lose and repeat no row where the job is restored', async () => {
    const sql = `${TABLE} ${CREATE} SELECT window_end, rating(name) AS name, sum(square(id)) AS s FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, rating(name)`
    const options = { sql, connectors: [memoryConnector({ tables: { t: { rows, splits: 3 } } })], functions, batchRows: 3 }
    const { folded } = await simulate(options)
    for (let seed = 1; seed <= 8; seed++) {
      const restarted = await simulateWithRestarts({ ...options, seed }, { rounds: 24 })
      expect(foldChanges(restarted.changes, restarted.schema), `seed ${seed}`).toEqual(folded)
    }
  })

  it('show in the plan, behind the conditions that need no call', async () => {
    const { jobs } = await compileScript(`${TABLE} ${CREATE} SELECT id FROM t WHERE id > 3 AND rating(name) = 'K1'`, {
      connector: async () => memoryConnector({ tables: { t: { rows: [] } } }), functionModule: async () => ({ url: './f.js', exports: functions['./f.js'] }),
      workerCount: 2, baseDirectory: '/',
    })
    expect(jobs[0]!.explain().replace(/ +local.*/g, '')).toContain([
      '└─ Project id',
      "   └─ Filter rating(name) = 'K1'",
      '      └─ Async call rating(name)  concurrency=3  timeout=30000 ms',
      '         └─ Filter id > 3',
    ].join('\n'))
  })
})

describe('what goes wrong in them', () => {
  it.each([
    ['fails', 'FUNCTION_FAILED', 'fails failed: unlucky'],
    ['throws', 'FUNCTION_FAILED', 'throws failed: at once'],
    ['wrong', 'FUNCTION_RESULT', 'wrong returned the string "x", which is no INT'],
    ['never', 'FUNCTION_TIMEOUT', 'never gave no result within 500 ms'],
  ])('%s ends the job, or is skipped, at its row', async (name, code, message) => {
    for (const workers of [1, 4]) {
      const error = await failure(`SELECT ${name}(id) FROM t`, { workers, batchRows: 8 })
      expect(error.code).toBe(code)
      expect(error.message).toContain(message)
      expect(error.details.source).toBe('t')
      expect(error.details.position).toBeDefined()

      const skipping = await simulate({
        sql: `${TABLE.replace("'memory'", "'memory', 'on-error' = 'skip'")} ${CREATE} SELECT ${name}(id) FROM t`,
        connectors: [memoryConnector({ tables: { t: { rows, splits: 3 } } })], functions, workers, batchRows: 8,
      })
      expect(skipping.folded).toEqual(rows.filter(([id]) => id !== 13).map(([id]) => [id]))
      expect(skipping.counters.reduce((sum, { rowsFailed }) => sum + rowsFailed, 0)).toBe(1)
    }
  })

  it('a failed row is written as a dead letter', async () => {
    const connector = memoryConnector({ tables: { t: { rows, splits: 3 } } })
    await simulate({
      sql: `${TABLE.replace("'memory'", "'memory', 'on-error' = 'dead-letter', 'dead-letter' = 'lost'")} ${CREATE}
        CREATE TABLE lost (source STRING, error_code STRING, error_message STRING) WITH ('connector' = 'memory');
        CREATE TABLE out (id INT) WITH ('connector' = 'memory'); INSERT INTO out SELECT never(id) FROM t`,
      connectors: [connector], functions, workers: 2, batchRows: 8,
    })
    expect(connector.written('lost').map(({ values }) => values)).toEqual([['t', 'FUNCTION_TIMEOUT', 'never gave no result within 500 ms']])
    expect(connector.written('out')).toHaveLength(39)
  })

  it.each(['CASE WHEN id > 3 THEN square(id) END', 'coalesce(id, square(id))', 'id > 3 OR square(id) > 9'])('%s is refused', async (expression) => {
    const error = await failure(`SELECT ${expression} FROM t`)
    expect(error.code).toBe('SQL_UNSUPPORTED')
    expect(error.message).toContain('square is asynchronous and cannot be called in')
    expect(error.details.place).toMatch(/^simulation\.sql:1:/)
  })
})
