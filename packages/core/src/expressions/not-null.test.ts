import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STRING } from '../types/data-type.js'
import type { Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import { arbitraryRows, fixedContext, styledBatch, testSchema } from './arbitrary.test.kit.js'
import { CalcKernel } from './calc-kernel.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression } from './expression.js'
import { InterpretedCalc } from './interpreted-calc.js'

const notNull = (index: number): Expression => {
  const column = columnOf(index, testSchema[index]!)
  return { kind: 'call', name: 'not_null', args: [column, literalOf(column.name, STRING)], type: column.type, nullable: false }
}

test.each([['generated', CalcKernel], ['interpreted', InterpretedCalc]] as const)('a NULL fails its row alone, %s', (_, Implementation) => {
  fc.assert(fc.property(arbitraryRows, fc.nat(testSchema.length - 1), ({ rows, styles }, index) => {
    const failed: number[] = []
    const calc = new Implementation(null, [notNull(index)], testSchema, [testSchema[index]!.type], fixedContext, (error, _batch, row) => {
      expect(error).toMatchObject({ code: 'NULL_NOT_ALLOWED', message: expect.stringContaining(`\`${testSchema[index]!.name}\``) })
      failed.push(row)
    })
    const result = calc.run(styledBatch(rows, styles))
    const values = (rows as readonly (readonly Value[])[]).map((row) => row[index]!)
    expect(failed).toEqual(values.flatMap((value, row) => (value === null ? [row] : [])))
    const kept = result === null ? [] : batchToRows(result, [{ ...testSchema[index]!, nullable: false }]).map(([value]) => value)
    expect(kept).toEqual(values.filter((value) => value !== null))
  }))
})
