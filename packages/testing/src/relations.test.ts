import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RowKind, Value } from '@millrace/core'
import type { Change } from './batch-text.js'
import { memoryConnector } from './memory-connector.js'
import { Simulation } from './simulate.js'

type Pair = readonly [number | null, number]
type Bags = Record<'l' | 'r', Pair[]>

const TABLES = `
  CREATE TABLE l (k INT, v INT) WITH ('connector' = 'memory');
  CREATE TABLE r (k INT, w INT) WITH ('connector' = 'memory');`

const keyOf = (pair: Pair): string => pair.join()
const countIn = (pair: Pair, bag: readonly Pair[]): number => bag.filter((other) => keyOf(other) === keyOf(pair)).length
const distinct = (bag: readonly Pair[]): Pair[] => [...new Map(bag.map((pair) => [keyOf(pair), pair])).values()]
const repeated = (pair: Pair, times: number): Pair[] => Array.from({ length: Math.max(0, times) }, () => pair)
const same = (a: Pair, b: Pair): boolean => a[0] !== null && a[0] === b[0]
const sum = (bag: readonly Pair[]): number | null => (bag.length === 0 ? null : bag.reduce((total, [, v]) => total + v, 0))

/** `x IN (values)` by SQL's three truths. */
function isIn(x: number | null, values: readonly (number | null)[]): boolean | null {
  if (values.length === 0) return false
  if (x !== null && values.includes(x)) return true
  return x === null || values.includes(null) ? null : false
}

/** Queries, and what each is of two bags of rows. */
const QUERIES: readonly (readonly [string, (bags: Bags) => readonly (readonly Value[])[]])[] = [
  ['SELECT k, v FROM l UNION SELECT k, w FROM r', ({ l, r }) => distinct([...l, ...r])],
  ['SELECT k, v FROM l INTERSECT SELECT k, w FROM r', ({ l, r }) => distinct(l).filter((p) => countIn(p, r) > 0)],
  ['SELECT k, v FROM l EXCEPT SELECT k, w FROM r', ({ l, r }) => distinct(l).filter((p) => countIn(p, r) === 0)],
  ['SELECT k, v FROM l INTERSECT ALL SELECT k, w FROM r', ({ l, r }) => distinct(l).flatMap((p) => repeated(p, Math.min(countIn(p, l), countIn(p, r))))],
  ['SELECT k, v FROM l EXCEPT ALL SELECT k, w FROM r', ({ l, r }) => distinct(l).flatMap((p) => repeated(p, countIn(p, l) - countIn(p, r)))],
  // Before its first row a stream has no row for all rows either.
  ['SELECT k, sum(v) AS s, GROUPING(k) AS g FROM l GROUP BY ROLLUP (k) HAVING count(*) > 0', ({ l }) => [
    ...[...new Set(l.map(([k]) => k))].map((k) => [k, sum(l.filter((p) => p[0] === k)), 0]), ...(l.length === 0 ? [] : [[null, sum(l), 1]]),
  ]],
  ['SELECT k, v, count(*) AS n FROM l GROUP BY GROUPING SETS ((k), (v))', ({ l }) => [
    ...[...new Set(l.map(([k]) => k))].map((k) => [k, null, l.filter((p) => p[0] === k).length]),
    ...[...new Set(l.map(([, v]) => v))].map((v) => [null, v, l.filter((p) => p[1] === v).length]),
  ]],
  ['SELECT k, n FROM l CROSS JOIN generate_series(1, v) AS t (n)', ({ l }) => l.flatMap(([k, v]) => Array.from({ length: v }, (_, i) => [k, i + 1]))],
  ['SELECT k, n FROM l LEFT JOIN generate_series(1, v) AS t (n) ON TRUE', ({ l }) => l.flatMap(([k, v]) => (
    v === 0 ? [[k, null]] : Array.from({ length: v }, (_, i) => [k, i + 1])))],
  ['SELECT k, v FROM l WHERE k IN (SELECT k FROM r)', ({ l, r }) => l.filter(([k]) => isIn(k, r.map((p) => p[0])) === true)],
  ['SELECT k, v FROM l WHERE k NOT IN (SELECT k FROM r)', ({ l, r }) => l.filter(([k]) => isIn(k, r.map((p) => p[0])) === false)],
  ['SELECT k, v FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.k = l.k AND r.w > l.v)', ({ l, r }) => (
    l.filter((p) => !r.some((q) => same(p, q) && q[1] > p[1])))],
  ['SELECT k, v FROM l WHERE EXISTS (SELECT 1 FROM r)', ({ l, r }) => (r.length > 0 ? l : [])],
  ['SELECT k, k IN (SELECT k FROM r) AS found FROM l', ({ l, r }) => l.map(([k]) => [k, isIn(k, r.map((p) => p[0]))])],
  ['SELECT k, v IN (SELECT w FROM r WHERE r.k = l.k) AS found FROM l', ({ l, r }) => (
    l.map((p) => [p[0], isIn(p[1], r.filter((q) => same(p, q)).map((q) => q[1]))]))],
  ['SELECT k, (SELECT count(*) FROM r WHERE r.k = l.k) AS n FROM l', ({ l, r }) => l.map((p) => [p[0], r.filter((q) => same(p, q)).length])],
  ['SELECT k, (SELECT sum(w) FROM r) AS s FROM l', ({ l, r }) => l.map((p) => [p[0], sum(r)])],
  ['SELECT k, v FROM l WHERE v > (SELECT count(*) FROM r WHERE r.k = l.k)', ({ l, r }) => l.filter((p) => p[1] > r.filter((q) => same(p, q)).length)],
]

interface Step {
  readonly table: 'l' | 'r'
  readonly row: Pair
  /** Take back a row that is there, in place of adding one; by its number. */
  readonly take: number | null
}

const step: fc.Arbitrary<Step> = fc.record({
  table: fc.constantFrom('l' as const, 'r' as const),
  row: fc.tuple(fc.option(fc.integer({ min: 0, max: 3 }), { freq: 6, nil: null }), fc.integer({ min: 0, max: 3 })),
  take: fc.option(fc.nat(20), { freq: 2, nil: null }),
})

function changesOf(steps: readonly Step[], bags: Bags): Record<'l' | 'r', Change[]> {
  const changes: Record<'l' | 'r', Change[]> = { l: [], r: [] }
  for (const { table, row, take } of steps) {
    const bag = bags[table]
    const taken = take === null || bag.length === 0 ? null : bag.splice(take % bag.length, 1)[0]!
    changes[table].push({ kind: (taken === null ? 0 : 3) as RowKind, values: taken ?? row })
    if (taken === null) bag.push(row)
  }
  return changes
}

const sorted = (rows: readonly (readonly Value[])[]): string[] => rows.map((row) => row.map(String).join(' | ')).sort()

const RUNS = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 12), 1_000)

describe('a query over changing tables is at any time what it is over the rows that there are', () => {
  it.each(QUERIES)('%s', async (query, expected) => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 2, 4), fc.integer(),
      fc.constantFrom(1, 3, 100), fc.boolean(),
      async (rounds, workers, seed, batchRows, compile) => {
        const bags: Bags = { l: [], r: [] }
        const connector = memoryConnector({ tables: { l: { unbounded: true, changes: true }, r: { unbounded: true, changes: true } } })
        const simulation = await Simulation.open({ sql: TABLES + query, connectors: [connector], workers, seed, batchRows, compile })
        try {
          for (const steps of rounds) {
            const changes = changesOf(steps, bags)
            for (const table of ['l', 'r'] as const) if (changes[table].length > 0) connector.push(table, changes[table])
            await simulation.settle()
            expect(sorted(simulation.result().folded)).toEqual(sorted(expected(bags)))
          }
        } finally {
          await simulation.close()
        }
      },
    ), { numRuns: RUNS })
  })
})
