import { bench, describe } from 'vitest'
import { batchOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import * as T from '../types/data-type.js'
import type { Schema } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { callOf, castOf, fixedContext } from './arbitrary.test.kit.js'
import { CalcKernel } from './calc-kernel.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'

/** One run is a batch of this many trades; the names say what a row costs is divided among. */
const ROWS = 4096

const schema: Schema = [
  { name: 'symbol', type: T.STRING, nullable: false },
  { name: 'price', type: T.DOUBLE, nullable: false },
  { name: 'quantity', type: T.BIGINT, nullable: true },
  { name: 'amount', type: T.decimal(12, 2), nullable: false },
  { name: 'ts', type: T.timestamp(3), nullable: false },
]
const [symbol, price, quantity, amount, ts] = schema.map((field, index) => columnOf(index, field)) as [Expression, Expression, Expression, Expression, Expression]

const trades = tradesBatch()

function tradesBatch(): Batch {
  const dictionary = new Dictionary()
  const names = Array.from({ length: 500 }, (_, k) => dictionary.codeOfText(`SYM${k}`))
  const index = Array.from({ length: ROWS }, (_, i) => (i * 7919) % 500)
  const columns: Vector[] = [
    { kind: 'dict', codes: Int32Array.from(index, (k) => names[k]!), dictionary, nulls: null },
    { kind: 'f64', values: Float64Array.from(index, (k) => 60 + k / 5), nulls: null },
    { kind: 'exact', values: Float64Array.from(index, (k) => k * 3), wide: null, nulls: Uint8Array.from(index, (k) => Number(k % 50 === 0)) },
    { kind: 'exact', values: Float64Array.from(index, (k) => k * 1234), wide: null, nulls: null },
    { kind: 'f64', values: Float64Array.from(index, (k) => 1.7e15 + k * 1e6), nulls: null },
  ]
  return batchOf(columns, ROWS)
}

const expensive = callOf('>', price, literalOf(110, T.DOUBLE))!
const cases: readonly (readonly [name: string, filter: Expression | null, project: readonly Expression[]])[] = [
  ['filter on a double, pass 3 columns', expensive, [symbol, price, quantity]],
  ['filter that all rows pass', callOf('>', price, literalOf(0, T.DOUBLE))!, [symbol, price, quantity]],
  ['bigint product and sum, with NULLs', null, [callOf('+', callOf('*', quantity, literalOf(3n, T.BIGINT))!, quantity)!]],
  ['decimal product', null, [callOf('*', amount, castOf(literalOf(3, T.INT), T.decimal(10, 0)))!]],
  ['string equality on a dictionary', callOf('=', symbol, literalOf('SYM7', T.STRING))!, [price]],
  ['lower(symbol) on a dictionary', null, [callOf('lower', symbol) ?? symbol]],
  ['case on two conditions', null, [{ kind: 'case', branches: [{ when: expensive, then: literalOf(2, T.INT) }, { when: callOf('>', quantity, literalOf(9n, T.BIGINT))!, then: literalOf(1, T.INT) }], otherwise: literalOf(0, T.INT), type: T.INT, nullable: false }]],
  ['hour of a timestamp', null, [callOf('extract', literalOf('hour', T.STRING), ts) ?? ts]],
]

for (const [name, filter, project] of cases) {
  describe(`${name} (${ROWS} rows)`, () => {
    const types = project.map((e) => e.type)
    const compiled = new CalcKernel(filter, project, schema, types, fixedContext)
    const interpreted = new InterpretedCalc(filter, project, schema, types, fixedContext)
    bench('generated', () => void compiled.run(trades), { time: 200, warmupTime: 100 })
    bench('interpreted', () => void interpreted.run(trades), { time: 100, warmupTime: 50 })
  })
}
