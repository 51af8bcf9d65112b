import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { DELETE } from '../types/batch.js'
import { BIGINT, STRING } from '../types/data-type.js'
import type { Schema } from '../types/data-type.js'
import { END } from '../types/element.js'
import { batchFromRows } from '../types/vector-builder.js'
import { LimitOperator } from './limit.js'
import { restoredMidway } from './restored-midway.test.kit.js'
import { SortOperator } from './sort.js'

const schema: Schema = [{ name: 'n', type: BIGINT, nullable: true }, { name: 's', type: STRING, nullable: true }]
const common = { id: 1, inputs: [0], schema, runsOn: 'first', distribution: { kind: 'local', reason: '' } } as const
const rows = fc.array(fc.array(fc.tuple(fc.constantFrom(null, 1n, 2n, 3n), fc.constantFrom(null, 'a', 'b')), { minLength: 1, maxLength: 5 }), { maxLength: 8 })

for (const limit of [null, 0, 3]) {
  it(`sorts on from a snapshot, limit ${limit}`, () => {
    const node = { ...common, kind: 'sort', keys: [{ column: 0, descending: true, nullsFirst: false }], limit, offset: 1 } as const
    fc.assert(fc.property(rows, fc.nat(), (batches, chance) => {
      const arriving = [...batches.map((part) => ({ element: batchFromRows(part, schema) })), { element: { kind: 'watermark', micros: Infinity } as const }, { element: END }]
      const { undisturbed, restored } = restoredMidway(
        { make: (context) => new SortOperator(node, schema, context), inputs: [schema], output: schema, arriving }, chance % arriving.length,
      )
      expect(restored).toEqual(undisturbed)
    }), { numRuns: fuzzRuns(100) })
  })
}

it('sorts on from a snapshot what is left of rows that are taken back', () => {
  const node = { ...common, kind: 'sort', keys: [{ column: 0, descending: false, nullsFirst: false }], limit: null, offset: 0, retracting: true } as const
  fc.assert(fc.property(rows, fc.nat(), (batches, chance) => {
    const kept = batches.map((part) => ({ element: batchFromRows([...part, ...part], schema) }))
    const taken = batches.map((part) => ({ element: batchFromRows(part, schema, new Uint8Array(part.length).fill(DELETE)) }))
    // Rows may be taken back before they have come.
    const arriving = [...taken.slice(1), ...kept, ...taken.slice(0, 1), { element: { kind: 'watermark', micros: Infinity } as const }, { element: END }]
    const { undisturbed, restored } = restoredMidway(
      { make: (context) => new SortOperator(node, schema, context), inputs: [schema], output: schema, arriving }, chance % arriving.length,
    )
    expect(restored).toEqual(undisturbed)
  }), { numRuns: fuzzRuns(100) })
})

it('passes on as many rows as were left at the snapshot', () => {
  const node = { ...common, kind: 'limit', limit: 6, offset: 3 } as const
  fc.assert(fc.property(rows, fc.nat(), (batches, chance) => {
    const arriving = batches.map((part) => ({ element: batchFromRows(part, schema) }))
    const { undisturbed, restored } = restoredMidway(
      { make: (context) => new LimitOperator(node, schema, context), inputs: [schema], output: schema, arriving }, chance % (arriving.length + 1),
    )
    expect(restored).toEqual(undisturbed)
  }), { numRuns: fuzzRuns(100) })
})
