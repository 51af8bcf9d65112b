import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryRow } from './memory-connector.js'
import { memoryConnector } from './memory-connector.js'
import type { SimulationResult } from './simulate.js'
import { simulate } from './simulate.js'

const TABLE = `CREATE TABLE t (n BIGINT, even BOOLEAN) WITH ('connector' = 'memory');`

interface Case {
  readonly rowCount: number
  readonly splits: number
  readonly filters?: boolean
  readonly workers: number
  readonly batchRows?: number
  readonly seed?: number
}

const tableOf = (count: number): readonly MemoryRow[] => Array.from({ length: count }, (_, i) => [BigInt(i), i % 2 === 0])

function run(sql: string, { rowCount, splits, filters = false, workers, batchRows = 16, seed = 1 }: Case): Promise<SimulationResult> {
  const connector = memoryConnector({ tables: { t: { rows: tableOf(rowCount), splits, filters } } })
  return simulate({ sql: TABLE + sql, connectors: [connector], workers, batchRows, seed })
}

const rowsIn = ({ counters }: SimulationResult): number => counters.reduce((sum, c) => sum + c.rowsIn, 0)
const firstColumn = ({ rows }: SimulationResult): unknown[] => rows.map(([n]) => n)

describe('LIMIT without ORDER BY', () => {
  it('gives the rows that a full read would give', async () => {
    const tables = fc.record({
      rowCount: fc.integer({ min: 0, max: 300 }),
      splits: fc.integer({ min: 1, max: 12 }),
      filters: fc.boolean(),
      workers: fc.constantFrom(1, 2, 4, 8),
      batchRows: fc.constantFrom(1, 7, 64),
      seed: fc.integer(),
    })
    const limits = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40 }))
    await fc.assert(fc.asyncProperty(tables, limits, fc.boolean(), async (table, [limit, offset], where) => {
      const result = await run(`SELECT n FROM t${where ? ' WHERE even' : ''} LIMIT ${limit} OFFSET ${offset}`, table)
      const all = tableOf(table.rowCount).map((row) => (row as readonly bigint[])[0]!).filter((n) => !where || n % 2n === 0n)
      expect(firstColumn(result)).toEqual(all.slice(offset, offset + limit))
    }), { numRuns: 150 })
  })

  it('reads no further than it has to', async () => {
    for (const workers of [1, 2, 4, 8]) {
      const result = await run('SELECT n FROM t LIMIT 10 OFFSET 5', { rowCount: 20_000, splits: 20, workers })
      expect(firstColumn(result)).toEqual(Array.from({ length: 10 }, (_, i) => BigInt(i + 5)))
      // At most the first rows of every split.
      expect(rowsIn(result)).toBeLessThanOrEqual(20 * 15)
    }
  })

  it('reads one split alone where it has enough and comes first', async () => {
    const result = await run('SELECT n FROM t LIMIT 10', { rowCount: 1_000, splits: 1, workers: 4 })
    expect([result.rows.length, rowsIn(result)]).toEqual([10, 10])
  })

  it('reads nothing for LIMIT 0', async () => {
    const result = await run('SELECT n FROM t LIMIT 0', { rowCount: 1_000, splits: 4, workers: 2 })
    expect([result.rows, rowsIn(result)]).toEqual([[], 0])
  })

  it('stops when the first splits together have given enough', async () => {
    const result = await run('SELECT n FROM t LIMIT 250', { rowCount: 100_000, splits: 1_000, workers: 2, batchRows: 1_024 })
    expect(firstColumn(result)).toEqual(Array.from({ length: 250 }, (_, i) => BigInt(i)))
    expect(rowsIn(result)).toBeLessThan(99_000)
  })

  it('reads on where rows are dropped behind the scan', async () => {
    const skipping = TABLE.replace(`'memory'`, `'memory', 'on-error' = 'skip'`)
    const connector = memoryConnector({ tables: { t: { rows: tableOf(100), splits: 4 } } })
    const sql = `${skipping} SELECT 10 / (n % 2) AS x, n FROM t LIMIT 3`
    const { rows } = await simulate({ sql, connectors: [connector], workers: 2, batchRows: 2 })
    expect(rows).toEqual([[10n, 1n], [10n, 3n], [10n, 5n]])
  })
})
