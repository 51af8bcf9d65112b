import { describe, expect, it } from 'vitest'
import { column, decodeText } from '../decode.test.kit.js'
import { decodeMessages, encodeMessages, tableOf } from '../messages.test.kit.js'
import { array, BIGINT, BOOLEAN, BYTES, DOUBLE, FLOAT, INT, SMALLINT, STRING, TINYINT, type DataType, type Value } from '../../types/data-type.js'
import { rawFormat } from './raw-format.js'

describe('raw', () => {
  it.each<[string, DataType, Value[]]>([
    ['texts', STRING, ['', 'ä\nb', '😀']], ['bytes', BYTES, [Uint8Array.of(), Uint8Array.of(0, 10, 255)]], ['booleans', BOOLEAN, [true, false]],
    ['TINYINT', TINYINT, [-128, 127]], ['SMALLINT', SMALLINT, [-32_768, 258]], ['INT', INT, [-(2 ** 31), 258]],
    ['BIGINT', BIGINT, [-(2n ** 63n), 2n ** 53n + 1n, 258n]], ['FLOAT', FLOAT, [Math.fround(0.1), -0, NaN]], ['DOUBLE', DOUBLE, [0.1, Infinity]],
  ])('holds %s in either order of bytes', (_, type, values) => {
    for (const order of ['big-endian', 'little-endian']) {
      const options = { 'raw.endianness': order }
      const records = encodeMessages(rawFormat, [column('v', type)], values.map((value) => [value]), options)
      expect(decodeMessages(rawFormat, [column('v', type)], records, { options }).rows).toEqual(values.map((value) => [value]))
    }
  })

  it('writes numbers as ByteBuffer and DataView of others do', () => {
    expect(encodeMessages(rawFormat, [column('v', INT)], [[258]])).toEqual([Uint8Array.of(0, 0, 1, 2)])
    expect(encodeMessages(rawFormat, [column('v', INT)], [[258]], { 'raw.endianness': 'little-endian' })).toEqual([Uint8Array.of(2, 1, 0, 0)])
  })

  it('reports records that are none and goes on', () => {
    const { rows, failures, positions } = decodeMessages(rawFormat, [column('v', SMALLINT)], [Uint8Array.of(1), Uint8Array.of(0, 7), Uint8Array.of(1, 2, 3)])
    expect(rows).toEqual([[7]])
    expect(positions).toEqual([101])
    expect(failures.map(({ code, position, key }) => [code, position, String(key)])).toEqual([['ROW_UNDECODABLE', 100, 'key 0'], ['ROW_UNDECODABLE', 102, 'key 2']])
    expect(failures[0]!.message).toBe('column `v`: a raw SMALLINT is 2 bytes, and the record has 1')
    expect(decodeMessages(rawFormat, [column('v', STRING)], [Uint8Array.of(0xff)]).failures[0]!.message).toBe('column `v`: the text is no UTF-8')
  })

  it('filters, and needs no column to count', () => {
    const records = ['a', 'b', 'c'].map((text) => Buffer.from(text))
    const filter = [{ column: 0, op: '>=' as const, values: ['b'] }]
    expect(decodeMessages(rawFormat, [column('v', STRING)], records, { filter, batchRows: 1 })).toMatchObject({ rows: [['b'], ['c']], filtered: 1 })
    expect(decodeMessages(rawFormat, [column('v', STRING)], records, { wanted: [] }).rows).toEqual([[], [], []])
  })

  it('is a line in a file', () => {
    expect(decodeText('raw', 'a\r\n\nb', { columns: [column('v', STRING)] }).rows).toEqual([['a'], [''], ['b']])
    const inLines = { 'record.borders': 'newlines' }
    expect(() => encodeMessages(rawFormat, [column('v', STRING)], [['a\nb']], inLines)).toThrow(expect.objectContaining({ code: 'ROW_UNENCODABLE' }))
  })

  it('refuses what is not one column of its types', () => {
    const check = (types: DataType[], options = {}): (() => void) => () => rawFormat.check(tableOf(types.map((type, i) => column(`c${i}`, type)), options))
    for (const types of [[STRING, STRING], [], [array(INT)]]) expect(check(types)).toThrow(expect.objectContaining({ code: 'SQL_UNSUPPORTED' }))
    expect(check([STRING], { 'raw.charset': 'latin1' })).toThrow(expect.objectContaining({ code: 'SQL_UNSUPPORTED' }))
    expect(() => encodeMessages(rawFormat, [column('v', STRING)], [[null]])).toThrow(expect.objectContaining({ code: 'ROW_UNENCODABLE' }))
  })
})
