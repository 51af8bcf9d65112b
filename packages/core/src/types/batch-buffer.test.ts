import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRows, arbitrarySchema, batchInForms } from './arbitrary-batch.test.data.js'
import { allRows, BatchBuffer } from './batch-buffer.js'
import { batchOf, INSERT, type Batch } from './batch.js'
import { batchToRows } from './vector-access.js'
import { STRING } from './data-type.js'
import type { Schema, Value } from './data-type.js'
import { Dictionary } from './dictionary.js'

describe('BatchBuffer', () => {
  it('gathers rows of batches in any mix of representations', () => {
    const cases = arbitrarySchema(5).chain((schema) => fc.record({
      schema: fc.constant(schema),
      parts: fc.array(fc.record({
        rows: arbitraryRows(schema, 12),
        forms: fc.array(fc.nat(2), { minLength: schema.length, maxLength: schema.length }),
        kind: fc.option(fc.nat(3)),
        picks: fc.array(fc.nat(), { maxLength: 12 }),
        reset: fc.boolean(),
      }), { maxLength: 6 }),
    }))
    fc.assert(fc.property(cases, ({ schema, parts }) => {
      const buffer = new BatchBuffer(schema, 12 * 6)
      let expectedRows: (readonly Value[])[] = []
      let expectedKinds: number[] = []
      for (const { rows, forms, kind, picks, reset } of parts) {
        const batch = batchInForms(rows, schema, forms, kind === null ? null : new Uint8Array(rows.length).fill(kind))
        const chosen = Int32Array.from(picks, (pick) => pick % rows.length)
        buffer.append(batch, chosen, 0, chosen.length)
        spoil(batch)
        expectedRows.push(...Array.from(chosen, (row) => rows[row]!))
        expectedKinds.push(...Array.from(chosen, () => kind ?? INSERT))
        expect(batchToRows(buffer.batch(), schema)).toEqual(expectedRows)
        expect(Array.from({ length: buffer.length }, (_, i) => buffer.batch().rowKinds?.[i] ?? INSERT)).toEqual(expectedKinds)
        if (reset) {
          buffer.reset()
          expectedRows = []
          expectedKinds = []
        }
      }
    }), { numRuns: 300 })
  })

  it('keeps codes while one dictionary comes, and spells them when another string does', () => {
    const schema: Schema = [{ name: 'text', type: STRING, nullable: true }]
    const dictionary = new Dictionary()
    const coded = (texts: readonly (string | null)[], of: Dictionary): Batch => batchOf([{
      kind: 'dict', codes: Int32Array.from(texts, (text) => (text === null ? -7 : of.codeOfText(text))), dictionary: of,
      nulls: texts.includes(null) ? Uint8Array.from(texts, (text) => (text === null ? 1 : 0)) : null,
    }], texts.length)
    const buffer = new BatchBuffer(schema, 16)
    const append = (batch: Batch): void => buffer.append(batch, allRows(batch.length), 0, batch.length)
    append(coded(['a', 'bb'], dictionary))
    append(coded([null, 'ccc', 'a'], dictionary))
    expect(buffer.batch().columns[0]!.kind).toBe('dict')
    expect(batchToRows(buffer.batch(), schema).flat()).toEqual(['a', 'bb', null, 'ccc', 'a'])
    append(coded(['dddd'], new Dictionary()))
    append(coded([null, 'bb'], dictionary))
    expect(buffer.batch().columns[0]!.kind).toBe('utf8')
    expect(batchToRows(buffer.batch(), schema).flat()).toEqual(['a', 'bb', null, 'ccc', 'a', 'dddd', null, 'bb'])
    buffer.reset()
    append(coded(['bb'], dictionary))
    expect(batchToRows(buffer.batch(), schema).flat()).toEqual(['bb'])
  })

  it('numbers rows for whole batches', () => {
    expect([...allRows(3).subarray(0, 3)]).toEqual([0, 1, 2])
    expect(allRows(5000)[4999]).toBe(4999)
  })
})

/** What a reader does with its memory once `read` is called again. */
function spoil(batch: Batch): void {
  for (const column of batch.columns) {
    for (const part of Object.values(column)) if (ArrayBuffer.isView(part)) new Uint8Array(part.buffer, part.byteOffset, part.byteLength).fill(0xff)
  }
}
