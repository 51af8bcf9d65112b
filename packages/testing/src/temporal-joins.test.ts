import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RowKind, Value } from '@millrace/core'
import { memoryConnector, type MemoryTable } from './memory-connector.js'
import { simulate, Simulation } from './simulate.js'

const START = 1_767_225_600_000_000
const at = (seconds: number): number => START + seconds * 1_000_000
const LEFT = `CREATE TABLE orders (currency STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND) WITH ('connector' = 'memory');`
const RATES = `CREATE TABLE rates (currency STRING, rate INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND, PRIMARY KEY (currency) NOT ENFORCED) WITH ('connector' = 'memory');`
const TABLES = LEFT + RATES

interface Order { readonly currency: string | null; readonly seconds: number; readonly amount: number }
interface Rate { readonly currency: string; readonly seconds: number; readonly rate: number; readonly kind: RowKind }

const order: fc.Arbitrary<Order> = fc.record({
  currency: fc.constantFrom('EUR', 'USD', null), seconds: fc.integer({ min: -5, max: 6 }), amount: fc.integer({ min: 0, max: 9 }),
})
const rate: fc.Arbitrary<Rate> = fc.record({
  currency: fc.constantFrom('EUR', 'USD', 'JPY'), seconds: fc.integer({ min: -5, max: 6 }), rate: fc.integer({ min: 0, max: 9 }),
  kind: fc.constantFrom<RowKind>(0, 0, 2, 3),
})

function inTime<T extends { readonly seconds: number }>(rows: readonly T[]): T[] {
  let watermark = -Infinity
  return rows.filter((row) => {
    const late = watermark > row.seconds
    watermark = Math.max(watermark, row.seconds - 2)
    return !late
  })
}

function versionAt(rates: readonly Rate[], { currency, seconds }: Order): Rate | undefined {
  let found: Rate | undefined
  for (const r of rates) if (r.currency === currency && r.seconds <= seconds && (found === undefined || r.seconds >= found.seconds)) found = r
  return found?.kind === 3 ? undefined : found
}

const sorted = (rows: readonly (readonly Value[])[]): string[] => rows.map((row) => row.join(' | ')).sort()
const RUNS = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 1_000)

describe('a join as of event time gives each row the version of its time', () => {
  for (const type of ['', 'LEFT'] as const) {
    for (const condition of ['', ' AND r.rate > o.amount']) {
      it(`${type} JOIN … ON o.currency = r.currency${condition}`, async () => {
        const round = fc.record({ orders: fc.array(order, { maxLength: 5 }), rates: fc.array(rate, { maxLength: 4 }) })
        await fc.assert(fc.asyncProperty(
          fc.array(round, { minLength: 1, maxLength: 8 }), fc.constantFrom(1, 2, 4), fc.integer(), fc.constantFrom(1, 3, 100), fc.boolean(),
          async (rounds, workers, seed, batchRows, endsFirst) => {
            const connector = memoryConnector({ tables: { orders: { unbounded: true }, rates: { unbounded: true, changes: true } } })
            const sql = `${TABLES} SELECT o.currency, o.amount, r.rate FROM orders AS o ${type} JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency${condition}`
            const simulation = await Simulation.open({ sql, connectors: [connector], workers, seed, batchRows })
            const orders: Order[] = []
            const rates: Rate[] = []
            let now = 0
            for (const next of rounds) {
              for (const r of next.rates) rates.push({ ...r, seconds: r.seconds + now })
              for (const o of next.orders) orders.push({ ...o, seconds: o.seconds + now })
              connector.push('rates', next.rates.map((r) => ({ kind: r.kind, values: [r.currency, r.rate, at(r.seconds + now)] })))
              connector.push('orders', next.orders.map((o) => [o.currency, o.amount, at(o.seconds + now)]))
              now += 5
              await simulation.settle()
            }
            connector.end(endsFirst ? 'orders' : 'rates')
            await simulation.settle()
            connector.end(endsFirst ? 'rates' : 'orders')
            const { rows } = await simulation.finish()
            const known = inTime(rates)
            const expected = inTime(orders).flatMap((o): Value[][] => {
              const version = versionAt(known, o)
              const holds = version !== undefined && (condition === '' || version.rate > o.amount)
              return holds ? [[o.currency, o.amount, version.rate]] : type === 'LEFT' ? [[o.currency, o.amount, null]] : []
            })
            expect(sorted(rows)).toEqual(sorted(expected))
          },
        ), { numRuns: RUNS })
      })
    }
  }

  it('refuses a table without versions, and a time that is none', async () => {
    const refused = async (tables: string, from: string): Promise<string> => {
      const connector = memoryConnector({ tables: { orders: { unbounded: true }, rates: { unbounded: true } } })
      return simulate({ sql: `${tables} SELECT * FROM ${from}`, connectors: [connector] }).then(() => 'done', (error: unknown) => String((error as Error).message))
    }
    const bare = `CREATE TABLE rates (currency STRING, rate INT) WITH ('connector' = 'memory');`
    expect(await refused(LEFT + bare, 'orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency')).toContain('declare its PRIMARY KEY')
    expect(await refused(LEFT + bare, 'orders AS o JOIN rates FOR SYSTEM_TIME AS OF PROCTIME() AS r ON o.currency = r.currency')).toContain('looks rows up in a table that ends')
    expect(await refused(TABLES, 'orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.amount = r.rate')).toContain('must have `currency`')
    expect(await refused(TABLES, 'orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.amount AS r ON o.currency = r.currency')).toContain('needs a time attribute')
    expect(await refused(TABLES, 'orders AS o RIGHT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency')).toContain('JOIN or LEFT JOIN')
  })
})

describe('a join as of the clock looks up a table that ends', () => {
  const side: MemoryTable = { rows: [[1, 'one'], [2, 'two'], [2, 'zwei'], [null, 'none']], splits: 2, bytes: 100 }
  const sql = `CREATE TABLE bids (auction INT, proc AS PROCTIME()) WITH ('connector' = 'memory');
    CREATE TABLE names (key INT, name STRING) WITH ('connector' = 'memory');`

  for (const workers of [1, 2, 4]) {
    it(`all of it before the first row, ${workers} workers`, async () => {
      const connector = memoryConnector({ tables: { bids: { unbounded: true }, names: side } })
      const select = `${sql} SELECT b.auction, n.name FROM bids AS b LEFT JOIN names FOR SYSTEM_TIME AS OF b.proc AS n ON mod(b.auction, 10) = n.key`
      const simulation = await Simulation.open({ sql: select, connectors: [connector], workers })
      connector.push('bids', [[11], [2], [5], [null]])
      await simulation.settle()
      const { changes, rows } = simulation.result()
      expect(changes.every(({ kind }) => kind === 0)).toBe(true)
      expect(sorted(rows)).toEqual(sorted([[11, 'one'], [2, 'two'], [2, 'zwei'], [5, null], [null, null]]))
      connector.push('bids', [[21]])
      await simulation.settle()
      expect(simulation.result().rows.at(-1)).toEqual([21, 'one'])
      await simulation.close()
    })
  }
})
