import { describe, expect, it } from 'vitest'
import { BIGINT, STRING, timestampLtz } from '../types/data-type.js'
import { column } from './decode.test.kit.js'
import { recordPartsOf, scanOfPart } from './record-parts.js'

const COLUMNS = [column('id', BIGINT), column('Name', STRING), { ...column('at', timestampLtz(3)), metadata: 'timestamp' }, column('note', STRING)]

function parts(options: Record<string, string>, primaryKey: string[] = []): ReturnType<typeof recordPartsOf> {
  return recordPartsOf({ name: 't', connector: 'kafka', options, columns: COLUMNS, primaryKey, partitionedBy: [], baseDirectory: '/' })
}

const names = (part: { readonly table: { readonly columns: readonly { readonly name: string }[] } } | null): string[] | undefined => part?.table.columns.map(({ name }) => name)

describe('key and value', () => {
  it('are the value alone where no key is named', () => {
    const { key, value, upsert } = parts({ format: 'json' })
    expect([key, upsert, names(value), value.columns]).toEqual([null, false, ['id', 'Name', 'note'], [0, 1, 3]])
  })

  it('have the key in both, or in one', () => {
    const both = parts({ 'value.format': 'json', 'key.format': 'raw', 'key.fields': 'name' })
    expect([names(both.key), both.key!.columns, names(both.value)]).toEqual([['Name'], [1], ['id', 'Name', 'note']])
    const one = parts({ format: 'csv', 'key.format': 'json', 'key.fields': 'note; id', 'value.fields-include': 'EXCEPT_KEY' })
    expect([names(one.key), one.key!.columns, names(one.value)]).toEqual([['note', 'id'], [3, 0], ['Name']])
  })

  it('drop a prefix of the key', () => {
    const { key } = parts({ format: 'json', 'key.format': 'json', 'key.fields': 'note', 'key.fields-prefix': 'no', 'value.fields-include': 'EXCEPT_KEY' })
    expect(names(key)).toEqual(['te'])
  })

  it('are an upsert with a PRIMARY KEY', () => {
    const { key, upsert } = parts({ format: 'json', 'key.format': 'json' }, ['id'])
    expect([names(key), upsert]).toEqual([['id'], true])
  })

  it('give options to their own format', () => {
    const { key, value } = parts({
      format: 'json', 'key.format': 'json', 'key.fields': 'id', 'json.timestamp-unit': 's', 'value.json.timestamp-unit': 'us', 'key.json.timestamp-unit': 'ns',
    })
    expect([key!.table.options['json.timestamp-unit'], value.table.options['json.timestamp-unit']]).toEqual(['ns', 'us'])
    expect(parts({ format: 'json', 'key.format': 'json', 'key.fields': 'id', 'json.timestamp-unit': 's' }).key!.table.options['json.timestamp-unit']).toBeUndefined()
  })

  it.each<[string, Record<string, string>, string[], string]>([
    ['no format', {}, [], 'OPTION_MISSING'],
    ['two formats', { 'format': 'json', 'value.format': 'csv' }, [], 'OPTION_INVALID'],
    ['an unknown format', { format: 'jsn' }, [], 'OPTION_INVALID'],
    ['an unknown column', { 'format': 'json', 'key.format': 'raw', 'key.fields': 'nme' }, [], 'OPTION_INVALID'],
    ['a metadata column', { 'format': 'json', 'key.format': 'raw', 'key.fields': 'at' }, [], 'OPTION_INVALID'],
    ['a column twice', { 'format': 'json', 'key.format': 'json', 'key.fields': 'id;id' }, [], 'OPTION_INVALID'],
    ['no key format', { 'format': 'json', 'key.fields': 'id' }, [], 'OPTION_MISSING'],
    ['no key fields', { 'format': 'json', 'key.format': 'raw' }, [], 'OPTION_MISSING'],
    ['no key of an upsert', { format: 'json' }, ['id'], 'OPTION_MISSING'],
    ['a prefix and ALL', { 'format': 'json', 'key.format': 'json', 'key.fields': 'note', 'key.fields-prefix': 'no' }, [], 'OPTION_INVALID'],
    ['another prefix', { 'format': 'json', 'key.format': 'json', 'key.fields': 'id', 'key.fields-prefix': 'k_', 'value.fields-include': 'EXCEPT_KEY' }, [], 'OPTION_INVALID'],
    ['a type its format has not', { 'format': 'raw' }, [], 'SQL_UNSUPPORTED'],
  ])('refuse %s', (_, options, primaryKey, code) => {
    expect(() => parts(options, primaryKey)).toThrow(expect.objectContaining({ code }))
  })

  it('have a scan of each', () => {
    const { key, value } = parts({ 'format': 'json', 'key.format': 'raw', 'key.fields': 'Name', 'value.fields-include': 'EXCEPT_KEY' })
    const table = { name: 't', connector: 'kafka', options: {}, columns: COLUMNS, primaryKey: [], partitionedBy: [], baseDirectory: '/' }
    const scan = {
      table, batchRows: 10, columns: [COLUMNS[3]!, COLUMNS[2]!, COLUMNS[1]!],
      filter: [{ column: 2, op: '=' as const, values: ['x'] }, { column: 0, op: 'is null' as const, values: [] }],
    }
    const ofKey = scanOfPart(scan, key!)
    expect([ofKey.columns, ofKey.scan.columns.map(({ name }) => name), ofKey.scan.filter]).toEqual([[2], ['Name'], [{ column: 0, op: '=', values: ['x'] }]])
    const ofValue = scanOfPart(scan, value)
    expect([ofValue.columns, ofValue.scan.filter]).toEqual([[0], [{ column: 0, op: 'is null', values: [] }]])
  })
})
