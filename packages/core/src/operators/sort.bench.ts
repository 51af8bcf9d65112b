import { bench, describe } from 'vitest'
import type { SortNode } from '../plan/physical.js'
import { batchOf, type Batch } from '../types/batch.js'
import { BIGINT, DOUBLE, STRING, type Schema } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { newMeter, type OperatorContext } from './operator.js'
import { SortOperator } from './sort.js'

/** Rows of one batch; each run takes BATCHES of them. Rows a second = 1 / mean × ROWS × BATCHES. */
const ROWS = 4096
const BATCHES = 64

const schema: Schema = [
  { name: 'price', type: DOUBLE, nullable: false }, { name: 'id', type: BIGINT, nullable: false },
  { name: 'symbol', type: STRING, nullable: false },
]
const dictionary = new Dictionary()
for (let s = 0; s < 500; s++) dictionary.codeOfText(`SYM${s}`)
const at = (b: number, i: number, prime: number): number => ((b * ROWS + i) * prime) % 1_000_003
const batches: Batch[] = Array.from({ length: BATCHES }, (_, b) => batchOf([
  { kind: 'f64', values: Float64Array.from({ length: ROWS }, (_value, i) => at(b, i, 7919) / 7), nulls: null },
  { kind: 'exact', values: Float64Array.from({ length: ROWS }, (_value, i) => at(b, i, 104_729)), wide: null, nulls: null },
  { kind: 'dict', codes: Int32Array.from({ length: ROWS }, (_value, i) => at(b, i, 31) % 500), dictionary, nulls: null },
], ROWS))

function run(column: number, limit: number): () => void {
  const node: SortNode = {
    id: 0, inputs: [], runsOn: 'all', distribution: { kind: 'local', reason: '' }, kind: 'sort', schema,
    keys: [{ column, descending: true, nullsFirst: false }], limit, offset: 0,
  }
  const context: OperatorContext = {
    output: { push: () => {} }, settings: { compile: true, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
  const operator = new SortOperator(node, schema, context)
  return () => { for (const batch of batches) operator.push(batch) }
}

describe(`first rows of ${ROWS * BATCHES}`, () => {
  bench('10 by DOUBLE', run(0, 10), { time: 500 })
  bench('10 by BIGINT', run(1, 10), { time: 500 })
  bench('1000 by BIGINT', run(1, 1000), { time: 500 })
  bench('10 by dict, 500 values', run(2, 10), { time: 500 })
})
