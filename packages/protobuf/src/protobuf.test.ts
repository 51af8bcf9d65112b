import type { DataType, TableDefinition, Value } from '@millrace/core'
import { array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DOUBLE, FLOAT, INT, map, row, STRING, timestamp, timestampLtz } from '@millrace/core'
import { decodedRecords, encodedRecords, tableOf } from '@millrace/testing'
import { describeFormat } from '@millrace/testing/contract'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { afterAll, describe, expect, it } from 'vitest'
import { protobufFormat } from './index.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-')))
afterAll(() => rmSync(folder, { recursive: true }))

mkdirSync(join(folder, 'shared'))
writeFileSync(join(folder, 'shared/state.proto'), 'syntax = "proto3"; package shared; enum State { NEW = 0; PAID = 5; LOST = -1; }')
writeFileSync(join(folder, 'shop.proto'), `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "shared/state.proto";

message Order {
  optional int32 i32 = 1; optional int64 i64 = 2; optional uint32 u32 = 3; optional uint64 u64 = 4; optional sint32 s32 = 5; optional sint64 s64 = 6;
  optional fixed32 f32 = 7; optional fixed64 f64 = 8; optional sfixed32 sf32 = 9; optional sfixed64 sf64 = 10; optional float f = 11; optional double d = 12;
  optional bool flag = 13; optional string text = 14; optional bytes data = 15; optional shared.State state = 16;
  google.protobuf.Timestamp at = 17; google.protobuf.Int64Value wrapped = 18; Inner inner = 19;
  message Inner { optional string a = 1; Inner next = 2; google.protobuf.Timestamp at = 3; }
}

message Plain {
  int64 id = 1; string text = 2; bool flag = 3; shared.State state = 4; bytes data = 5; double d = 6;
  repeated int32 xs = 7; repeated string names = 8; map<string, int64> dict = 9; repeated Order.Inner inners = 10; repeated sint64 loose = 11 [packed = false];
  oneof what { int32 a = 12; string b = 13; }
  map<int32, Order.Inner> by_number = 14;
}`)
writeFileSync(join(folder, 'old.proto'), 'syntax = "proto2"; message Old { required int32 id = 1; optional string name = 2 [default = "x"]; }')
writeFileSync(join(folder, 'broken.proto'), 'syntax = "proto3"; message {')

const INNER = row([{ name: 'a', type: STRING }, { name: 'next', type: row([{ name: 'a', type: STRING }]) }, { name: 'at', type: timestampLtz(3) }])
const ORDER: Readonly<Record<string, DataType>> = {
  i32: INT, i64: BIGINT, s32: INT, s64: BIGINT, sf32: INT, sf64: BIGINT, f: FLOAT, d: DOUBLE, flag: BOOLEAN, text: STRING, data: BYTES,
  at: timestamp(6), wrapped: BIGINT, inner: INNER,
}

function shop(columns: Readonly<Record<string, DataType>>, message: string, options: Readonly<Record<string, string>> = {}): TableDefinition {
  return { ...tableOf('t', 'kafka', columns, { 'protobuf.schema-file': 'shop.proto', 'protobuf.message-name': message, ...options }), baseDirectory: folder }
}

const ROWS: readonly (readonly Value[])[] = [
  [1, 2n ** 60n, -3, -(2n ** 62n), -5, 2n ** 62n, 0.5, 0.1, true, 'ä', Uint8Array.of(0, 255), 1_767_225_600_123_456, 7n, ['x', ['y'], 1_000_000]],
  Object.keys(ORDER).map(() => null),
  [0, 0n, 0, 0n, 0, 0n, -0, -0, false, '', Uint8Array.of(), -1, 0n, [null, null, -1000]],
]

describeFormat(protobufFormat, [{
  title: 'with fields that say whether they are there',
  make: () => ({
    table: shop(ORDER, 'shop.Order'), rows: ROWS, broken: [Uint8Array.of(8), Uint8Array.of(0, 0), Uint8Array.of(0x72, 5, 65), Uint8Array.of(9, 1, 2), Uint8Array.of(0x72, 1, 0xff)],
    refused: [
      { table: shop({ i32: STRING }, 'shop.Order'), code: 'SQL_UNSUPPORTED' }, { table: shop({ inner: row([{ name: 'a', type: INT }]) }, 'shop.Order'), code: 'SQL_UNSUPPORTED' },
      { table: shop({ i32: INT }, 'Ordr'), code: 'OPTION_INVALID' }, { table: shop({ i32: INT }, 'Order', { 'protobuf.descriptor-file': 'x' }), code: 'OPTION_INVALID' },
      { table: shop({ i32: INT }, 'Order', { 'protobuf.schema-file': 'nothing.proto' }), code: 'SOURCE_MISSING' },
      { table: shop({ i32: INT }, 'Order', { 'protobuf.schema-file': 'broken.proto' }), code: 'OPTION_INVALID' },
      { table: { ...shop({ i32: INT }, 'Order'), confinedTo: join(folder, 'shared') }, code: 'PATH_OUTSIDE' },
      { table: { ...tableOf('t', 'kafka', { a: INT }), baseDirectory: folder }, code: 'OPTION_MISSING' },
    ],
  }),
}, {
  title: 'with lists, maps and fields of which the default is absent',
  make: () => ({
    table: shop({ id: BIGINT, text: STRING, state: STRING, xs: array(INT), names: array(STRING), dict: map(STRING, BIGINT), inners: array(row([{ name: 'a', type: STRING }])), loose: array(BIGINT), by_number: map(INT, row([{ name: 'a', type: STRING }])) }, 'Plain'),
    rows: [
      [0n, '', 'NEW', [], [], new Map(), [], [], new Map()],
      [-1n, 'a', 'PAID', [0, -1, 2 ** 31 - 1], ['', 'b'], new Map([['', 0n], ['k', 2n ** 62n]]), [['x'], [null]], [-1n, 2n ** 60n], new Map([[0, ['z']], [-7, [null]]])],
    ],
    randomRows: false,
  }),
}])

/** What another implementation of the format makes of it. */
function library(message: string): protobuf.Type {
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => join(folder, target)
  return root.loadSync('shop.proto', { keepCase: true }).resolveAll().lookupType(message)
}

describe('protobuf', () => {
  it('is read by another implementation as it was written, and the other way round', async () => {
    const table = shop({ i64: BIGINT, u32: BIGINT, u64: decimal(20, 0), s64: BIGINT, f32: BIGINT, f64: decimal(20, 0), state: STRING, at: timestampLtz(6), inner: INNER, wrapped: BIGINT }, 'Order')
    const values = {
      i64: '-9223372036854775808', u32: 4294967295, u64: '18446744073709551615', s64: '-9223372036854775808', f32: 4294967295, f64: '18446744073709551615', state: 'LOST',
      at: { seconds: '-1', nanos: 999_999_000 }, inner: { a: 'x', next: { a: 'y' } }, wrapped: { value: '5' },
    }
    const expected = [-(2n ** 63n), 2n ** 32n - 1n, 2n ** 64n - 1n, -(2n ** 63n), 2n ** 32n - 1n, 2n ** 64n - 1n, 'LOST', -1, ['x', ['y'], null], 5n]
    const type = library('shop.Order')
    const bytes = type.encode(type.fromObject(values)).finish()
    expect((await decodedRecords(protobufFormat, table, [bytes])).rows).toEqual([expected])
    const signed = shop({ i64: BIGINT, u32: BIGINT, s64: BIGINT, f32: BIGINT, state: STRING, at: timestampLtz(6), inner: INNER, wrapped: BIGINT }, 'Order')
    const [written] = await encodedRecords(protobufFormat, signed, [[-(2n ** 63n), 2n ** 32n - 1n, -(2n ** 63n), 2n ** 32n - 1n, 'LOST', -1, ['x', ['y'], null], 5n]])
    const { u64, f64, ...others } = values
    expect([u64, f64]).toHaveLength(2)
    expect(type.toObject(type.decode(written!), { longs: String, enums: String })).toEqual(others)
  })

  it('reads lists of numbers together or not, and messages in several pieces', async () => {
    const table = shop({ xs: array(INT), loose: array(BIGINT), a: INT, b: STRING }, 'Plain')
    // xs: 1 alone, then 2 and 3 together; loose: together although declared otherwise; b after a.
    const bytes = Uint8Array.of(0x38, 1, 0x3a, 2, 2, 3, 0x5a, 2, 1, 2, 0x60, 9, 0x6a, 1, 65)
    expect((await decodedRecords(protobufFormat, table, [bytes])).rows).toEqual([[[1, 2, 3], [-1n, 1n], 9, 'A']])
    const inner = shop({ inner: row([{ name: 'a', type: STRING }, { name: 'next', type: row([{ name: 'a', type: STRING }]) }]) }, 'Order')
    // inner { a: "x" } inner { next { a: "y" } }
    expect((await decodedRecords(protobufFormat, inner, [Uint8Array.of(0x9a, 1, 3, 0x0a, 1, 120, 0x9a, 1, 5, 0x12, 3, 0x0a, 1, 121)])).rows).toEqual([[['x', ['y']]]])
  })

  it('goes over fields that it does not know, groups of old messages too', async () => {
    const table = shop({ id: BIGINT }, 'Plain')
    // Field 100: a varint, eight bytes, a text, four bytes, a group with a group in it; then id.
    const bytes = Buffer.from('a00605 a1060102030405060708 a2060141 a50601020304 a306a306a00601a406a406 0807'.replaceAll(' ', ''), 'hex')
    expect((await decodedRecords(protobufFormat, table, [bytes])).rows).toEqual([[7n]])
    const deep = Buffer.from('a306'.repeat(1000), 'hex')
    expect((await decodedRecords(protobufFormat, table, [deep])).failures[0]!.message).toContain('nested deeper')
  })

  it('takes a descriptor set', async () => {
    const root = new protobuf.Root()
    root.resolvePath = (_origin, target) => join(folder, target)
    const set = root.loadSync('shop.proto', { keepCase: true }).resolveAll() as protobuf.Root
    writeFileSync(join(folder, 'shop.desc'), descriptor.FileDescriptorSet.encode(set.toDescriptor('proto3')).finish())
    const table: TableDefinition = { ...tableOf('t', 'kafka', { i64: BIGINT, state: STRING, inner: INNER }, { 'protobuf.descriptor-file': 'shop.desc', 'protobuf.message-name': 'shop.Order' }), baseDirectory: folder }
    const rows: Value[][] = [[2n ** 60n, 'PAID', ['x', null, 0]], [null, null, null]]
    expect((await decodedRecords(protobufFormat, table, await encodedRecords(protobufFormat, table, rows))).rows).toEqual(rows)
  })

  it('knows required fields of proto2', async () => {
    const table: TableDefinition = { ...tableOf('t', 'kafka', { id: INT, name: STRING, other: STRING }, { 'protobuf.schema-file': 'old.proto' }), baseDirectory: folder }
    const { rows, failures } = await decodedRecords(protobufFormat, table, [Uint8Array.of(8, 1), Uint8Array.of(0x12, 1, 65)])
    expect(rows).toEqual([[1, null, null]])
    expect(failures.map(({ message }) => message)).toEqual(['the required field `id` is missing; the record is of another message'])
    const written = { ...table, columns: table.columns.slice(0, 2) }
    expect(await encodedRecords(protobufFormat, written, [[1, 'A']])).toEqual([Uint8Array.of(8, 1, 0x12, 1, 65)])
    await expect(encodedRecords(protobufFormat, written, [[null, 'A']])).rejects.toMatchObject({ code: 'ROW_UNENCODABLE' })
    await expect(encodedRecords(protobufFormat, { ...table, columns: table.columns.slice(1, 2) }, [])).rejects.toMatchObject({ code: 'SQL_UNSUPPORTED' })
  })

  it.each<[string, string, Readonly<Record<string, DataType>>, Value[], string]>([
    ['a number out of range', 'Order', { i32: BIGINT }, [2n ** 31n], 'ROW_UNENCODABLE'], ['a negative one', 'Order', { u32: BIGINT }, [-1n], 'ROW_UNENCODABLE'],
    ['a name that the enum has not', 'Order', { state: STRING }, ['SOLD'], 'ROW_UNENCODABLE'], ['NULL in a list', 'Plain', { xs: array(INT) }, [[null]], 'ROW_UNENCODABLE'],
    ['NULL in a map', 'Plain', { dict: map(STRING, BIGINT) }, [new Map([['a', null]])], 'ROW_UNENCODABLE'], ['a column without a field', 'Plain', { none: INT }, [1], 'SQL_UNSUPPORTED'],
    ['a type that does not fit', 'Plain', { text: DATE }, [1], 'SQL_UNSUPPORTED'],
  ])('refuses to write %s', async (_, message, columns, values, code) => {
    await expect(encodedRecords(protobufFormat, shop(columns, message), [values])).rejects.toMatchObject({ code })
  })
})
