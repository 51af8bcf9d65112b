import { Simulation, manualClock } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { nexmark } from '../index.js'

const SQL = `
  CREATE TABLE events (
    event_type INT,
    person ROW<id BIGINT, dateTime TIMESTAMP(3)>, auction ROW<id BIGINT, dateTime TIMESTAMP(3)>, bid ROW<auction BIGINT, dateTime TIMESTAMP(3)>,
    ts AS CASE WHEN event_type = 0 THEN person.dateTime WHEN event_type = 1 THEN auction.dateTime ELSE bid.dateTime END,
    WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
  ) WITH ('connector' = 'nexmark', 'first-event.rate' = '1000', 'next-event.rate' = '1000', 'throttle' = 'true');
  SELECT count(*) AS persons, min(person.id) AS first
  FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE event_type = 0 AND person.id < 1300 GROUP BY window_start, window_end`

describe('nexmark as a stream', () => {
  for (const workers of [1, 2, 4]) {
    it(`closes windows by events that the reader keeps to itself, ${workers} workers`, async () => {
      const clock = manualClock()
      const simulation = await Simulation.open({ sql: SQL, connectors: [nexmark], workers, clock })
      await simulation.settle()
      clock.advanceMs(10_900)
      await simulation.settle()
      expect(simulation.result().rows).toEqual([])
      // Persons up to 1299 have come by 15 s: from then on all events are filtered, and the second window closes all the same.
      clock.advanceMs(200)
      await simulation.settle()
      expect(simulation.result().rows).toEqual([[200n, 1_000n]])
      clock.advanceMs(10_000)
      await simulation.settle()
      expect(simulation.result().rows).toEqual([[200n, 1_000n], [100n, 1_200n]])
      simulation.drain()
      const { rows, counters } = await simulation.finish()
      expect(rows).toHaveLength(2)
      expect(counters.reduce((sum, { rowsLate }) => sum + rowsLate, 0)).toBe(0)
    })
  }
})
