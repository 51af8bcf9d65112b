import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vector } from '../types/batch.js'
import { array, BIGINT, BOOLEAN, BYTES, decimal, DOUBLE, INT, STRING, type DataType, type Value } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf } from '../types/vector-builder.js'
import { GroupTable } from './group-table.js'
import { hashColumns } from './hash-columns.js'
import { valueKey } from './value-key.js'

const types: readonly DataType[] = [STRING, INT, BIGINT, DOUBLE, decimal(38, 2), BOOLEAN, BYTES, array(INT)]

const MOST = 2n ** 63n - 1n

/** Few distinct values of a type, the awkward ones among them. */
function valuesOf(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'STRING': return fc.constantFrom(null, '', 'a', 'b', 'ü', '\u{1f600}', 'a longer text')
    case 'INT': return fc.constantFrom(null, 0, 1, -1, 2 ** 31 - 1, -(2 ** 31))
    case 'BIGINT': return fc.constantFrom(null, 0n, 1n, -1n, 1n << 32n, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), MOST, -MOST - 1n)
    case 'DECIMAL': return fc.constantFrom(null, 0n, -1n, 2n ** 53n, 2n ** 64n, 10n ** 38n - 1n, -(10n ** 30n))
    case 'DOUBLE': return fc.constantFrom(null, 0, -0, NaN, 1.5, -1.5, Infinity, 1e300)
    case 'BOOLEAN': return fc.constantFrom(null, true, false)
    case 'BYTES': return fc.constantFrom(null, new Uint8Array([1, 2]), new Uint8Array([]), new Uint8Array([1]))
    default: return fc.constantFrom(null, [1, 2], [12], [1, null], [])
  }
}

const dictionary = new Dictionary()

/** The same values in one of the forms that a column can have. */
function vectorOf(values: readonly Value[], type: DataType, form: number): Vector {
  const builder = vectorBuilderOf(type)
  values.forEach((value) => builder.append(value))
  const vector = builder.finish()
  const nulls = vector.nulls
  if (vector.kind === 'exact' && form === 1) {
    return { ...vector, values: new Float64Array(0), wide: values.map((value) => (value as bigint | null) ?? 0n) }
  }
  if (vector.kind === 'exact' && form === 2 && type.kind === 'BIGINT') {
    return { ...vector, values: new Float64Array(0), wide: BigInt64Array.from(values, (value) => (value as bigint | null) ?? 0n) }
  }
  if (type.kind === 'STRING' && form === 1) {
    const codes = Int32Array.from(values, (value) => value === null ? -7 : dictionary.codeOfText(value as string))
    return { kind: 'dict', codes, dictionary, nulls }
  }
  if (type.kind === 'STRING' && form === 2) {
    const parts = values.map((value) => Buffer.from((value as string | null) ?? 'junk'))
    const starts: number[] = []
    const ends: number[] = []
    let at = 3
    for (const part of parts) {
      starts.push(at)
      ends.push(at += part.length)
    }
    const bytes = Buffer.concat([Buffer.from('xyz'), ...parts])
    return { kind: 'utf8', bytes, starts: Int32Array.from(starts), ends: Int32Array.from(ends), nulls }
  }
  return vector
}

const keysAndBatches = fc.subarray([...types], { minLength: 1, maxLength: 3 }).chain((keyTypes) => fc.record({
  keyTypes: fc.constant(keyTypes),
  batches: fc.array(fc.record({
    rows: fc.array(fc.tuple(...keyTypes.map(valuesOf)), { minLength: 1, maxLength: 40 }),
    forms: fc.tuple(...keyTypes.map(() => fc.nat(2))),
  }), { maxLength: 6 }),
}))

const rowKey = (row: readonly Value[], keyTypes: readonly DataType[]): string =>
  JSON.stringify(row.map((value, c) => valueKey(value, keyTypes[c]!)))

describe('GroupTable', () => {
  it('numbers the distinct keys of any representation, as a Map of texts would', () => {
    fc.assert(fc.property(keysAndBatches, fc.nat(3), ({ keyTypes, batches }, compactAfter) => {
      const table = new GroupTable(keyTypes)
      let model = new Map<string, number>()
      batches.forEach(({ rows, forms }, b) => {
        const out = new Int32Array(rows.length)
        table.groupsOf(keyTypes.map((type, c) => vectorOf(rows.map((row) => row[c]!), type, forms[c]!)), rows.length, out)
        rows.forEach((row, i) => {
          const key = rowKey(row, keyTypes)
          if (!model.has(key)) model.set(key, model.size)
          expect(out[i]).toBe(model.get(key))
          expect(table.groupOf(row)).toBe(out[i])
        })
        if (b === compactAfter) {
          const live = Int32Array.from([...model.values()].filter((group) => group % 2 === 1))
          table.compact(live, live.length)
          model = new Map([...model].filter(([, group]) => group % 2 === 1).map(([key], i) => [key, i]))
        }
        expect(table.size).toBe(model.size)
        const all = Int32Array.from({ length: table.size }, (_, i) => i)
        const vectors = table.keyVectors(all, table.size)
        const keys = Array.from(all, (i) => rowKey(vectors.map((vector, c) => readValue(vector, keyTypes[c]!, i)), keyTypes))
        expect(keys).toEqual([...model.keys()])
      })
    }), { numRuns: 300 })
  })

  it('keeps its keys when it grows, and after it is cleared', () => {
    const table = new GroupTable([INT, STRING])
    for (let i = 0; i < 10_000; i++) expect(table.groupOf([i % 5_000, `k${i}`])).toBe(i)
    for (let i = 0; i < 10_000; i++) expect(table.groupOf([i % 5_000, `k${i}`])).toBe(i)
    const grown = table.bytes
    table.clear()
    expect(table.size).toBe(0)
    expect(table.bytes).toBeLessThan(grown)
    expect(table.groupOf([7, 'k7'])).toBe(0)
  })

  it('tells NULL from the values whose words are 0', () => {
    const table = new GroupTable([INT, BIGINT])
    const keys = [[0, 0n], [null, 0n], [0, null], [null, null], [0, 0n], [null, null]]
    expect(keys.map((key) => table.groupOf(key))).toEqual([0, 1, 2, 3, 0, 3])
  })
})

describe('hashColumns', () => {
  it('gives equal hashes to equal keys in any representation, and hardly any others', () => {
    fc.assert(fc.property(keysAndBatches, ({ keyTypes, batches }) => {
      const hashes = new Map<string, number>()
      for (const { rows, forms } of batches) {
        const out = new Int32Array(rows.length)
        hashColumns(keyTypes.map((type, c) => vectorOf(rows.map((row) => row[c]!), type, forms[c]!)), keyTypes, rows.length, out)
        rows.forEach((row, i) => {
          const key = rowKey(row, keyTypes)
          if (!hashes.has(key)) hashes.set(key, out[i]!)
          expect(out[i]).toBe(hashes.get(key))
        })
      }
      expect(new Set(hashes.values()).size).toBe(hashes.size)
    }), { numRuns: 300 })
  })

  it('is the same in every version: a stored state is found again', () => {
    const out = new Int32Array(2)
    hashColumns([vectorOf(['ada', null], STRING, 0), vectorOf([12n, -(2n ** 60n)], BIGINT, 1)], [STRING, BIGINT], 2, out)
    expect([...out]).toEqual([-1772679684, 2050374799])
  })
})
