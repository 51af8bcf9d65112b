import { describe, expect, test } from 'vitest'
import { columnOf } from '../expressions/expression.js'
import type { ExpandNode, UnnestNode } from '../plan/physical-rows.js'
import { array, BIGINT, INT, STRING } from '../types/data-type.js'
import type { Schema, Value } from '../types/data-type.js'
import { DELETE, UPDATE_AFTER, UPDATE_BEFORE } from '../types/batch.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { checkConservation } from './checked.js'
import { ExpandOperator } from './expand.js'
import { newMeter } from './operator.js'
import type { Operator, OperatorContext } from './operator.js'
import { UnnestOperator } from './unnest.js'

const common = { id: 1, inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' } } as const

/** What comes out, batches as rows with their kinds in front. */
function run(node: UnnestNode | ExpandNode, input: Schema, elements: readonly Element[], batchRows = 1024) {
  const out: unknown[] = []
  const failed: number[] = []
  const context: OperatorContext = {
    nowMicros: () => 0, random: () => 0, timeZone: 'UTC', meter: newMeter(),
    settings: { compile: true, batchRows, timeZone: 'UTC', seed: 1 },
    output: { push: (element) => void out.push(element.kind === 'batch' ? [element.rowKinds?.slice(0, element.length) ?? null, batchToRows(element, node.schema)] : element) },
    rowFailed: (_error, _origin, row) => void (failed.push(row), context.meter.rowsFailed++),
    requestStop: () => {},
  } as OperatorContext
  const operator: Operator = node.kind === 'unnest' ? new UnnestOperator(node, input, context) : new ExpandOperator(node, context)
  for (const element of elements) operator.push(element, 0)
  checkConservation(node, context.meter)
  return { out, failed, meter: context.meter }
}

describe('unnest', () => {
  const input: Schema = [{ name: 'id', type: INT, nullable: false }, { name: 'tags', type: array(STRING), nullable: true }]
  const node: UnnestNode = {
    ...common, kind: 'unnest', function: 'unnest', args: [columnOf(1, input[1]!)], outer: false, ordinality: true, before: [0], behind: [],
    onError: { action: 'skip', sink: null },
    schema: [input[0]!, { name: 'tag', type: STRING, nullable: true }, { name: 'ordinality', type: BIGINT, nullable: true }],
  }
  const rows: Value[][] = [[1, ['a', null, 'c']], [2, []], [3, null], [4, ['d']]]

  test('gives a row for each element, in order, and counts those of which nothing is made', () => {
    const { out, meter } = run(node, input, [batchFromRows(rows, input), { kind: 'watermark', micros: 7 }, END])
    expect(out).toEqual([[null, [[1, 'a', 1n], [1, null, 2n], [1, 'c', 3n], [4, 'd', 1n]]], { kind: 'watermark', micros: 7 }, END])
    expect(meter).toMatchObject({ rowsIn: 4, rowsOut: 4, rowsFiltered: 2 })
  })

  test('keeps the others beside NULLs where it is outer', () => {
    const { out } = run({ ...node, outer: true }, input, [batchFromRows(rows, input)])
    expect(out).toEqual([[null, [[1, 'a', 1n], [1, null, 2n], [1, 'c', 3n], [2, null, null], [3, null, null], [4, 'd', 1n]]]])
  })

  test('cuts the rows of one row into batches', () => {
    const { out } = run(node, input, [batchFromRows(rows, input)], 2)
    expect(out).toEqual([[null, [[1, 'a', 1n], [1, null, 2n]]], [null, [[1, 'c', 3n], [4, 'd', 1n]]]])
  })

  test('takes back what was made of a row that is taken back', () => {
    const changed = batchFromRows([[1, ['a', 'b']], [1, ['a']], [2, ['x']]], input, Uint8Array.from([UPDATE_BEFORE, UPDATE_AFTER, DELETE]))
    expect(run(node, input, [changed]).out).toEqual([[Uint8Array.from([3, 3, 0, 3]), [[1, 'a', 1n], [1, 'b', 2n], [1, 'a', 1n], [2, 'x', 1n]]]])
  })

  test('drops a row whose function fails, and goes on', () => {
    const numbers: Schema = [{ name: 'first', type: BIGINT, nullable: false }, { name: 'step', type: BIGINT, nullable: false }]
    const series: UnnestNode = {
      ...node, function: 'generate_series', ordinality: false, args: [columnOf(0, numbers[0]!), columnOf(0, numbers[0]!), columnOf(1, numbers[1]!)],
      schema: [numbers[0]!, { name: 'n', type: BIGINT, nullable: false }],
    }
    const { out, failed } = run(series, numbers, [batchFromRows([[1n, 1n], [2n, 0n], [3n, -1n]], numbers)])
    expect(out).toEqual([[null, [[1n, 1n], [3n, 3n]]]])
    expect(failed).toEqual([1])
  })
})

describe('expand', () => {
  const input: Schema = [{ name: 'a', type: STRING, nullable: true }, { name: 'v', type: INT, nullable: false }]
  const node: ExpandNode = {
    ...common, kind: 'expand', columns: [0, 1, 0, 1, -1], nulls: [[], [3], [2]],
    schema: [...input, input[0]!, { name: 'w', type: INT, nullable: true }, { name: 'set', type: INT, nullable: false }],
  }

  test('gives the rows once for each set, with NULL for what is not in it', () => {
    const kinds = Uint8Array.from([UPDATE_BEFORE, UPDATE_AFTER])
    const { out, meter } = run(node, input, [batchFromRows([['x', 1], [null, 2]], input, kinds), END])
    expect(out).toEqual([
      [kinds, [['x', 1, 'x', 1, 0], [null, 2, null, 2, 0]]],
      [kinds, [['x', 1, 'x', null, 1], [null, 2, null, null, 1]]],
      [kinds, [['x', 1, null, 1, 2], [null, 2, null, 2, 2]]],
      END,
    ])
    expect(meter).toMatchObject({ rowsIn: 2, rowsOut: 6 })
  })
})
