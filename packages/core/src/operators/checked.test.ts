import { describe, expect, it } from 'vitest'
import type { CalcNode } from '../plan/physical.js'
import { batchOf } from '../types/batch.js'
import type { Batch } from '../types/batch.js'
import { BIGINT, BOOLEAN, STRING } from '../types/data-type.js'
import type { Schema } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { CheckedEdge, checkConservation, checkedOperator } from './checked.js'
import { newMeter } from './operator.js'

const schema: Schema = [{ name: 'n', type: BIGINT, nullable: false }, { name: 's', type: STRING, nullable: true }]
const good = (): Batch => batchFromRows([[1n, 'a'], [2n, null]], schema)
const nothing = (): void => {}
const edge = (into: (element: Element) => void = nothing): CheckedEdge => new CheckedEdge(schema, 'scan 0 → calc 1', into)

describe('CheckedEdge', () => {
  it('passes what is right, with its origin', () => {
    const origin = { table: 't', splitId: '', recordBytes: () => null, recordPosition: () => 0 }
    const seen: unknown[] = []
    const checked = edge((element) => seen.push(element.kind === 'batch' ? [batchToRows(element, schema), element.origin] : element.kind))
    checked.push({ ...good(), origin })
    checked.push({ kind: 'watermark', micros: 5 })
    checked.push({ kind: 'watermark', micros: Infinity })
    checked.push(END)
    expect(seen).toEqual([[[[1n, 'a'], [2n, null]], origin], 'watermark', 'watermark', 'end'])
    expect(checked.rows).toBe(2)
  })

  it('spoils a batch once it has been taken', () => {
    const kept: Batch[] = []
    edge((element) => element.kind === 'batch' && kept.push(element)).push(good())
    expect(() => batchToRows(kept[0]!, schema)).toThrow(RangeError)
    const dictionary = new Dictionary()
    const codes = Int32Array.of(dictionary.codeOfText('first'), dictionary.codeOfText('second'))
    const given = batchOf([good().columns[0]!, { kind: 'dict', codes, dictionary, nulls: null }], 2)
    edge((element) => element.kind === 'batch' && kept.push(element)).push(given)
    const column = kept[1]!.columns[1]!
    expect(column.kind === 'dict' && [...column.codes]).toEqual([0, 0])
    expect([...codes], 'the original is left alone').toEqual([0, 1])
  })

  it.each<[string, Batch, RegExp]>([
    ['no rows', batchOf(good().columns, 0), /1 … BATCH_ROWS_MAX rows, not 0/],
    ['a missing column', batchOf(good().columns.slice(1), 2), /2 columns of its schema, not 1/],
    ['columns that are too short', batchOf(good().columns, 9), /column `n` has 9 rows/],
    ['a column of another kind', batchOf([{ kind: 'f64', values: Float64Array.of(1, 2), nulls: null }, good().columns[1]!], 2), /column `n` of type BIGINT is of kind f64/],
    ['a NULL that may not be', batchOf([{ ...good().columns[0]!, nulls: Uint8Array.of(0, 1) } as never, good().columns[1]!], 2), /column `n` holds no NULL/],
    ['a narrow number that is none', batchOf([{ kind: 'exact', values: Float64Array.of(1, 2 ** 53), wide: null, nulls: null }, good().columns[1]!], 2), /row 1 of column `n` is a BIGINT/],
    ['a text that is none', batchOf([good().columns[0]!, { kind: 'text', values: ['a', undefined as never], nulls: null }], 2), /row 1 of column `s`/],
    ['a view outside its bytes', batchOf([good().columns[0]!, { kind: 'utf8', bytes: new Uint8Array(3), starts: Int32Array.of(0, 2), ends: Int32Array.of(2, 4), nulls: null }], 2), /row 1 of column `s`/],
    ['a row of unknown kind', batchOf(good().columns, 2, Uint8Array.of(0, 4)), /every row has a known kind/],
  ])('refuses %s', (_title, batch, message) => {
    expect(() => edge().push(batch)).toThrow(message)
    expect(() => edge().push(batch)).toThrow(/scan 0 → calc 1/)
  })

  it('refuses a boolean that is neither', () => {
    const flags: Schema = [{ name: 'b', type: BOOLEAN, nullable: false }]
    expect(() => new CheckedEdge(flags, '', nothing).push(batchOf([{ kind: 'bool', values: Uint8Array.of(2), nulls: null }], 1))).toThrow(/row 0 of column `b`/)
  })

  it('refuses a watermark that goes back, an early End, and anything after it', () => {
    const back = edge()
    back.push({ kind: 'watermark', micros: 5 })
    expect(() => back.push({ kind: 'watermark', micros: 4 })).toThrow(/never goes back/)
    expect(() => edge().push(END)).toThrow(/\+∞ comes before End/)
    const over = edge()
    over.push({ kind: 'watermark', micros: Infinity })
    over.push(END)
    expect(() => over.push(good())).toThrow(/nothing follows End/)
  })
})

it('checkedOperator has an edge for every input', () => {
  const seen: number[] = []
  const operator = checkedOperator({ push: (_element, input) => seen.push(input) }, [{ schema, place: 'left' }, { schema: [], place: 'right' }])
  operator.push(good(), 0)
  expect(() => operator.push(good(), 1)).toThrow(/right: a batch has the 0 columns/)
  operator.push(batchOf([], 3), 1)
  expect(seen).toEqual([0, 1])
})

it('checkConservation misses a row', () => {
  const node = { kind: 'calc', id: 1 } as CalcNode
  expect(() => checkConservation(node, { ...newMeter(), rowsIn: 5, rowsOut: 2, rowsFiltered: 2, rowsFailed: 1 })).not.toThrow()
  expect(() => checkConservation(node, { ...newMeter(), rowsIn: 5, rowsOut: 2, rowsFiltered: 2 })).toThrow(/calc 1 accounts for every row/)
})
