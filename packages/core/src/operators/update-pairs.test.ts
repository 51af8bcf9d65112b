import { describe, expect, it } from 'vitest'
import { DELETE, INSERT, ROW_KIND_TEXT, UPDATE_AFTER, UPDATE_BEFORE, type Batch } from '../types/batch.js'
import { BIGINT, STRING, type Schema, type Value } from '../types/data-type.js'
import { rowValues } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { NewForms, UpdatePairs } from './update-pairs.js'

const schema: Schema = [{ name: 'k', type: STRING, nullable: true }, { name: 'n', type: BIGINT, nullable: true }]
type Row = readonly [number, Value, Value]

const batch = (...rows: readonly Row[]): Batch => batchFromRows(rows.map(([, ...values]) => values), schema, Uint8Array.from(rows, ([kind]) => kind))
const told = (result: Batch | null): string[] =>
  result === null ? [] : Array.from({ length: result.length }, (_, i) => `${ROW_KIND_TEXT[result.rowKinds?.[i] ?? 0]} ${rowValues(result, schema, i).map((value) => value ?? 'NULL').join(' ')}`)

/** Lets only some rows of a batch pass. */
function settled(source: Batch, passing: readonly number[], mayBeEqual = true): string[] {
  const result = batchFromRows(passing.map((row) => rowValues(source, schema, row)), schema, Uint8Array.from(passing, (row) => source.rowKinds![row]!))
  return told(new UpdatePairs(schema, mayBeEqual).settle(result, source, Int32Array.from(passing)))
}

describe('updates behind a filter', () => {
  const source = batch([UPDATE_BEFORE, 'a', 1n], [UPDATE_AFTER, 'a', 2n], [INSERT, 'b', 1n], [UPDATE_BEFORE, 'c', 1n], [UPDATE_AFTER, 'c', 2n], [DELETE, 'd', 1n])

  it('stay as they are where both halves pass', () => {
    expect(settled(source, [0, 1, 2, 3, 4, 5])).toEqual(['-U a 1', '+U a 2', '+I b 1', '-U c 1', '+U c 2', '-D d 1'])
  })

  it('become the half that passes', () => {
    expect(settled(source, [0, 4])).toEqual(['-D a 1', '+I c 2'])
    expect(settled(source, [1, 3])).toEqual(['+I a 2', '-D c 1'])
  })

  it('are no pair with the half of another', () => {
    expect(settled(source, [0, 4, 5])).toEqual(['-D a 1', '+I c 2', '-D d 1'])
  })
})

describe('updates behind a projection', () => {
  const source = batch([UPDATE_BEFORE, 'a', 1n], [UPDATE_AFTER, 'a', 1n], [INSERT, 'b', 1n], [UPDATE_BEFORE, 'c', null], [UPDATE_AFTER, 'c', 2n])

  it('are nothing where their halves are equal', () => {
    expect(settled(source, [0, 1, 2, 3, 4])).toEqual(['+I b 1', '-U c NULL', '+U c 2'])
    expect(settled(source, [0, 1])).toEqual([])
  })

  it('are not looked at where rows that differ stay different', () => {
    expect(settled(source, [0, 1, 2, 3, 4], false)).toHaveLength(5)
  })
})

describe('new forms', () => {
  it('leave out what a row was', () => {
    const forms = new NewForms(schema.length)
    expect(told(forms.of(batch([UPDATE_BEFORE, 'a', 1n], [UPDATE_AFTER, 'a', 2n], [DELETE, 'b', 1n])))).toEqual(['+U a 2', '-D b 1'])
    expect(forms.of(batch([UPDATE_BEFORE, 'a', 1n]))).toBeNull()
  })
})
