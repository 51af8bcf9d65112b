import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RowKind, Value } from '@millrace/core'
import type { Change } from './batch-text.js'
import { memoryConnector } from './memory-connector.js'
import { simulate, Simulation } from './simulate.js'
import { simulateWithRestarts } from './simulate-with-restarts.js'

type Pair = readonly [number | null, number]

const TABLES = `
  CREATE TABLE l (k INT, v INT) WITH ('connector' = 'memory');
  CREATE TABLE r (k INT, w INT) WITH ('connector' = 'memory');`

const TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
const CONDITIONS: Readonly<Record<string, (l: Pair, r: Pair) => boolean>> = {
  'l.k = r.k': (l, r) => l[0] !== null && l[0] === r[0],
  'l.k = r.k AND l.v < r.w': (l, r) => l[0] !== null && l[0] === r[0] && l[1] < r[1],
  'l.k IS NOT DISTINCT FROM r.k': (l, r) => l[0] === r[0],
  'l.v > r.w': (l, r) => l[1] > r[1],
  'l.k + 1 = r.k AND l.v <> 2': (l, r) => l[0] !== null && l[0] + 1 === r[0] && l[1] !== 2,
}

/** What a join of two bags of rows is, one pair at a time. */
function expected(type: (typeof TYPES)[number], matches: (l: Pair, r: Pair) => boolean, left: readonly Pair[], right: readonly Pair[]): Value[][] {
  const lonelyLeft = left.filter((l) => !right.some((r) => matches(l, r)))
  if (type === 'anti') return lonelyLeft.map((l) => [...l])
  if (type === 'semi') return left.filter((l) => right.some((r) => matches(l, r))).map((l) => [...l])
  const pairs = left.flatMap((l) => right.filter((r) => matches(l, r)).map((r): Value[] => [...l, ...r]))
  if (type === 'left' || type === 'full') pairs.push(...lonelyLeft.map((l): Value[] => [...l, null, null]))
  if (type === 'right' || type === 'full') pairs.push(...right.filter((r) => !left.some((l) => matches(l, r))).map((r): Value[] => [null, null, ...r]))
  return pairs
}

const sorted = (rows: readonly (readonly Value[])[]): string[] => rows.map((row) => row.join(' | ')).sort()

interface Step {
  readonly table: 'l' | 'r'
  readonly row: Pair
  /** Take back a row that is there, in place of adding one; by its number. */
  readonly take: number | null
}

const step: fc.Arbitrary<Step> = fc.record({
  table: fc.constantFrom('l' as const, 'r' as const),
  row: fc.tuple(fc.option(fc.integer({ min: 0, max: 3 }), { freq: 6, nil: null }), fc.integer({ min: 0, max: 4 })),
  take: fc.option(fc.nat(20), { freq: 2, nil: null }),
})

/** Applies steps to the bags and gives the rows to push, by table. */
function changesOf(steps: readonly Step[], bags: Record<'l' | 'r', Pair[]>): Record<'l' | 'r', Change[]> {
  const changes: Record<'l' | 'r', Change[]> = { l: [], r: [] }
  for (const { table, row, take } of steps) {
    const bag = bags[table]
    const taken = take === null || bag.length === 0 ? null : bag.splice(take % bag.length, 1)[0]!
    changes[table].push({ kind: (taken === null ? 0 : 3) as RowKind, values: taken ?? row })
    if (taken === null) bag.push(row)
  }
  return changes
}

const RUNS = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 15), 1_000)

describe('a join of changing tables is at any time the join of what they are', () => {
  for (const type of TYPES) {
    for (const [condition, matches] of Object.entries(CONDITIONS)) {
      it(`${type} join on ${condition}`, async () => {
        await fc.assert(fc.asyncProperty(
          fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 2, 4), fc.integer(), fc.constantFrom(1, 3, 100),
          async (rounds, workers, seed, batchRows) => {
            const bags: Record<'l' | 'r', Pair[]> = { l: [], r: [] }
            const connector = memoryConnector({ tables: { l: { unbounded: true, changes: true }, r: { unbounded: true, changes: true } } })
            const sql = `${TABLES} SELECT * FROM l ${type} JOIN r ON ${condition}`
            const simulation = await Simulation.open({ sql, connectors: [connector], workers, seed, batchRows })
            try {
              for (const steps of rounds) {
                const changes = changesOf(steps, bags)
                for (const table of ['l', 'r'] as const) if (changes[table].length > 0) connector.push(table, changes[table])
                await simulation.settle()
                expect(sorted(simulation.result().folded)).toEqual(sorted(expected(type, matches, bags.l, bags.r)))
              }
            } finally {
              await simulation.close()
            }
          },
        ), { numRuns: RUNS })
      })
    }
  }
})

describe('a small table is copied to every worker', () => {
  const rows: Pair[] = [[1, 10], [2, 20], [2, 21], [null, 30], [3, 1]]
  const orders = Array.from({ length: 60 }, (_, i): Pair => [i % 7 === 0 ? null : i % 5, i])
  for (const type of ['inner', 'left', 'semi', 'anti'] as const) {
    for (const [condition, matches] of Object.entries(CONDITIONS)) {
      it(`${type} join on ${condition}`, async () => {
        for (const workers of [1, 2, 4]) {
          for (const crashes of [0, 3]) {
            const connector = memoryConnector({ tables: { l: { rows: orders, splits: 6 }, r: { rows, bytes: 100 } } })
            const options = { sql: `${TABLES} SELECT * FROM l ${type} JOIN r ON ${condition}`, connectors: [connector], workers, batchRows: 4 }
            const result = crashes === 0 ? await simulate(options) : await simulateWithRestarts({ ...options, seed: workers }, { crashes })
            expect(sorted(result.folded)).toEqual(sorted(expected(type, matches, orders, rows)))
          }
        }
      })
    }
  }
})

it('rows are forgotten after the state.ttl of a job that nothing else bounds', async () => {
  const connector = memoryConnector({ tables: { l: { unbounded: true }, r: { unbounded: true } } })
  const sql = `SET 'state.ttl' = '10 s'; ${TABLES} SELECT l.v, r.w FROM l JOIN r ON l.k = r.k`
  const simulation = await Simulation.open({ sql, connectors: [connector] })
  connector.push('l', [[1, 1]])
  await simulation.settle()
  simulation.clock.advanceMs(5_000)
  connector.push('l', [[1, 2]])
  connector.push('r', [[1, 10]])
  await simulation.settle()
  expect(sorted(simulation.result().folded)).toEqual(['1 | 10', '2 | 10'])
  simulation.clock.advanceMs(8_000)
  connector.push('r', [[1, 11]])
  await simulation.settle()
  expect(sorted(simulation.result().folded)).toEqual(['1 | 10', '2 | 10', '2 | 11'])
  await simulation.close()
})
