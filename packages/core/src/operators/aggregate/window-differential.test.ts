import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expression } from '../../expressions/expression.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { batchInForms } from '../../types/arbitrary-batch.test.data.js'
import { BIGINT, DOUBLE, STRING, timestamp, type Schema, type Value } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { aggregateCall, aggregateNode, atEnd, changesOf, columnNamed, folded, runAggregate } from './run-aggregate.test.data.js'

const input: Schema = [
  { name: 'user', type: STRING, nullable: true }, { name: 'amount', type: BIGINT, nullable: true },
  { name: 'window_end', type: timestamp(3), nullable: true }, { name: 'watermark', type: DOUBLE, nullable: false },
]
const [user, amount, windowEnd] = input.map((field) => columnNamed(input, field.name)) as [Expression, Expression, Expression]

/** Rows come around `now`, from a split whose own watermark is at or past the job's; then the job's moves on to it. */
interface Step {
  readonly rows: Value[][]
  readonly forms: number[]
  readonly watermark: number
}

const stream: fc.Arbitrary<Step[]> = fc.array(fc.record({
  advance: fc.nat(3),
  rows: fc.array(fc.tuple(
    fc.option(fc.constantFrom('ada', 'bob', 'eve')), fc.option(fc.bigInt({ min: -5n, max: 5n })),
    fc.option(fc.integer({ min: -3, max: 6 }), { freq: 9 }), fc.nat(2),
  )),
  forms: fc.tuple(...input.map(() => fc.nat(2))),
}), { maxLength: 12 }).map((steps) => {
  let now = 0
  return steps.map(({ advance, rows, forms }) => {
    const seen = now
    now += advance
    const values = rows.map(([name, value, offset, ahead]): Value[] => [name, value, offset === null ? null : seen + offset, seen + ahead])
    return { forms, watermark: now, rows: values }
  })
})

function elementsOf(steps: readonly Step[]): Element[] {
  return steps.flatMap(({ rows, forms, watermark }): Element[] => [
    ...(rows.length === 0 ? [] : [batchInForms(rows, input, forms, null)]), { kind: 'watermark', micros: watermark },
  ])
}

const calls = [
  aggregateCall('count', []), aggregateCall('sum', [amount]), aggregateCall('max', [amount]),
  aggregateCall('count', [amount], { distinct: true }),
]
const emits = fc.constantFrom<'final' | 'changes'>('final', 'changes')
const windows = fc.record({ endKey: fc.constant(1), allowedLatenessMicros: fc.nat(3), watermarkColumn: fc.constant(3) })

/** What the rows that are not late give, grouped all at once. */
function expected(steps: readonly Step[], lateness: number): { rows: string[]; late: number } {
  const inTime = (row: readonly Value[]): boolean => row[2] === null || Number(row[2]) + lateness > Number(row[3])
  const all = steps.flatMap(({ rows }) => rows)
  const node = aggregateNode({ input, keys: [user, windowEnd], calls })
  const kept = all.filter(inTime)
  const batches = kept.length === 0 ? [] : [batchInForms(kept, input, [0, 0, 0, 0], null)]
  const run = runAggregate(node, input, [...batches, ...atEnd], { compile: false })
  return { rows: folded(run, node.schema), late: all.length - kept.length }
}

describe('windows of a stream', () => {
  it('hold every row that is not late, and close once and in order, in either form', () => {
    fc.assert(fc.property(stream, windows, fc.boolean(), (steps, window, compile) => {
      const node = aggregateNode({ input, keys: [user, windowEnd], calls, window })
      const run = runAggregate(node, input, [...elementsOf(steps), ...atEnd], { compile, batchRows: 2 })
      const { rows, late } = expected(steps, window.allowedLatenessMicros)
      expect(folded(run, node.schema)).toEqual(rows)
      expect(run.meter).toMatchObject({ rowsLate: late, rowsAggregated: run.meter.rowsIn - late, groups: 0 })
      const ends = changesOf(run, node.schema).map(({ row }) => row[1] as number | null ?? Infinity)
      expect(ends).toEqual(ends.toSorted((a, b) => a - b))
      let closed = -Infinity
      for (const element of run.elements) {
        if (element.kind === 'watermark') closed = element.micros
        for (const { row } of element.kind === 'batch' ? changesOf({ ...run, elements: [element] }, node.schema) : []) {
          const due = (row[1] as number | null ?? Infinity) + window.allowedLatenessMicros
          expect(due, 'the watermark follows the window').toBeGreaterThan(closed)
        }
      }
    }), { numRuns: fuzzRuns(300, 10_000) })
  })

  it('fold from their changes to the same', () => {
    fc.assert(fc.property(stream, windows, fc.boolean(), (steps, window, compile) => {
      const node = aggregateNode({ input, keys: [user, windowEnd], calls, window, emit: 'changes' })
      const run = runAggregate(node, input, [...elementsOf(steps), ...atEnd], { compile })
      expect(folded(run, node.schema)).toEqual(expected(steps, window.allowedLatenessMicros).rows)
    }), { numRuns: fuzzRuns(200, 10_000) })
  })

  it('give the same in two phases', () => {
    fc.assert(fc.property(stream, windows, fc.boolean(), emits, (steps, window, compile, emit) => {
      const description = { input, keys: [user, windowEnd], calls, window, emit }
      const partial = aggregateNode(description, 'partial')
      const final = aggregateNode(description, 'final')
      const states = runAggregate(partial, input, [...elementsOf(steps), ...atEnd], { compile })
      const run = runAggregate(final, partial.schema, states.elements, { compile })
      const { rows, late } = expected(steps, window.allowedLatenessMicros)
      expect(folded(run, final.schema)).toEqual(rows)
      expect([states.meter.rowsLate, run.meter.rowsLate]).toEqual([late, 0])
    }), { numRuns: fuzzRuns(200, 10_000) })
  })
})
