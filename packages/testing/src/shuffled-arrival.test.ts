import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import type { MemoryRow } from './memory-connector.js'
import { Simulation } from './simulate.js'

const RUNS = { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 2_000) }
const START = 1_767_225_600_000_000
const LATENESS = 15

/** Rows of key and seconds, each with how much later than its time it arrives. */
const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: LATENESS })), { maxLength: 40 })
const modes = fc.record({ workers: fc.constantFrom(1, 2, 4), batchRows: fc.constantFrom(1, 3, 100), compile: fc.boolean(), seed: fc.integer(), pushed: fc.constantFrom(1, 4, 50) })

type Row = readonly [key: number, seconds: number]
type WindowsOf = (rows: readonly Row[]) => readonly (readonly [key: number, start: number, end: number, count: number])[]

const each = (windowsOf: (t: number) => readonly (readonly [number, number])[]): WindowsOf => (rows) => {
  const counts = new Map<string, number>()
  for (const [key, t] of rows) for (const [start, end] of windowsOf(t)) counts.set([key, start, end].join(), (counts.get([key, start, end].join()) ?? 0) + 1)
  return [...counts].map(([name, count]) => [...name.split(',').map(Number), count] as [number, number, number, number])
}

const sessions = (gap: number): WindowsOf => (rows) => {
  const found: [number, number, number, number][] = []
  for (const [key, t] of rows.toSorted((a, b) => a[1] - b[1])) {
    const last = found.findLast((session) => session[0] === key)
    if (last !== undefined && t <= last[2]) {
      last[2] = t + gap
      last[3]++
    } else found.push([key, t, t + gap, 1])
  }
  return found
}

const tables: Record<string, [string, WindowsOf]> = {
  'tumbling windows': ["TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND)", each((t) => [[Math.floor(t / 10) * 10, Math.floor(t / 10) * 10 + 10]])],
  'windows that overlap': ["HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)", each((t) => [0, 5].map((back) => [Math.floor(t / 5) * 5 - back, Math.floor(t / 5) * 5 - back + 10]))],
  'sessions': ["SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '6' SECOND)", sessions(6)],
}

describe('rows that arrive in any order within the allowed lateness give the table that they give in order', () => {
  for (const [name, [table, windowsOf]] of Object.entries(tables)) {
    for (const emit of ['FINAL', 'CHANGES']) {
      it(`${name}, EMIT ${emit}`, async () => {
        await fc.assert(fc.asyncProperty(arrivals, modes, async (rows, { workers, batchRows, compile, seed, pushed }) => {
          const connector = memoryConnector({ tables: { s: { unbounded: true } } })
          const sql = `CREATE TABLE s (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'memory', 'allowed-lateness' = '${LATENESS}s');
            SELECT k, window_start, window_end, count(*) AS n FROM TABLE(${table}) GROUP BY k, window_start, window_end EMIT ${emit}`
          const simulation = await Simulation.open({ sql, connectors: [connector], workers, batchRows, compile, seed })
          const arriving = rows.toSorted((a, b) => a[1] + a[2] - b[1] - b[2]).map(([key, t]): MemoryRow => [key, START + t * 1_000_000])
          for (let i = 0; i < arriving.length; i += pushed) {
            connector.push('s', arriving.slice(i, i + pushed))
            await simulation.settle()
          }
          connector.end('s')
          const { folded, counters } = await simulation.finish()
          const got = folded.map(([key, start, end, n]) => [key, ((start as number) - START) / 1e6, ((end as number) - START) / 1e6, Number(n)].join()).sort()
          expect(got).toEqual(windowsOf(rows.map(([key, t]): Row => [key, t])).map((window) => window.join()).sort())
          expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(0)
        }), RUNS)
      })
    }
  }
})
