import fc from 'fast-check'
import type { Value } from '@millrace/core'
import { expect, it } from 'vitest'
import { manualClock } from './manual-clock.js'
import { memoryConnector } from './memory-connector.js'
import { seededRandom } from './seeded-random.js'
import { Simulation } from './simulate.js'

const TABLE = "CREATE TABLE clicks (page STRING, score INT, amount DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'memory', 'scan.watermark.idle-timeout' = '2s');"
const SPLITS = 3
const at = (seconds: number): number => 1_767_225_600_000_000 + seconds * 1_000_000
const windowed = "TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND))"

const QUERIES = [
  'SELECT page, score, ts, row_number() OVER (PARTITION BY page ORDER BY ts) AS n, sum(score) OVER (PARTITION BY page ORDER BY ts ROWS 2 PRECEDING) AS s FROM clicks',
  "SELECT page, max(amount) OVER (PARTITION BY page ORDER BY ts RANGE BETWEEN INTERVAL '6' SECOND PRECEDING AND CURRENT ROW) AS m, lead(score) OVER (PARTITION BY page ORDER BY ts) AS l FROM clicks",
  'SELECT count(*) OVER (ORDER BY ts) AS n, first_value(score) OVER (ORDER BY ts) AS f FROM clicks',
  'SELECT page, score, ts, n FROM (SELECT *, row_number() OVER (PARTITION BY page ORDER BY score DESC, ts) AS n FROM clicks) WHERE n <= 3',
  'SELECT page, ts FROM clicks QUALIFY row_number() OVER (PARTITION BY page ORDER BY ts) = 1',
  'SELECT page, score FROM clicks QUALIFY rank() OVER (ORDER BY score DESC) <= 2',
  'SELECT page, n, sum(n) OVER (ORDER BY n, page) AS running FROM (SELECT page, count(*) AS n FROM clicks GROUP BY page)',
  'SELECT page, n, r FROM (SELECT page, n, row_number() OVER (PARTITION BY n ORDER BY page) AS r FROM (SELECT page, count(*) AS n FROM clicks GROUP BY page)) WHERE r <= 2',
  `SELECT page, score FROM ${windowed} QUALIFY row_number() OVER (PARTITION BY page, window_start, window_end ORDER BY ts DESC, score) <= 2`,
  `SELECT window_end, page, n, dense_rank() OVER (PARTITION BY window_start, window_end ORDER BY n DESC) AS r FROM (
    SELECT window_start, window_end, page, count(*) AS n FROM ${windowed} GROUP BY page, window_start, window_end)`,
]

const row = fc.tuple(fc.constantFrom<Value>(null, 'a', 'b', 'c'), fc.constantFrom<Value>(null, 1, 2, 3), fc.constantFrom<Value>(0.5, 1.25, null), fc.integer({ min: -8, max: 8 }))
/** Pushes rows of a split, or lets the clock go on. */
type Act = { readonly rows: readonly Value[][]; readonly split: number } | { readonly advanceMs: number }

const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 4 }), split: fc.nat(SPLITS - 1) }) },
  { weight: 1, arbitrary: fc.constantFrom({ advanceMs: 1_000 }, { advanceMs: 2_500 }) },
)
/** Event time goes on by two seconds an act; rows come as much as eight seconds off. */
const stream = fc.array(act, { minLength: 1, maxLength: 20 }).map((acts) => acts.map((one, second): Act => (
  'rows' in one ? { ...one, rows: one.rows.map(([page, score, amount, off]) => [page!, score!, amount!, at(second * 2 + (off as number))]) } : one)))

interface Crashes {
  readonly seed: number
  readonly batchRows: number
}

/** @param crashes null: undisturbed, on one worker */
async function outcomeOf(select: string, acts: readonly Act[], crashes: Crashes | null): Promise<{ folded: unknown; late: number }> {
  const connectors = [memoryConnector({ tables: { clicks: { unbounded: true, splits: SPLITS } } })]
  const clock = manualClock()
  const chance = seededRandom(crashes?.seed ?? 1)
  let simulation = await Simulation.open({ sql: TABLE + select, connectors, clock, rescalable: true, seed: crashes?.seed ?? 1, batchRows: crashes?.batchRows ?? 64, workers: crashes === null ? 1 : chance.pick([1, 2, 4]) })
  const maybeCrash = async (): Promise<void> => {
    if (crashes === null || !chance.oneIn(4)) return
    const checkpoint = await simulation.checkpoint()
    await simulation.run(chance.below(10))
    await simulation.close()
    simulation = await Simulation.restore(checkpoint, { connectors, clock, workers: chance.pick([1, 2, 4, 8]), seed: chance.below(1_000), batchRows: chance.pick([1, 3, 64]) })
  }
  for (const one of acts) {
    if ('advanceMs' in one) {
      await simulation.settle()
      clock.advanceMs(one.advanceMs)
    } else connectors[0]!.push('clicks', one.rows, one.split)
    await maybeCrash()
    await simulation.settle()
    await maybeCrash()
  }
  connectors[0]!.end('clicks')
  await maybeCrash()
  const { folded, counters } = await simulation.finish()
  return { folded, late: counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0) }
}

const numRuns = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 40), 1_000)

it('OVER and Top-N have one outcome, however often their job crashes and wherever it goes on', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...QUERIES), stream, fc.integer(), fc.constantFrom(1, 2, 64), async (select, acts, seed, batchRows) => {
    expect(await outcomeOf(select, acts, { seed, batchRows })).toEqual(await outcomeOf(select, acts, null))
  }), { numRuns })
}, 120_000)
