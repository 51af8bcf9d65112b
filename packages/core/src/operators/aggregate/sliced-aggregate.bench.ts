import { bench, describe } from 'vitest'
import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import type { AggregateNode } from '../../plan/physical.js'
import { sliceMicrosOf, type WindowShape } from '../../plan/window-shape.js'
import { batchOf, type Batch } from '../../types/batch.js'
import { BIGINT, INTERVAL_SECOND, timestamp, type Schema } from '../../types/data-type.js'
import { newMeter, type OperatorContext } from '../operator.js'
import { aggregateCall, aggregateNode } from './run-aggregate.test.data.js'
import { SlicedAggregateOperator } from './sliced-aggregate.js'

/**
 * What a row costs in windows that overlap, with a watermark after every batch. A run takes ROWS × BATCHES rows, and goes on where the
 * last one was. The bar: 1 h by 1 s costs at most 1.5 times what 1 h by 30 min does.
 */
const ROWS = 4_096
const BATCHES = 250
const SECOND = 1_000_000

const bids: Schema = [
  { name: 'key', type: BIGINT, nullable: false }, { name: 'price', type: BIGINT, nullable: false }, { name: 'ts', type: timestamp(3), nullable: false },
]
const [key, price, ts] = bids.map((field, i) => columnOf(i, field)) as [Expression, Expression, Expression]
const interval = (micros: number): Expression => literalOf(micros, INTERVAL_SECOND)

function endOfSlice(micros: number): Expression {
  const start: Expression = { kind: 'call', name: 'window_start_of', args: [ts, interval(micros)], type: ts.type, nullable: false }
  return { kind: 'call', name: '+', args: [start, interval(micros)], type: ts.type, nullable: false }
}

/** @param keyCount different keys @param rowsPerSecond of event time */
function run(shape: WindowShape, keyCount: number, rowsPerSecond: number): () => void {
  const calls = [aggregateCall('count', []), ...(keyCount < 100 ? [aggregateCall('sum', [price]), aggregateCall('max', [price])] : [])]
  const plain = aggregateNode({ input: bids, keys: [key, endOfSlice(sliceMicrosOf(shape))], calls, window: { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: null } })
  const node: AggregateNode = { ...plain, slices: { shape, from: false } }
  const context: OperatorContext = {
    output: { push: () => {} }, settings: { compile: true, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
  const operator = new SlicedAggregateOperator(node, bids, context)
  const keys = new Float64Array(ROWS)
  const prices = new Float64Array(ROWS)
  const times = new Float64Array(ROWS)
  let row = 0
  const next = (): Batch => {
    for (let i = 0; i < ROWS; i++, row++) {
      keys[i] = (row * 7919) % keyCount
      prices[i] = (row * 31) % 1_000
      times[i] = Math.floor((row / rowsPerSecond) * SECOND)
    }
    return batchOf([
      { kind: 'exact', values: keys, wide: null, nulls: null }, { kind: 'exact', values: prices, wide: null, nulls: null }, { kind: 'f64', values: times, nulls: null },
    ], ROWS)
  }
  return () => {
    for (let b = 0; b < BATCHES; b++) {
      operator.push(next())
      operator.push({ kind: 'watermark', micros: times[ROWS - 1]! - SECOND })
    }
  }
}

const hop = (sizeSeconds: number, slideSeconds: number): WindowShape => (
  { kind: 'hop', sizeMicros: sizeSeconds * SECOND, slideMicros: slideSeconds * SECOND, offsetMicros: 0 })
const options = { time: 2_500, warmupTime: 300 }

describe(`${ROWS * BATCHES} rows`, () => {
  bench('count, sum, max of 8 keys, 1 h by 30 min, 1,000 rows a second', run(hop(3_600, 1_800), 8, 1_000), options)
  bench('count, sum, max of 8 keys, 1 h by 1 s, 1,000 rows a second', run(hop(3_600, 1), 8, 1_000), options)
  bench('count of 30,000 keys, 10 s by 2 s, 10,000 rows a second (Nexmark q5)', run(hop(10, 2), 30_000, 10_000), options)
  bench('count of 30,000 keys, 10 s by 2 s, 100,000 rows a second', run(hop(10, 2), 30_000, 100_000), options)
})
