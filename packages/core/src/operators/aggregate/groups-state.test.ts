import fc from 'fast-check'
import { expect, it } from 'vitest'
import { columnOf } from '../../expressions/expression.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import { BIGINT, BOOLEAN, decimal, DOUBLE, INT, STRING, timestamp } from '../../types/data-type.js'
import type { Schema, Value } from '../../types/data-type.js'
import { END } from '../../types/element.js'
import { batchFromRows } from '../../types/vector-builder.js'
import { IN_MEMORY } from '../../pipeline-snapshot.js'
import { StateChains } from '../../state-chains.js'
import { eachStoredBatch } from '../../stored-rows.js'
import { rowValues } from '../../types/vector-access.js'
import { newMeter, type OperatorContext } from '../operator.js'
import { restoredMidway } from '../restored-midway.test.kit.js'
import type { Arriving } from '../restored-midway.test.kit.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, rowText } from './run-aggregate.test.data.js'
import type { AggregateDescription } from './run-aggregate.test.data.js'

const input: Schema = [
  { name: 's', type: STRING, nullable: true }, { name: 'i', type: INT, nullable: true }, { name: 'n', type: BIGINT, nullable: true },
  { name: 'd', type: DOUBLE, nullable: true }, { name: 'm', type: decimal(10, 2), nullable: true }, { name: 'ok', type: BOOLEAN, nullable: true },
  { name: 'end', type: timestamp(3), nullable: false }, { name: 'ordinal', type: DOUBLE, nullable: false },
]
const column = (name: string) => {
  const index = input.findIndex((field) => field.name === name)
  return columnOf(index, input[index]!)
}
const [s, i, n, d, m, ok, end, ordinal] = input.map(({ name }) => column(name))

const calls = [
  aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('avg', [d!]), aggregateCall('min', [i!]), aggregateCall('max', [s!]),
  aggregateCall('sum', [m!]), aggregateCall('count', [s!], { distinct: true }), aggregateCall('sum', [n!], { distinct: true }),
  aggregateCall('bool_or', [ok!]), aggregateCall('stddev_pop', [d!]), aggregateCall('count', [n!], { filter: ok! }),
]
const ordered = ['first_value', 'last_value', 'array_agg'].map((name) => {
  const call = aggregateCall(name, [n!])
  return { ...call, args: [...call.args, ordinal!] }
})
const sorted = { ...aggregateCall('string_agg', [s!]), orderBy: [{ key: n!, descending: true, nullsFirst: false }] }
const sortedCall = { ...sorted, args: [...sorted.args, ordinal!] }

const row = fc.tuple(
  fc.constantFrom<Value>(null, 'a', 'b', 'äöü'), fc.constantFrom<Value>(null, 1, 2, 3), fc.constantFrom<Value>(null, 5n, -7n, 2n ** 62n, 3n),
  fc.constantFrom<Value>(null, 0.1, 0.2, -1e16, 1e16), fc.constantFrom<Value>(null, 125n, 350n), fc.constantFrom<Value>(null, true, false),
)
const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })

/** Rows in batches; every window of ten is followed by a watermark that closes some. */
function arrivingOf(rows: readonly (readonly (readonly Value[])[])[], windowed: boolean): Arriving[] {
  let ordinalSoFar = 0
  const all = rows.flatMap((part, b): Arriving[] => {
    const values = part.map((values, r) => [...values, (b + (r % 3)) * 1_000, ordinalSoFar++])
    const batch: Arriving = { element: batchFromRows(values, input) }
    return windowed ? [batch, { element: { kind: 'watermark', micros: (b - 1) * 1_000 } }] : [batch]
  })
  return [...all, { element: { kind: 'watermark', micros: Infinity } }, { element: END }]
}

const descriptions: Record<string, AggregateDescription> = {
  'keyed': { input, keys: [s!, i!], calls: [...calls, ...ordered, sortedCall] },
  'without keys': { input, calls: [...calls, ...ordered] },
  'distinct rows': { input, keys: [s!, d!] },
  'windows': { input, keys: [s!, end!], calls, window: { endKey: 1, allowedLatenessMicros: 500, watermarkColumn: null } },
  'changes': { input, keys: [s!], calls, emit: 'changes' },
  'changes without keys': { input, calls, emit: 'changes' },
}

for (const [name, description] of Object.entries(descriptions)) {
  for (const compile of [true, false]) {
    it(`goes on from a snapshot as if there had been none: ${name}, ${compile ? 'compiled' : 'interpreted'}`, () => {
      const node = aggregateNode(description)
      fc.assert(fc.property(batches, fc.nat(), (rows, chance) => {
        const arriving = arrivingOf(rows, description.window !== undefined)
        const at = chance % (arriving.length + 1)
        const options = { make: (context: OperatorContext) => new AggregateOperator(node, input, context), inputs: [input], output: node.schema, arriving, settings: { compile } }
        const { undisturbed, restored } = restoredMidway(options, at)
        expect(restored).toEqual(undisturbed)
      }), { numRuns: fuzzRuns(60, 120) })
    })
  }
}

for (const retracting of [false, true]) {
  for (const compile of [true, false]) {
    it(`forgets groups in time${retracting ? ' that take rows back' : ''}, ${compile ? 'compiled' : 'interpreted'}`, () => {
      const some = [aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('max', [s!])]
      const node = aggregateNode({ input, keys: [s!, i!], calls: some, emit: 'changes', retracting })
      fc.assert(fc.property(batches, fc.nat(), (rows, chance) => {
        const arriving = arrivingOf(rows, false)
        const { undisturbed, restored } = restoredMidway({
          make: (context) => new AggregateOperator(node, input, context), inputs: [input], output: node.schema, arriving,
          settings: { compile, stateTtlMs: 16 }, microsPerElement: 6_000,
        }, chance % (arriving.length + 1))
        expect(restored).toEqual(undisturbed)
      }), { numRuns: fuzzRuns(30, 120) })
    })
  }
}

it('stores the same of compiled as of interpreted aggregates, whatever comes between', () => {
  const some = [aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('max', [i!]), aggregateCall('sum', [m!])]
  const node = aggregateNode({ input, keys: [s!], calls: some, emit: 'changes' })
  fc.assert(fc.property(batches, batches, fc.array(fc.nat(2), { minLength: 1 }), (before, after, pieces) => {
    const [compiled, interpreted] = [true, false].map((compile) => {
      const operator = new AggregateOperator(node, input, contextOf(compile))
      const chains = new StateChains(1, operator.state!)
      for (const part of [before, after]) {
        while (!chains.advance());
        chains.begin(1, IN_MEMORY)
        arrivingOf(part, false).filter(({ element }) => element.kind === 'batch').forEach(({ element }, b) => {
          operator.push(element)
          chains.advance(pieces[b % pieces.length])
        })
      }
      while (!chains.advance());
      const { schema } = operator.state!.tables[0]!
      const rows: string[] = []
      eachStoredBatch(chains.stored().tables[0]!.parts, schema, (batch) => {
        for (let r = 0; r < batch.length; r++) rows.push(rowText(rowValues(batch, schema, r), schema))
      })
      return rows
    })
    expect(compiled).toEqual(interpreted)
  }), { numRuns: fuzzRuns(60, 500) })
})

function contextOf(compile: boolean): OperatorContext {
  return {
    output: { push: () => {} }, settings: { compile, batchRows: 8, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: () => {}, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
}

it('takes rows back that came before the snapshot', () => {
  const retractable = [aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('count', [s!], { distinct: true })]
  const node = aggregateNode({ input, keys: [i!], calls: retractable, emit: 'changes', retracting: true })
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(), (rows, chance) => {
    const whole = rows.map((values, r) => [...values, 0, r])
    const add = whole.map((values): Arriving => ({ element: batchFromRows([values], input) }))
    const back = whole.map((values): Arriving => ({ element: batchFromRows([values], input, Uint8Array.of(3)) }))
    const arriving = [...add, ...back, { element: { kind: 'watermark', micros: Infinity } as const }, { element: END }]
    const { undisturbed, restored } = restoredMidway(
      { make: (context) => new AggregateOperator(node, input, context), inputs: [input], output: node.schema, arriving }, chance % arriving.length,
    )
    expect(restored).toEqual(undisturbed)
  }), { numRuns: fuzzRuns(60, 120) })
})
