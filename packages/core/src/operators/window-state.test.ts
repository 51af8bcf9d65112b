import fc from 'fast-check'
import { expect, it } from 'vitest'
import { columnOf } from '../expressions/expression.js'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import type { AggregateNode } from '../plan/physical.js'
import type { SessionNode } from '../plan/physical-windows.js'
import { firstEndOf, lastEndOf, sliceMicrosOf, type WindowShape } from '../plan/window-shape.js'
import { BIGINT, DOUBLE, STRING, timestamp, type Schema, type Value } from '../types/data-type.js'
import { END } from '../types/element.js'
import { batchFromRows } from '../types/vector-builder.js'
import { aggregateCall, aggregateNode } from './aggregate/run-aggregate.test.data.js'
import { SlicedAggregateOperator } from './aggregate/sliced-aggregate.js'
import type { OperatorContext } from './operator.js'
import { restoredMidway, type Arriving } from './restored-midway.test.kit.js'
import { SessionAggregateOperator } from './session-aggregate.js'
import { SessionRowsOperator } from './session-rows.js'

const input: Schema = [
  { name: 's', type: STRING, nullable: true }, { name: 'n', type: BIGINT, nullable: true }, { name: 'ts', type: timestamp(3), nullable: true },
  { name: 'from', type: timestamp(3), nullable: true }, { name: 'watermark', type: DOUBLE, nullable: false },
]
const [s, n, ts, from] = input.map((field, i) => columnOf(i, field))
const calls = [
  aggregateCall('count', []), aggregateCall('sum', [n!]), aggregateCall('max', [s!]), aggregateCall('avg', [n!]), aggregateCall('count', [s!], { distinct: true }),
]
const results: Schema = calls.map((call, c) => ({ name: `a${c}`, type: call.type, nullable: true }))
const events = fc.array(
  fc.array(fc.tuple(fc.constantFrom(null, 'a', 'b', 'ä'), fc.constantFrom(null, 1n, -4n, 2n ** 60n), fc.option(fc.nat(9), { freq: 12 })), { minLength: 1, maxLength: 5 }),
  { minLength: 1, maxLength: 8 },
)

const ending: readonly Arriving[] = [{ element: { kind: 'watermark', micros: Infinity } }, { element: END }]

const shapes: Record<string, WindowShape> = {
  hop: { kind: 'hop', sizeMicros: 10, slideMicros: 2, offsetMicros: 0 },
  'hop of uneven steps': { kind: 'hop', sizeMicros: 10, slideMicros: 4, offsetMicros: 1 },
  cumulate: { kind: 'cumulate', sizeMicros: 12, slideMicros: 3, offsetMicros: 0 },
}

for (const [name, shape] of Object.entries(shapes)) {
  for (const compile of [true, false]) {
    it(`windows of slices go on from a snapshot as if there had been none: ${name}, ${compile ? 'compiled' : 'interpreted'}`, () => {
      const plain = aggregateNode({ input, keys: [s!, ts!, from!], calls, window: { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: null } })
      const node: AggregateNode = { ...plain, slices: { shape, from: true }, schema: [...plain.schema.slice(0, 2), ...results] }
      const size = sliceMicrosOf(shape)
      fc.assert(fc.property(events, fc.nat(), (batches, chance) => {
        const arriving = batches.flatMap((rows, b): Arriving[] => {
          const watermark = b * 3
          const values = rows.map(([key, value, ahead]): Value[] => {
            if (ahead === null) return [key, value, null, null, 0]
            const at = watermark + ahead - 4
            const end = Math.floor((at - shape.offsetMicros) / size) * size + shape.offsetMicros + size
            const first = firstEndOf(shape, at)
            const last = lastEndOf(shape, at)
            // As the operator in front has it: rows some of whose windows are over enter with the next one.
            if (last <= watermark) return [key, value, null, null, 0]
            let late = first
            while (late <= watermark) late += shape.slideMicros
            return [key, value, end, late === first ? null : late, 0]
          })
          return [{ element: batchFromRows(values, input) }, { element: { kind: 'watermark', micros: watermark } }]
        })
        const all = [...arriving, ...ending]
        const make = (context: OperatorContext): SlicedAggregateOperator => new SlicedAggregateOperator(node, input, context)
        const { undisturbed, restored } = restoredMidway({ make, inputs: [input], output: node.schema, arriving: all, settings: { compile } }, chance % (all.length + 1))
        expect(restored.sort()).toEqual(undisturbed.sort())
      }), { numRuns: fuzzRuns(80) })
    })
  }
}

const sessions = (emit: 'final' | 'changes', aggregated: boolean): SessionNode => ({
  id: 1, kind: 'session', inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' }, keys: [0], time: 2, gapMicros: 5, width: 3,
  judge: { watermarkColumn: 4, latenessMicros: 1, late: null }, calls: aggregated ? calls : null, emit, onError: { action: 'skip', sink: null },
  schema: [
    ...(aggregated ? [input[0]!] : input.slice(0, 3)), ...['window_start', 'window_end', ...(aggregated ? [] : ['window_time'])].map((bound) => ({ name: bound, type: timestamp(3), nullable: true })),
    ...(aggregated ? results : []),
  ],
})

for (const [name, node] of [['final', sessions('final', true)], ['changes', sessions('changes', true)], ['rows', sessions('final', false)]] as const) {
  it(`sessions go on from a snapshot as if there had been none: ${name}`, () => {
    fc.assert(fc.property(events, fc.nat(), (batches, chance) => {
      let watermark = 0
      const arriving = batches.flatMap((rows, b): Arriving[] => {
        const values = rows.map(([key, value, ahead]): Value[] => [key, value, ahead === null ? null : b * 4 + ahead, null, watermark])
        watermark = b * 4
        return [{ element: batchFromRows(values, input) }, { element: { kind: 'watermark', micros: watermark } }]
      })
      const all = [...arriving, ...ending]
      const make = (context: OperatorContext) => (node.calls === null
        ? new SessionRowsOperator(node, input, null, context)
        : new SessionAggregateOperator(node, node.calls, input, null, context))
      const { undisturbed, restored } = restoredMidway({ make, inputs: [input], output: node.schema, arriving: all }, chance % (all.length + 1))
      expect(restored.sort()).toEqual(undisturbed.sort())
    }), { numRuns: fuzzRuns(80) })
  })
}
