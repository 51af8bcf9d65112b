import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import type { MemoryRow } from './memory-connector.js'
import { Simulation } from './simulate.js'

const RUNS = { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 2_000) }
const START = 1_767_225_600_000_000
const seconds = (n: number): number => n * 1_000_000

interface Stream {
  /** By split, rows in their order: key, amount, seconds. */
  readonly splits: readonly (readonly (readonly [number, number, number])[])[]
  readonly delay: number
  readonly lateness: number
  readonly workers: number
  readonly batchRows: number
  readonly compile: boolean
  readonly seed: number
}

const streams: fc.Arbitrary<Stream> = fc.record({
  splits: fc.array(fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 60 })), { maxLength: 25 }), { minLength: 1, maxLength: 3 }),
  delay: fc.integer({ min: 0, max: 10 }), lateness: fc.constantFrom(0, 0, 3, 12), workers: fc.constantFrom(1, 2, 4), batchRows: fc.constantFrom(1, 2, 7, 100),
  compile: fc.boolean(), seed: fc.integer(),
})

/** Runs a query over a stream, its rows pushed a few at a time. */
async function run(stream: Stream, query: string): Promise<{ rows: unknown[][]; late: number; changes: number }> {
  const { splits, delay, lateness, workers, batchRows, compile, seed } = stream
  const connector = memoryConnector({ tables: { s: { unbounded: true, splits: splits.length } } })
  const sql = `CREATE TABLE s (k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '${delay}' SECOND)
    WITH ('connector' = 'memory', 'allowed-lateness' = '${lateness}s'); ${query}`
  const simulation = await Simulation.open({ sql, connectors: [connector], workers, batchRows, compile, seed })
  const longest = Math.max(...splits.map((rows) => rows.length))
  for (let i = 0; i < longest; i += 3) {
    splits.forEach((rows, split) => {
      const part = rows.slice(i, i + 3).map(([k, v, t]): MemoryRow => [k, BigInt(v), START + seconds(t)])
      if (part.length > 0) connector.push('s', part, split)
    })
    await simulation.settle()
  }
  connector.end('s')
  const { folded, changes, counters } = await simulation.finish()
  return { rows: folded.map((row) => [...row]), late: counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0), changes: changes.length }
}

/** Windows as pairs of seconds, those that hold an instant. */
type WindowsOf = (t: number) => readonly (readonly [number, number])[]

/** What must come out: every row is in those of its windows that had not closed by its own split's watermark. */
function expected(stream: Stream, windowsOf: WindowsOf): { rows: string[]; late: number } {
  const groups = new Map<string, { n: number; sum: number; most: number }>()
  let late = 0
  for (const rows of stream.splits) {
    let watermark = -Infinity
    for (const [k, v, t] of rows) {
      const open = windowsOf(t).filter(([, end]) => end + stream.lateness > watermark)
      if (open.length === 0) late++
      for (const [start, end] of open) {
        const key = `${k} ${start} ${end}`
        const group = groups.get(key) ?? { n: 0, sum: 0, most: -Infinity }
        groups.set(key, { n: group.n + 1, sum: group.sum + v, most: Math.max(group.most, v) })
      }
      watermark = Math.max(watermark, t - stream.delay)
    }
  }
  return { rows: [...groups].map(([key, { n, sum, most }]) => `${key} ${n} ${sum} ${most}`).sort(), late }
}

const hop = (size: number, slide: number): WindowsOf => (t) => {
  const windows: [number, number][] = []
  for (let start = Math.floor(t / slide) * slide; start > t - size; start -= slide) windows.push([start, start + size])
  return windows
}
const cumulate = (size: number, step: number): WindowsOf => (t) => {
  const start = Math.floor(t / size) * size
  return Array.from({ length: size / step }, (_, i): [number, number] => [start, start + (i + 1) * step]).filter(([, end]) => end > t)
}

const shapes: Record<string, [string, WindowsOf]> = {
  'tumble': ["TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND)", hop(10, 10)],
  'hop': ["HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND)", hop(10, 2)],
  'hop of uneven steps': ["HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '4' SECOND, INTERVAL '10' SECOND)", hop(10, 4)],
  'cumulate': ["CUMULATE(TABLE s, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)", cumulate(20, 5)],
}

const text = (rows: readonly unknown[][]): string[] =>
  rows.map(([k, start, end, ...values]) => [k, ...[start, end].map((micros) => ((micros as number) - START) / 1_000_000), ...values].join(' ')).sort()

for (const [name, [table, windowsOf]] of Object.entries(shapes)) {
  const select = `SELECT k, window_start, window_end, count(*) AS n, sum(v) AS total, max(v) AS most FROM TABLE(${table}) GROUP BY k, window_start, window_end`
  describe(`${name} over a stream`, () => {
    it('takes each row into the windows that were open for it', async () => {
      await fc.assert(fc.asyncProperty(streams, async (stream) => {
        const { rows, late } = await run(stream, select)
        expect({ rows: text(rows), late }).toEqual(expected(stream, windowsOf))
      }), RUNS)
    })

    it('says the same by changes', async () => {
      await fc.assert(fc.asyncProperty(streams, async (stream) => {
        const { rows, late } = await run(stream, `${select} EMIT CHANGES`)
        expect({ rows: text(rows), late }).toEqual(expected(stream, windowsOf))
      }), RUNS)
    })

    it('says the same row by row', async () => {
      await fc.assert(fc.asyncProperty(streams, async (stream) => {
        const { rows, late } = await run(stream, `SELECT k, window_start, window_end, count(DISTINCT v + 100) AS n, sum(v + CAST(TIMESTAMPDIFF(DAY, window_start, window_start) AS BIGINT)) AS total, max(v) AS most FROM TABLE(${table}) GROUP BY k, window_start, window_end`)
        const wanted = expected(stream, windowsOf)
        expect(late).toBe(wanted.late)
        expect(text(rows).map((row) => row.split(' ').toSpliced(3, 1).join(' '))).toEqual(wanted.rows.map((row) => row.split(' ').toSpliced(3, 1).join(' ')))
      }), RUNS)
    })
  })
}
