import type { DataType, TableDefinition, Value } from '@millrace/core'
import { array, BIGINT, BYTES, decimal, DOUBLE, FLOAT, INT, row, STRING, timestampLtz } from '@millrace/core'
import { decodedRecords, encodedRecords, tableOf } from '@millrace/testing'
import { describeFormat } from '@millrace/testing/contract'
import avro from 'avsc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { avroConfluentFormat } from './avro-confluent-format.js'
import { SchemaRegistry } from './registry/schema-registry.js'
import { startSchemaRegistry, type TestRegistry } from './testing/schema-registry.js'

let registry: TestRegistry
beforeAll(async () => {
  registry = await startSchemaRegistry()
})
afterAll(() => registry.close())

function confluent(columns: Readonly<Record<string, DataType>>, options: Readonly<Record<string, string>> = {}): TableDefinition {
  return tableOf('t', 'kafka', columns, { 'topic': 'orders', 'avro-confluent.url': registry.url, ...options })
}

describeFormat(avroConfluentFormat, [{
  title: 'with a registry',
  make: async () => {
    const own = await startSchemaRegistry('ada:lovelace')
    const options = { 'topic': 'orders', 'avro-confluent.url': own.url, 'avro-confluent.basic-auth.user-info': 'ada:lovelace' }
    return {
      table: tableOf('t', 'kafka', { b: BIGINT, s: STRING, m: decimal(12, 2), l: array(timestampLtz(3)) }, options), rows: [[1n, 'a', 150n, [0]], [null, null, null, null], [2n ** 60n, 'ä', -1n, []]],
      broken: [Uint8Array.of(), Uint8Array.of(1, 0, 0, 0, 1, 0), Uint8Array.of(0, 0, 0, 0, 99, 0), Uint8Array.of(0, 0, 0, 0, 1)],
      refused: [
        { table: tableOf('t', 'kafka', { a: INT }), code: 'OPTION_MISSING' }, { table: tableOf('t', 'kafka', { a: INT }, { 'avro-confluent.url': 'nowhere' }), code: 'OPTION_INVALID' },
        { table: tableOf('t', 'kafka', { a: INT }, { 'avro-confluent.url': 'http://a:b@c' }), code: 'OPTION_INVALID' },
      ],
      cleanUp: () => own.close(),
    }
  },
}])

function written(schema: unknown, value: unknown): Uint8Array {
  const text = JSON.stringify(schema)
  const id = registry.register('orders-value', text)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, avro.Type.forSchema(schema as avro.Schema, { wrapUnions: true }).toBuffer(value)])
}

const recordOf = (...fields: readonly unknown[]): unknown => ({ type: 'record', name: 'Order', fields })

describe('a schema that has changed', () => {
  it.each<[string, unknown, unknown, Readonly<Record<string, DataType>>, Record<string, string>, Value[]]>([
    ['a field that was not there yet is NULL', recordOf({ name: 'a', type: 'int' }), { a: 1 }, { a: INT, b: STRING }, {}, [1, null]],
    ['or its default, where the table gives one', recordOf({ name: 'a', type: 'int' }), { a: 1 }, { a: INT, b: STRING, c: BIGINT }, {
      'avro-confluent.schema': JSON.stringify(recordOf({ name: 'a', type: 'int' }, { name: 'b', type: 'string', default: 'none' }, { name: 'c', type: ['long', 'null'], default: 7 })),
    }, [1, 'none', 7n]],
    ['a field that nobody wants any more is left out', recordOf({ name: 'old', type: { type: 'array', items: 'string' } }, { name: 'a', type: 'int' }), { old: ['x', 'yz'], a: 1 }, { a: INT }, {}, [1]],
    ['a field has a new name, which the table knows as alias of its own', recordOf({ name: 'before', type: 'int' }), { before: 1 }, { now: INT }, {
      'avro-confluent.schema': JSON.stringify(recordOf({ name: 'now', type: 'int', aliases: ['before'] })),
    }, [1]],
    ['or the writer as alias of the old one', recordOf({ name: 'now', type: 'int', aliases: ['before'] }), { now: 1 }, { before: INT }, {}, [1]],
    ['int becomes long, float and double', recordOf({ name: 'a', type: 'int' }, { name: 'b', type: 'int' }, { name: 'c', type: 'int' }), { a: 1, b: 2, c: 3 }, { a: BIGINT, b: FLOAT, c: DOUBLE }, {}, [1n, 2, 3]],
    ['long becomes float and double, float double', recordOf({ name: 'a', type: 'long' }, { name: 'b', type: 'long' }, { name: 'c', type: 'float' }), { a: 1, b: 2, c: 0.5 }, { a: FLOAT, b: DOUBLE, c: DOUBLE }, {}, [1, 2, 0.5]],
    ['string and bytes become each other', recordOf({ name: 'a', type: 'string' }, { name: 'b', type: 'bytes' }), { a: 'x', b: Buffer.from('ä') }, { a: BYTES, b: STRING }, {}, [Uint8Array.of(120), 'ä']],
    ['what may be null does, or no longer', recordOf({ name: 'a', type: ['null', 'int'] }, { name: 'b', type: 'int' }), { a: { int: 1 }, b: 2 }, { a: INT, b: INT }, {}, [1, 2]],
    ['fields have another order', recordOf({ name: 'b', type: 'string' }, { name: 'a', type: 'int' }), { b: 'x', a: 1 }, { a: INT, b: STRING }, {}, [1, 'x']],
    ['and so in a record inside', recordOf({ name: 'r', type: { type: 'record', name: 'R', fields: [{ name: 'gone', type: 'string' }, { name: 'y', type: 'int', aliases: ['x'] }] } }),
      { r: { gone: 'g', y: 3 } }, { r: row([{ name: 'x', type: BIGINT }, { name: 'more', type: STRING }]) }, {}, [[3n, null]]],
  ])('%s', async (_, schema, value, columns, options, expected) => {
    expect(await decodedRecords(avroConfluentFormat, confluent(columns, options), [written(schema, value)])).toEqual({ rows: [expected], failures: [] })
  })

  it('is another one from record to record', async () => {
    const table = confluent({ a: BIGINT, b: STRING })
    const records = [
      written(recordOf({ name: 'a', type: 'int' }), { a: 1 }), written(recordOf({ name: 'a', type: 'long' }, { name: 'b', type: 'string' }), { a: 2, b: 'x' }),
      written(recordOf({ name: 'a', type: 'int' }), { a: 3 }), written(recordOf({ name: 'a', type: 'string' }), { a: 'no number' }),
    ]
    const asked = registry.requests.length
    const { rows, failures } = await decodedRecords(avroConfluentFormat, table, [...records, ...records])
    expect(rows).toEqual([[1n, null], [2n, 'x'], [3n, null], [1n, null], [2n, 'x'], [3n, null]])
    expect(failures.map(({ message }) => message)).toEqual(Array.from({ length: 2 }, () => 'column `a`: string does not become BIGINT; declare the column otherwise'))
    expect(registry.requests.length - asked, 'each schema is fetched once').toBe(3)
  })

  it('refers to another', async () => {
    const inner = { type: 'record', name: 'Inner', namespace: 'shop', fields: [{ name: 'x', type: 'int' }] }
    registry.register('inner', JSON.stringify(inner))
    const outer = { type: 'record', name: 'Outer', fields: [{ name: 'i', type: 'shop.Inner' }] }
    const id = registry.register('outer', JSON.stringify(outer), [{ name: 'shop.Inner', subject: 'inner', version: 1 }])
    expect((await decodedRecords(avroConfluentFormat, confluent({ i: row([{ name: 'x', type: INT }]) }), [Uint8Array.of(0, 0, 0, 0, id, 14)])).rows).toEqual([[[7]]])
  })
})

describe('writing with a registry', () => {
  it('registers the schema under the topic\'s name, and the key\'s under its own', async () => {
    const asked = registry.requests.length
    await encodedRecords(avroConfluentFormat, confluent({ a: INT }, { topic: 'new' }), [[1]])
    await encodedRecords(avroConfluentFormat, confluent({ a: INT }, { 'topic': 'new', 'record.part': 'key' }), [[1]])
    await encodedRecords(avroConfluentFormat, confluent({ a: INT }, { 'avro-confluent.subject': 'a/b' }), [[1]])
    expect(registry.requests.slice(asked)).toEqual(['POST /subjects/new-value/versions', 'POST /subjects/new-key/versions', 'POST /subjects/a%2Fb/versions'])
  })

  it('or wants it to be there', async () => {
    const options = { 'topic': 'strict', 'avro-confluent.auto.register': 'false', 'avro-confluent.schema': JSON.stringify(recordOf({ name: 'a', type: 'int' }, { name: 'strict', type: 'null', default: null })) }
    await expect(encodedRecords(avroConfluentFormat, confluent({ a: INT }, options), [])).rejects.toMatchObject({ code: 'SCHEMA_REFUSED', message: expect.stringContaining('`strict-value`') })
    const id = registry.register('strict-value', options['avro-confluent.schema'])
    expect(await encodedRecords(avroConfluentFormat, confluent({ a: INT }, options), [[3]])).toEqual([Uint8Array.of(0, 0, 0, 0, id, 6)])
  })
})

describe('a registry', () => {
  const client = (urls: readonly string[], timeoutMs = 1000): SchemaRegistry => new SchemaRegistry({ urls, authorization: null, timeoutMs, retryMs: 1 })

  it('is asked again when it fails for a while, and not for ever', async () => {
    const id = registry.register('retry', '"string"')
    registry.failNext(500, 503, 429)
    expect((await client([registry.url]).byId(id))!.type).toEqual({ kind: 'string' })
    registry.failNext(500, 500, 500, 500, 500)
    await expect(client([registry.url]).byId(id)).rejects.toMatchObject({ code: 'SCHEMA_UNAVAILABLE', retry: true, message: expect.stringContaining('status 500 told to answer 500') })
  })

  it('may be one of several, or none', async () => {
    const id = registry.register('retry', '"string"')
    expect((await client(['http://127.0.0.1:1', registry.url]).byId(id))!.text).toBe('"string"')
    await expect(client(['http://127.0.0.1:1']).byId(id)).rejects.toMatchObject({ code: 'SCHEMA_UNAVAILABLE' })
  })

  it('refuses', async () => {
    registry.failNext(401)
    await expect(client([registry.url]).byId(1)).rejects.toMatchObject({ code: 'SCHEMA_REFUSED', message: expect.stringContaining('does not let this job in') })
    registry.failNext(422)
    await expect(client([registry.url]).idOf('x', '"int"', true)).rejects.toMatchObject({ code: 'SCHEMA_REFUSED', message: expect.stringContaining('told to answer 422') })
    expect(await client([registry.url]).byId(4711)).toBeNull()
    const id = registry.register('broken', '{"type":"nothing"}')
    await expect(client([registry.url]).byId(id)).rejects.toMatchObject({ code: 'SCHEMA_REFUSED' })
  })

  it('that fails fails the job, and not the record', async () => {
    registry.failNext(403)
    const fresh = written(recordOf({ name: 'fresh', type: 'int' }), { fresh: 1 })
    await expect(decodedRecords(avroConfluentFormat, confluent({ fresh: INT }), [fresh])).rejects.toMatchObject({ code: 'SCHEMA_REFUSED' })
  })
})
