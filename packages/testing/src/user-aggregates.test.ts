import { aggregateFunction, type MillraceError } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { foldChanges } from './fold-changes.js'
import { simulateWithRestarts } from './simulate-with-restarts.js'
import { simulate, Simulation, type SimulationOptions } from './simulate.js'

const SECOND = 1_000_000
const TABLE = `CREATE TABLE t (id INT, name STRING, n BIGINT, at TIMESTAMP(3), WATERMARK FOR at AS at) WITH ('connector' = 'memory');`
const rows = Array.from({ length: 60 }, (_, i) => [i, i % 7 === 0 ? null : `k${i % 5}`, i % 11 === 0 ? null : BigInt(i * i), i * SECOND])

const geometric = {
  args: ['BIGINT'], returns: 'DOUBLE',
  create: () => ({ sum: 0n, count: 0 }),
  accumulate(state: { sum: bigint; count: number }, n: bigint) { state.sum += n; state.count++ },
  result: ({ sum, count }: { sum: bigint; count: number }) => (count === 0 ? null : Number(sum) / count),
} as const

const functions = {
  './f.js': {
    center: aggregateFunction({
      ...geometric,
      retract(state, n) { state.sum -= n; state.count-- },
      merge(state, other) { state.sum += other.sum; state.count += other.count },
    }),
    whole: aggregateFunction(geometric),
    // A state that is a value, and NULLs that count.
    lines: aggregateFunction({ args: ['STRING'], returns: 'INT', nulls: 'custom', create: () => 0, accumulate: (count) => count + 1, merge: (a, b) => a + b, result: (count) => count }),
    names: aggregateFunction({
      args: ['STRING'], returns: 'ARRAY<STRING>', create: () => new Set<string>(), accumulate: (seen, name) => void seen.add(name),
      merge: (a, b) => { for (const name of b) a.add(name) }, result: (seen) => [...seen].sort(),
    }),
    fails: aggregateFunction({ args: ['INT'], returns: 'INT', create: () => 0, accumulate(sum, id) { if (id === 13) throw new Error('unlucky'); return sum + id }, merge: (a, b) => a + b, result: (sum) => sum }),
    endless: aggregateFunction({ args: ['INT'], returns: 'INT', create: () => 0, accumulate: (sum, id) => sum + id, merge: (a, b) => a + b, result: (sum) => (sum > 300 ? 0.5 : sum) }),
    classy: aggregateFunction({ args: ['INT'], returns: 'INT', create: () => new (class State { n = 0 })(), accumulate: (state) => void state.n++, merge: () => {}, result: ({ n }) => n }),
  },
}

const names = ['center', 'whole', 'lines', 'names', 'fails', 'endless', 'classy']
const CREATE = names.map((name) => `CREATE FUNCTION ${name} AS './f.js';`).join(' ')

function run(sql: string, options: Partial<SimulationOptions> = {}): ReturnType<typeof simulate> {
  return simulate({ sql: `${TABLE} ${CREATE} ${sql}`, connectors: [memoryConnector({ tables: { t: { rows, splits: 5 } } })], functions, ...options })
}

async function answer(sql: string, options: Partial<SimulationOptions> = {}): Promise<readonly (readonly unknown[])[]> {
  let first: readonly (readonly unknown[])[] | null = null
  for (const workers of [1, 2, 4]) {
    for (const compile of [true, false]) {
      for (const batchRows of [3, 1_024]) {
        const { folded } = await run(sql, { workers, compile, batchRows, seed: workers, ...options })
        expect(folded, `${workers} workers, ${compile ? 'compiled' : 'interpreted'}, batches of ${batchRows}`).toEqual(first ?? folded)
        first ??= folded
      }
    }
  }
  return first!
}

async function failure(sql: string, options: Partial<SimulationOptions> = {}): Promise<MillraceError> {
  return run(sql, options).then(() => { throw new Error('it did not fail') }, (error: unknown) => error as MillraceError)
}

describe('aggregate functions of the user', () => {
  it('group as built-in ones do, merged or whole', async () => {
    const expected = await answer('SELECT name, avg(n), avg(n), count(*) FROM t GROUP BY name')
    expect(await answer('SELECT name, center(n), whole(n), CAST(lines(name) AS BIGINT) FROM t GROUP BY name')).toEqual(expected)
  })

  it('without groups, over nothing, with FILTER and DISTINCT', async () => {
    expect(await answer('SELECT center(n), lines(name), names(name) FROM t WHERE id < 0')).toEqual([[null, 0, []]])
    expect(await answer('SELECT names(name), names(name) FILTER (WHERE id < 3), lines(DISTINCT name), lines(name) FROM t')).toEqual([
      [['k0', 'k1', 'k2', 'k3', 'k4'], ['k1', 'k2'], 6, 60],
    ])
  })

  it('in windows', async () => {
    const window = (call: string): string =>
      `SELECT window_start, name, ${call} FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(at), INTERVAL '20' SECOND)) GROUP BY window_start, window_end, name`
    const expected = await answer(window('avg(n)'))
    expect(expected).toHaveLength(18)
    expect(await answer(window('center(n)'))).toEqual(expected)
    expect(await answer(window('whole(n)'))).toEqual(expected)
  })

  it('in windows that overlap, and in sessions', async () => {
    const by = (window: string, call: string): string =>
      `SELECT window_start, window_end, name, ${call} FROM TABLE(${window}) GROUP BY window_start, window_end, name`
    for (const window of [
      "HOP(TABLE t, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
      "CUMULATE(TABLE t, DESCRIPTOR(at), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
      "SESSION(TABLE t PARTITION BY name, DESCRIPTOR(at), INTERVAL '6' SECOND)",
    ]) {
      const expected = await answer(by(window, 'avg(n)'))
      expect(await answer(by(window, 'center(n)')), window).toEqual(expected)
      expect(await answer(by(window, 'whole(n)')), window).toEqual(expected)
    }
  })

  it('with OVER, in frames that grow and that slide', async () => {
    const over = (call: string, frame: string): string => `SELECT id, ${call} OVER (PARTITION BY name ORDER BY id ${frame}) AS a FROM t`
    for (const frame of ['', 'ROWS BETWEEN 3 PRECEDING AND CURRENT ROW', 'ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING']) {
      const expected = await answer(over('avg(n)', frame))
      expect(await answer(over('center(n)', frame)), frame).toEqual(expected)
      expect(await answer(over('whole(n)', frame)), frame).toEqual(expected)
    }
    expect(await answer(over('lines(DISTINCT name)', ''))).toEqual(rows.map(([id]) => [id, 1]))
  })

  it('over rows that change, where they can take them back', async () => {
    for (const workers of [1, 3]) {
      const connector = memoryConnector({ tables: { t: { unbounded: true, splits: 2 } } })
      const sql = `${TABLE} ${CREATE} SELECT center(n), avg(n), count(*) FROM (SELECT name, max(n) AS n FROM t GROUP BY name)`
      const simulation = await Simulation.open({ sql, connectors: [connector], functions, workers, batchRows: 4 })
      for (const [i, row] of rows.entries()) {
        connector.push('t', [row], i % 2)
        if (i % 9 === 0) await simulation.settle()
      }
      connector.end('t')
      const { folded, changes } = await simulation.finish()
      expect(folded).toHaveLength(1)
      expect(folded[0]![0]).toBe(folded[0]![1])
      expect(changes.length).toBeGreaterThan(3)
    }
  })

  it('go on where the job is restored', async () => {
    const sql = `${TABLE} ${CREATE} SELECT name, center(n), whole(n), names(name) FROM t GROUP BY name`
    const options = { sql, connectors: [memoryConnector({ tables: { t: { rows, splits: 5 } } })], functions, batchRows: 3 }
    const { folded } = await simulate(options)
    for (let seed = 1; seed <= 8; seed++) {
      const restarted = await simulateWithRestarts({ ...options, seed }, { rounds: 24 })
      expect(foldChanges(restarted.changes, restarted.schema), `seed ${seed}`).toEqual(folded)
    }
  })

  it('say in the plan why rows move', async () => {
    const { compileScript } = await import('@millrace/core/compile')
    const { jobs } = await compileScript(`${TABLE} ${CREATE} SELECT name, whole(n) FROM t GROUP BY name`, {
      connector: async () => memoryConnector({ tables: { t: { rows: [] } } }), functionModule: async () => ({ url: './f.js', exports: functions['./f.js'] }),
      workerCount: 2, baseDirectory: '/',
    })
    expect(jobs[0]!.explain()).toContain('rows: whole, which has no merge, needs all rows of a key together')
    expect(jobs[0]!.explain()).toContain('whole(n)')
  })
})

describe('what goes wrong in them', () => {
  it('accumulate ends the job at its row, whatever on-error says', async () => {
    for (const workers of [1, 4]) {
      for (const compile of [true, false]) {
        const error = await failure(`${TABLE.replace('TABLE t', 'TABLE u').replace("'memory'", "'memory', 'on-error' = 'skip'")} SELECT fails(id) FROM u`, {
          workers, compile, connectors: [memoryConnector({ tables: { t: { rows: [] }, u: { rows, splits: 3 } } })],
        })
        expect(error.code).toBe('FUNCTION_FAILED')
        expect(error.message).toMatch(/^u, split .*fails failed: unlucky/)
      }
    }
  })

  it('a result that is not of its type', async () => {
    for (const workers of [1, 4]) {
      const error = await failure('SELECT endless(id) FROM t', { workers })
      expect(error.code).toBe('FUNCTION_RESULT')
      expect(error.message).toContain('endless returned the number 0.5, which is no INT')
    }
  })

  it('a state that cannot move, at any worker count', async () => {
    for (const workers of [1, 4]) {
      const error = await failure('SELECT classy(id) FROM t', { workers })
      expect(error.code).toBe('FUNCTION_FAILED')
      expect(error.message).toContain('its state holds a State, which cannot be moved or stored')
    }
  })

  it('taking rows back without retract is refused before anything runs', async () => {
    const changing = await failure('SELECT whole(n) FROM (SELECT name, max(n) AS n FROM t GROUP BY name)', {
      connectors: [memoryConnector({ tables: { t: { unbounded: true } } })],
    })
    expect(changing.code).toBe('SQL_CHANGELOG')
    expect(changing.message).toContain('whole cannot take rows back')
  })
})
