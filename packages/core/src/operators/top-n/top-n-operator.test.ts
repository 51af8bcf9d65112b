import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import type { RankFunction } from '../../plan/over.js'
import type { TopNNode } from '../../plan/physical-over.js'
import { batchInForms } from '../../types/arbitrary-batch.test.data.js'
import { DELETE, INSERT } from '../../types/batch.js'
import { BIGINT, DOUBLE, INT, STRING, timestamp, type DataType, type Schema, type Value } from '../../types/data-type.js'
import { END, type Element } from '../../types/element.js'
import { Driven, rowText } from '../over/run-over.test.data.js'
import { restoredMidway, type Arriving } from '../restored-midway.test.kit.js'
import { RowOrder } from '../row-order.js'
import { TopNOperator } from './top-n-operator.js'

const keyTypes: readonly DataType[] = [BIGINT, INT, DOUBLE, STRING]
const schemaOf = (key: DataType): Schema => [
  { name: 'k', type: STRING, nullable: true }, { name: 'key', type: key, nullable: true }, { name: 'text', type: STRING, nullable: true },
  { name: 'end', type: timestamp(3), nullable: false },
]

function keyValue(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BIGINT': return fc.constantFrom(0n, 1n, 2n, 3n, 5n, -4n, 2n ** 60n, 2n ** 60n + 1n)
    case 'INT': return fc.integer({ min: -3, max: 5 })
    case 'DOUBLE': return fc.constantFrom(0, 1.5, -2, NaN, Infinity, 7, 8)
    default: return fc.constantFrom('a', 'b', 'ü', '', 'long enough to be copied in one go, that is')
  }
}

const shape = fc.record({
  key: fc.constantFrom(...keyTypes), descending: fc.boolean(), nullsFirst: fc.boolean(), function: fc.constantFrom<RankFunction>('row_number', 'row_number', 'rank', 'dense_rank'),
  from: fc.constantFrom(1, 1, 1, 2), count: fc.constantFrom(0, 0, 1, 3), rank: fc.boolean(), retracting: fc.boolean(), partitioned: fc.boolean(),
})
type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never

const story = shape.chain((s) => fc.record({
  s: fc.constant(s),
  parts: fc.array(fc.array(fc.record({
    row: fc.tuple(fc.constantFrom('x', 'y', null), fc.option(keyValue(s.key), { freq: 6 }), fc.option(fc.constantFrom('p', 'q'), { freq: 4 })), at: fc.nat(), adds: fc.constantFrom(true, true, false),
  }), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
  forms: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
}))

function nodeOf(s: Shape, emit: 'final' | 'changes'): TopNNode {
  const schema = schemaOf(s.key)
  return {
    id: 1, inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' }, kind: 'top-n', width: schema.length, partitionBy: s.partitioned ? [0] : [],
    order: [{ column: 1, descending: s.descending, nullsFirst: s.nullsFirst }], function: s.function, from: s.from, to: s.from + s.count, rank: s.rank, emit,
    retracting: s.retracting, latest: false, window: null, watermarkColumn: null, schema: s.rank ? [...schema, { name: 'place', type: BIGINT, nullable: false }] : schema,
  }
}

function batchesOf(s: Shape, parts: readonly { row: readonly Value[]; at: number; adds: boolean }[][], forms: readonly number[]): { batches: Element[]; left: Value[][][] } {
  const held: Value[][] = []
  const left: Value[][][] = []
  const batches = parts.map((part) => {
    const rows: Value[][] = []
    const kinds: number[] = []
    for (const { row, at, adds } of part) {
      const goes = s.retracting && !adds && held.length > 0
      rows.push(goes ? held.splice(at % held.length, 1)[0]! : [...row, 0])
      kinds.push(goes ? DELETE : INSERT)
      if (!goes) held.push(rows.at(-1)!)
    }
    left.push([...held])
    return batchInForms(rows, schemaOf(s.key), [...forms, 0], s.retracting ? Uint8Array.from(kinds) : null)
  })
  return { batches, left }
}

/** Sorting each partition and cutting. */
function answer(node: TopNNode, rows: readonly (readonly Value[])[], schema: Schema): string[] {
  const order = new RowOrder(node.order, schema)
  const keys = new RowOrder(node.order, schema.slice(0, 2).map((field, c) => (c === 0 ? { ...field, type: { kind: 'NULL' } } : field)))
  const partitions = new Map<unknown, (readonly Value[])[]>()
  for (const row of rows) {
    const key = node.partitionBy.length === 0 ? '' : row[0]
    partitions.set(key, [...(partitions.get(key) ?? []), row])
  }
  return [...partitions.values()].flatMap((some) => {
    const sorted = some.toSorted((a, b) => order.compare(a, b))
    let place = 0
    return sorted.flatMap((row, i) => {
      const isNew = i === 0 || keys.compare([null, sorted[i - 1]![1]!], [null, row[1]!]) !== 0
      if (node.function === 'row_number') place = i + 1
      else if (isNew) place = node.function === 'rank' ? i + 1 : place + 1
      return place < node.from || place > node.to ? [] : [rowText(node.rank ? [...row, BigInt(place)] : row, node.schema)]
    })
  }).sort()
}

describe('TopNOperator', () => {
  it('folds from its changes to the first rows, after each batch', () => {
    fc.assert(fc.property(story, ({ s, parts, forms }) => {
      const node = nodeOf(s, 'changes')
      const { batches, left } = batchesOf(s, parts, forms)
      const driven = new Driven(node.schema, (context) => new TopNOperator(node, schemaOf(s.key), context))
      batches.forEach((batch, i) => {
        const before = driven.changes.length
        driven.push(batch)
        expect(driven.folded()).toEqual(answer(node, left[i]!, schemaOf(s.key)))
        const signs = new Map<string, number>()
        for (const { row, sign } of driven.changes.slice(before)) {
          expect(signs.get(row) ?? sign, `${row} does not come and go in one batch`).toBe(sign)
          signs.set(row, sign)
        }
      })
    }), { numRuns: fuzzRuns(600) })
  })

  it('gives the first rows once, at the end', () => {
    fc.assert(fc.property(story, ({ s, parts, forms }) => {
      const node = nodeOf(s, 'final')
      const { batches, left } = batchesOf(s, parts, forms)
      const driven = new Driven(node.schema, (context) => new TopNOperator(node, schemaOf(s.key), context)).push(...batches)
      expect(driven.changes).toEqual([])
      driven.push({ kind: 'watermark', micros: Infinity }, END)
      expect(driven.folded()).toEqual(answer(node, left.at(-1)!, schemaOf(s.key)))
      expect(driven.watermarks).toEqual([Infinity])
    }), { numRuns: fuzzRuns(200) })
  })

  it('goes on from a snapshot as if there had been none', () => {
    fc.assert(fc.property(story, fc.constantFrom('final' as const, 'changes' as const), fc.nat(), ({ s, parts, forms }, emit, chance) => {
      const node = nodeOf(s, emit)
      const arriving = batchesOf(s, parts, forms).batches.map((element): Arriving => ({ element }))
      arriving.push({ element: { kind: 'watermark', micros: Infinity } }, { element: END })
      const options = { make: (context: any) => new TopNOperator(node, schemaOf(s.key), context), inputs: [schemaOf(s.key)], output: node.schema, arriving }
      const { undisturbed, restored } = restoredMidway(options, chance % arriving.length)
      expect(restored.toSorted()).toEqual(undisturbed.toSorted())
    }), { numRuns: fuzzRuns(200) })
  })

  const s: Shape = { key: BIGINT, descending: true, nullsFirst: false, function: 'row_number', from: 1, count: 1, rank: false, retracting: false, partitioned: true }

  it('closes with its window: rows come once, late ones are counted, state is dropped', () => {
    const node: TopNNode = { ...nodeOf(s, 'final'), partitionBy: [3], window: { endColumn: 3, allowedLatenessMicros: 0 } }
    const schema = schemaOf(BIGINT)
    const rows = (end: number, ...values: bigint[]): Element => batchInForms(values.map((value): Value[] => ['x', value, 't', end]), schema, [0, 0, 0, 0], null)
    const driven = new Driven(node.schema, (context) => new TopNOperator(node, schema, context))
    driven.push(rows(10, 1n, 5n, 3n), rows(20, 7n), { kind: 'watermark', micros: 9 })
    expect(driven.changes).toEqual([])
    driven.push({ kind: 'watermark', micros: 10 })
    expect(driven.changes.map(({ row }) => row.split(' | ')[1])).toEqual(['v5', 'v3'])
    expect(driven.meter.groups).toBe(1)
    driven.push(rows(10, 9n), rows(20, 8n))
    expect(driven.meter.rowsLate).toBe(1)
    driven.push({ kind: 'watermark', micros: Infinity }, END)
    expect(driven.changes.map(({ row }) => row.split(' | ')[1])).toEqual(['v5', 'v3', 'v8', 'v7'])
    expect(driven.meter.rowsIn).toBe(driven.meter.rowsAggregated + driven.meter.rowsLate)
  })

  it('keeps no more rows than can be among the first', () => {
    const node = nodeOf(s, 'changes')
    const schema = schemaOf(BIGINT)
    const driven = new Driven(node.schema, (context) => new TopNOperator(node, schema, context))
    let after = 0
    for (let i = 0; i < 200; i++) {
      driven.push(batchInForms(Array.from({ length: 100 }, (_, r): Value[] => ['x', BigInt(i * 100 + r), `text ${i} ${r}`, 0]), schema, [0, 0, 0, 0], null))
      if (i === 20) after = driven.meter.stateBytes
    }
    expect(driven.meter.stateBytes).toBeLessThanOrEqual(after)
    expect(driven.folded().length).toBe(2)
  })
})
