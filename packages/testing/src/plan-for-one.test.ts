import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { seededRandom } from './seeded-random.js'
import { simulate, Simulation } from './simulate.js'

const TABLE = `CREATE TABLE t (k STRING, n BIGINT) WITH ('connector' = 'memory');\n`
const QUERIES = [
  'SELECT k, n FROM (SELECT k, n, row_number() OVER (PARTITION BY k ORDER BY n DESC) AS place FROM t) AS ranked WHERE place <= 2',
  'SELECT k, n, place FROM (SELECT k, n, row_number() OVER (PARTITION BY k ORDER BY n) AS place FROM t) AS ranked WHERE place BETWEEN 2 AND 3',
  'SELECT k, count(*), sum(n), max(n) FROM t WHERE n <> 3 GROUP BY k',
  'SELECT k, count(DISTINCT n), avg(n) FROM t GROUP BY k',
  'SELECT count(*), min(n) FROM t',
  'SELECT k, n FROM t ORDER BY n, k LIMIT 4',
  'SELECT a.k, count(*) FROM t AS a JOIN t AS b ON a.k = b.k AND a.n < b.n GROUP BY a.k',
]

const row = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 9 }))
const numRuns = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 1_000)

it('what one worker leaves out of a plan for several is not missed, whether it goes on from them or they from it', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...QUERIES), fc.array(row, { maxLength: 20 }), fc.integer({ min: 1 }), async (query, rows, seed) => {
    const table = { rows: rows.map(([k, n]): [string, bigint] => [k, BigInt(n)]), splits: 3 }
    const connectors = (): [ReturnType<typeof memoryConnector>] => [memoryConnector({ tables: { t: table } })]
    const sql = TABLE + query
    const { folded } = await simulate({ sql, connectors: connectors(), workers: 1 })
    const random = seededRandom(seed)
    const same = connectors()
    let simulation = await Simulation.open({ sql, connectors: same, rescalable: true, workers: random.pick([1, 4]), batchRows: 2, seed })
    for (let restarts = 0; restarts < 3; restarts++) {
      await simulation.run(random.below(6))
      const checkpoint = await simulation.checkpoint()
      await simulation.close()
      simulation = await Simulation.restore(checkpoint, { connectors: same, workers: random.pick([1, 1, 4]), batchRows: random.pick([1, 3]), seed: seed + restarts })
    }
    expect((await simulation.finish()).folded).toEqual(folded)
  }), { numRuns })
}, 60_000)
