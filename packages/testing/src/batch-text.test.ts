import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchToRows, BIGINT, decimal, DELETE, INSERT, STRING, timestamp, UPDATE_AFTER, UPDATE_BEFORE } from '@millrace/core'
import type { RowKind, Schema } from '@millrace/core'
import { batchFromText, batchToText, changesFromText, changesToText } from './batch-text.js'
import { foldChanges } from './fold-changes.js'
import { typeFromText } from './type-text.js'

const TEXT = `
   user:STRING  amount:BIGINT NOT NULL  at:TIMESTAMP(3)
 + ada          10                      2026-01-01 00:00:10.000
-U ada          10                      2026-01-01 00:00:10.000
+U NULL         12                      NULL
 - 'NULL'       -3                      1970-01-01 00:00:00.001`.slice(1)

describe('a batch as text', () => {
  it('is read', () => {
    const { schema, batch } = batchFromText(TEXT)
    expect(schema).toEqual([
      { name: 'user', type: STRING, nullable: true }, { name: 'amount', type: BIGINT, nullable: false }, { name: 'at', type: timestamp(3), nullable: true },
    ])
    expect([...batch.rowKinds!]).toEqual([INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE])
    expect(batchToRows(batch, schema)).toEqual([['ada', 10n, 1_767_225_610_000_000], ['ada', 10n, 1_767_225_610_000_000], [null, 12n, null], ['NULL', -3n, 1_000]])
  })

  it('is written as it was read', () => {
    const { schema, batch } = batchFromText(TEXT)
    expect(batchToText(batch, schema)).toBe(TEXT)
  })

  it('has row kinds only where a row is no INSERT', () => {
    expect(batchFromText('  n:BIGINT\n + 1').batch.rowKinds).toBeNull()
  })

  it('holds any text', () => {
    const schema: Schema = [{ name: 'a', type: STRING, nullable: true }, { name: 'b', type: STRING, nullable: true }]
    const anyText = fc.option(fc.oneof(fc.string(), fc.constantFrom('', ' ', 'NULL', "'", "it''s", 'a  b', '+I', '-')).filter((text) => !/[\r\n]/.test(text)))
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(3), anyText, anyText)), (rows) => {
      const changes = rows.map(([kind, ...values]) => ({ kind: kind as RowKind, values }))
      expect(changesFromText(changesToText(changes, schema))).toEqual({ schema, changes })
    }))
  })

  it('says what is wrong', () => {
    expect(() => changesFromText('  n:BIGINT\n + 1  2')).toThrow(/1 cells/)
    expect(() => changesFromText('  n:BIGINT\n 1')).toThrow(/begins with its kind/)
    expect(() => changesFromText('  n:BIGGISH\n + 1')).toThrow(/no type is called BIGGISH/)
    expect(() => changesFromText('  n:BIGINT\n + one')).toThrow(/one/)
  })

  it('reads types', () => {
    expect(typeFromText('decimal(10, 2)')).toEqual(decimal(10, 2))
    expect(typeFromText('MAP<STRING, ARRAY<BIGINT>>')).toMatchObject({ kind: 'MAP', key: STRING, value: { kind: 'ARRAY', element: BIGINT } })
  })
})

describe('foldChanges', () => {
  const { schema, changes } = changesFromText(`
   user:STRING  n:BIGINT
 + bob          1
 + ada          1
 + ada          1
-U ada          1
+U ada          2
 - bob          1`)

  it('adds and takes back rows, and sorts them', () => {
    expect(foldChanges(changes, schema)).toEqual([['ada', 1n], ['ada', 2n]])
  })

  it('keeps the last row of a key', () => {
    expect(foldChanges(changes, schema, ['user'])).toEqual([['ada', 2n]])
  })

  it('does not take back what is not there', () => {
    expect(() => foldChanges(changes.slice(3), schema)).toThrow(/never added/)
  })
})
