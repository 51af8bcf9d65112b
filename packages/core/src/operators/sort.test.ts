import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LimitNode, SortNode, UnionNode, ValuesNode } from '../plan/physical.js'
import { literalOf } from '../expressions/expression.js'
import { arbitraryRows, arbitrarySchema, batchInForms } from '../types/arbitrary-batch.test.data.js'
import { copyBatch } from '../types/copy-batch.js'
import { BIGINT, DOUBLE, INT, STRING, type Schema, type Value } from '../types/data-type.js'
import { END, type Element } from '../types/element.js'
import { compareValues } from '../types/value.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { LimitOperator } from './limit.js'
import { newMeter, type OperatorContext } from './operator.js'
import { SortOperator } from './sort.js'
import { UnionOperator } from './union.js'
import { ValuesSource } from './values.js'

const base = { id: 1, inputs: [0], runsOn: 'all' as const, distribution: { kind: 'local' as const, reason: '' } }

function harness(): { context: OperatorContext; elements: Element[]; stops: () => number } {
  const elements: Element[] = []
  let stops = 0
  const context: OperatorContext = {
    output: { push: (element) => void elements.push(element.kind === 'batch' ? copyBatch(element) : element) },
    settings: { compile: true, batchRows: 7, timeZone: 'UTC', seed: 1 },
    meter: newMeter(), rowFailed: (error) => { throw error }, requestStop: () => void stops++,
    nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  }
  return { context, elements, stops: () => stops }
}

const rowsOf = (elements: readonly Element[], schema: Schema): Value[][] =>
  elements.flatMap((element) => element.kind === 'batch' ? batchToRows(element, schema) : [])

function sorted(node: SortNode, batches: readonly Element[]): { rows: Value[][]; meter: OperatorContext['meter'] } {
  const { context, elements } = harness()
  const operator = new SortOperator(node, node.schema, context)
  for (const element of [...batches, END]) operator.push(element)
  expect(elements.at(-1)).toBe(END)
  return { rows: rowsOf(elements, node.schema), meter: context.meter }
}

describe('SortOperator', () => {
  const keyOf = (column: number) => fc.record({ column: fc.constant(column), descending: fc.boolean(), nullsFirst: fc.boolean() })
  const cases = fc.record({ first: fc.constantFrom(INT, BIGINT, DOUBLE, STRING), more: arbitrarySchema(2) })
    .map(({ first, more }): Schema => [{ name: 'first', type: first, nullable: true }, ...more])
    .chain((schema) => fc.record({
      schema: fc.constant(schema),
      batches: fc.array(fc.record({ rows: arbitraryRows(schema, 12), forms: fc.tuple(...schema.map(() => fc.nat(2))) }), { maxLength: 4 }),
      keys: fc.subarray(schema.map((_, column) => column), { minLength: 1 }).chain((columns) => fc.tuple(...columns.map(keyOf))),
      limit: fc.option(fc.nat(5)), offset: fc.nat(3),
    }))

  it('gives what sorting all rows and cutting gives', () => {
    fc.assert(fc.property(cases, ({ schema, batches, keys, limit, offset }) => {
      const node: SortNode = { ...base, kind: 'sort', schema, keys, limit, offset }
      const all = batches.flatMap(({ rows }) => rows)
      const rest = schema.map((_, column) => column).filter((column) => !keys.some((key) => key.column === column))
      const columns = [...keys, ...rest.map((column) => ({ column, descending: false, nullsFirst: true }))]
      const order = (a: readonly Value[], b: readonly Value[]): number => {
        for (const { column, descending, nullsFirst } of columns) {
          const [p, q] = [a[column]!, b[column]!]
          if ((p === null) !== (q === null)) return (p === null) === nullsFirst ? -1 : 1
          const ascending = compareValues(schema[column]!.type)(p, q)
          if (ascending !== 0) return descending ? -ascending : ascending
        }
        return 0
      }
      const expected = all.toSorted(order).slice(offset, limit === null ? undefined : offset + limit)
      const { rows, meter } = sorted(node, batches.map((given) => batchInForms(given.rows, schema, given.forms, null)))
      expect(rows.length).toBe(expected.length)
      rows.forEach((row, i) => expect(order(row, expected[i]!)).toBe(0))
      expect(meter.rowsIn).toBe(all.length)
      expect(meter.rowsOut + meter.rowsFiltered).toBe(meter.rowsIn)
    }), { numRuns: 500 })
  })

  it('orders strings by code points, not by UTF-16 units', () => {
    const schema: Schema = [{ name: 's', type: STRING, nullable: true }]
    const keys = [{ column: 0, descending: false, nullsFirst: true }]
    const node: SortNode = { ...base, kind: 'sort', schema, keys, limit: 2, offset: 1 }
    expect(sorted(node, [batchFromRows([['\u{1f600}'], ['\uff5e'], [null], ['a']], schema)]).rows).toEqual([['a'], ['\uff5e']])
  })

  it('keeps what is on the right side of a bound that is no double', () => {
    const schema: Schema = [{ name: 'n', type: BIGINT, nullable: false }]
    const large = 2n ** 53n + 1n
    for (const descending of [false, true]) {
      const node: SortNode = { ...base, kind: 'sort', schema, keys: [{ column: 0, descending, nullsFirst: true }], limit: 1, offset: 0 }
      const bound = descending ? -large : large
      const better = descending ? -(2n ** 53n - 1n) : 2n ** 53n - 1n
      expect(sorted(node, [batchFromRows([[bound]], schema), batchFromRows([[better]], schema)]).rows).toEqual([[better]])
      expect(sorted(node, [batchFromRows([[-bound]], schema), batchFromRows([[better]], schema)]).rows).toEqual([[-bound]])
    }
  })
})

describe('LimitOperator', () => {
  const schema: Schema = [{ name: 'n', type: INT, nullable: false }]
  const batch = (...values: number[]): Element => batchFromRows(values.map((value) => [value]), schema)

  it.each([[0, 3, [1, 2, 3]], [1, 3, [2, 3, 4]], [4, 1, [5]], [9, 9, []], [0, 0, []]])('offset %i, limit %i', (offset, limit, expected) => {
    const { context, elements, stops } = harness()
    const node: LimitNode = { ...base, kind: 'limit', schema, limit, offset }
    const operator = new LimitOperator(node, schema, context)
    for (const element of [batch(1, 2), batch(3, 4, 5), END]) operator.push(element)
    expect(rowsOf(elements, schema)).toEqual(expected.map((value) => [value]))
    expect(stops() > 0).toBe(expected.length === limit)
    expect(context.meter).toMatchObject({ rowsIn: 5, rowsOut: expected.length, rowsFiltered: 5 - expected.length })
    expect(elements.at(-1)).toBe(END)
  })
})

describe('UnionOperator', () => {
  it('has the least of its inputs watermarks and ends with the last', () => {
    const { context, elements } = harness()
    const node: UnionNode = { ...base, kind: 'union', schema: [] }
    const union = new UnionOperator(node, 2, context)
    const watermark = (micros: number): Element => ({ kind: 'watermark', micros })
    union.push(watermark(5), 0)
    union.push(watermark(3), 1)
    union.push({ kind: 'barrier', epoch: 1 }, 1)
    union.push(watermark(4), 1)
    union.push({ kind: 'barrier', epoch: 1 }, 0)
    union.push(watermark(Infinity), 1)
    union.push(END, 1)
    union.push(watermark(Infinity), 0)
    union.push(END, 0)
    expect(elements).toEqual([watermark(3), watermark(4), { kind: 'barrier', epoch: 1 }, watermark(5), watermark(Infinity), END])
  })
})

describe('ValuesSource', () => {
  it('gives its rows in batches, the last watermark and End', () => {
    const schema: Schema = [{ name: 'n', type: INT, nullable: true }]
    const { context, elements } = harness()
    const rows = Array.from({ length: 9 }, (_, i) => [literalOf(i === 0 ? null : i, INT)])
    const node: ValuesNode = { ...base, kind: 'values', schema, rows }
    new ValuesSource(node, context).emit(context.output)
    expect(rowsOf(elements, schema)).toEqual([[null], [1], [2], [3], [4], [5], [6], [7], [8]])
    expect(elements.map(({ kind }) => kind)).toEqual(['batch', 'batch', 'watermark', 'end'])
    expect(context.meter).toMatchObject({ rowsIn: 9, rowsOut: 9 })
  })
})
