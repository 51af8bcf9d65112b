import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowGather } from '../expressions/selected-rows.js'
import { batchOf } from '../types/batch.js'
import { BIGINT, BYTES, DOUBLE, INT, STRING, type Schema, type Value } from '../types/data-type.js'
import { rowValues } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { RowStore } from './row-store.js'

const schema: Schema = [
  { name: 'i', type: INT, nullable: true }, { name: 'd', type: DOUBLE, nullable: true }, { name: 'n', type: BIGINT, nullable: true },
  { name: 's', type: STRING, nullable: true }, { name: 'b', type: BYTES, nullable: true },
]
const limit = { rowsMax: 1_000, tooManyRows: 'too many rows', tooMuchText: 'too much text' }

const row = fc.tuple(
  fc.option(fc.integer({ min: -3, max: 3 })),
  fc.option(fc.constantFrom(NaN, 0, 1.5, -2, Infinity)),
  fc.option(fc.constantFrom(0n, 7n, -7n, 2n ** 60n, 2n ** 53n - 1n)),
  fc.option(fc.constantFrom('', 'a', 'ä', 'ab', '😀', 'x'.repeat(300))),
  fc.option(fc.uint8Array({ maxLength: 3 })),
) as fc.Arbitrary<Value[]>

/** Rows to add at once, then places among those that are there of rows to remove. */
const steps = fc.array(fc.record({ added: fc.array(row, { minLength: 1, maxLength: 40 }), removed: fc.array(fc.nat(), { maxLength: 40 }) }), { maxLength: 30 })

describe('RowStore', () => {
  it('holds what was added and not removed, slots being used again', () => {
    fc.assert(fc.property(steps, (all) => {
      const store = new RowStore(schema, { ...limit, rowsMax: 10_000 })
      const held = new Map<number, Value[]>()
      for (const { added, removed } of all) {
        const slots = new Int32Array(added.length)
        store.add(batchFromRows(added, schema), Int32Array.from(added.keys()), added.length, slots)
        added.forEach((values, i) => {
          expect(held.has(slots[i]!)).toBe(false)
          held.set(slots[i]!, values)
        })
        for (const place of removed) {
          if (held.size === 0) break
          const slot = [...held.keys()][place % held.size]!
          held.delete(slot)
          store.remove(slot)
        }
        expect(store.size).toBe(held.size)
        checkRows(store, held)
      }
    }))
  })

  it('compares slots as it compares a slot with a row', () => {
    fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      const store = new RowStore(schema, limit)
      const batch = batchFromRows(rows, schema)
      const slots = new Int32Array(rows.length)
      store.add(batch, Int32Array.from(rows.keys()), rows.length, slots)
      for (const column of store.columns) {
        const c = store.columns.indexOf(column)
        for (const a of rows.keys()) {
          for (const b of rows.keys()) {
            const isEqual = column.equals(slots[a]!, batch.columns[c]!, b)
            if (column.isNull(slots[a]!) || column.isNull(slots[b]!)) expect(isEqual).toBe(rows[a]![c] === rows[b]![c])
            else {
              expect(column.compare(slots[a]!, slots[b]!) === 0).toBe(isEqual)
              expect(Math.sign(column.compare(slots[a]!, slots[b]!)) + Math.sign(column.compare(slots[b]!, slots[a]!))).toBe(0)
            }
          }
        }
      }
    }))
  })

  it('says what its user says past its limit', () => {
    const store = new RowStore(schema, limit)
    const rows = Array.from({ length: 1_001 }, (): Value[] => [1, 1, 1n, 'a', null])
    const batch = batchFromRows(rows, schema)
    expect(() => store.add(batch, Int32Array.from(rows.keys()), rows.length, new Int32Array(rows.length))).toThrow('too many rows')
  })
})

function checkRows(store: RowStore, held: ReadonlyMap<number, Value[]>): void {
  const slots = Int32Array.from(held.keys())
  if (slots.length === 0) return
  const columns = store.columns.map((_, c) => new RowGather().gather(store.vector(c), slots, slots.length))
  const batch = batchOf(columns, slots.length)
  slots.forEach((slot, i) => {
    expect(rowValues(batch, schema, i)).toEqual(held.get(slot))
    expect(store.equals(slot, batch, i)).toBe(true)
  })
}
