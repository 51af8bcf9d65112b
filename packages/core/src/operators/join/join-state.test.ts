import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import type { JoinNode, TemporalJoinNode } from '../../plan/physical-join.js'
import { INT, STRING, timestamp, type Schema, type Value } from '../../types/data-type.js'
import { END } from '../../types/element.js'
import { batchFromRows } from '../../types/vector-builder.js'
import { restoredMidway, type Arriving } from '../restored-midway.test.kit.js'
import { JoinOperator } from './join-operator.js'
import { TemporalJoinOperator } from './temporal-join-operator.js'

const ROWS: Schema = [
  { name: 'k', type: STRING, nullable: true }, { name: 'v', type: INT, nullable: true }, { name: 'ts', type: timestamp(3), nullable: false },
]
const BOTH: Schema = [...ROWS, ...ROWS].map((field) => ({ ...field, nullable: true }))
const OUTPUT = BOTH.map((_, c) => c)
const BASE = {
  id: 2, inputs: [0, 1], runsOn: 'all', distribution: { kind: 'local', reason: '' }, leftKeys: [0], rightKeys: [0], residual: null,
  onError: { action: 'fail', sink: null },
} as const
const SIDE = { time: 2, doneMicros: 3, lateMicros: 0, watermark: null }

type Part = { readonly input: number; readonly rows: readonly Value[][] } | { readonly input: number; readonly micros: number }

const row: fc.Arbitrary<Value[]> = fc.tuple(fc.constantFrom('a', 'bb', null), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20 }))
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ input: fc.nat(1), rows: fc.array(row, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ input: fc.nat(1), micros: fc.integer({ min: 0, max: 20 }) }) },
)

/** Watermarks never go back, no row is behind them, and both inputs end. */
function story(parts: readonly Part[]): Arriving[] {
  const reached = [-Infinity, -Infinity]
  const ordered = parts.map((next): Arriving => {
    const { input } = next
    if ('rows' in next) return { element: batchFromRows(next.rows.map(([k, v, ts]) => [k!, v!, Math.max(ts as number, reached[input]!)]), ROWS), input }
    reached[input] = Math.max(reached[input]!, next.micros)
    return { element: { kind: 'watermark', micros: reached[input]! }, input }
  })
  return [...ordered, ...[0, 1].flatMap((input): Arriving[] => [{ element: { kind: 'watermark', micros: Infinity }, input }, { element: END, input }])]
}

const sorted = (texts: readonly string[]): string[] => texts.toSorted()

describe('a join goes on as it would have', () => {
  const types = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const
  for (const type of types) {
    for (const bound of [null, { kind: 'interval', sides: [SIDE, SIDE], holdBackMicros: 3 }] as const) {
      it(`${type} join, ${bound === null ? 'without' : 'with'} a bound in time`, () => {
        const isHalf = type === 'semi' || type === 'anti'
        const node: JoinNode = {
          ...BASE, kind: 'join', type, nullsEqual: [false], bound, copied: null, endless: false, emit: bound === null ? 'changes' : 'final',
          output: isHalf ? [0, 1, 2] : OUTPUT, schema: isHalf ? ROWS : BOTH,
        }
        fc.assert(fc.property(fc.array(part, { minLength: 2, maxLength: 12 }), fc.nat(12), (parts, at) => {
          const all = story(parts)
          const { undisturbed, restored } = restoredMidway({
            make: (context) => new JoinOperator(node, ROWS, ROWS, context), inputs: [ROWS, ROWS], output: node.schema, arriving: all,
          }, Math.min(at, all.length))
          expect(sorted(restored)).toEqual(sorted(undisturbed))
        }), { numRuns: fuzzRuns(60) })
      })
    }
  }

  for (const type of ['inner', 'left'] as const) {
    it(`${type} join with versions`, () => {
      const node: TemporalJoinNode = { ...BASE, kind: 'temporal join', type, sides: [SIDE, SIDE], output: OUTPUT, schema: BOTH }
      fc.assert(fc.property(fc.array(part, { minLength: 2, maxLength: 12 }), fc.nat(12), (parts, at) => {
        const all = story(parts)
        const { undisturbed, restored } = restoredMidway({
          make: (context) => new TemporalJoinOperator(node, ROWS, ROWS, context), inputs: [ROWS, ROWS], output: node.schema, arriving: all,
        }, Math.min(at, all.length))
        expect(sorted(restored)).toEqual(sorted(undisturbed))
      }), { numRuns: fuzzRuns(60) })
    })
  }
})
