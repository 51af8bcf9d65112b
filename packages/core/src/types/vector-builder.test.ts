import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as T from './data-type.js'
import type { DataType, Schema, Value } from './data-type.js'
import { Dictionary } from './dictionary.js'
import { batchToRows, readValue, utf8Text } from './vector-access.js'
import { batchFromRows, vectorBuilderOf } from './vector-builder.js'

const valueOf: [DataType, fc.Arbitrary<Value>][] = [
  [T.BOOLEAN, fc.boolean()],
  [T.INT, fc.integer()],
  [T.BIGINT, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [T.decimal(38, 4), fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  [T.DOUBLE, fc.double()],
  [T.timestamp(3), fc.integer()],
  [T.STRING, fc.string({ unit: 'grapheme' })],
  [T.BYTES, fc.uint8Array()],
  [T.array(T.INT), fc.array(fc.integer())],
]
const schema: Schema = valueOf.map(([type], c) => ({ name: `c${c}`, type, nullable: true }))
const rowsOf = fc.array(fc.tuple(...valueOf.map(([, values]) => fc.option(values))), { minLength: 0, maxLength: 40 })

test('rows come back from the batch that was made of them', () => {
  fc.assert(fc.property(rowsOf, (rows) => {
    expect(batchToRows(batchFromRows(rows, schema), schema)).toEqual(rows)
  }))
})

test('a builder grows, turns wide at the first large value and narrow again at reset', () => {
  const builder = vectorBuilderOf(T.BIGINT, 1)
  const values = [1n, null, -5n, 2n ** 60n, null, 7n]
  for (const value of values) builder.append(value)
  const vector = builder.finish(6)
  expect(vector).toMatchObject({ kind: 'exact' })
  expect(values.map((_, i) => readValue(vector, T.BIGINT, i))).toEqual(values)

  builder.reset()
  builder.append(9n)
  expect(builder.finish()).toMatchObject({ wide: null, nulls: null })
  expect(readValue(builder.finish(), T.BIGINT, 0)).toBe(9n)
  expect(() => builder.finish(2)).toThrow('broken rule')
})

test('a NULL leaves no mark after reset', () => {
  const builder = vectorBuilderOf(T.STRING, 2)
  builder.append(null)
  builder.append('a')
  builder.reset()
  for (const text of ['x', 'y', 'z']) builder.append(text)
  expect(builder.finish().nulls).toBeNull()
  builder.append(null)
  expect([0, 1, 2, 3].map((i) => readValue(builder.finish(), T.STRING, i))).toEqual(['x', 'y', 'z', null])
})

test('strings are read from every representation', () => {
  const bytes = new TextEncoder().encode('añ😀long enough to be decoded natively')
  const dictionary = new Dictionary()
  const code = dictionary.codeOfText('zé')
  expect(readValue({ kind: 'utf8', bytes, starts: Int32Array.of(1), ends: Int32Array.of(7), nulls: null }, T.STRING, 0)).toBe('ñ😀')
  expect(readValue({ kind: 'dict', codes: Int32Array.of(code), dictionary, nulls: null }, T.STRING, 0)).toBe('zé')
  expect(readValue({ kind: 'dict', codes: Int32Array.of(code), dictionary, nulls: Uint8Array.of(1) }, T.STRING, 0)).toBeNull()
})

test('UTF-8 is decoded in plain and in shared memory', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, text) => {
    const head = new TextEncoder().encode(before)
    const body = new TextEncoder().encode(text)
    const shared = new Uint8Array(new SharedArrayBuffer(head.length + body.length))
    shared.set(head)
    shared.set(body, head.length)
    expect(utf8Text(shared, head.length, shared.length)).toBe(text)
    expect(utf8Text(shared.slice(), head.length, shared.length)).toBe(text)
  }))
})
