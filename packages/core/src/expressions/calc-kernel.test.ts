import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KERNEL_VARIANTS_MAX } from '../limits.js'
import { batchOf } from '../types/batch.js'
import type { Batch } from '../types/batch.js'
import * as T from '../types/data-type.js'
import type { DataType, Schema, Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { arbitraryRows, callOf, Draw, expressionOf, fixedContext, styledBatch, testSchema } from './arbitrary.test.kit.js'
import type { Calc } from './calc.js'
import { CalcKernel } from './calc-kernel.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'

interface Outcome {
  rows: Value[][]
  errors: string[]
  filtered: number
  failed: number
}

function outcomeOf(Implementation: typeof CalcKernel | typeof InterpretedCalc, filter: Expression | null, project: readonly Expression[], batches: readonly Batch[]): Outcome[] {
  const types: DataType[] = project.map((e) => e.type)
  const schema = types.map((type, k) => ({ name: `c${k}`, type, nullable: true }))
  let errors: string[] = []
  const calc: Calc = new Implementation(filter, project, testSchema, types, fixedContext, (error, _batch, row) => errors.push(`${row} ${error.code}`))
  return batches.map((batch) => {
    errors = []
    const result = calc.run(batch)
    return { rows: result === null ? [] : batchToRows(result, schema), errors, filtered: calc.rowsFiltered, failed: calc.rowsFailed }
  })
}

const resultTypes = testSchema.map((field) => field.type)

test('the generated code agrees with the interpreter on every row and every error', () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 4 }), fc.array(arbitraryRows, { minLength: 1, maxLength: 3 }), (seed, depth, inputs) => {
    const draw = new Draw(seed)
    const filter = draw.oneIn(2) ? expressionOf(draw, T.BOOLEAN, depth) : null
    const project = Array.from({ length: 1 + draw.below(3) }, () => expressionOf(draw, draw.pick(resultTypes), depth))
    const batches = inputs.map(({ rows, styles }) => styledBatch(rows, styles))
    const compiled = outcomeOf(CalcKernel, filter, project, batches)
    expect(compiled).toEqual(outcomeOf(InterpretedCalc, filter, project, batches))
    compiled.forEach(({ rows, filtered, failed }, k) => expect(rows.length + filtered + failed).toBe(batches[k]!.length))
  }), { numRuns: 600 })
})

test('columns that are passed on keep their representation', () => {
  const columns = testSchema.map((field, index) => columnOf(index, field))
  fc.assert(fc.property(arbitraryRows, ({ rows, styles }) => {
    const batch = styledBatch(rows, styles)
    const kernel = new CalcKernel(columns[0]!, columns, testSchema, resultTypes, fixedContext)
    const result = kernel.run(batch)
    const expected = rows.filter((row) => row[0] === true)
    expect(result === null ? [] : batchToRows(result, testSchema)).toEqual(expected)
    result?.columns.forEach((vector, c) => expect(vector.kind).toBe(batch.columns[c]!.kind))
  }))
})

const schema: Schema = [{ name: 'a', type: T.BIGINT, nullable: true }, { name: 'b', type: T.BIGINT, nullable: true }, { name: 's', type: T.STRING, nullable: true }]
const [a, b, s] = schema.map((field, index) => columnOf(index, field)) as [Expression, Expression, Expression]
const product = callOf('*', a, b)!

function calculate(calc: Calc, batch: Batch, types: readonly DataType[]): Value[][] {
  const result = calc.run(batch)
  return result === null ? [] : batchToRows(result, types.map((type, k) => ({ name: `c${k}`, type, nullable: true })))
}

describe('numbers that leave the safe integers', () => {
  test('are computed wide from their row on, and keep what came before', () => {
    const kernel = new CalcKernel(null, [product, a], schema, [T.BIGINT, T.BIGINT], fixedContext)
    const rows: Value[][] = [[2n, 3n, 'x'], [null, 3n, 'x'], [2n ** 40n, 2n ** 20n, 'x'], [5n, 7n, 'x']]
    const batch = batchFromRows(rows, schema)
    expect(calculate(kernel, batch, [T.BIGINT, T.BIGINT])).toEqual([[6n, 2n], [null, null], [2n ** 60n, 2n ** 40n], [35n, 5n]])
    expect(kernel.run(batch)!.columns[0]).toMatchObject({ kind: 'exact', wide: expect.any(Array) })
    expect(kernel.run(batchFromRows(rows.slice(3), schema))!.columns[0]).toMatchObject({ wide: null })
  })

  test('come out narrow where the result is', () => {
    const kernel = new CalcKernel(null, [callOf('/', product, b)!], schema, [T.BIGINT], fixedContext)
    const result = kernel.run(batchFromRows([[2n ** 40n, 2n ** 20n, 'x']], schema))!
    expect(result.columns[0]).toMatchObject({ kind: 'exact', wide: null })
    expect(batchToRows(result, schema.slice(0, 1))).toEqual([[2n ** 40n]])
  })

  test('beyond their type are errors of their row', () => {
    const errors: string[] = []
    const kernel = new CalcKernel(null, [product], schema, [T.BIGINT], fixedContext, (error, _batch, row) => errors.push(`${row} ${error.code}`))
    expect(calculate(kernel, batchFromRows([[1n, 1n, 'x'], [2n ** 40n, 2n ** 40n, 'x'], [3n, 4n, 'x']], schema), [T.BIGINT])).toEqual([[1n], [12n]])
    expect(errors).toEqual(['1 NUMERIC_OVERFLOW'])
    expect(kernel.rowsFailed).toBe(1)
  })
})

describe('what a result keeps', () => {
  const large = callOf('>', a, literalOf(1n, T.BIGINT))!

  test('columns passed on are shared with the input where every row passes', () => {
    const kernel = new CalcKernel(large, [s, a], schema, [T.STRING, T.BIGINT], fixedContext)
    const batch = batchFromRows([[2n, 1n, 'x'], [3n, 1n, 'y']], schema)
    expect(kernel.run(batch)!.columns).toEqual([batch.columns[2], batch.columns[0]])
    expect(kernel.run(batch)!.columns[0]).toBe(batch.columns[2])
  })

  test('row kinds and origin follow the rows', () => {
    for (const Implementation of [CalcKernel, InterpretedCalc]) {
      const rows = batchFromRows([[1n, 1n, 'x'], [2n, 1n, 'y'], [0n, 1n, 'z'], [3n, 1n, 'w']], schema, Uint8Array.of(0, 1, 2, 3))
      const origin = { table: 't', splitId: 'p0', recordBytes: () => null, recordPosition: (row: number) => 100 + row }
      const result = new Implementation(large, [s], schema, [T.STRING], fixedContext).run(batchOf(rows.columns, 4, rows.rowKinds, origin))!
      expect(Array.from(result.rowKinds!.subarray(0, result.length))).toEqual([1, 3])
      expect([0, 1].map((row) => result.origin!.recordPosition(row))).toEqual([101, 103])
      expect(result.origin).toMatchObject({ table: 't', splitId: 'p0' })
    }
  })
})

test('an error stops at once where nobody handles it, and the next batch is none the worse', () => {
  const kernel = new CalcKernel(null, [callOf('/', a, b)!], schema, [T.BIGINT], fixedContext)
  expect(() => kernel.run(batchFromRows([[6n, 2n, 'x'], [1n, 0n, 'x']], schema))).toThrow(expect.objectContaining({ code: 'DIVISION_BY_ZERO' }))
  expect(calculate(kernel, batchFromRows([[6n, 2n, 'x']], schema), [T.BIGINT])).toEqual([[3n]])
})

test('more shapes than there may be variants are served all the same', () => {
  const fields: Schema = Array.from({ length: 5 }, (_, c) => ({ name: `c${c}`, type: T.BIGINT, nullable: true }))
  const sum = fields.map((field, index): Expression => columnOf(index, field)).reduce((x, y) => callOf('+', x, y)!)
  const kernel = new CalcKernel(null, [sum], fields, [T.BIGINT], fixedContext)
  expect(2 ** 5).toBeGreaterThan(KERNEL_VARIANTS_MAX)
  for (let shape = 0; shape < 2 ** 5; shape++) {
    const row = fields.map((_, c) => ((shape >> c) & 1 ? 2n ** 60n : 1n))
    expect(calculate(kernel, batchFromRows([row], fields), [T.BIGINT])).toEqual([[row.reduce((x, y) => x + y)]])
  }
})
