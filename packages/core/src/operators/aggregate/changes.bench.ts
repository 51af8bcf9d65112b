import { bench, describe } from 'vitest'
import type { Expression } from '../../expressions/expression.js'
import { batchOf, UPDATE_AFTER, UPDATE_BEFORE, type Batch, type DictVector, type ExactVector } from '../../types/batch.js'
import { BIGINT, STRING, type Schema } from '../../types/data-type.js'
import { Dictionary } from '../../types/dictionary.js'
import { newMeter, type OperatorContext } from '../operator.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, columnNamed } from './run-aggregate.test.data.js'

/** Rows of one batch; each run takes BATCHES of them. Rows a second = 1 / mean × ROWS × BATCHES. */
const ROWS = 4096
const BATCHES = 32

const input: Schema = [
  { name: 'symbol', type: STRING, nullable: false }, { name: 'account', type: BIGINT, nullable: false },
  { name: 'quantity', type: BIGINT, nullable: false },
]
const [symbol, account, quantity] = input.map((field) => columnNamed(input, field.name)) as [Expression, Expression, Expression]

const dictionary = new Dictionary()
for (let s = 0; s < 500; s++) dictionary.codeOfText(`SYM${s}`)

/** Added rows, or as many that alternately take back an earlier one and replace it. */
function batchesOf(changing: boolean): Batch[] {
  return Array.from({ length: BATCHES }, (_, b) => {
    const at = (i: number, prime: number): number => ((b * ROWS + i - (changing ? i % 2 : 0)) * prime) % 1_000_003
    const exact = (f: (i: number) => number): ExactVector => ({ kind: 'exact', values: Float64Array.from({ length: ROWS }, (_v, i) => f(i)), wide: null, nulls: null })
    const symbols: DictVector = { kind: 'dict', codes: Int32Array.from({ length: ROWS }, (_v, i) => at(i, 7919) % 500), dictionary, nulls: null }
    const kinds = changing ? Uint8Array.from({ length: ROWS }, (_v, i) => (i % 2 === 0 ? UPDATE_BEFORE : UPDATE_AFTER)) : null
    return batchOf([symbols, exact((i) => at(i, 15_485_863) % 100_000), exact((i) => (at(i, 17) + (i % 2)) % 1000)], ROWS, kinds)
  })
}

const added = batchesOf(false)
const changed = batchesOf(true)

function run(keys: readonly Expression[], retracting: boolean): () => void {
  const calls = [aggregateCall('count', []), aggregateCall('sum', [quantity])]
  const node = aggregateNode({ input, keys, calls, emit: 'changes', retracting })
  const context: OperatorContext = {
    output: { push: () => {} }, settings: { compile: true, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
  const operator = new AggregateOperator(node, input, context)
  // So many rows that taking some back leaves every group.
  for (let n = 0; n < 2; n++) for (const batch of added) operator.push(batch)
  return () => { for (const batch of retracting ? changed : added) operator.push(batch) }
}

const options = { time: 700, warmupTime: 300 }

describe(`changes of count(*), sum(quantity), ${ROWS * BATCHES} rows in batches of ${ROWS}`, () => {
  bench('added rows, 500 groups', run([symbol], false), options)
  bench('added rows, 100 k groups', run([account], false), options)
  bench('changing rows, 500 groups', run([symbol], true), options)
  bench('changing rows, 100 k groups', run([account], true), options)
})
