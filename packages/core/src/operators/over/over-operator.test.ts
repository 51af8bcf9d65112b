import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import type { Frame, OverCall } from '../../plan/over.js'
import { DELETE, INSERT } from '../../types/batch.js'
import { BIGINT, decimal, DOUBLE, STRING, timestamp, type Schema, type Value } from '../../types/data-type.js'
import { END, type Element } from '../../types/element.js'
import { restoredMidway, type Arriving } from '../restored-midway.test.kit.js'
import { makeOverOperator } from './over-operator.js'
import { batchOfRows, Driven, overAll, overCall, overNode, rowsFrame } from './run-over.test.data.js'

/** `ts` is the order, `ts5` the time five before it, as the binder would compute it for a RANGE frame. */
const schema: Schema = [
  { name: 'k', type: STRING, nullable: true }, { name: 'ts', type: timestamp(3), nullable: true }, { name: 'n', type: BIGINT, nullable: true },
  { name: 'd', type: decimal(10, 2), nullable: true }, { name: 'x', type: DOUBLE, nullable: true }, { name: 'ts5', type: timestamp(3), nullable: true },
]
const [K, TS, N, D, X] = [0, 1, 2, 3, 4]

const lastFive: Frame = {
  unit: 'range', start: { kind: 'preceding', by: { kind: 'values', key: TS!, bound: 5, micros: 5, text: '5' } }, end: { kind: 'current row' },
}

const row = fc.tuple(
  fc.constantFrom('a', 'b', null), fc.integer({ min: 0, max: 40 }), fc.option(fc.constantFrom(0n, 1n, 7n, 2n ** 60n), { freq: 5 }),
  fc.option(fc.constantFrom(0n, 125n, -50n), { freq: 5 }), fc.option(fc.constantFrom(0, 0.5, -2, 1e6), { freq: 5 }),
).map(([k, ts, n, d, x]): Value[] => [k, ts, n, d, x, ts - 5])

const calls: Readonly<Record<string, readonly OverCall[]>> = {
  'running': [overCall('sum', [N!], schema, { frame: { unit: 'rows', start: { kind: 'unbounded preceding' }, end: { kind: 'current row' } } }), overCall('count', [D!], schema), overCall('max', [X!], schema)],
  'places': [overCall('row_number', [], schema), overCall('rank', [], schema), overCall('dense_rank', [], schema)],
  'sliding rows': [
    overCall('sum', [D!], schema, { frame: rowsFrame(2, 0) }), overCall('min', [X!], schema, { frame: rowsFrame(3, 0) }), overCall('avg', [X!], schema, { frame: rowsFrame(1, -1) }),
    overCall('count', [N!], schema, { frame: rowsFrame(2, 0), distinct: true }), overCall('string_agg', [K!, K!], schema, { frame: rowsFrame(2, 0) }),
  ],
  'sliding time': [overCall('sum', [N!], schema, { frame: lastFive }), overCall('max', [D!], schema, { frame: lastFive }), overCall('first_value', [N!], schema, { frame: lastFive })],
  'values': [
    overCall('lag', [N!, N!], schema, { count: 2 }), overCall('first_value', [X!], schema), overCall('last_value', [X!], schema, { frame: rowsFrame(null, -1), ignoreNulls: true }),
    overCall('nth_value', [N!], schema, { count: 2, frame: rowsFrame(4, 0), ignoreNulls: true }),
  ],
  'ahead': [overCall('lead', [N!], schema), overCall('sum', [D!], schema, { frame: rowsFrame(1, 2) }), overCall('rank', [], schema)],
}

const batchesOf = fc.array(fc.array(row, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 10 })

describe('by event time', () => {
  for (const [name, some] of Object.entries(calls)) {
    const node = overNode(schema, 'rowtime', some)

    it(`gives each row once, with what it has over all rows that were not late: ${name}`, () => {
      fc.assert(fc.property(batchesOf, (batches) => {
        const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context))
        const kept: Value[][] = []
        let watermark = -Infinity
        let most = -Infinity
        for (const rows of batches) {
          kept.push(...rows.filter((r) => (r[TS!] as number) >= watermark))
          driven.push(batchOfRows(rows, schema))
          most = Math.max(most, ...rows.map((r) => r[TS!] as number))
          watermark = Math.max(watermark, most - 8)
          driven.push({ kind: 'watermark', micros: watermark })
        }
        driven.push({ kind: 'watermark', micros: Infinity }, END)
        expect(driven.changes.every(({ sign }) => sign === 1)).toBe(true)
        expect(driven.folded()).toEqual(overAll(node, kept, schema))
        const { rowsIn, rowsAggregated, rowsLate, rowsOut } = driven.meter
        expect(rowsAggregated + rowsLate).toBe(rowsIn)
        expect(rowsOut).toBe(kept.length)
      }), { numRuns: fuzzRuns(100) })
    })

    it(`goes on from a snapshot as if there had been none: ${name}`, () => {
      fc.assert(fc.property(batchesOf, fc.nat(), (batches, chance) => {
        let watermark = -Infinity
        const arriving = batches.flatMap((rows): Arriving[] => {
          watermark = Math.max(watermark, ...rows.map((r) => (r[TS!] as number) - 8))
          return [{ element: batchOfRows(rows, schema) }, { element: { kind: 'watermark', micros: watermark } }]
        })
        arriving.push({ element: { kind: 'watermark', micros: Infinity } }, { element: END })
        const { undisturbed, restored } = restoredMidway({ make: (context) => makeOverOperator(node, schema, context), inputs: [schema], output: node.schema, arriving }, chance % arriving.length)
        expect(restored.toSorted()).toEqual(undisturbed.toSorted())
      }), { numRuns: fuzzRuns(60) })
    })
  }

  it('forgets rows that no frame reaches back to, and partitions of which nothing is left', () => {
    const node = overNode(schema, 'rowtime', [overCall('sum', [N!], schema, { frame: { ...lastFive, start: { kind: 'preceding', by: { kind: 'values', key: TS!, bound: 5, micros: 5, text: '5' } } } })])
    const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context))
    let most = 0
    for (let t = 0; t < 400; t++) {
      const ts = t * 1_000_000
      driven.push(batchOfRows([[`key ${t}`, ts, 1n, null, null, ts - 5]], schema), { kind: 'watermark', micros: ts })
      most = Math.max(most, driven.meter.groups)
    }
    expect(most).toBeLessThan(30)
  })
})

it('by processing time gives each row as it comes', () => {
  const node = overNode(schema, 'proctime', [overCall('row_number', [], schema), overCall('sum', [N!], schema, { frame: rowsFrame(1, 0) }), overCall('sum', [N!], schema)])
  const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context))
  driven.push(batchOfRows([['a', 1, 1n, null, null, 0], ['a', 1, 2n, null, null, 0], ['b', 1, 5n, null, null, 0]], schema))
  driven.push(batchOfRows([['a', 2, 3n, null, null, 0]], schema))
  expect(driven.changes.map(({ row: text }) => text.split(' | ').filter((_, i) => i === 0 || i > 5).join(' '))).toEqual(['sa v1 v1 v1', 'sa v2 v3 v3', 'sb v1 v5 v5', 'sa v3 v5 v6'])
})

/** Rows come and go. */
const steps = fc.array(fc.array(fc.record({ row, at: fc.nat(), adds: fc.constantFrom(true, true, false) }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })

function storyOf(parts: readonly { row: Value[]; at: number; adds: boolean }[][]): { batches: Element[]; left: Value[][][] } {
  const held: Value[][] = []
  const left: Value[][][] = []
  const batches = parts.map((part) => {
    const rows: Value[][] = []
    const kinds: number[] = []
    for (const { row: values, at, adds } of part) {
      const goes = !adds && held.length > 0
      rows.push(goes ? held.splice(at % held.length, 1)[0]! : values)
      kinds.push(goes ? DELETE : INSERT)
      if (!goes) held.push(values)
    }
    left.push([...held])
    return batchOfRows(rows, schema, kinds)
  })
  return { batches, left }
}

describe('on rows that change', () => {
  for (const [name, some] of Object.entries({ ...calls, shares: [overCall('ntile', [], schema, { count: 3 }), overCall('cume_dist', [], schema), overCall('percent_rank', [], schema)] })) {
    const node = overNode(schema, 'changes', some)

    it(`its changes fold to the answer over the rows that are there, after each batch: ${name}`, () => {
      fc.assert(fc.property(steps, (parts) => {
        const { batches, left } = storyOf(parts)
        const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context))
        batches.forEach((batch, i) => {
          const before = driven.changes.length
          driven.push(batch)
          expect(driven.folded()).toEqual(overAll(node, left[i]!, schema))
          expectNoIdleUpdates(driven.changes.slice(before))
        })
      }), { numRuns: fuzzRuns(100) })
    })

    it(`goes on from a snapshot: ${name}`, () => {
      fc.assert(fc.property(steps, fc.nat(), (parts, chance) => {
        const arriving = storyOf(parts).batches.map((element): Arriving => ({ element }))
        const { undisturbed, restored } = restoredMidway({ make: (context) => makeOverOperator(node, schema, context), inputs: [schema], output: node.schema, arriving }, chance % (arriving.length + 1))
        expect(restored).toEqual(undisturbed)
      }), { numRuns: fuzzRuns(60) })
    })
  }

  it('at the end of a bounded input go on from a snapshot', () => {
    const node = overNode(schema, 'final', calls['places']!)
    fc.assert(fc.property(steps, fc.nat(), (parts, chance) => {
      const arriving: Arriving[] = [...storyOf(parts).batches, { kind: 'watermark' as const, micros: Infinity }, END].map((element) => ({ element }))
      const { undisturbed, restored } = restoredMidway({ make: (context) => makeOverOperator(node, schema, context), inputs: [schema], output: node.schema, arriving }, chance % arriving.length)
      expect(restored.toSorted()).toEqual(undisturbed.toSorted())
    }), { numRuns: fuzzRuns(60) })
  })

  it('at the end of a bounded input come once, those that are left', () => {
    const node = overNode(schema, 'final', calls['places']!)
    fc.assert(fc.property(steps, (parts) => {
      const { batches, left } = storyOf(parts)
      const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context)).push(...batches, { kind: 'watermark', micros: Infinity }, END)
      expect(driven.folded()).toEqual(overAll(node, left.at(-1)!, schema))
      expect(driven.watermarks).toEqual([Infinity])
    }), { numRuns: fuzzRuns(60) })
  })
})

function expectNoIdleUpdates(changes: readonly { readonly row: string; readonly sign: number }[]): void {
  expect(changes.filter(({ row: text, sign }, i) => sign === 1 && i > 0 && changes[i - 1]!.sign === -1 && changes[i - 1]!.row === text)).toEqual([])
}

describe('in windows', () => {
  const node = overNode(schema, 'final', calls['places']!, { partitionBy: [K!, 5], order: [{ column: 2, descending: true, nullsFirst: false }], window: { endColumn: 5, allowedLatenessMicros: 0 } })
  const at = (key: string, n: bigint, end: number): Value[] => [key, 0, n, null, null, end]

  it('goes on from a snapshot', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.bigInt({ min: 0n, max: 9n }), fc.nat(3)), { minLength: 1, maxLength: 5 })
    fc.assert(fc.property(fc.array(rows, { minLength: 1, maxLength: 8 }), fc.nat(), (batches, chance) => {
      const arriving = batches.flatMap((some, b): Arriving[] => [
        { element: batchOfRows(some.map(([key, n, ahead]) => at(key, n, (b + ahead) * 10)), schema) }, { element: { kind: 'watermark', micros: b * 10 } },
      ])
      arriving.push({ element: { kind: 'watermark', micros: Infinity } }, { element: END })
      const { undisturbed, restored } = restoredMidway({ make: (context) => makeOverOperator(node, schema, context), inputs: [schema], output: node.schema, arriving }, chance % arriving.length)
      expect(restored.toSorted()).toEqual(undisturbed.toSorted())
    }), { numRuns: fuzzRuns(60) })
  })

  it('gives rows when their window closes, and counts late ones', () => {
    const driven = new Driven(node.schema, (context) => makeOverOperator(node, schema, context))
    driven.push(batchOfRows([at('a', 1n, 10), at('a', 2n, 10), at('a', 3n, 20)], schema), { kind: 'watermark', micros: 9 })
    expect(driven.changes).toEqual([])
    driven.push({ kind: 'watermark', micros: 10 })
    expect(driven.changes.length).toBe(2)
    expect(driven.meter.groups).toBe(1)
    driven.push(batchOfRows([at('a', 4n, 10)], schema))
    expect(driven.meter.rowsLate).toBe(1)
    driven.push({ kind: 'watermark', micros: Infinity }, END)
    expect(driven.changes.length).toBe(3)
    expect(driven.watermarks).toEqual([9, 10, Infinity])
  })
})
