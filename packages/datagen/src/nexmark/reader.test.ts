import { BIGINT, INT, STRING, row, timestamp } from '@millrace/core'
import type { ScanSpec, TableColumn, TableDefinition, Value } from '@millrace/core'
import { collect, manualClock, tableOf, testReaderContext } from '@millrace/testing'
import { describeReader } from '@millrace/testing/contract'
import { describe, expect, it } from 'vitest'
import { nexmark } from '../index.js'
import { AUCTION, BID, NexmarkEvents, PERSON } from './events.js'
import { nexmarkTable } from './nexmark-table.test.data.js'

const factory = nexmark.reader!
const EVENTS = 300

async function rowsOf(table: TableDefinition, parts: Partial<ScanSpec> = {}): Promise<Value[][]> {
  const spec: ScanSpec = { table, columns: table.columns, filter: [], batchRows: 64, ...parts }
  const rows: Value[][] = []
  for (const split of await factory.listSplits(table, { workerCount: 1 })) {
    const reader = await factory.open(spec, split, testReaderContext())
    rows.push(...(await collect(reader, spec.columns)))
    await reader.close()
  }
  return rows
}

const small = nexmarkTable({ 'events.num': String(EVENTS) })

describeReader(nexmark, [
  {
    title: 'all columns',
    make: async () => ({
      table: small,
      rows: await rowsOf(small, { batchRows: 1 }),
      refused: [
        { table: tableOf('t', 'nexmark', { event_typ: INT }), code: 'SQL_COLUMN_UNKNOWN' },
        { table: tableOf('t', 'nexmark', { bid: row([{ name: 'cost', type: BIGINT }]) }), code: 'SQL_COLUMN_UNKNOWN' },
        { table: tableOf('t', 'nexmark', { bid: row([{ name: 'price', type: STRING }]) }), code: 'SQL_TYPE' },
        { table: tableOf('t', 'nexmark', { person: INT }), code: 'SQL_TYPE' },
        { table: nexmarkTable({ 'person.proportion': '0', 'auction.proportion': '0', 'bid.proportion': '0' }), code: 'OPTION_INVALID' },
        { table: nexmarkTable({ 'base-time': 'yesterday' }), code: 'OPTION_INVALID' },
      ],
    }),
  },
  {
    title: 'some columns in another order, other proportions, several splits',
    make: async () => {
      const table = tableOf('t', 'nexmark', { bid: row([{ name: 'price', type: BIGINT }, { name: 'auction', type: BIGINT }]), event_type: INT }, {
        'events.num': '150', 'person.proportion': '2', 'auction.proportion': '5', 'bid.proportion': '3', 'seed': '7', 'throttle': 'false',
      })
      return { table, rows: await rowsOf(table) }
    },
  },
])

const field = (path: string, type = BIGINT): TableColumn => ({ name: path, type, nullable: true, metadata: null, path: path.split('.') })

describe('nexmark events', () => {
  it('come as 1 person, 3 auctions and 46 bids of every 50', async () => {
    const kinds = (await rowsOf(small, { columns: [small.columns[0]!] })).map(([kind]) => kind)
    expect(kinds.slice(0, 5)).toEqual([PERSON, AUCTION, AUCTION, AUCTION, BID])
    expect([PERSON, AUCTION, BID].map((kind) => kinds.filter((k) => k === kind).length)).toEqual([6, 18, 276])
  })

  it('number persons and auctions from 1000 and follow the rate', async () => {
    const columns = [field('person.id'), field('auction.id'), field('bid.dateTime', timestamp(3))]
    const rows = await rowsOf(small, { columns })
    expect(rows.filter(([person]) => person !== null).map(([person]) => person)).toEqual([1000n, 1001n, 1002n, 1003n, 1004n, 1005n])
    expect(rows.flatMap(([, auction]) => (auction === null ? [] : [auction]))).toEqual(Array.from({ length: 18 }, (_, i) => BigInt(1000 + i)))
    const start = Date.UTC(2015, 6, 15) * 1_000
    expect(rows.slice(-1)[0]![2]).toBe(start + Math.floor((EVENTS - 1) / 10) * 1_000)
  })

  it('give single fields as they give whole rows', async () => {
    const whole = await rowsOf(small)
    for (const [c, column] of small.columns.entries()) {
      if (column.type.kind !== 'ROW') continue
      const columns = column.type.fields.map((f) => field(`${column.name}.${f.name}`, f.type))
      const rows = await rowsOf(small, { columns })
      expect(rows).toEqual(whole.map((values) => (values[c] as Value[] | null) ?? columns.map(() => null)))
    }
  })

  it('are filtered by kind and by field', async () => {
    const columns = [small.columns[0]!, field('bid.price'), field('bid.channel', STRING)]
    const all = await rowsOf(small, { columns })
    const bids = await rowsOf(small, { columns, filter: [{ column: 0, op: '=', values: [BID] }, { column: 1, op: '>', values: [100_000n] }] })
    expect(bids).toEqual(all.filter(([kind, price]) => kind === BID && (price as bigint) > 100_000n))
    const google = await rowsOf(small, { columns, filter: [{ column: 2, op: '=', values: ['Google'] }] })
    expect(google).toEqual(all.filter(([, , channel]) => channel === 'Google'))
    expect(google.length).toBeGreaterThan(10)
  })

  it('refer to auctions and persons that are there or about to be', async () => {
    const table = nexmarkTable({ 'events.num': '50000' })
    const rows = await rowsOf(table, { columns: ['bid.auction', 'bid.bidder', 'bid.price', 'auction.seller', 'auction.category', 'auction.reserve'].map((f) => field(f)) })
    let hot = 0
    for (const [event, [auction, bidder, price, seller, category, reserve]] of rows.entries()) {
      if (auction !== null) {
        expect(Number(auction)).toBeLessThan(1_000 + 3 * (event / 50 + 1) + 11)
        expect(Number(bidder)).toBeLessThan(1_000 + event / 50 + 1 + 11)
        expect(Number(price)).toBeGreaterThanOrEqual(100)
        expect(Number(price)).toBeLessThanOrEqual(100_000_000)
        if (Number(auction) % 100 === 0) hot++
      } else if (seller !== null) {
        expect(Number(category)).toBeGreaterThanOrEqual(10)
        expect(Number(category)).toBeLessThanOrEqual(14)
        expect(Number(reserve)).toBeGreaterThan(0)
      }
    }
    expect(hot / 46_000).toBeGreaterThan(0.45)
    expect(hot / 46_000).toBeLessThan(0.55)
  })

  it('have another rate in every other half of a period', () => {
    const events = new NexmarkEvents({ 'first-event.rate': '1000', 'next-event.rate': '10', 'rate.period': '2s' })
    expect([0, 999, 1_000, 1_001, 1_009, 1_010, 1_011, 2_020].map((event) => events.elapsedMs(event))).toEqual([0, 999, 1_000, 1_100, 1_900, 2_000, 2_001, 4_000])
  })

  it('without end are dealt out to stripes whose times go on alike', async () => {
    const table = nexmarkTable({})
    expect((await factory.describe(table)).bounded).toBe(false)
    const splits = await factory.listSplits(table, { workerCount: 3 })
    const first: Value[] = []
    for (const split of splits) {
      const reader = await factory.open({ table, columns: [table.columns[0]!], filter: [], batchRows: 1 }, split, testReaderContext())
      const batch = await reader.read()
      if (batch !== null && batch.kind === 'batch') first.push((batch.columns[0] as { values: Int32Array }).values[0]!)
    }
    expect(first).toEqual((await rowsOf(small, { columns: [small.columns[0]!] })).slice(0, splits.length).map(([kind]) => kind))
  })

  it('throttled come when they are due', async () => {
    const table = nexmarkTable({ 'events.num': '100', 'first-event.rate': '10', 'next-event.rate': '10', 'throttle': 'true' })
    const clock = manualClock()
    const [split] = await factory.listSplits(table, { workerCount: 1 })
    const reader = await factory.open({ table, columns: [table.columns[0]!], filter: [], batchRows: 64 }, split!, testReaderContext({ clock }))
    const next = async (): Promise<number> => {
      const batch = await reader.read()
      return batch === null || batch.kind === 'end' ? 0 : batch.length
    }
    expect(await next()).toBe(1)
    expect(await next()).toBe(0)
    clock.advanceMs(1_600)
    expect(await next()).toBe(1)
    clock.advanceMs(3_200)
    expect(await next()).toBe(2)
  })
})
