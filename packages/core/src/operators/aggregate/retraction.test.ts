import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregateFunctions } from '../../functions/aggregate/index.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { literalOf } from '../../expressions/expression.js'
import type { AggregateCall } from '../../plan/physical.js'
import { batchInForms } from '../../types/arbitrary-batch.test.data.js'
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE } from '../../types/batch.js'
import { BIGINT, BOOLEAN, DATE, decimal, DOUBLE, INT, STRING, type Schema, type Value } from '../../types/data-type.js'
import type { OperatorContext } from '../operator.js'
import { restoredMidway, type Arriving } from '../restored-midway.test.kit.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, atEnd, bigint, call, columnNamed, folded, runAggregate } from './run-aggregate.test.data.js'

const input: Schema = [
  { name: 'k', type: STRING, nullable: true }, { name: 'n', type: INT, nullable: true }, { name: 'x', type: BIGINT, nullable: true },
  { name: 'y', type: DOUBLE, nullable: true }, { name: 'd', type: decimal(20, 2), nullable: true }, { name: 'day', type: DATE, nullable: true },
  { name: 'f', type: BOOLEAN, nullable: true },
]
const [k, n, x, y, d, day, f] = input.map((field) => columnNamed(input, field.name)) as [any, any, any, any, any, any, any]
const long = { kind: 'cast', arg: n, tolerant: false, type: BIGINT, nullable: true } as const
const half = literalOf(0.5, DOUBLE)
const noOrdinal = literalOf(0, DOUBLE)
const positive = call('>', [x, bigint(0n)])

/** Doubles of which all sums are exact, and those of which none is. */
const cells: readonly fc.Arbitrary<Value>[] = [
  fc.constantFrom('a', 'b', 'ü', ''), fc.integer({ min: -2, max: 2 }),
  fc.constantFrom<Value>(0n, 1n, 5n, -7n, 2n ** 53n - 1n, 2n ** 60n, -(2n ** 62n)),
  fc.constantFrom<Value>(0, 0.25, -1.5, 1_000, NaN, Infinity, -Infinity), fc.constantFrom<Value>(0n, 125n, -50n, 10n ** 17n),
  fc.integer({ min: -2, max: 2 }), fc.boolean(),
]
const row = fc.tuple(...cells.map((cell) => fc.option(cell, { freq: 5 })))

/** Steps in which rows come, change or go: `at` says which, of those that are there. */
const steps = fc.array(fc.record({ row, at: fc.nat(), what: fc.constantFrom('add', 'add', 'update', 'delete') }), { minLength: 1, maxLength: 40 })
const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 })

interface Story {
  readonly batches: { readonly rows: Value[][]; readonly kinds: number[] }[]
  /** Rows that are there after each batch. */
  readonly left: Value[][][]
}

function storyOf(all: readonly { row: Value[]; at: number; what: string }[], sizes: readonly number[]): Story {
  const held: Value[][] = []
  const changes: { row: Value[]; kind: number }[][] = []
  for (const { row: values, at, what } of all) {
    const old = held.length === 0 ? -1 : at % held.length
    if (what === 'add' || old === -1) {
      held.push(values)
      changes.push([{ row: values, kind: INSERT }])
    } else if (what === 'delete') {
      changes.push([{ row: held.splice(old, 1)[0]!, kind: DELETE }])
    } else {
      changes.push([{ row: held[old]!, kind: UPDATE_BEFORE }, { row: values, kind: UPDATE_AFTER }])
      held[old] = values
    }
  }
  const story: Story = { batches: [], left: [] }
  const present: Value[][] = []
  for (let from = 0, c = 0; from < changes.length; c++) {
    const part = changes.slice(from, from += sizes[c % sizes.length]!).flat()
    for (const { row: values, kind } of part) {
      if (kind === INSERT || kind === UPDATE_AFTER) present.push(values)
      else present.splice(present.indexOf(values), 1)
    }
    story.batches.push({ rows: part.map((change) => change.row), kinds: part.map((change) => change.kind) })
    story.left.push([...present])
  }
  return story
}

const ordered = (name: string, args: readonly any[], options: Partial<AggregateCall> = {}): AggregateCall => {
  const made = aggregateCall(name, args, options)
  return { ...made, args: [...made.args, noOrdinal] }
}
const byX = [{ key: x, descending: true, nullsFirst: false }]

const calls: Readonly<Record<string, readonly AggregateCall[]>> = {
  count: [aggregateCall('count', []), aggregateCall('count', [x]), aggregateCall('count', [k, n]), aggregateCall('count', [k], { distinct: true }),
    aggregateCall('count', [k, n], { distinct: true, filter: f }), aggregateCall('count', [], { filter: positive })],
  count_if: [aggregateCall('count_if', [f])],
  sum: [aggregateCall('sum', [long]), aggregateCall('sum', [d]), aggregateCall('sum', [y]), aggregateCall('sum', [long], { distinct: true }),
    aggregateCall('sum', [y], { distinct: true, filter: positive })],
  avg: [aggregateCall('avg', [x]), aggregateCall('avg', [y]), aggregateCall('avg', [d]), aggregateCall('avg', [d], { distinct: true })],
  min: [k, n, x, y, d, day, f].map((column) => aggregateCall('min', [column])),
  max: [...[k, n, x, y, d, day, f].map((column) => aggregateCall('max', [column])), aggregateCall('max', [x], { filter: f })],
  any_value: [aggregateCall('any_value', [k])],
  min_by: [aggregateCall('min_by', [k, x])],
  max_by: [aggregateCall('max_by', [k, d])],
  first_value: [ordered('first_value', [k]), ordered('first_value', [k], { orderBy: byX })],
  last_value: [ordered('last_value', [x])],
  string_agg: [ordered('string_agg', [k]), ordered('string_agg', [k], { orderBy: byX }), ordered('string_agg', [k], { distinct: true })],
  array_agg: [ordered('array_agg', [n]), ordered('array_agg', [n], { orderBy: byX, filter: f })],
  bool_and: [aggregateCall('bool_and', [f])], bool_or: [aggregateCall('bool_or', [f])],
  bit_and: [aggregateCall('bit_and', [n])], bit_or: [aggregateCall('bit_or', [n])], bit_xor: [aggregateCall('bit_xor', [n])],
  percentile_cont: [aggregateCall('percentile_cont', [n, half].map(asDouble))], percentile_disc: [aggregateCall('percentile_disc', [x, half])],
  median: [aggregateCall('median', [n].map(asDouble))], mode: [aggregateCall('mode', [k])],
  approx_count_distinct: [aggregateCall('approx_count_distinct', [x])], approx_percentile: [aggregateCall('approx_percentile', [n, half].map(asDouble))],
}

function asDouble(arg: any): any {
  return arg.type.kind === 'DOUBLE' ? arg : { kind: 'cast', arg, tolerant: false, type: DOUBLE, nullable: true }
}

/** Results that depend on the order of additions in their last digits, and not on NaN and infinities. */
const inexact = aggregateFunctions.map(({ name }) => name).filter((name) => calls[name] === undefined)

describe('taking rows back leaves what the rows that are left would give', () => {
  for (const [name, ofName] of Object.entries(calls)) {
    for (const compile of [true, false]) {
      it(`${name}, ${compile ? 'compiled' : 'interpreted'}`, () => {
        fc.assert(fc.property(steps, cuts, fc.constantFrom<'final' | 'changes'>('final', 'changes', 'changes'), fc.boolean(), fc.tuple(...cells.map(() => fc.nat(2))), (all, sizes, emit, keyed, forms) => {
          const keys = keyed ? [n] : []
          const { batches, left } = storyOf(all, sizes)
          const node = aggregateNode({ input, keys, calls: ofName, emit, retracting: true })
          const elements = batches.map(({ rows, kinds }) => batchInForms(rows, input, forms, Uint8Array.from(kinds)))
          const upTo = emit === 'final' ? batches.length : 1 + (all.length % batches.length)
          const run = runAggregate(node, input, [...elements.slice(0, upTo), ...(emit === 'final' ? atEnd : [])], { compile })
          const plain = aggregateNode({ input, keys, calls: ofName })
          const rest = left[upTo - 1]!
          const expected = runAggregate(plain, input, [...(rest.length === 0 ? [] : [batchInForms(rest, input, forms, null)]), ...atEnd], { compile: false })
          expect(run.failed).toEqual([])
          expect(folded(run, node.schema)).toEqual(folded(expected, node.schema))
        }), { numRuns: fuzzRuns(60, 2_000) })
      })
    }
  }

  it('covers every function whose results are exact', () => {
    expect(inexact).toEqual(expect.arrayContaining(['stddev_pop', 'corr']))
    // A group of more than one row is an error for single_value, which has a test of its own.
    expect(inexact.filter((name) => !/^(stddev|var|covar|corr|regr|single_value)/.test(name))).toEqual([])
  })
})

it('keeps counting when groups that are gone are forgotten, and values that are gone', () => {
  const counted = ['count', 'sum', 'min', 'string_agg', 'median', 'max_by'].flatMap((name) => calls[name]!)
  const node = aggregateNode({ input, keys: [x], calls: counted, emit: 'changes', retracting: true })
  const rowOf = (group: number, value: number): Value[] => ['a', value, BigInt(group), value / 4, BigInt(value), value, value % 2 === 0]
  const kindsOf = (rows: readonly unknown[], kind: number): Uint8Array => new Uint8Array(rows.length).fill(kind)
  const groups = Array.from({ length: 3_000 }, (_, g) => g)
  const three = groups.flatMap((g) => [rowOf(g, 1), rowOf(g, 1), rowOf(g, 2)])
  const gone = groups.slice(0, 2_500).flatMap((g) => [rowOf(g, 1), rowOf(g, 1), rowOf(g, 2)])
  // Values that come and go, so many that they are forgotten.
  const passing = groups.slice(2_500).flatMap((g) => Array.from({ length: 12 }, (_, v) => rowOf(g, 100 + v)))
  const one = groups.slice(2_500).map((g) => rowOf(g, 1))
  const parts: [Value[][], number][] = [[three, INSERT], [gone, DELETE], [passing, INSERT], [passing, DELETE], [passing, INSERT], [passing, DELETE], [one, DELETE]]
  const elements = parts.map(([rows, kind]) => batchInForms(rows, input, [0, 0, 0, 0, 0, 0, 0], kindsOf(rows, kind)))
  const rest = groups.slice(2_500).flatMap((g) => [rowOf(g, 1), rowOf(g, 2)])
  const plain = aggregateNode({ input, keys: [x], calls: counted })
  const expected = runAggregate(plain, input, [batchInForms(rest, input, [0, 0, 0, 0, 0, 0, 0], null), ...atEnd])
  for (const compile of [true, false]) {
    expect(folded(runAggregate(node, input, elements, { compile }), node.schema)).toEqual(folded(expected, plain.schema))
  }
})

it('goes on from a snapshot as if there had been none', () => {
  const all = Object.values(calls).flat()
  fc.assert(fc.property(steps, cuts, fc.nat(), fc.boolean(), (rows, sizes, chance, compile) => {
    const node = aggregateNode({ input, keys: [k], calls: all, emit: 'changes', retracting: true })
    const arriving: Arriving[] = [
      ...storyOf(rows, sizes).batches.map((part): Arriving => ({ element: batchInForms(part.rows, input, [0, 0, 0, 0, 0, 0, 0], Uint8Array.from(part.kinds)) })),
      ...atEnd.map((element): Arriving => ({ element })),
    ]
    const options = { make: (context: OperatorContext) => new AggregateOperator(node, input, context), inputs: [input], output: node.schema, arriving, settings: { compile } }
    const { undisturbed, restored } = restoredMidway(options, chance % arriving.length)
    expect(restored).toEqual(undisturbed)
  }), { numRuns: fuzzRuns(40, 1_000) })
})
