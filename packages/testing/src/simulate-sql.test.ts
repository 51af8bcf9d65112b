import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changesToText } from './batch-text.js'
import { memoryConnector } from './memory-connector.js'
import type { MemoryConnector, MemoryTable } from './memory-connector.js'
import type { SimulationOptions } from './simulate.js'
import { simulate, Simulation } from './simulate.js'

const WORKERS = [1, 2, 4, 8]
const TRADES = `CREATE TABLE trades (symbol STRING, price DECIMAL(10, 2), quantity BIGINT) WITH ('connector' = 'memory');`

const rows: [string | null, bigint, bigint | null][] = Array.from({ length: 100 }, (_, i) => [i % 11 === 0 ? null : `S${i % 7}`, BigInt((i * 7919) % 20_000), i % 13 === 0 ? null : BigInt(i)])

const connect = (table: Partial<MemoryTable> = {}): MemoryConnector => memoryConnector({ tables: { trades: { rows, splits: 5, ...table } as MemoryTable } })

/** The answer of a query as text, the same in all executions. */
async function answer(select: string, options: Partial<SimulationOptions> = {}): Promise<string> {
  let first: string | undefined
  for (const workers of WORKERS) {
    for (const compile of [true, false]) {
      for (const batchRows of [1, 7, 1_024]) {
        const { folded, schema } = await simulate({ sql: TRADES + select, connectors: [connect({ filters: workers > 2 })], workers, compile, batchRows, seed: workers * batchRows, ...options })
        const text = changesToText(folded.map((values) => ({ kind: 0, values })), schema)
        expect(text, `${workers} workers, batches of ${batchRows}, ${compile ? 'compiled' : 'interpreted'}`).toBe(first ?? text)
        first ??= text
      }
    }
  }
  return first!
}

describe('a query gives one answer in every execution', () => {
  it('filtered and calculated', async () => {
    const text = await answer('SELECT symbol, price * quantity AS value FROM trades WHERE price > 150.00 AND quantity < 50')
    expect(text.split('\n').length - 1).toBe(rows.filter(([, price, quantity]) => price > 15_000n && quantity !== null && quantity < 50n).length)
  })

  it('grouped', async () => {
    const text = await answer('SELECT symbol, count(*) AS n, sum(quantity) AS total, avg(price) AS mean, min(quantity) AS low, max(price) AS high FROM trades GROUP BY symbol')
    expect(text.split('\n').length).toBe(9)
    expect(text).toContain('NULL')
  })

  it('without groups', async () => {
    expect(await answer('SELECT count(*) AS n, count(quantity) AS known FROM trades')).toBe('   n:BIGINT NOT NULL  known:BIGINT NOT NULL\n + 100                92')
  })

  it('distinct', async () => {
    expect((await answer('SELECT DISTINCT symbol FROM trades')).split('\n').length).toBe(9)
  })

  it('ordered and cut', async () => {
    for (const workers of WORKERS) {
      const { rows: got } = await simulate({ sql: `${TRADES} SELECT quantity FROM trades WHERE quantity IS NOT NULL ORDER BY quantity DESC LIMIT 3 OFFSET 1`, connectors: [connect()], workers })
      expect(got).toEqual([[98n], [97n], [96n]])
    }
  })

  it('inserted', async () => {
    const connector = connect()
    const sql = `${TRADES}
      CREATE TABLE totals (symbol STRING, total BIGINT) WITH ('connector' = 'memory');
      INSERT INTO totals SELECT symbol, sum(quantity) FROM trades WHERE symbol = 'S3' GROUP BY symbol;`
    const { changes } = await simulate({ sql, connectors: [connector], workers: 4 })
    expect(changes).toEqual([])
    const total = rows.filter(([symbol]) => symbol === 'S3').reduce((sum, [, , quantity]) => sum + (quantity ?? 0n), 0n)
    expect(connector.written('totals')).toEqual([{ kind: 0, values: ['S3', total] }])
  })

  it('under any schedule', async () => {
    const sql = `${TRADES} SELECT symbol, count(*) AS n, sum(price) AS turnover FROM trades GROUP BY symbol`
    const expected = (await simulate({ sql, connectors: [connect()] })).folded
    await fc.assert(fc.asyncProperty(fc.constantFrom(...WORKERS), fc.integer(), fc.constantFrom(1, 100, 10_000), fc.integer({ min: 1, max: 12 }), async (workers, seed, exchangeBytes, splits) => {
      const { folded } = await simulate({ sql, connectors: [connect({ splits })], workers, seed, exchangeBytes, batchRows: 3 })
      expect(folded).toEqual(expected)
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 40), 1_000) })
  })
})

describe('windows', () => {
  const sql = `
    CREATE TABLE clicks (user_name STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'memory');
    SELECT user_name, count(*) AS clicks FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY user_name, window_start, window_end`
  const at = (seconds: number): number => 1_767_225_600_000_000 + seconds * 1_000_000

  for (const workers of WORKERS) {
    it(`are emitted once, when the watermark passes their end, ${workers} workers`, async () => {
      const connector = memoryConnector({ tables: { clicks: { unbounded: true } } })
      const simulation = await Simulation.open({ sql, connectors: [connector], workers })
      connector.push('clicks', [['ada', at(10)], ['ada', at(59)]])
      await simulation.settle()
      expect(simulation.result().rows).toEqual([])
      connector.push('clicks', [['bob', at(67)]])
      await simulation.settle()
      expect(simulation.result().rows).toEqual([['ada', 2n]])
      connector.push('clicks', [['ada', at(30)]])
      connector.end('clicks')
      const { rows: all, counters } = await simulation.finish()
      expect(all).toEqual([['ada', 2n], ['bob', 1n]])
      expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(1)
    })
  }

  for (const filters of [true, false]) {
    it(`close by the rows of the table, also those that the query does not want${filters ? ', filtered by the reader' : ''}`, async () => {
      const connector = memoryConnector({ tables: { clicks: { unbounded: true, filters } } })
      const onlyAda = sql.replace('GROUP BY', "WHERE user_name = 'ada' GROUP BY")
      const simulation = await Simulation.open({ sql: onlyAda, connectors: [connector], workers: 2 })
      connector.push('clicks', [['ada', at(10)], ['bob', at(67)]])
      await simulation.settle()
      expect(simulation.result().rows).toEqual([['ada', 1n]])
      simulation.drain()
      await simulation.finish()
    })
  }
})
