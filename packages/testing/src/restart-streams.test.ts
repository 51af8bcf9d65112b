import fc from 'fast-check'
import type { Schema, Value } from '@millrace/core'
import { expect, it } from 'vitest'
import { foldChanges } from './fold-changes.js'
import { manualClock } from './manual-clock.js'
import { memoryConnector } from './memory-connector.js'
import { seededRandom } from './seeded-random.js'
import type { SeededRandom } from './seeded-random.js'
import { Simulation } from './simulate.js'

const TABLES = `
  CREATE TABLE clicks (page STRING, score INT, amount DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
    WITH ('connector' = 'memory', 'scan.watermark.idle-timeout' = '2s');
  CREATE TABLE totals (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'memory');
`
const SPLITS = 3
/** All in memory, or no group in it when a batch begins. */
const MEMORY: readonly Readonly<Record<string, string>>[] = [{}, { 'state.memory-limit': '1kb' }]
const at = (seconds: number): number => 1_767_225_600_000_000 + seconds * 1_000_000

const QUERIES = [
  'SELECT page, score FROM clicks WHERE score > 1',
  'SELECT page, count(*), sum(score), max(amount), count(DISTINCT score) FROM clicks GROUP BY page',
  'SELECT count(*), min(score) FROM clicks',
  'SELECT DISTINCT page, score FROM clicks',
  'SELECT n, count(*) FROM (SELECT page, count(*) AS n FROM clicks GROUP BY page) AS t GROUP BY n',
  'SELECT max(n), sum(DISTINCT n) FROM (SELECT page, score, count(*) AS n FROM clicks GROUP BY page, score) AS t',
  `SELECT page, window_start, count(*), sum(score) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY page, window_start, window_end`,
  `SELECT page, window_start, count(*), max(score) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY page, window_start, window_end`,
  `SELECT page, window_start, count(DISTINCT score) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY page, window_start, window_end EMIT CHANGES`,
  'SELECT a.page, a.score, b.amount FROM clicks AS a JOIN clicks AS b ON a.page = b.page AND a.score < b.score',
  'SELECT a.page, b.score FROM clicks AS a LEFT JOIN (SELECT score, count(*) AS n FROM clicks GROUP BY score) AS b ON a.score = b.n',
  `SELECT a.page, b.score FROM clicks AS a JOIN clicks AS b ON a.page = b.page AND a.ts BETWEEN b.ts - INTERVAL '4' SECOND AND b.ts`,
  'SELECT page FROM clicks WHERE score NOT IN (SELECT score FROM clicks WHERE amount > 1)',
  'SELECT page, score, n FROM (SELECT *, row_number() OVER (PARTITION BY page ORDER BY n DESC, score) AS place FROM (SELECT page, score, count(*) AS n FROM clicks GROUP BY page, score) AS t) AS r WHERE place <= 2',
  'SELECT page, sum(score) OVER (PARTITION BY page ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM (SELECT DISTINCT page, score, ts FROM clicks) AS t',
  `SELECT page, window_start, window_end, count(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY page, DESCRIPTOR(ts), INTERVAL '4' SECOND)) GROUP BY page, window_start, window_end`,
  `SELECT page, window_start, count(*), max(score) FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY page, window_start, window_end`,
  `SELECT page, window_end, count(DISTINCT score) FROM TABLE(CUMULATE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY page, window_start, window_end`,
  'SELECT page FROM clicks INTERSECT SELECT page FROM clicks WHERE score > 1',
  'SELECT page FROM clicks UNION ALL SELECT CAST(score AS STRING) FROM clicks',
]

/** Pushes rows of a split, lets the clock go, ends. */
type Act = { readonly rows: readonly (readonly Value[])[]; readonly split: number } | { readonly advanceMs: number }

const row = fc.tuple(fc.constantFrom<Value>(null, 'a', 'b', 'c'), fc.constantFrom<Value>(null, 1, 2, 3), fc.constantFrom<Value>(0.5, 1.25, null), fc.integer({ min: -8, max: 8 }))
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 4 }), split: fc.nat(SPLITS - 1) }) },
  { weight: 1, arbitrary: fc.constantFrom({ advanceMs: 1_000 }, { advanceMs: 2_500 }) },
)
/** Event time goes on by a second an act; rows come as much as eight seconds off. */
const stream = fc.array(act, { minLength: 1, maxLength: 25 }).map((acts) => acts.map((one, second): Act => (
  'rows' in one ? { ...one, rows: one.rows.map(([page, score, amount, off]) => [page!, score!, amount!, at(second * 2 + (off as number))]) } : one)))

interface Outcome {
  readonly folded: readonly (readonly Value[])[]
  readonly late: number
  readonly written: readonly (readonly Value[])[]
}

const SINK_SCHEMA: Schema = [{ name: 'page', type: { kind: 'STRING', length: null }, nullable: true }, { name: 'n', type: { kind: 'BIGINT' }, nullable: false }] as Schema

/** Everything settles after every act, so that it is known who is idle when. @param crashes null: undisturbed, on one worker */
async function outcomeOf(select: string, acts: readonly Act[], crashes: { readonly seed: number; readonly batchRows: number } | null): Promise<Outcome> {
  const connector = memoryConnector({ tables: { clicks: { unbounded: true, splits: SPLITS } } })
  const chance = seededRandom(crashes?.seed ?? 1)
  const clock = manualClock()
  const connectors = [connector]
  let simulation = await Simulation.open({ sql: TABLES + select, connectors, clock, rescalable: true, seed: crashes?.seed ?? 1, batchRows: crashes?.batchRows ?? 64, workers: crashes === null ? 1 : chance.pick([1, 2, 4]), set: crashes === null ? {} : chance.pick(MEMORY) })
  const restart = async (): Promise<void> => {
    const checkpoint = await simulation.checkpoint()
    await simulation.run(chance.below(10))
    await simulation.close()
    simulation = await Simulation.restore(checkpoint, { connectors, clock, workers: chance.pick([1, 2, 4, 8]), seed: chance.below(1_000), batchRows: chance.pick([1, 3, 64]) })
  }
  const maybe = async (random: SeededRandom): Promise<void> => {
    if (crashes !== null && random.oneIn(4)) await restart()
  }
  for (const one of acts) {
    if ('advanceMs' in one) {
      await simulation.settle()
      clock.advanceMs(one.advanceMs)
    } else connector.push('clicks', one.rows as never, one.split)
    await maybe(chance)
    await simulation.settle()
    await maybe(chance)
  }
  connector.end('clicks')
  await maybe(chance)
  const result = await simulation.finish()
  const late = result.counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)
  return { folded: result.folded, late, written: foldChanges(connector.written('totals'), SINK_SCHEMA) }
}

const numRuns = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 40), 1_000)

it('a stream has one outcome, however often its job crashes and wherever it goes on', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...QUERIES), stream, fc.integer(), fc.constantFrom(1, 2, 64), async (select, acts, seed, batchRows) => {
    const expected = await outcomeOf(select, acts, null)
    expect(await outcomeOf(select, acts, { seed, batchRows })).toEqual(expected)
  }), { numRuns })
}, 120_000)

it('splits that fall silent together let time go on as if they had one after the other', async () => {
  const seconds = QUERIES.find((select) => select.includes("INTERVAL '1' SECOND"))!
  const one = (split: number, second: number): Act => ({ split, rows: [['a', 1, 0.5, at(second)]] })
  const acts = [one(0, 2), { advanceMs: 2_500 }, one(1, -4), one(0, 6)]
  const expected = await outcomeOf(seconds, acts, null)
  expect(expected.late).toBe(1)
  for (let seed = 0; seed < 40; seed++) expect(await outcomeOf(seconds, acts, { seed, batchRows: 1 }), `seed ${seed}`).toEqual(expected)
})

it('a table has the rows of closed epochs, each once', async () => {
  const insert = 'INSERT INTO totals SELECT page, count(*) FROM clicks WHERE page IS NOT NULL GROUP BY page'
  await fc.assert(fc.asyncProperty(stream, fc.integer(), async (acts, seed) => {
    const expected = await outcomeOf(insert, acts, null)
    expect(await outcomeOf(insert, acts, { seed, batchRows: 2 })).toEqual(expected)
  }), { numRuns: Math.ceil(numRuns / 4) })
}, 120_000)
