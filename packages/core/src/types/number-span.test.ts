import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { arbitraryBatch } from './arbitrary-batch.test.data.js'
import { decodeBatch, encodeBatch, encodedSize } from './batch-codec.js'
import { batchOf, type Vector } from './batch.js'
import { BIGINT, DOUBLE } from './data-type.js'
import { spanOf, spansOf } from './number-span.js'
import { batchToRows } from './vector-access.js'

const exact = (...values: number[]): Vector => ({ kind: 'exact', values: Float64Array.from(values), wide: null, nulls: null })
const doubles = (...values: number[]): Vector => ({ kind: 'f64', values: Float64Array.from(values), nulls: null })

/** A column through its bytes. */
function throughBytes(column: Vector, rows: number): Vector {
  const batch = batchOf([column], rows)
  const spans = spansOf(batch)
  const bytes = new Uint8Array(encodedSize(batch, spans))
  expect(encodeBatch(batch, bytes, 0, spans)).toBe(bytes.length)
  return decodeBatch(bytes, 0, [{ name: 'n', type: column.kind === 'exact' ? BIGINT : DOUBLE, nullable: true }]).columns[0]!
}

describe('numbers as differences from the least', () => {
  it.each([
    [exact(7), 7, 1], [exact(1_000_000, 1_000_255), 1_000_000, 1], [exact(-5, 251), -5, 2], [exact(0, 65_535), 0, 2], [exact(0, 65_536), 0, 4],
    [exact(-(2 ** 53) + 1, -(2 ** 53) + 2 ** 32), -(2 ** 53) + 1, 4], [doubles(1_767_225_600_000_000, 1_767_225_600_900_000), 1_767_225_600_000_000, 4],
  ])('%j', (column, least, width) => {
    const rows = (column as { values: Float64Array }).values.length
    expect(spanOf(column, rows)).toEqual({ least, width })
    expect(throughBytes(column, rows)).toEqual(column)
  })

  it.each([
    [exact(0, 2 ** 32)], [doubles(1.5, 2)], [doubles(1, NaN)], [doubles(NaN)], [doubles(Infinity, 1)], [doubles(Infinity)], [doubles(-0, 3)], [doubles(0, 3)],
    [doubles(2 ** 60, 2 ** 60 + 1_000)],
  ])('not where they would not come back or take as much: %j', (column) => {
    const { values } = column as { values: Float64Array }
    const span = spanOf(column, values.length)
    if (span !== null) expect(values[0]).toBe(2 ** 60)
    const back = throughBytes(column, values.length) as { values: Float64Array }
    for (let i = 0; i < values.length; i++) expect(Object.is(back.values[i], values[i]), `${i}`).toBe(true)
  })

  it('come back from any batch, beside whatever stands at a NULL', () => {
    fc.assert(fc.property(arbitraryBatch(6, 30), fc.integer({ min: 0, max: 9 }), ({ schema, batch, rows }, shift) => {
      const spans = spansOf(batch)
      const bytes = new Uint8Array(encodedSize(batch, spans))
      expect(encodeBatch(batch, bytes, 0, spans)).toBe(bytes.length)
      expect(bytes.length).toBeLessThanOrEqual(encodedSize(batch) + 8 * schema.length)
      const shifted = new Uint8Array(bytes.length + shift)
      shifted.set(bytes, shift)
      expect(batchToRows(decodeBatch(shifted, shift, schema), schema)).toEqual(rows)
    }), { numRuns: fuzzRuns(300, 20_000) })
  })

  it('come back from close numbers, with their NULLs', () => {
    const column = fc.record({ least: fc.maxSafeInteger(), offsets: fc.array(fc.option(fc.nat(100_000)), { minLength: 1, maxLength: 40 }) })
    fc.assert(fc.property(column, ({ least, offsets }) => {
      fc.pre(least + 100_000 < Number.MAX_SAFE_INTEGER)
      const values = Float64Array.from(offsets, (offset) => (offset === null ? NaN : least + offset))
      const nulls = Uint8Array.from(offsets, (offset) => (offset === null ? 1 : 0))
      const back = throughBytes({ kind: 'exact', values, wide: null, nulls }, offsets.length) as { values: Float64Array; nulls: Uint8Array }
      expect([...back.nulls]).toEqual([...nulls])
      offsets.forEach((offset, i) => { if (offset !== null) expect(back.values[i]).toBe(least + offset) })
    }))
  })
})
