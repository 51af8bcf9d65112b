import type { DataType, Value } from '@millrace/core'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_MONTH, map, row, SMALLINT, STRING, time, timestamp, timestampLtz, TINYINT,
} from '@millrace/core'
import { decodedRecords, encodedRecords, tableOf } from '@millrace/testing'
import { describeFormat } from '@millrace/testing/contract'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { avroFormat } from './avro-format.js'
import { schemaOfTable } from './schema/table-schema.js'

const ALL: Readonly<Record<string, DataType>> = {
  flag: BOOLEAN, t: TINYINT, s: SMALLINT, i: INT, b: BIGINT, f: FLOAT, d: DOUBLE, m: decimal(38, 6), text: STRING, bytes: BYTES, day: DATE, at: time(3), at6: time(6),
  ts: timestamp(3), ts6: timestamp(6), ltz: timestampLtz(3), list: array(BIGINT), dict: map(STRING, decimal(10, 2)),
  nested: row([{ name: 'a', type: STRING }, { name: 'b', type: array(row([{ name: 'c', type: timestamp(6) }])) }]),
}
const ROWS: readonly (readonly Value[])[] = [
  [
    true, 1, -2, 3, 4n, 0.5, 0.1, 10n ** 37n, 'ada', Uint8Array.of(0, 255), 20_000, 3_600_000_000, 1, 1_767_225_600_000_000, 1_767_225_600_123_456, -1000, [1n, null],
    new Map([['k', 250n]]), ['x', [[0], null]],
  ],
  Object.keys(ALL).map(() => null),
  [false, -128, 32_767, 2 ** 31 - 1, -(2n ** 63n), -0, -0, -1n, '', Uint8Array.of(), -1, 0, 0, 0, -1, 0, [], new Map(), [null, null]],
]

describeFormat(avroFormat, [{
  title: 'with a column of every type',
  make: () => ({
    table: tableOf('t', 'kafka', ALL), rows: ROWS, broken: [Uint8Array.of(), Uint8Array.of(7), Uint8Array.of(2, 2, 0), new Uint8Array(200)],
    refused: [
      { table: tableOf('t', 'kafka', { a: INTERVAL_MONTH }), code: 'SQL_UNSUPPORTED' }, { table: tableOf('t', 'kafka', { a: map(INT, INT) }), code: 'SQL_UNSUPPORTED' },
      { table: tableOf('t', 'kafka', { 'a b': INT }), code: 'SQL_UNSUPPORTED' }, { table: tableOf('t', 'kafka', { a: INT }, { 'avro.schema': '{' }), code: 'OPTION_INVALID' },
      { table: tableOf('t', 'kafka', { a: INT }, { 'avro.schema': '"int"', 'avro.schema-file': 'x' }), code: 'OPTION_INVALID' },
      { table: tableOf('t', 'kafka', { a: INT }, { 'avro.schema-file': 'nothing.avsc' }), code: 'SOURCE_MISSING' },
      { table: { ...tableOf('t', 'kafka', { a: INT }, { 'avro.schema-file': '/etc/hostname' }), confinedTo: import.meta.dirname }, code: 'PATH_OUTSIDE' },
      { table: tableOf('t', 'kafka', { a: INT }, { 'avro.schema': record([{ name: 'a', type: 'string' }]) }), code: 'SQL_UNSUPPORTED' },
    ],
  }),
}, { title: 'without NULLs', make: () => ({ table: tableOf('t', 'kafka', Object.entries(ALL).map(([name, type]) => ({ name, type, nullable: false }))), rows: [ROWS[0]!, ROWS[2]!] }) }])

function record(fields: readonly unknown[], name = 'r'): string {
  return JSON.stringify({ type: 'record', name, fields })
}

/** Longs as bigints, which the library leaves to its user. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(), toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt, toJSON: Number, isValid: (value: unknown) => typeof value === 'bigint', compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
})

function libraryType(schema: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: true, registry: { long: LONG } })
}

describe('avro', () => {
  it('is read by the library as it was written, and the other way round', async () => {
    const table = tableOf('t', 'kafka', { b: BIGINT, text: STRING, list: array(BIGINT), dict: map(STRING, BIGINT), r: row([{ name: 'x', type: DOUBLE }]), i: INT })
    const type = libraryType(schemaOfTable(table))
    const rows: Value[][] = [
      [2n ** 60n + 1n, 'ä', [1n, -(2n ** 62n), null], new Map([['k', 7n]]), [0.5], -1], [null, null, null, null, null, null],
      ...[0n, 63n, 64n, -64n, -65n, 8191n, 8192n, 2n ** 27n, 2n ** 28n, -(2n ** 28n) - 1n, 2n ** 31n, 2n ** 48n, 2n ** 52n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]
        .map((b): Value[] => [b, String(b), [b], new Map([[String(b), b]]), [Number(b)], null]),
    ]
    const records = await encodedRecords(avroFormat, table, rows)
    const values = records.map((bytes) => type.fromBuffer(Buffer.from(bytes)) as Record<string, unknown>)
    expect(values[0]).toEqual({
      b: { long: 2n ** 60n + 1n }, text: { string: 'ä' }, list: { array: [{ long: 1n }, { long: -(2n ** 62n) }, null] }, dict: { map: { k: { long: 7n } } },
      r: { 'millrace.record_r': { x: { double: 0.5 } } }, i: { int: -1 },
    })
    expect(values.map(({ b }) => (b as { long: bigint } | null)?.long ?? null)).toEqual(rows.map(([b]) => b))
    expect(values.map((value) => new Uint8Array(type.toBuffer(value)))).toEqual(records)
    expect((await decodedRecords(avroFormat, table, values.map((value) => type.toBuffer(value)))).rows).toEqual(rows)
  })

  it('takes a schema that the table gives: enums, fixed, decimals, unions of several, records in one another', async () => {
    const schema = JSON.stringify({
      type: 'record', name: 'Order', namespace: 'shop', fields: [
        { name: 'id', type: { type: 'fixed', name: 'Id', size: 2 } }, { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] } },
        { name: 'price', type: { type: 'fixed', name: 'Money', size: 6, logicalType: 'decimal', precision: 12, scale: 2 } },
        { name: 'what', type: ['null', 'int', 'string'] }, { name: 'other', type: ['null', 'State'] }, { name: 'next', type: ['null', 'Order'], default: null },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-nanos' } },
      ],
    })
    const table = tableOf('t', 'kafka', { id: BYTES, state: STRING, price: decimal(10, 3), what: BIGINT, other: STRING, at: timestampLtz(6) }, { 'avro.schema': schema })
    const type = libraryType(schema)
    const price = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xfe, 0x0c])
    const orders = [
      { id: Buffer.from([1, 2]), state: 'PAID', price, what: { int: 7 }, other: null, next: null, at: 1_999 },
      { id: Buffer.from([3, 4]), state: 'NEW', price: Buffer.alloc(6), what: null, other: { 'shop.State': 'NEW' }, next: null, at: -1 },
    ]
    const inner = { ...orders[0], next: { 'shop.Order': orders[1] } }
    const { rows, failures } = await decodedRecords(avroFormat, table, [...orders, inner].map((order) => type.toBuffer(order)))
    expect(failures).toEqual([])
    const first = [Uint8Array.of(1, 2), 'PAID', -5000n, 7n, null, 1]
    expect(rows).toEqual([first, [Uint8Array.of(3, 4), 'NEW', 0n, null, 'NEW', -1], first])
    const written = await encodedRecords(avroFormat, { ...table, columns: table.columns.map((column) => (column.name === 'what' ? { ...column, type: INT } : column)) }, [[Uint8Array.of(1, 2), 'PAID', -5000n, 7, null, 1]])
    expect(type.fromBuffer(Buffer.from(written[0]!))).toEqual({ ...orders[0], at: 1000 })
    const strange = type.toBuffer({ ...orders[0], what: { string: 'x' } })
    expect((await decodedRecords(avroFormat, table, [strange])).failures[0]!.message).toBe('column `what`: string does not become BIGINT; declare the column otherwise')
    expect((await decodedRecords(avroFormat, table, [strange], ['state'])).rows).toEqual([['PAID']])
  })

  it('writes defaults for what the table has not, and refuses what does not fit', async () => {
    const withDefault = record([{ name: 'a', type: 'int' }, { name: 'b', type: 'string', default: 'x' }, { name: 'c', type: ['long', 'null'], default: 5 }])
    const options = { 'avro.schema': withDefault }
    const written = await encodedRecords(avroFormat, tableOf('t', 'kafka', { a: INT }, options), [[1]])
    expect(libraryType(withDefault).fromBuffer(Buffer.from(written[0]!))).toEqual({ a: 1, b: 'x', c: { long: 5n } })
    const refused = (columns: Readonly<Record<string, DataType>>, schema: string): Promise<unknown> => encodedRecords(avroFormat, tableOf('t', 'kafka', columns, { 'avro.schema': schema }), [])
    await expect(refused({ a: INT, d: INT }, withDefault)).rejects.toMatchObject({ code: 'SQL_UNSUPPORTED', message: expect.stringContaining('no field `d`') })
    await expect(refused({ b: STRING }, withDefault)).rejects.toMatchObject({ code: 'SQL_UNSUPPORTED', message: expect.stringContaining('field `a`') })
    await expect(refused({ a: STRING }, record([{ name: 'a', type: 'int' }]))).rejects.toMatchObject({ code: 'SQL_UNSUPPORTED' })
    const unencodable = (type: DataType, schema: unknown, value: Value): Promise<unknown> => encodedRecords(avroFormat, tableOf('t', 'kafka', { a: type }, { 'avro.schema': record([{ name: 'a', type: schema }]) }), [[value]])
    const enumeration = { type: 'enum', name: 'e', symbols: ['A'] }
    for (const [type, schema, value] of [[INT, 'int', null], [BIGINT, 'int', 2n ** 31n], [STRING, enumeration, 'B'], [BYTES, { type: 'fixed', name: 'f', size: 2 }, Uint8Array.of(1)],
      [decimal(5, 0), { type: 'bytes', logicalType: 'decimal', precision: 3 }, 1000n]] as const) {
      await expect(unencodable(type, schema, value)).rejects.toMatchObject({ code: 'ROW_UNENCODABLE' })
    }
  })

  it('ends whatever is claimed', async () => {
    const schema = record([{ name: 'a', type: { type: 'array', items: { type: 'array', items: 'null' } } }, { name: 'n', type: ['null', 'r'], default: null }, { name: 'b', type: 'int' }])
    const table = tableOf('t', 'kafka', { b: INT }, { 'avro.schema': schema })
    // 2^40 arrays of 2^20 nulls; the record in itself 100,000 times.
    const endless = Buffer.from(`${'80808080808040'}${'8080808001'.repeat(1000)}`, 'hex')
    const deep = Buffer.from('0002'.repeat(100_000), 'hex')
    const { rows, failures } = await decodedRecords(avroFormat, table, [endless, deep, Uint8Array.of(0, 0, 4)])
    expect(rows).toEqual([[2]])
    expect(failures.map(({ message }) => message)).toEqual([expect.stringContaining('more than the record can hold'), expect.stringContaining('nested deeper')])
  })

  it('has one column where the schema is no record', async () => {
    const table = tableOf('t', 'kafka', { id: STRING }, { 'avro.schema': '"string"' })
    expect(await encodedRecords(avroFormat, table, [['ab']])).toEqual([Uint8Array.of(4, 97, 98)])
    expect((await decodedRecords(avroFormat, table, [Uint8Array.of(4, 97, 98)])).rows).toEqual([['ab']])
    expect(() => avroFormat.check(tableOf('t', 'kafka', { a: STRING, b: STRING }, { 'avro.schema': '"string"' }))).toThrow(expect.objectContaining({ code: 'SQL_UNSUPPORTED' }))
  })
})
