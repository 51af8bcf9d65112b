import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '@millrace/core'
import { memoryConnector } from './memory-connector.js'
import { Simulation, simulate } from './simulate.js'

const WORKERS = [1, 2, 4]
const T0 = 1_767_225_600_000_000
const at = (seconds: number): number => T0 + seconds * 1_000_000

const BIDS = "CREATE TABLE bids (auction BIGINT, seller STRING, price BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'memory');"
const CLOCK = "CREATE TABLE bids (auction BIGINT, seller STRING, price BIGINT, ts TIMESTAMP(3), proc AS PROCTIME()) WITH ('connector' = 'memory');"

type Bid = readonly [bigint, string | null, bigint | null, number]
const runs = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 500)

async function open(select: string, workers: number, seed = 1, table = BIDS): Promise<{ simulation: Simulation; push: (...rows: Bid[]) => Promise<void>; end: () => void }> {
  const connector = memoryConnector({ tables: { bids: { unbounded: true, splits: 2 } } })
  const simulation = await Simulation.open({ sql: table + select, connectors: [connector], workers, seed, batchRows: 4 })
  let n = 0
  return {
    simulation,
    push: async (...rows) => {
      for (const row of rows) connector.push('bids', [row], n++ % 2)
      await simulation.settle()
    },
    end: () => connector.end('bids'),
  }
}

/** The answer of the same query over a table that ends with these rows. */
async function answer(select: string, rows: readonly Bid[]): Promise<readonly (readonly Value[])[]> {
  const { folded } = await simulate({ sql: BIDS + select.replace('EMIT CHANGES', ''), connectors: [memoryConnector({ tables: { bids: { rows } } })] })
  return folded
}

const bid = fc.tuple(fc.bigInt({ min: 1n, max: 3n }), fc.constantFrom('ada', 'bob', null), fc.option(fc.bigInt({ min: 0n, max: 6n }), { freq: 6 }), fc.integer({ min: 0, max: 60 }).map(at))

describe('folded at any moment, these are the answer over the rows so far', () => {
  const queries = {
    'Top-N with its place': 'SELECT auction, price, ts, rn FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, ts, seller) AS rn FROM bids) WHERE rn <= 3',
    'Top-N without its place': 'SELECT auction, price FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price, ts, seller) AS rn FROM bids) WHERE rn <= 2',
    'RANK': 'SELECT * FROM (SELECT auction, price, rank() OVER (PARTITION BY seller ORDER BY price DESC) AS r FROM bids) WHERE r <= 2',
    'DENSE_RANK over all': 'SELECT * FROM (SELECT auction, price, dense_rank() OVER (ORDER BY price DESC NULLS LAST) AS r FROM bids) WHERE r BETWEEN 2 AND 3',
    'the last row of each key': 'SELECT auction, seller, price, ts FROM bids QUALIFY row_number() OVER (PARTITION BY auction, seller ORDER BY ts DESC) = 1',
    'ORDER BY with LIMIT': 'SELECT auction, price, ts FROM bids ORDER BY price DESC, ts LIMIT 4 OFFSET 1',
    'OVER above a Top-N': 'SELECT seller, avg(price) OVER (PARTITION BY seller ORDER BY ts, auction ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS a FROM (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction, seller ORDER BY price DESC, ts) AS rn FROM bids) WHERE rn <= 1)',
    'Top-N of groups': 'SELECT * FROM (SELECT auction, n, row_number() OVER (ORDER BY n DESC, auction) AS rn FROM (SELECT auction, count(*) AS n FROM bids GROUP BY auction)) WHERE rn <= 2',
  }
  for (const [name, select] of Object.entries(queries)) {
    it(name, async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.array(bid, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }), fc.constantFrom(...WORKERS), fc.nat(), async (parts, workers, seed) => {
        const { simulation, push, end } = await open(select, workers, seed)
        const rows: Bid[] = []
        for (const part of parts) {
          await push(...part)
          rows.push(...part)
          expect(simulation.result().folded).toEqual(await answer(select, rows))
        }
        end()
        expect((await simulation.finish()).folded).toEqual(await answer(select, rows))
      }), { numRuns: runs })
    })
  }
})

for (const workers of WORKERS) {
  describe(`OVER by the rowtime, ${workers} workers`, () => {
    it('gives rows once, when the watermark has passed them, and counts late ones', async () => {
      const { simulation, push, end } = await open("SELECT seller, price, sum(price) OVER (PARTITION BY seller ORDER BY ts RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW) AS s FROM bids", workers)
      await push([1n, 'ada', 1n, at(0)], [1n, 'ada', 2n, at(4)])
      expect(simulation.result().rows).toEqual([])
      // Both splits have come to 12 s: their watermark is 7 s.
      await push([1n, 'ada', 4n, at(12)], [1n, 'bob', 8n, at(12)])
      expect(simulation.result().folded).toEqual([['ada', 1n, 1n], ['ada', 2n, 3n]])
      await push([1n, 'ada', 100n, at(3)])
      await push([1n, 'bob', 16n, at(60)], [1n, 'bob', 32n, at(60)])
      expect(simulation.result().folded).toEqual([['ada', 1n, 1n], ['ada', 2n, 3n], ['ada', 4n, 6n], ['bob', 8n, 8n]])
      end()
      const { folded, changes, counters } = await simulation.finish()
      expect(folded).toEqual([['ada', 1n, 1n], ['ada', 2n, 3n], ['ada', 4n, 6n], ['bob', 8n, 8n], ['bob', 16n, 48n], ['bob', 32n, 48n]])
      expect(changes.every(({ kind }) => kind === 0)).toBe(true)
      expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(1)
    })

    it('keeps the first row of each key and appends it once', async () => {
      const { simulation, push, end } = await open('SELECT auction, price FROM bids QUALIFY row_number() OVER (PARTITION BY auction ORDER BY ts) = 1', workers)
      await push([1n, 'ada', 5n, at(3)], [2n, 'ada', 6n, at(2)], [1n, 'ada', 7n, at(1)])
      expect(simulation.result().rows).toEqual([])
      await push([1n, 'ada', 8n, at(30)], [1n, 'ada', 8n, at(30)])
      expect(simulation.result().folded).toEqual([[1n, 7n], [2n, 6n]])
      end()
      const { changes } = await simulation.finish()
      expect(changes.length).toBe(2)
    })

    it('carries event time on', async () => {
      const { simulation, push, end } = await open(`
        SELECT window_end, max(running) AS m FROM TABLE(TUMBLE(
          (SELECT ts, sum(price) OVER (ORDER BY ts) AS running FROM bids), DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`, workers)
      await push([1n, 'ada', 1n, at(1)], [1n, 'ada', 2n, at(2)], [1n, 'ada', 4n, at(11)], [1n, 'ada', 8n, at(16)], [1n, 'ada', 8n, at(16)])
      expect(simulation.result().folded).toEqual([[at(10), 3n]])
      end()
      expect((await simulation.finish()).folded).toEqual([[at(10), 3n], [at(20), 23n]])
    })
  })

  it(`the first rows of a window come when it closes, ${workers} workers`, async () => {
    const { simulation, push, end } = await open(`
      SELECT window_end, auction, total, rn FROM (
        SELECT *, row_number() OVER (PARTITION BY window_start, window_end ORDER BY total DESC) AS rn FROM (
          SELECT window_start, window_end, auction, sum(price) AS total
          FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, auction))
      WHERE rn <= 2`, workers)
    await push([1n, 'a', 1n, at(1)], [2n, 'a', 5n, at(2)], [3n, 'a', 3n, at(3)], [1n, 'a', 1n, at(9)])
    expect(simulation.result().rows).toEqual([])
    await push([1n, 'a', 9n, at(16)], [1n, 'a', 9n, at(16)])
    expect(simulation.result().folded).toEqual([[at(10), 2n, 5n, 1n], [at(10), 3n, 3n, 2n]])
    end()
    const { folded, changes, counters } = await simulation.finish()
    expect(folded).toEqual([[at(10), 2n, 5n, 1n], [at(10), 3n, 3n, 2n], [at(20), 1n, 18n, 1n]])
    expect(changes.every(({ kind }) => kind === 0)).toBe(true)
    expect(counters.reduce((sum, { groups }) => sum + groups, 0)).toBeLessThanOrEqual(1)
  })

  it(`the last row of a key in each window, late ones counted, ${workers} workers`, async () => {
    const { simulation, push, end } = await open(`
      SELECT window_end, auction, price FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      QUALIFY row_number() OVER (PARTITION BY window_start, window_end, auction ORDER BY ts DESC) = 1`, workers)
    await push([1n, 'a', 1n, at(1)], [1n, 'a', 2n, at(7)], [1n, 'a', 3n, at(4)], [2n, 'a', 4n, at(4)])
    await push([1n, 'a', 5n, at(15)], [1n, 'a', 6n, at(16)])
    expect(simulation.result().folded).toEqual([[at(10), 1n, 2n], [at(10), 2n, 4n]])
    await push([1n, 'a', 7n, at(9)])
    end()
    const { folded, counters } = await simulation.finish()
    expect(folded).toEqual([[at(10), 1n, 2n], [at(10), 2n, 4n], [at(20), 1n, 6n]])
    expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(1)
  })

  it(`by processing time rows are numbered as they come, and the last that came is kept, ${workers} workers`, async () => {
    const numbered = await open('SELECT auction, price, row_number() OVER (PARTITION BY auction ORDER BY proc) AS n FROM bids', workers, 1, CLOCK)
    await numbered.push([1n, 'a', 5n, 0], [2n, 'a', 5n, 0])
    await numbered.push([1n, 'a', 3n, 0])
    expect(numbered.simulation.result().folded).toEqual([[1n, 3n, 2n], [1n, 5n, 1n], [2n, 5n, 1n]])
    numbered.end()
    await numbered.simulation.finish()

    const first = await open('SELECT auction, price FROM bids QUALIFY row_number() OVER (PARTITION BY auction ORDER BY proc) = 1', workers, 1, CLOCK)
    await first.push([1n, 'a', 5n, 0])
    await first.push([1n, 'a', 3n, 0])
    expect(first.simulation.result().rows).toEqual([[1n, 5n]])
    first.end()
    await first.simulation.finish()

    const last = await open('SELECT auction, price FROM bids QUALIFY row_number() OVER (PARTITION BY auction ORDER BY proc DESC) = 1', workers, 1, CLOCK)
    await last.push([1n, 'a', 5n, 0])
    await last.push([1n, 'a', 3n, 0])
    await last.push([1n, 'a', 4n, 0])
    expect(last.simulation.result().folded).toEqual([[1n, 4n]])
    last.end()
    await last.simulation.finish()
  })
}
