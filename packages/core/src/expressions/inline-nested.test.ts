import { describe, expect, test } from 'vitest'
import { BIGINT, BOOLEAN, DOUBLE, INT, row, STRING, type DataType, type Schema, type Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { CalcKernel } from './calc-kernel.js'
import { columnOf, literalOf, type Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'

const SPOT = row([{ name: 'x', type: INT }, { name: 'y', type: DOUBLE }])
const HOME = row([{ name: 'city', type: STRING }, { name: 'spot', type: SPOT }, { name: 'n', type: BIGINT }, { name: 'ok', type: BOOLEAN }])
const schema: Schema = [{ name: 'home', type: HOME, nullable: true }]
const context = { nowMicros: () => 0, random: () => 0, timeZone: 'UTC' }

const field = (of: Expression, index: number, type: DataType): Expression => (
  { kind: 'call', name: 'field', args: [of, literalOf(index, INT)], type, nullable: true })
const home = columnOf(0, schema[0]!)
const spot = field(home, 1, SPOT)
const project = [
  field(home, 0, STRING), spot, field(spot, 0, INT), field(spot, 1, DOUBLE), field(home, 2, BIGINT), field(home, 3, BOOLEAN),
  { kind: 'call', name: '+', args: [field(home, 2, BIGINT), literalOf(1n, BIGINT)], type: BIGINT, nullable: true } as const,
]
const filter: Expression = { kind: 'call', name: 'or', args: [
  field(home, 3, BOOLEAN), { kind: 'call', name: 'is null', args: [field(spot, 0, INT)], type: BOOLEAN, nullable: false },
], type: BOOLEAN, nullable: true }

const homes: readonly Value[] = [
  ['Oslo', [1, 0.5], 5n, true], null, [null, null, null, null], ['Rome', [null, 2.5], -7n, false], ['', [3, null], 9007199254740993n, true],
  ['Bari', [4, -0], -(2n ** 63n), null], ['Kiel', [-5, 1e300], 0n, false],
]

describe('fields of ROWs', () => {
  const types = project.map((e) => e.type)
  test.each([['all rows', null], ['filtered rows', filter]] as const)('compiled and interpreted agree over %s', (_, condition) => {
    for (const rows of [homes, homes.filter((value) => value !== null), homes.slice(0, 4)]) {
      const batch = batchFromRows(rows.map((value) => [value]), schema)
      const [compiled, interpreted] = [CalcKernel, InterpretedCalc].map((Calc) => (
        new Calc(condition, project, schema, types, context).run(batch)!))
      const out = types.map((type, i) => ({ name: `c${i}`, type, nullable: true }))
      expect(batchToRows(compiled!, out)).toEqual(batchToRows(interpreted!, out))
    }
  })
})
