import { bench, describe } from 'vitest'
import { literalOf, type Expression } from '../../expressions/expression.js'
import { batchOf, type Batch, type DictVector, type ExactVector, type Utf8Vector } from '../../types/batch.js'
import { BIGINT, decimal, DOUBLE, STRING, type Schema } from '../../types/data-type.js'
import { Dictionary } from '../../types/dictionary.js'
import { newMeter, type OperatorContext } from '../operator.js'
import { AggregateOperator } from './aggregate-operator.js'
import { aggregateCall, aggregateNode, call, columnNamed, type AggregateDescription } from './run-aggregate.test.data.js'

/** Rows of one batch; each run takes BATCHES of them. Rows a second = 1 / mean × ROWS × BATCHES. */
const ROWS = 4096
const BATCHES = 64

const trades: Schema = [
  { name: 'symbol', type: STRING, nullable: false }, { name: 'price', type: decimal(12, 2), nullable: false },
  { name: 'quantity', type: BIGINT, nullable: false }, { name: 'weight', type: DOUBLE, nullable: false },
  { name: 'account', type: BIGINT, nullable: false }, { name: 'name', type: STRING, nullable: false },
]
const [symbol, price, quantity, weight, account, name] = trades.map((field) => columnNamed(trades, field.name)) as [
  Expression, Expression, Expression, Expression, Expression, Expression,
]

const dictionary = new Dictionary()
for (let s = 0; s < 500; s++) dictionary.codeOfText(`SYM${s}`)

const batches: Batch[] = Array.from({ length: BATCHES }, (_, b) => {
  const at = (i: number, prime: number): number => ((b * ROWS + i) * prime) % 1_000_003
  const numbers = (f: (i: number) => number): Float64Array => Float64Array.from({ length: ROWS }, (_value, i) => f(i))
  const exact = (f: (i: number) => number): ExactVector => ({ kind: 'exact', values: numbers(f), wide: null, nulls: null })
  const codes = Int32Array.from({ length: ROWS }, (_value, i) => at(i, 7919) % 500)
  const symbols: DictVector = { kind: 'dict', codes, dictionary, nulls: null }
  const names = Array.from({ length: ROWS }, (_value, i) => Buffer.from(`customer ${at(i, 104_729) % 5000}`))
  const starts = new Int32Array(ROWS)
  const ends = new Int32Array(ROWS)
  names.forEach((text, i) => ends[i] = (starts[i] = i === 0 ? 0 : ends[i - 1]!) + text.length)
  const utf8: Utf8Vector = { kind: 'utf8', bytes: Buffer.concat(names), starts, ends, nulls: null }
  return batchOf([
    symbols, exact((i) => at(i, 31) % 20_000), exact((i) => at(i, 17) % 1000),
    { kind: 'f64', values: numbers((i) => at(i, 13) / 7), nulls: null }, exact((i) => at(i, 15_485_863)), utf8,
  ], ROWS)
})

function run(description: Omit<AggregateDescription, 'input'>, compile = true): () => void {
  const node = aggregateNode({ input: trades, ...description })
  const context: OperatorContext = {
    output: { push: () => {} }, settings: { compile, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
  const operator = new AggregateOperator(node, trades, context)
  return () => { for (const batch of batches) operator.push(batch) }
}

const expensive = call('>', [price, literalOf(11_000n, decimal(12, 2))])
const options = { time: 700, warmupTime: 300 }
const count = aggregateCall('count', [])
const sum = aggregateCall('sum', [quantity])
const average = aggregateCall('avg', [price])
const weights = ['sum', 'min', 'max'].map((of) => aggregateCall(of, [weight]))

describe(`${ROWS * BATCHES} rows`, () => {
  bench('count by dict', run({ keys: [symbol], calls: [count] }), options)
  bench('filter, count, sum, avg by dict', run({ keys: [symbol], filter: expensive, calls: [count, sum, average] }), options)
  bench('sum, min, max of DOUBLE by dict', run({ keys: [symbol], calls: weights }), options)
  bench('sum without keys', run({ calls: [sum] }), options)
  bench('count by BIGINT, 200 k groups', run({ keys: [account], calls: [count] }), options)
  bench('count by utf8, 5 k groups', run({ keys: [name], calls: [count] }), options)
  bench('count by dict and BIGINT', run({ keys: [symbol, quantity], calls: [count] }), options)
  bench('count(distinct utf8) by dict', run({ keys: [symbol], calls: [aggregateCall('count', [name], { distinct: true })] }), options)
  bench('interpreted: count, sum by dict', run({ keys: [symbol], calls: [count, sum] }, false), { time: 500, warmupIterations: 1 })
})
