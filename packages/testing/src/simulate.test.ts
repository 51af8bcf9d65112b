import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DataType, ErrorPolicy, PhysicalPlan, PipelineCounters, Value } from '@millrace/core'
import { BIGINT, BYTES, DOUBLE, INTERVAL_SECOND, MillraceError, STRING, timestamp } from '@millrace/core'
import { memoryConnector } from './memory-connector.js'
import type { MemoryRow, MemoryTable } from './memory-connector.js'
import { call, countAll, greater, literal, PlanBuilder, sumOf } from './plan-builder.test.data.js'
import type { SimulationOptions, SimulationResult } from './simulate.js'
import { simulate, Simulation } from './simulate.js'
import { tableOf } from './table.js'

const trades = tableOf('trades', 'memory', { symbol: STRING, amount: BIGINT })
const arbitrarySymbol = fc.constantFrom(null, '', 'a', 'b', 'ä', '😀', 'a long symbol that is not the only one')
const arbitraryAmount = fc.option(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), { freq: 6 })
const arbitraryTrades = fc.array(fc.tuple(arbitrarySymbol, arbitraryAmount), { maxLength: 60 })

/** How a job is run, in every way that must not matter. */
const arbitraryRun = fc.record({
  splits: fc.integer({ min: 1, max: 9 }), batchRows: fc.constantFrom(1, 2, 3, 100), seed: fc.integer(), exchangeBytes: fc.constantFrom(1, 200, 5_000), compile: fc.boolean(),
})
const WORKERS = [1, 2, 4, 8]

function run(plan: PhysicalPlan, tables: Record<string, MemoryTable>, options: Partial<SimulationOptions> = {}): Promise<SimulationResult> {
  return simulate({ plan, connectors: [memoryConnector({ tables })], ...options })
}

describe('a job gives one answer under every schedule, worker count, batch size, split and channel size', () => {
  type Rows = readonly (readonly [string | null, bigint | null])[]
  type Build = (workers: number, settings: { batchRows: number; compile: boolean }) => PhysicalPlan

  const check = (build: Build, expected: (rows: Rows) => Value[][], rowsOfValues = 0): Promise<void> =>
    fc.assert(fc.asyncProperty(arbitraryTrades, arbitraryRun, async (rows, { splits, seed, exchangeBytes, batchRows, compile }) => {
      const wanted = expected(rows)
      for (const workers of WORKERS) {
        const { folded, counters } = await run(build(workers, { batchRows, compile }), { trades: { rows, splits } }, { seed, exchangeBytes })
        expect(folded).toEqual(wanted)
        expect(total(counters, 'rowsIn')).toBe(rows.length + rowsOfValues)
        expect(total(counters, 'splitsDone')).toBe(splits)
        expect(total(counters, 'weightDone')).toBe(rows.length)
      }
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 25), 1_000) })

  it('filter, partial groups, exchange, final groups', () => check((workers, settings) => {
    const b = new PlanBuilder()
    const scan = b.scan(trades, { spec: { table: trades, columns: trades.columns, filter: [], batchRows: settings.batchRows } })
    const passed = b.calc(scan, greater(b.column(scan, 'amount'), literal(-5n, BIGINT)), [['symbol', b.column(scan, 'symbol')], ['half', call('/', BIGINT, b.column(scan, 'amount'), literal(64n, BIGINT))]])
    b.result(b.mergedAggregate(passed, ['symbol'], [['count', countAll], ['sum', sumOf(b.column(passed, 'half'))]]))
    return b.plan(workers, settings)
  }, (rows) => groups(rows.filter(([, amount]) => amount !== null && amount > -5n).map(([symbol, amount]) => [symbol, amount! / 64n]))))

  it('rows moved to the owners of their keys', () => check((workers, settings) => {
    const b = new PlanBuilder()
    const scan = b.scan(trades, { spec: { table: trades, columns: trades.columns, filter: [], batchRows: settings.batchRows } })
    const moved = b.exchange(scan, { kind: 'hash', columns: [0] })
    b.result(b.aggregate(moved, ['symbol'], [['count', countAll]]))
    return b.plan(workers, settings)
  }, (rows) => groups(rows).map(([symbol, count]) => [symbol!, count!])))

  it('rows moved twice', () => check((workers, settings) => {
    const b = new PlanBuilder()
    const scan = b.scan(trades, { spec: { table: trades, columns: trades.columns, filter: [], batchRows: settings.batchRows } })
    b.result(b.exchange(b.exchange(scan, { kind: 'hash', columns: [1] }), { kind: 'hash', columns: [0, 1] }))
    return b.plan(workers, settings)
  }, (rows) => sorted(rows)))

  it('one group of all', () => check((workers, settings) => {
    const b = new PlanBuilder()
    const scan = b.scan(trades, { spec: { table: trades, columns: trades.columns, filter: [], batchRows: settings.batchRows } })
    b.result(b.mergedAggregate(scan, [], [['count', countAll]]), 'first')
    return b.plan(workers, settings)
  }, (rows) => [[BigInt(rows.length)]]))

  it('several readers and several consumers of one node, with VALUES among them', () => check((workers, settings) => {
    const b = new PlanBuilder()
    const scan = b.scan(trades, { spec: { table: trades, columns: trades.columns, filter: [], batchRows: settings.batchRows } })
    const value = b.exchange(b.values(trades.columns, [[literal('v', STRING), literal(1n, BIGINT)]]), { kind: 'hash', columns: [0] })
    b.result(b.union(scan, value, scan))
    return b.plan(workers, settings)
  }, (rows) => sorted([...rows, ...rows, ['v', 1n]]), 1))
})

function total(counters: readonly PipelineCounters[], name: keyof PipelineCounters): number {
  return counters.reduce((sum, one) => sum + one[name], 0)
}

/** symbol, count, sum in the order of symbols by UTF-8. */
function groups(rows: readonly (readonly [string | null, bigint | null])[]): Value[][] {
  const found = new Map<string | null, [bigint, bigint | null]>()
  for (const [symbol, amount] of rows) {
    const [count, sum] = found.get(symbol) ?? [0n, null]
    found.set(symbol, [count + 1n, amount === null ? sum : (sum ?? 0n) + amount])
  }
  return sorted([...found].map(([symbol, [count, sum]]) => [symbol, count, sum]))
}

function sorted(rows: readonly (readonly Value[])[]): Value[][] {
  const rank = (value: Value): string | bigint => (typeof value === 'string' ? Buffer.from(value).toString('hex') : (value as bigint))
  const compare = (a: Value, b: Value): number => (a === b ? 0 : a === null ? -1 : b === null ? 1 : rank(a) < rank(b) ? -1 : 1)
  return rows.map((row) => [...row]).sort((a, b) => a.reduce<number>((order, value, c) => order || compare(value, b[c]!), 0))
}

describe('ORDER BY and LIMIT', () => {
  const keys = [{ column: 1, descending: true, nullsFirst: false }]

  it('sorts all rows on one worker', async () => {
    const rows: MemoryRow[] = Array.from({ length: 50 }, (_, i) => ['x', BigInt((i * 37) % 50)])
    for (const workers of WORKERS) {
      const b = new PlanBuilder()
      const gathered = b.exchange(b.sort(b.scan(trades), keys, { limit: 7 }), { kind: 'single' })
      b.result(b.sort(gathered, keys, { limit: 5, offset: 2, runsOn: 'first' }), 'first')
      const { rows: got } = await run(b.plan(workers), { trades: { rows, splits: 6 } })
      expect(got.map(([, amount]) => amount)).toEqual([47n, 46n, 45n, 44n, 43n])
    }
  })

  it('ends a job that would never end', async () => {
    for (const workers of WORKERS) {
      const b = new PlanBuilder()
      b.result(b.limit(b.exchange(b.scan(trades, { bounded: false }), { kind: 'single' }), 3), 'first')
      const connector = memoryConnector({ tables: { trades: { unbounded: true, splits: 2 } } })
      connector.push('trades', Array.from({ length: 9 }, (_, i) => ['x', BigInt(i)]))
      const { rows } = await simulate({ plan: b.plan(workers), connectors: [connector] })
      expect(rows).toEqual([['x', 0n], ['x', 1n], ['x', 2n]])
    }
  })
})

describe('sinks', () => {
  it('commit what every worker has written', async () => {
    const copy = tableOf('copy', 'memory', { symbol: STRING, amount: BIGINT })
    const rows: MemoryRow[] = Array.from({ length: 40 }, (_, i) => [`s${i}`, BigInt(i)])
    const connector = memoryConnector({ tables: { trades: { rows, splits: 8 } } })
    const b = new PlanBuilder()
    const scan = b.scan(trades)
    b.sink(scan, copy)
    b.sink(b.exchange(scan, { kind: 'single' }), { ...copy, name: 'gathered' }, 'first')
    const { counters } = await simulate({ plan: b.plan(4), connectors: [connector], exchangeBytes: 1 })
    for (const table of ['copy', 'gathered']) expect(sorted(connector.written(table).map(({ values }) => values))).toEqual(sorted(rows as Value[][]))
    expect(total(counters, 'rowsOut')).toBe(80)
  })
})

describe('rows that fail', () => {
  const letters = tableOf('letters', 'memory', { record: STRING, source: STRING, split: STRING, position: STRING, error_code: STRING, error_message: STRING } satisfies Record<string, DataType>)
  const rows: MemoryRow[] = [['a', 10n], ['b', 0n], { undecodable: '{oops' }, ['c', 5n], ['d', null]]

  const plan = (onError: ErrorPolicy['action'], workers = 2, table = letters): PhysicalPlan => {
    const b = new PlanBuilder()
    const sink = onError === 'dead-letter' ? b.sink(null, table) : null
    const policy = { action: onError, sink }
    const scan = b.scan(trades, { onError: policy })
    b.result(b.calc(scan, null, [['symbol', b.column(scan, 'symbol')], ['ratio', call('/', BIGINT, literal(100n, BIGINT), b.column(scan, 'amount'))]], policy))
    return b.plan(workers)
  }

  it('end the job with their place', async () => {
    await expect(run(plan('fail'), { trades: { rows: rows.slice(0, 2) } })).rejects.toMatchObject({
      code: 'DIVISION_BY_ZERO', message: expect.stringContaining('trades, split part-0, position 1: '), details: { source: 'trades', split: 'part-0', position: 1, operator: 'calc 1' },
    })
    await expect(run(plan('fail'), { trades: { rows: rows.slice(2, 3) } })).rejects.toMatchObject({
      code: 'ROW_UNDECODABLE', details: { source: 'trades', split: 'part-0', position: 0, operator: 'scan 0' },
    })
  })

  it('are skipped and counted', async () => {
    const { folded, counters } = await run(plan('skip'), { trades: { rows, splits: 3 } })
    expect(folded).toEqual([['a', 10n], ['c', 20n], ['d', null]])
    expect(total(counters, 'rowsFailed')).toBe(2)
    expect(total(counters, 'rowsIn')).toBe(5)
  })

  it('are written as dead letters, with the record', async () => {
    const connector = memoryConnector({ tables: { trades: { rows } } })
    const { folded, counters } = await simulate({ plan: plan('dead-letter'), connectors: [connector] })
    expect(folded).toEqual([['a', 10n], ['c', 20n], ['d', null]])
    // A batch is decoded before it is calculated.
    expect(connector.written('letters').map(({ values }) => values.slice(0, 5))).toEqual([
      ['{oops', 'trades', 'part-0', '2', 'ROW_UNDECODABLE'],
      ['["b",0]', 'trades', 'part-0', '1', 'DIVISION_BY_ZERO'],
    ])
    expect(total(counters, 'rowsOut'), 'dead letters are no rows out').toBe(3)
  })

  it('can be written with some of the columns, the record as bytes', async () => {
    const connector = memoryConnector({ tables: { trades: { rows } } })
    await simulate({ plan: plan('dead-letter', 1, tableOf('few', 'memory', { error_code: STRING, record: BYTES })), connectors: [connector] })
    expect(connector.written('few').map(({ values }) => values)).toContainEqual(['DIVISION_BY_ZERO', new TextEncoder().encode('["b",0]')])
  })
})

describe('event time', () => {
  const SECOND = 1_000_000
  const clicks = tableOf('clicks', 'memory', { user: STRING, at: timestamp(3), window_end: timestamp(3) })
  /** A click at a second, in a window of 10 seconds. */
  const click = (user: string, second: number): Value[] => [user, second * SECOND, (Math.floor(second / 10) + 1) * 10 * SECOND]

  const plan = (workers: number, merged: boolean, idleTimeoutMs: number | null = null): PhysicalPlan => {
    const c = new PlanBuilder()
    const at = { kind: 'column', index: 1, name: 'at', type: timestamp(3), nullable: true } as const
    const watermark = call('-', timestamp(3), at, literal(2 * SECOND, INTERVAL_SECOND))
    const scan = c.scan(clicks, { bounded: false, watermark, hidden: ['ordinal', 'watermark'], idleTimeoutMs })
    const window = { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: 4 }
    const calls = [['count', countAll]] as const
    if (merged) c.result(c.mergedAggregate(scan, ['user', 'window_end'], calls, { window }))
    else c.result(c.aggregate(c.exchange(scan, { kind: 'hash', columns: [0] }), ['user', 'window_end'], calls, { window }))
    return c.plan(workers)
  }

  const found = ({ folded }: SimulationResult): string[] => folded.map(([user, end, count]) => `${user as string} ${Number(end) / SECOND}: ${count as bigint}`)

  for (const workers of WORKERS) {
    for (const merged of [true, false]) {
      it(`closes windows by the job's watermark, ${workers} workers, ${merged ? 'merged' : 'moved'}`, async () => {
        const connector = memoryConnector({ tables: { clicks: { unbounded: true, splits: 2 } } })
        const simulation = await Simulation.open({ plan: plan(workers, merged), connectors: [connector], exchangeBytes: 64, seed: workers })
        connector.push('clicks', [click('ada', 1), click('bob', 9), click('ada', 13)], 0)
        await simulation.settle()
        expect(found(simulation.result()), 'the other split may still bring something').toEqual([])
        connector.push('clicks', [click('ada', 2), click('ada', 11)], 1)
        await simulation.settle()
        expect(found(simulation.result()), 'the job is at 9').toEqual([])
        connector.push('clicks', [click('ada', 12)], 1)
        await simulation.settle()
        expect(found(simulation.result())).toEqual(['ada 10: 2', 'bob 10: 1'])
        // The first split was at 11 before this row, so it is late; the second was at 10.
        connector.push('clicks', [click('eve', 3)], 0)
        connector.push('clicks', [click('eve', 4)], 1)
        await simulation.settle()
        connector.end('clicks')
        const result = await simulation.finish()
        expect(found(result)).toEqual(['ada 10: 2', 'ada 20: 3', 'bob 10: 1'])
        expect(total(result.counters, 'rowsLate')).toBe(2)
      })
    }

    it(`takes silent splits out after the timeout, ${workers} workers`, async () => {
      const connector = memoryConnector({ tables: { clicks: { unbounded: true, splits: 3 } } })
      const simulation = await Simulation.open({ plan: plan(workers, true, 5_000), connectors: [connector] })
      connector.push('clicks', [click('ada', 1), click('ada', 15)], 0)
      await simulation.settle()
      simulation.clock.advanceMs(4_000)
      connector.push('clicks', [click('ada', 15)], 0)
      await simulation.settle()
      expect(found(simulation.result())).toEqual([])
      simulation.clock.advanceMs(2_000)
      connector.push('clicks', [click('ada', 16)], 0)
      await simulation.settle()
      expect(found(simulation.result())).toEqual(['ada 10: 1'])
      simulation.clock.advanceMs(9_000)
      await simulation.settle()
      expect(found(simulation.result()), 'all are silent: nothing is complete').toEqual(['ada 10: 1'])
      simulation.drain()
      expect(found(await simulation.finish())).toEqual(['ada 10: 1', 'ada 20: 3'])
    })
  }

  it('takes the same rows as late whatever the schedule', async () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('ada', 'bob'), fc.integer({ min: 0, max: 60 })), { maxLength: 40 })
    await fc.assert(fc.asyncProperty(rows, fc.integer({ min: 1, max: 5 }), fc.integer(), async (given, splits, seed) => {
      const tables: Record<string, MemoryTable> = { clicks: { rows: given.map(([user, second]) => click(user, second)), splits } }
      const results = await Promise.all(WORKERS.map((workers) => run(plan(workers, workers % 4 !== 0), tables, { seed, exchangeBytes: 50 })))
      const late = results.map(({ counters }) => total(counters, 'rowsLate'))
      expect(new Set(late).size).toBe(1)
      for (const result of results) expect(result.folded).toEqual(results[0]!.folded)
      const counted = results[0]!.folded.reduce((sum, [, , count]) => sum + Number(count), 0)
      expect(counted + late[0]!).toBe(given.length)
    }), { numRuns: Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 40), 1_000) })
  })

  it('drops rows on which the watermark fails, or ends the job', async () => {
    const failing = (action: 'fail' | 'skip'): PhysicalPlan => {
      const c = new PlanBuilder()
      const ratio = call('/', BIGINT, literal(1n, BIGINT), { kind: 'column', index: 1, name: 'amount', type: BIGINT, nullable: true })
      const scan = c.scan(trades, { bounded: false, hidden: ['ordinal'], watermark: { kind: 'cast', arg: ratio, tolerant: false, type: DOUBLE, nullable: true }, onError: { action, sink: null } })
      c.result(scan)
      return c.plan(2)
    }
    const tables = { trades: { rows: [['a', 1n], ['b', 0n], ['c', 2n]] as Value[][] } }
    await expect(run(failing('fail'), tables)).rejects.toMatchObject({ code: 'DIVISION_BY_ZERO', details: { position: 1 } })
    const { folded, counters } = await run(failing('skip'), tables)
    expect(folded.map(([symbol]) => symbol)).toEqual(['a', 'c'])
    expect(total(counters, 'rowsFailed')).toBe(1)
  })
})

describe('a simulation that fails', () => {
  it('says how to repeat it', async () => {
    const b = new PlanBuilder()
    b.result(b.scan(trades, { bounded: false }))
    await expect(run(b.plan(2), { trades: { unbounded: true } }, { seed: 77 })).rejects.toThrow(/seed: 77, workers: 2/)
  })

  it('is the same every time', async () => {
    const b = new PlanBuilder()
    b.result(b.exchange(b.scan(trades), { kind: 'hash', columns: [1] }))
    const rows: MemoryRow[] = Array.from({ length: 60 }, (_, i) => ['x', BigInt(i)])
    const order = async (seed: number): Promise<unknown> => (await run(b.plan(4), { trades: { rows, splits: 6 } }, { seed })).rows.map(([, amount]) => amount)
    expect(await order(5)).toEqual(await order(5))
    expect(await order(5)).not.toEqual(await order(6))
  })

  it('passes on errors of users as they are', async () => {
    const b = new PlanBuilder()
    b.result(b.scan(tableOf('nowhere', 'memory', { a: BIGINT })))
    await expect(run(b.plan(1), {})).rejects.toBeInstanceOf(MillraceError)
  })
})
