import { bench, describe } from 'vitest'
import type { Utf8Vector, Vector } from '../types/batch.js'
import { BIGINT, INT, STRING, type DataType } from '../types/data-type.js'
import { GroupTable } from './group-table.js'
import { hashColumns } from './hash-columns.js'

/** Rows a second = 1 / mean × ROWS. */
const ROWS = 65_536

const at = (i: number, distinct: number): number => (i * 15_485_863) % 1_000_003 % distinct

function names(distinct: number): Utf8Vector {
  const texts = Array.from({ length: ROWS }, (_, i) => Buffer.from(`customer ${at(i, distinct)}`))
  const starts = new Int32Array(ROWS)
  const ends = new Int32Array(ROWS)
  texts.forEach((text, i) => ends[i] = (starts[i] = i === 0 ? 0 : ends[i - 1]!) + text.length)
  return { kind: 'utf8', bytes: new Uint8Array(Buffer.concat(texts)), starts, ends, nulls: null }
}

const numbers = (distinct: number): Float64Array => Float64Array.from({ length: ROWS }, (_, i) => at(i, distinct))
const integers = (distinct: number): Vector => ({ kind: 'i32', values: Int32Array.from(numbers(distinct)), nulls: null })
const exact = (distinct: number): Vector => ({ kind: 'exact', values: numbers(distinct), wide: null, nulls: null })

const keys: [string, DataType[], Vector[]][] = [
  ['INT, 1 k groups', [INT], [integers(1000)]],
  ['BIGINT, 60 k groups', [BIGINT], [exact(60_000)]],
  ['utf8, 1 k groups', [STRING], [names(1000)]],
  ['utf8, 60 k groups', [STRING], [names(60_000)]],
  ['INT and BIGINT, 10 k groups', [INT, BIGINT], [integers(100), exact(100)]],
]

const out = new Int32Array(ROWS)

describe('GroupTable.groupsOf', () => {
  for (const [name, types, vectors] of keys) {
    const table = new GroupTable(types)
    bench(name, () => table.groupsOf(vectors, ROWS, out), { time: 400, warmupTime: 200 })
  }
})

describe('hashColumns', () => {
  for (const [name, types, vectors] of keys) bench(name, () => hashColumns(vectors, types, ROWS, out), { time: 300, warmupTime: 100 })
})
