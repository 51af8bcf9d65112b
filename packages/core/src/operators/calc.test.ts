import { describe, expect, test } from 'vitest'
import { MillraceError } from '../errors.js'
import { columnOf, literalOf } from '../expressions/expression.js'
import type { CalcNode } from '../plan/physical.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { INT, BOOLEAN } from '../types/data-type.js'
import type { Schema, Value } from '../types/data-type.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import { CalcOperator } from './calc.js'
import { newMeter } from './operator.js'
import type { OperatorContext } from './operator.js'

const schema: Schema = [{ name: 'a', type: INT, nullable: true }, { name: 'b', type: INT, nullable: false }]
const [a, b] = [columnOf(0, schema[0]!), columnOf(1, schema[1]!)]

/** `SELECT a / b AS ratio WHERE a > 0` */
const node: CalcNode = {
  kind: 'calc', id: 1, inputs: [0], runsOn: 'all', distribution: { kind: 'local', reason: '' }, onError: { action: 'skip', sink: null },
  schema: [{ name: 'ratio', type: INT, nullable: true }],
  filter: { kind: 'call', name: '>', args: [a, literalOf(0, INT)], type: BOOLEAN, nullable: true },
  project: [{ kind: 'call', name: '/', args: [a, b], type: INT, nullable: true }],
}

describe.each([true, false])('compiled: %s', (compile) => {
  function run(elements: readonly Element[], skip = true): { out: (Element | Value[][])[]; context: OperatorContext; failures: string[] } {
    const out: (Element | Value[][])[] = []
    const failures: string[] = []
    const context: OperatorContext = {
      nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
      output: { push: (element) => void out.push(element.kind === 'batch' ? batchToRows(element, node.schema) : element) },
      settings: { compile, batchRows: 1024, timeZone: 'UTC', seed: 1 },
      meter: newMeter(),
      rowFailed(error, _origin, row) {
        if (!skip) throw error
        context.meter.rowsFailed++
        failures.push(`${row} ${error.code}`)
      },
      requestStop: () => {},
    }
    const operator = new CalcOperator(node, schema, context)
    for (const element of elements) operator.push(element)
    return { out, context, failures }
  }

  test('filters, projects, counts, and drops rows that fail', () => {
    const { out, context, failures } = run([
      batchFromRows([[6, 2], [null, 1], [-3, 1], [5, 0], [7, 2]], schema),
      { kind: 'watermark', micros: 5 },
      batchFromRows([[-1, 1]], schema),
      END,
    ])
    expect(out).toEqual([[[3], [3]], { kind: 'watermark', micros: 5 }, END])
    expect(failures).toEqual(['3 DIVISION_BY_ZERO'])
    expect(context.meter).toMatchObject({ rowsIn: 6, rowsOut: 2, rowsFiltered: 3, rowsFailed: 1 })
  })

  test('stops at an error where the policy is to fail', () => {
    expect(() => run([batchFromRows([[5, 0]], schema)], false)).toThrow(MillraceError)
  })
})
