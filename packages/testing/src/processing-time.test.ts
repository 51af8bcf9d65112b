import { describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.js'
import { memoryConnector, type MemoryConnector } from './memory-connector.js'
import { Simulation } from './simulate.js'

const BIDS = `CREATE TABLE bids (bidder BIGINT, ts TIMESTAMP(3), proc AS PROCTIME(), WATERMARK FOR ts AS ts) WITH ('connector' = 'memory');`
const START = 1_767_225_600_000_000

interface Opened {
  readonly simulation: Simulation
  readonly connector: MemoryConnector
  readonly push: (...bidders: number[]) => Promise<void>
}

async function open(sql: string, workers: number, seed: number, unbounded = true): Promise<Opened> {
  const connector = memoryConnector({ tables: { bids: unbounded ? { unbounded: true, splits: 2 } : { rows: [[1n, START], [1n, START], [2n, START]], splits: 2 } } })
  const simulation = await Simulation.open({ sql: BIDS + sql, connectors: [connector], workers, seed, clock: manualClock(START), batchRows: 2 })
  const push = async (...bidders: number[]): Promise<void> => {
    connector.push('bids', bidders.map((bidder) => [BigInt(bidder), START]))
    await simulation.settle()
  }
  return { simulation, connector, push }
}

const WINDOWS: Readonly<Record<string, string>> = {
  'a column of the table': `SELECT bidder, count(*) AS n, window_start, window_end FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(proc), INTERVAL '10' SECOND)) GROUP BY bidder, window_start, window_end`,
  'a column of a view': `CREATE VIEW b AS SELECT *, PROCTIME() AS p_time FROM bids;
    SELECT bidder, count(*) AS n, window_start, window_end FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(p_time), INTERVAL '10' SECOND)) GROUP BY bidder, window_start, window_end`,
  'the older syntax': `SELECT bidder, count(*) AS n, TUMBLE_START(proc, INTERVAL '10' SECOND) AS s, TUMBLE_END(proc, INTERVAL '10' SECOND) AS e FROM bids GROUP BY bidder, TUMBLE(proc, INTERVAL '10' SECOND)`,
}

describe('windows over processing time', () => {
  for (const [name, sql] of Object.entries(WINDOWS)) {
    for (const workers of [1, 2, 4]) {
      it(`close by the clock, ${name}, ${workers} workers`, async () => {
        for (const seed of [1, 2, 3]) {
          const { simulation, connector, push } = await open(sql, workers, seed)
          await push(1, 1, 2)
          simulation.clock.advanceMs(9_980)
          await push(1)
          expect(simulation.result().rows).toEqual([])
          simulation.clock.advanceMs(20)
          await simulation.settle()
          const [first, second] = [START / 1_000, START / 1_000 + 10_000].map((ms) => [BigInt(ms), BigInt(ms + 10_000)])
          const millis = (v: unknown): bigint => BigInt(Math.round(v as number) / 1_000)
          const sorted = (): unknown[] => simulation.result().rows.map(([b, n, s, e]) => [b, n, millis(s), millis(e)]).toSorted((a, b) => String(a) < String(b) ? -1 : 1)
          expect(sorted()).toEqual([[1n, 3n, ...first!], [2n, 1n, ...first!]])
          await push(2)
          connector.end('bids')
          const { counters } = await simulation.finish()
          expect(sorted()).toEqual([[1n, 3n, ...first!], [2n, 1n, ...first!], [2n, 1n, ...second!]])
          expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(0)
        }
      })
    }
  }

  it('all close at the end of a bounded table', async () => {
    const { simulation } = await open(WINDOWS['a column of a view']!, 2, 1, false)
    const { rows } = await simulation.finish()
    expect(rows.map(([bidder, n]) => [bidder, n]).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([[1n, 2n], [2n, 1n]])
  })

  it('cannot stand over windows of event time', async () => {
    const sql = `
      SELECT count(*) FROM TABLE(TUMBLE(
        (SELECT *, PROCTIME() AS p FROM (SELECT bidder, window_end AS e FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY bidder, window_start, window_end)),
        DESCRIPTOR(p), INTERVAL '1' SECOND)) GROUP BY window_start, window_end`
    await expect(open(sql, 1, 1)).rejects.toThrow('windows over event time and over processing time cannot both stand over one read of `bids`')
  })
})
