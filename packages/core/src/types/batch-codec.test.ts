import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import { arbitraryBatch } from './arbitrary-batch.test.data.js'
import { decodeBatch, decodeElement, elementSizeAt, encodeBatch, encodedElementSize, encodedSize, encodeElement } from './batch-codec.js'
import { batchOf } from './batch.js'
import { copyBatch } from './copy-batch.js'
import { BIGINT, decimal } from './data-type.js'
import type { Element } from './element.js'
import { END } from './element.js'
import { batchToRows } from './vector-access.js'

const anyBatch = arbitraryBatch(6, 30)

describe('batch codec', () => {
  it('gives back what it got, in any representation, at any multiple of 8, in shared memory too', () => {
    fc.assert(fc.property(anyBatch, fc.nat(4), fc.boolean(), ({ schema, batch, rows }, words, shared) => {
      const size = encodedSize(batch)
      const bytes = new Uint8Array(shared ? new SharedArrayBuffer(size + words * 8) : new ArrayBuffer(size + words * 8)).fill(0xee)
      expect(encodeBatch(batch, bytes, words * 8)).toBe(words * 8 + size)
      expect(elementSizeAt(bytes, words * 8)).toBe(size)
      const decoded = decodeBatch(bytes, words * 8, schema)
      expect(batchToRows(decoded, schema)).toEqual(rows)
      expect(decoded.rowKinds).toEqual(batch.rowKinds)
    }))
  })

  it('decodes at places that no view can start at', () => {
    fc.assert(fc.property(anyBatch, fc.integer({ min: 1, max: 7 }), ({ schema, batch, rows }, shift) => {
      const encoded = new Uint8Array(encodedSize(batch))
      encodeBatch(batch, encoded, 0)
      const shifted = new Uint8Array(encoded.length + shift)
      shifted.set(encoded, shift)
      expect(batchToRows(decodeBatch(shifted, shift, schema), schema)).toEqual(rows)
    }))
  })

  it('makes views of aligned numbers, not copies', () => {
    const schema = [{ name: 'n', type: BIGINT, nullable: false }]
    const batch = batchOf([{ kind: 'exact', values: Float64Array.of(1, 2), wide: null, nulls: null }], 2)
    const bytes = new Uint8Array(encodedSize(batch))
    encodeBatch(batch, bytes, 0)
    const column = decodeBatch(bytes, 0, schema).columns[0]!
    expect(column.kind === 'exact' && column.values.buffer).toBe(bytes.buffer)
  })

  it('keeps numbers of more than 64 bits', () => {
    const schema = [{ name: 'n', type: decimal(38, 0), nullable: true }]
    const wide = [10n ** 38n - 1n, -(10n ** 38n) + 1n, 0n, 2n ** 63n, 12345n]
    const batch = batchOf([{ kind: 'exact', values: new Float64Array(0), wide, nulls: Uint8Array.of(0, 0, 0, 0, 1) }], 5)
    const bytes = new Uint8Array(encodedSize(batch))
    encodeBatch(batch, bytes, 0)
    expect(batchToRows(decodeBatch(bytes, 0, schema), schema).flat()).toEqual([...wide.slice(0, 4), null])
  })

  it('carries the other elements', () => {
    const elements: Element[] = [{ kind: 'watermark', micros: -Infinity }, { kind: 'watermark', micros: 1_767_225_600_000_001 }, { kind: 'barrier', epoch: 7 }, END]
    for (const element of elements) {
      const bytes = new Uint8Array(encodedElementSize(element))
      expect(encodeElement(element, bytes, 0)).toBe(bytes.length)
      expect(bytes.length % 8).toBe(0)
      expect(decodeElement(bytes, 0, [])).toEqual(element)
    }
  })

  it('answers damaged bytes with an error and nothing worse', () => {
    const seen = { refused: 0 }
    fc.assert(fc.property(anyBatch, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(), ({ schema, batch }, damage, cut) => {
      let bytes = new Uint8Array(encodedSize(batch))
      encodeBatch(batch, bytes, 0)
      for (const [place, byte] of damage) bytes[place % bytes.length] = byte
      if (cut % 4 === 0) bytes = bytes.slice(0, cut % bytes.length)
      try {
        const decoded = decodeElement(bytes, 0, schema)
        if (decoded.kind === 'batch') expect(decoded.columns.length).toBe(schema.length)
      } catch (error) {
        seen.refused++
        expect(error).toBeInstanceOf(MillraceError)
        expect((error as MillraceError).code).toBe('INTERNAL')
      }
    }), { numRuns: 1_000 })
    expect(seen.refused).toBeGreaterThan(100)
  })
})

describe('copyBatch', () => {
  it('shares no memory with the original but dictionaries', () => {
    fc.assert(fc.property(anyBatch, ({ schema, batch, rows }) => {
      const copy = copyBatch(batch)
      for (const column of batch.columns) {
        for (const part of Object.values(column)) {
          if (ArrayBuffer.isView(part)) new Uint8Array(part.buffer, part.byteOffset, part.byteLength).fill(0xff)
          else if (Array.isArray(part)) part.fill(undefined)
        }
      }
      expect(batchToRows(copy, schema)).toEqual(rows)
    }))
  })
})
