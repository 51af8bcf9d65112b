import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '@millrace/core'
import { memoryConnector } from './memory-connector.js'
import { Simulation } from './simulate.js'

interface Timed {
  readonly key: number | null
  readonly seconds: number
  readonly id: number
}

const START = 1_767_225_600_000_000
const at = (seconds: number): number => START + seconds * 1_000_000
const TABLES = ['l', 'r'].map((name) => (
  `CREATE TABLE ${name} (k INT, ts TIMESTAMP(3), id INT, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'memory');`
)).join('\n')

const TYPES = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
type Type = (typeof TYPES)[number]

const timed: fc.Arbitrary<Timed> = fc.record({
  key: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 8, nil: null }), seconds: fc.integer({ min: -6, max: 6 }), id: fc.integer({ min: 0, max: 99 }),
})
const rounds = fc.array(fc.record({ l: fc.array(timed, { maxLength: 5 }), r: fc.array(timed, { maxLength: 5 }) }), { minLength: 1, maxLength: 8 })

/** The rows that are not late, of one split in the order in which they come. */
function inTime(rows: readonly Timed[], lateBehind: (row: Timed) => number): Timed[] {
  let watermark = -Infinity
  return rows.filter((row) => {
    const late = watermark > lateBehind(row)
    watermark = Math.max(watermark, row.seconds - 2)
    return !late
  })
}

function expected(type: Type, matches: (l: Timed, r: Timed) => boolean, left: readonly Timed[], right: readonly Timed[]): Value[][] {
  const given = (row: Timed): Value[] => [row.key, row.id]
  const lonely = left.filter((l) => !right.some((r) => matches(l, r)))
  if (type === 'anti') return lonely.map(given)
  if (type === 'semi') return left.filter((l) => right.some((r) => matches(l, r))).map(given)
  const pairs = left.flatMap((l) => right.filter((r) => matches(l, r)).map((r) => [...given(l), ...given(r)]))
  if (type === 'left' || type === 'full') pairs.push(...lonely.map((l) => [...given(l), null, null]))
  if (type === 'right' || type === 'full') pairs.push(...right.filter((r) => !left.some((l) => matches(l, r))).map((r) => [null, null, ...given(r)]))
  return pairs
}

const sorted = (rows: readonly (readonly Value[])[]): string[] => rows.map((row) => row.join(' | ')).sort()
const RUNS = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 15), 1_000)

interface Case {
  readonly from: (type: Type) => string
  readonly matches: (l: Timed, r: Timed) => boolean
  readonly lateBehind: (row: Timed) => number
}

const windowOf = (row: Timed): number => Math.floor(row.seconds / 10)
const CASES: Readonly<Record<string, Case>> = {
  'an interval': {
    from: (type) => `l ${type} JOIN r ON l.k = r.k AND l.ts BETWEEN r.ts - INTERVAL '3' SECOND AND r.ts + INTERVAL '5' SECOND`,
    matches: (l, r) => l.key !== null && l.key === r.key && l.seconds >= r.seconds - 3 && l.seconds <= r.seconds + 5,
    lateBehind: (row) => row.seconds,
  },
  'an interval ahead, without a key': {
    from: (type) => `l ${type} JOIN r ON r.ts - INTERVAL '4' SECOND >= l.ts AND l.ts + INTERVAL '8' SECOND > r.ts AND l.id <> r.id`,
    matches: (l, r) => r.seconds - 4 >= l.seconds && l.seconds + 8 > r.seconds && l.id !== r.id,
    lateBehind: (row) => row.seconds,
  },
  'equal windows': {
    from: (type) => {
      const side = (name: string): string => `(SELECT * FROM TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(ts), INTERVAL '10' SECOND)))`
      return `${side('l')} l ${type} JOIN ${side('r')} r ON l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end`
    },
    matches: (l, r) => l.key !== null && l.key === r.key && windowOf(l) === windowOf(r),
    lateBehind: (row) => (windowOf(row) + 1) * 10 - 1e-6,
  },
}

describe('a join that event time bounds gives each row once, when it is final', () => {
  for (const [name, { from, matches, lateBehind }] of Object.entries(CASES)) {
    for (const type of TYPES) {
      it(`${type} join over ${name}`, async () => {
        await fc.assert(fc.asyncProperty(rounds, fc.constantFrom(1, 2, 4), fc.integer(), fc.constantFrom(1, 3, 100), async (all, workers, seed, batchRows) => {
          const connector = memoryConnector({ tables: { l: { unbounded: true }, r: { unbounded: true } } })
          const select = type === 'semi' || type === 'anti' ? 'l.k, l.id' : 'l.k, l.id, r.k, r.id'
          const simulation = await Simulation.open({ sql: `${TABLES} SELECT ${select} FROM ${from(type)}`, connectors: [connector], workers, seed, batchRows })
          const pushed: Record<'l' | 'r', Timed[]> = { l: [], r: [] }
          let now = 0
          for (const round of all) {
            for (const table of ['l', 'r'] as const) {
              const rows = round[table].map((row) => ({ ...row, seconds: row.seconds + now }))
              pushed[table].push(...rows)
              connector.push(table, rows.map(({ key, seconds, id }) => [key, at(seconds), id]))
            }
            now += 5
            await simulation.settle()
          }
          connector.end('l')
          connector.end('r')
          const { changes, rows, counters } = await simulation.finish()
          expect(changes.every(({ kind }) => kind === 0)).toBe(true)
          const [left, right] = [inTime(pushed.l, lateBehind), inTime(pushed.r, lateBehind)]
          expect(sorted(rows)).toEqual(sorted(expected(type, matches, left, right)))
          const late = counters.reduce((sum, c) => sum + c.rowsLate, 0)
          expect(late).toBe(pushed.l.length + pushed.r.length - left.length - right.length)
        }), { numRuns: RUNS })
      })
    }
  }

  it('forgets what the watermark has left behind', async () => {
    const connector = memoryConnector({ tables: { l: { unbounded: true }, r: { unbounded: true } } })
    const sql = `${TABLES} SELECT l.id, r.id FROM l LEFT JOIN r ON l.k = r.k AND l.ts BETWEEN r.ts - INTERVAL '3' SECOND AND r.ts`
    const simulation = await Simulation.open({ sql, connectors: [connector] })
    connector.push('l', [[1, at(0), 1], [2, at(1), 2]])
    connector.push('r', [[1, at(3), 10]])
    await simulation.settle()
    expect(simulation.result().rows).toEqual([[1, 10]])
    connector.push('l', [[1, at(20), 3]])
    await simulation.settle()
    expect(simulation.result().rows).toEqual([[1, 10]])
    connector.push('r', [[1, at(6.001), 11]])
    await simulation.settle()
    expect(simulation.result().rows).toEqual([[1, 10], [2, null]])
    await simulation.close()
  })
})

it('windows by the clock are joined and forgotten as they close', async () => {
  const connector = memoryConnector({ tables: { l: { unbounded: true }, r: { unbounded: true } } })
  const tables = ['l', 'r'].map((name) => `CREATE TABLE ${name} (k INT, id INT, proc AS PROCTIME()) WITH ('connector' = 'memory');`).join('')
  const side = (name: string): string => `(SELECT * FROM TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(proc), INTERVAL '10' SECOND)))`
  const sql = `${tables} SELECT l.id, r.id FROM ${side('l')} l LEFT JOIN ${side('r')} r ON l.k = r.k AND l.window_end = r.window_end`
  const simulation = await Simulation.open({ sql, connectors: [connector], workers: 2 })
  connector.push('l', [[1, 1], [2, 2]])
  connector.push('r', [[1, 10]])
  await simulation.settle()
  expect(simulation.result().rows).toEqual([[1, 10]])
  simulation.clock.advanceMs(11_000)
  await simulation.settle()
  expect(sorted(simulation.result().rows)).toEqual(['1 | 10', '2 | '])
  connector.push('r', [[2, 20]])
  await simulation.settle()
  expect(simulation.result().changes.length).toBe(2)
  await simulation.close()
})
