import { nexmark } from '@millrace/datagen'
import { Simulation, foldChanges, manualClock, memoryConnector } from '@millrace/testing'
import { BIGINT, readValue, timestamp } from '@millrace/core'
import type { Value } from '@millrace/core'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** q12 counts by the clock on the wall: here one that is set by hand, to which the events come as they are due. */
const FOLDER = fileURLToPath(new URL('../../../bench/nexmark/', import.meta.url))
const EVENTS = 100_000
const RATE = 1_000
const WINDOW_S = 10
const SCHEMA = [
  { name: 'bidder', type: BIGINT, nullable: true }, { name: 'bid_count', type: BIGINT, nullable: true },
  { name: 'starttime', type: timestamp(3), nullable: true }, { name: 'endtime', type: timestamp(3), nullable: true },
]

const sql = ['setup', 'q12'].map((name) => readFileSync(`${FOLDER}${name}.sql`, 'utf8')).join('\n')
  .replace("'connector' = 'nexmark'", "'connector' = 'nexmark', 'throttle' = 'true'")
  .replace("'connector' = 'blackhole'", "'connector' = 'memory'")

/** What comes of the bidders of all events, if those of every second are read at its end. */
async function expected(startMicros: number): Promise<Value[][]> {
  const table = {
    name: 'nexmark', connector: 'nexmark', options: { 'events.num': String(EVENTS), 'first-event.rate': String(RATE), 'next-event.rate': String(RATE) },
    columns: [], primaryKey: [], partitionedBy: [], baseDirectory: '/',
  }
  const column = { name: 'bid.bidder', type: BIGINT, nullable: true, metadata: null, path: ['bid', 'bidder'] }
  const counts = new Map<string, Value[]>()
  let event = 0
  for (const split of await nexmark.reader!.listSplits(table, { workerCount: 1 })) {
    const reader = await nexmark.reader!.open({ table, columns: [column], filter: [], batchRows: 1_000 }, split, {
      shared: (_, create) => create(), meter: { bytesIn: 0, rowsFiltered: 0 }, rowFailed: () => {}, nowMicros: () => 0, signal: new AbortController().signal, compile: true,
    })
    for (let batch = await reader.read(); batch !== null && batch.kind === 'batch'; batch = await reader.read()) {
      for (let i = 0; i < batch.length; i++, event++) {
        const bidder = readValue(batch.columns[0]!, BIGINT, i)
        if (bidder === null) continue
        const second = Math.ceil(event / RATE)
        const start = startMicros + Math.floor(second / WINDOW_S) * WINDOW_S * 1_000_000
        const key = `${bidder} ${start}`
        const known = counts.get(key)
        counts.set(key, [bidder, ((known?.[1] ?? 0n) as bigint) + 1n, start, start + WINDOW_S * 1_000_000])
      }
    }
  }
  return foldChanges([...counts.values()].map((values) => ({ kind: 0, values })), SCHEMA)
}

describe('nexmark q12', () => {
  for (const workers of [1, 2, 4]) {
    it(`counts in the windows in which events are read, ${workers} workers`, async () => {
      const clock = manualClock()
      const answer = await expected(clock.nowMicros())
      const connector = memoryConnector({ tables: {} })
      const simulation = await Simulation.open({
        sql, connectors: [connector, nexmark], workers, clock, checked: false, params: { events: String(EVENTS), rate: String(RATE) },
      })
      await simulation.settle()
      for (let second = 1; second < EVENTS / RATE; second++) {
        clock.advanceMs(1_000)
        await simulation.settle()
      }
      clock.advanceMs(1_000)
      await simulation.finish()
      const got = foldChanges(connector.written('nexmark_q12'), SCHEMA)
      expect(got.length).toBe(answer.length)
      expect(got).toEqual(answer)
    })
  }
})
