import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AggregateCall } from '../../plan/physical.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { batchInForms } from '../../types/arbitrary-batch.test.data.js'
import type { Batch } from '../../types/batch.js'
import { BIGINT, BOOLEAN, DATE, decimal, DOUBLE, INT, STRING, timestamp, type Schema, type Value } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import type { AggregateDescription } from './run-aggregate.test.data.js'
import { aggregateCall, aggregateNode, atEnd, bigint, call, columnNamed, folded, runAggregate } from './run-aggregate.test.data.js'

const input: Schema = [
  { name: 'k', type: STRING, nullable: true }, { name: 'n', type: INT, nullable: true }, { name: 'b', type: BIGINT, nullable: true },
  { name: 'x', type: BIGINT, nullable: true }, { name: 'y', type: DOUBLE, nullable: true },
  { name: 'd', type: decimal(38, 2), nullable: true }, { name: 't', type: timestamp(3), nullable: true },
  { name: 'day', type: DATE, nullable: true }, { name: 'f', type: BOOLEAN, nullable: true },
]
const [k, n, b, x, y, d, t, day, f] = input.map((field) => columnNamed(input, field.name)) as [any, any, any, any, any, any, any, any, any]

/** Sums of such doubles are exact in any order. */
const quarters = fc.oneof(fc.integer({ min: -1000, max: 1000 }).map((v) => v / 4), fc.constantFrom(NaN, Infinity, 0))

const cells: readonly fc.Arbitrary<Value>[] = [
  fc.constantFrom('a', 'b', 'ü', '', 'a longer key'), fc.integer({ min: -2, max: 2 }), fc.constantFrom(1n, -1n, 2n ** 60n, 2n ** 53n),
  fc.oneof(fc.bigInt({ min: -20n, max: 20n }), fc.constantFrom(2n ** 53n - 1n, -(2n ** 53n) + 1n, 2n ** 62n, -(2n ** 63n))), quarters,
  fc.oneof(fc.bigInt({ min: -9999n, max: 9999n }), fc.constantFrom(2n ** 53n, 10n ** 38n - 1n, -(10n ** 37n))),
  fc.integer({ min: 0, max: 50 }).map((v) => v * 1_000_000), fc.integer({ min: -3, max: 3 }), fc.boolean(),
]

const batches = fc.array(fc.record({
  rows: fc.array(fc.tuple(...cells.map((cell) => fc.option(cell, { freq: 6 }))), { minLength: 1, maxLength: 30 }),
  forms: fc.tuple(...cells.map(() => fc.nat(2))),
}), { minLength: 1, maxLength: 5 }).map((all) => all.map(({ rows, forms }): Batch => batchInForms(rows, input, forms, null)))

const positive = call('>', [x, bigint(0n)])
const doubled = call('+', [x, x])
const overN = call('/', [bigint(10n), { kind: 'cast', arg: n, tolerant: false, type: BIGINT, nullable: true }])

const calls: readonly AggregateCall[] = [
  aggregateCall('count', []), aggregateCall('count', [k]), aggregateCall('count', [x]), aggregateCall('sum', [x]),
  aggregateCall('avg', [x]), aggregateCall('min', [x]), aggregateCall('max', [x]), aggregateCall('sum', [doubled]),
  aggregateCall('sum', [y]), aggregateCall('avg', [y]),
  aggregateCall('min', [y]), aggregateCall('max', [y]), aggregateCall('sum', [d]), aggregateCall('avg', [d]), aggregateCall('min', [d]),
  aggregateCall('max', [t]), aggregateCall('min', [day]), aggregateCall('max', [n]), aggregateCall('min', [k]), aggregateCall('max', [f]),
  aggregateCall('sum', [x], { filter: positive }), aggregateCall('count', [], { filter: f }), aggregateCall('sum', [overN]),
  aggregateCall('sum', [overN], { filter: f }), aggregateCall('min', [k], { filter: positive }),
  aggregateCall('count', [k], { distinct: true }), aggregateCall('count', [x], { distinct: true, filter: f }),
  aggregateCall('sum', [x], { distinct: true }), aggregateCall('count', [k, n], { distinct: true }),
  aggregateCall('avg', [y], { distinct: true }), aggregateCall('max', [d], { distinct: true }),
]

const emits = fc.constantFrom<'final' | 'changes'>('final', 'changes')

const queries: fc.Arbitrary<AggregateDescription> = fc.record({
  input: fc.constant(input),
  keys: fc.oneof(fc.constant([k]), fc.subarray([k, n, b, y, d, t, f, doubled], { maxLength: 3 })),
  calls: fc.subarray([...calls], { maxLength: 5 }),
  filter: fc.constantFrom(null, null, positive, f, call('>', [overN, bigint(0n)])),
}).filter(({ keys, calls: chosen }) => keys.length + chosen.length > 0)

describe('columnar and object form', () => {
  it('agree on every result, error and count, over all representations', () => {
    fc.assert(fc.property(queries, batches, fc.constantFrom(1, 3, 1024), emits, (query, given, batchRows, emit) => {
      const node = aggregateNode({ ...query, emit })
      const runs = [true, false].map((compile) => runAggregate(node, input, [...given, ...atEnd], { compile, batchRows }))
      const [compiled, interpreted] = runs
      expect(folded(compiled!, node.schema)).toEqual(folded(interpreted!, node.schema))
      expect(compiled!.failed).toEqual(interpreted!.failed)
      for (const { meter } of runs) meter.stateBytes = 0
      expect(compiled!.meter).toEqual(interpreted!.meter)
      const rows = given.reduce((sum, batch) => sum + batch.length, 0)
      expect(compiled!.meter.rowsIn).toBe(rows)
      const failedInput = rows - compiled!.meter.rowsFiltered - compiled!.meter.rowsAggregated - compiled!.meter.rowsLate
      expect(failedInput).toBeGreaterThanOrEqual(0)
      expect(failedInput).toBeLessThanOrEqual(compiled!.meter.rowsFailed)
    }), { numRuns: fuzzRuns(400, 10_000) })
  })
})

describe('batches of many shapes', () => {
  it('are taken by general variants, then by the interpreter, with the same result', () => {
    const rows = fc.array(fc.tuple(...cells.map((cell) => fc.option(cell, { freq: 2 }))), { minLength: 1, maxLength: 3 })
    const many = fc.array(fc.record({ rows, forms: fc.tuple(...cells.map(() => fc.nat(2))) }), { minLength: 40, maxLength: 90 })
    fc.assert(fc.property(many, (all) => {
      const given = all.map((one) => batchInForms(one.rows, input, one.forms, null))
      const some = [aggregateCall('sum', [x]), aggregateCall('max', [y]), aggregateCall('sum', [doubled]), aggregateCall('min', [d])]
      const node = aggregateNode({ input, keys: [k, n], filter: call('>', [b, bigint(-5n)]), calls: some })
      const [compiled, interpreted] = [true, false].map((compile) => runAggregate(node, input, [...given, ...atEnd], { compile }))
      expect(folded(compiled!, node.schema)).toEqual(folded(interpreted!, node.schema))
      expect({ ...compiled!.meter, stateBytes: 0 }).toEqual({ ...interpreted!.meter, stateBytes: 0 })
    }), { numRuns: 12 })
  })
})

describe('partial and final', () => {
  it('give what complete gives, for any number of parts and either form', () => {
    const forms = fc.record({ compile: fc.boolean(), compileFinal: fc.boolean(), emit: emits })
    fc.assert(fc.property(queries, batches, fc.nat(3), forms, (query, given, more, { compile, compileFinal, emit }) => {
      const complete = aggregateNode(query)
      const expected = folded(runAggregate(complete, input, [...given, ...atEnd]), complete.schema)
      const partial = aggregateNode({ ...query, emit }, 'partial')
      const final = aggregateNode({ ...query, emit }, 'final')
      const states = Array.from({ length: more + 1 }, (_, part): Element[] => {
        const own = given.filter((_batch, i) => i % (more + 1) === part)
        const { elements } = runAggregate(partial, input, [...own, ...atEnd], { compile, batchRows: 2 })
        return elements.filter(({ kind }) => kind === 'batch')
      })
      const run = runAggregate(final, partial.schema, [...states.flat(), ...atEnd], { compile: compileFinal })
      expect(folded(run, final.schema)).toEqual(expected)
    }), { numRuns: fuzzRuns(300, 10_000) })
  })
})
