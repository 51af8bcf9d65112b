import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import type { MemoryConnector } from './memory-connector.js'
import { foldChanges } from './fold-changes.js'
import { simulate, Simulation } from './simulate.js'
import { BIGINT, STRING } from '@millrace/core'

const at = (seconds: number): number => 1_767_225_600_000_000 + seconds * 1_000_000
const rows = Array.from({ length: 200 }, (_, i) => [i % 17 === 0 ? null : `u${i % 5}`, BigInt(i % 3), i % 13 === 0 ? null : BigInt((i * 37) % 101), at(i)] as const)

const TABLE = `
  CREATE TABLE events (name STRING, kind BIGINT, amount BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'memory', 'on-error' = 'ON_ERROR');
  CREATE VIEW zeros AS SELECT name, amount, ts FROM events WHERE kind = 0;
  CREATE VIEW ones AS SELECT name, amount FROM events WHERE kind = 1;`

const QUERIES: readonly string[] = [
  'SELECT name, amount FROM zeros UNION ALL SELECT name, amount FROM ones',
  'SELECT name, count(*) AS n FROM events GROUP BY name UNION ALL SELECT name, sum(amount) AS n FROM zeros WHERE amount > 50 GROUP BY name',
  'SELECT a.name, a.amount, b.amount AS other FROM zeros AS a JOIN ones AS b ON a.name = b.name AND a.amount < b.amount',
  'SELECT name, first_value(amount) AS n FROM zeros GROUP BY name UNION ALL SELECT name, max(amount) AS n FROM ones GROUP BY name',
  'SELECT name, amount FROM (SELECT name, amount FROM zeros LIMIT 7) AS l UNION ALL SELECT name, amount FROM ones WHERE name IS NOT NULL',
  'SELECT name, 100 / amount AS q FROM zeros UNION ALL SELECT name, amount AS q FROM ones',
]

const connect = (filters: boolean): MemoryConnector => memoryConnector({ tables: { events: { rows, splits: 5, filters } } })

describe('a table that is read once gives what reading it several times gives', () => {
  for (const [index, query] of QUERIES.entries()) {
    it(query, async () => {
      const sql = TABLE.replace('ON_ERROR', index === QUERIES.length - 1 ? 'skip' : 'fail') + query
      const apart = await simulate({ sql, connectors: [connect(false)], set: { 'share-reads': 'false' } })
      expect(apart.folded.length).toBeGreaterThan(3)
      for (const workers of [1, 2, 4]) {
        for (const filters of [true, false]) {
          for (const share of ['true', 'false']) {
            const { folded, counters } = await simulate({ sql, connectors: [connect(filters)], workers, seed: workers, batchRows: 7, set: { 'share-reads': share } })
            expect(folded, `${workers} workers, filters ${filters}, shared ${share}`).toEqual(apart.folded)
            const rowsIn = counters.reduce((sum, c) => sum + c.rowsIn, 0)
            if (share === 'true' && index < QUERIES.length - 1) expect(rowsIn).toBe(rows.length)
          }
        }
      }
    })
  }

  it('in several statements, of which one tells the time and one does not', async () => {
    const sql = `${TABLE.replace('ON_ERROR', 'fail')}
      CREATE TABLE per_minute (name STRING, n BIGINT) WITH ('connector' = 'memory');
      CREATE TABLE copies (name STRING, amount BIGINT) WITH ('connector' = 'memory');
      INSERT INTO copies SELECT name, amount FROM events WHERE kind = 2;
      INSERT INTO per_minute SELECT name, count(*) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY name, window_start, window_end;`
    const schema = [{ name: 'name', type: STRING, nullable: true }, { name: 'n', type: BIGINT, nullable: true }]
    const written = new Set<string>()
    for (const share of ['true', 'false']) {
      for (const workers of [1, 3]) {
        const connector = memoryConnector({ tables: { events: { unbounded: true } } })
        const simulation = await Simulation.open({ sql, connectors: [connector], workers, set: { 'share-reads': share } })
        connector.push('events', rows.map((row) => [...row]))
        await simulation.settle()
        connector.push('events', [['late', 0n, 0n, at(0)]])
        connector.end('events')
        const { counters } = await simulation.finish()
        const times = share === 'true' ? 1 : 2
        expect(counters.reduce((sum, c) => sum + c.rowsIn, 0)).toBe((rows.length + 1) * times)
        expect(counters.reduce((sum, c) => sum + c.rowsLate, 0)).toBe(1)
        written.add(JSON.stringify(['per_minute', 'copies'].map((table) => foldChanges(connector.written(table), schema)), (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)))
      }
    }
    expect(written.size).toBe(1)
  })
})
