import { describe, expect, it } from 'vitest'
import type { Value } from '@millrace/core'
import { memoryConnector } from './memory-connector.js'
import type { MemoryRow } from './memory-connector.js'
import { Simulation } from './simulate.js'

const START = 1_767_225_600_000_000
const at = (seconds: number): number => START + seconds * 1_000_000
const LATE = "CREATE TABLE late (page STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), lateness_ms BIGINT, source STRING, split STRING, position STRING, k INT) WITH ('connector' = 'memory');"
const CLICKS = `CREATE TABLE clicks (k INT, page STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'memory', 'late-rows' = 'late');`

/** Rows of one split, then the end: what came out, and which rows were late. */
async function run(query: string, rows: readonly MemoryRow[], workers: number, batchRows = 2): Promise<{ rows: readonly (readonly Value[])[]; late: Value[][]; counted: number }> {
  const connector = memoryConnector({ tables: { clicks: { unbounded: true } } })
  const simulation = await Simulation.open({ sql: LATE + CLICKS + query, connectors: [connector], workers, batchRows })
  for (const row of rows) {
    connector.push('clicks', [row])
    await simulation.settle()
  }
  connector.end('clicks')
  const { folded, counters } = await simulation.finish()
  const late = connector.written('late').map(({ values }) => [...values]).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
  return { rows: folded, late, counted: counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0) }
}

const clicks: MemoryRow[] = [[1, 'a', at(1)], [1, 'b', at(26)], [2, 'c', at(12)], [1, 'd', at(3)], [1, 'e', at(21)]]

describe('late rows go into their table', () => {
  for (const workers of [1, 2, 4]) {
    it(`out of tumbling windows, ${workers} workers`, async () => {
      const query = 'SELECT k, window_start, count(*) AS n FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL \'10\' SECOND)) GROUP BY k, window_start, window_end'
      const { rows, late, counted } = await run(query, clicks, workers)
      expect(rows).toEqual([[1, at(0), 1n], [1, at(20), 2n]])
      expect(late).toEqual([
        ['c', at(10), at(20), 1_000n, 'clicks', 'part-0', '2', 2], ['d', at(0), at(10), 11_000n, 'clicks', 'part-0', '3', 1],
      ])
      expect(counted).toBe(2)
    })

    it(`out of windows that overlap once the last has closed, ${workers} workers`, async () => {
      const query = 'SELECT k, window_start, count(*) AS n FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL \'5\' SECOND, INTERVAL \'10\' SECOND)) GROUP BY k, window_start, window_end'
      const { rows, late, counted } = await run(query, clicks, workers)
      // The click of second 12 comes at a watermark of 21: [5, 15) has closed, and so has [10, 20).
      expect(rows).toEqual([[1, at(-5), 1n], [1, at(0), 1n], [1, at(15), 1n], [1, at(20), 2n], [1, at(25), 1n]])
      expect(late.map(([page, start, end, ms]) => [page, start, end, ms])).toEqual([['c', at(10), at(20), 1_000n], ['d', at(0), at(10), 11_000n]])
      expect(counted).toBe(2)
    })

    it(`out of sessions, but not where they bridge to an open one, ${workers} workers`, async () => {
      const query = 'SELECT k, window_start, window_end, count(*) AS n FROM TABLE(SESSION(TABLE clicks PARTITION BY k, DESCRIPTOR(ts), INTERVAL \'10\' SECOND)) GROUP BY k, window_start, window_end'
      const { rows, late, counted } = await run(query, [[1, 'a', at(1)], [1, 'b', at(26)], [2, 'c', at(11)], [1, 'd', at(17)], [1, 'e', at(3)]], workers)
      // The watermark is 21: [1, 11) has closed. Second 17 joins [26, 36) before it, second 11 of the other key has just closed, and second 3 touches nothing that is open.
      expect(rows).toEqual([[1, at(1), at(11), 1n], [1, at(17), at(36), 2n]])
      expect(late.map(([page, start, end, ms]) => [page, start, end, ms])).toEqual([['c', at(11), at(21), 0n], ['e', at(3), at(13), 8_000n]])
      expect(counted).toBe(2)
    })
  }

  it('needs a table that can take them', async () => {
    const refused = (columns: string, query: string): Promise<unknown> => Simulation.open({
      sql: `CREATE TABLE late (${columns}) WITH ('connector' = 'memory'); ${CLICKS} ${query}`, connectors: [memoryConnector({ tables: { clicks: { unbounded: true } } })],
    })
    const query = 'SELECT count(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL \'10\' SECOND)) GROUP BY window_start, window_end'
    await expect(refused('pages STRING', query)).rejects.toThrow('a late row has no `pages` for `late`; it can have ')
    await expect(refused('page INT', query)).rejects.toThrow('`page` of `late` is INT; late rows have it as STRING')
    await expect(refused('lateness_ms BIGINT NOT NULL', query)).rejects.toThrow('is NOT NULL')
  })
})
