import { BYTES, INT, map, STRING, type TableDefinition, timestampLtz } from '@millrace/core'
import { tableOf } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { connector } from './index.js'

const columns = { id: INT, name: STRING }
const tableWith = (options: Record<string, string>, rest: Partial<TableDefinition> = {}): TableDefinition =>
  tableOf('out', 'kafka', columns, { topic: 't', 'properties.bootstrap.servers': 'b:9092,a:9092', format: 'json', ...options }, rest)
const describeTable = (options: Record<string, string>, rest: Partial<TableDefinition> = {}) => connector.writer!.describe(tableWith(options, rest))

describe('what a topic takes', () => {
  it.each([
    ['kinds in a field', { format: 'json' }, {}, 'retract'],
    ['rows alone', { format: 'csv' }, {}, 'append'],
    ['the last row of a key', { format: 'csv', 'key.format': 'raw' }, { primaryKey: ['id'] }, 'upsert'],
    ['changes of a format of changes', { format: 'debezium-json' }, {}, 'retract'],
  ])('is %s', async (_, options, rest, accepts) => {
    expect(await describeTable(options, rest)).toMatchObject({ accepts, guarantee: 'at-least-once', single: false })
  })

  it('can be committed with positions of the same cluster where it is exactly once', async () => {
    const { commitsPositionsOf, summary } = await describeTable({ 'sink.delivery-guarantee': 'exactly-once' })
    expect([commitsPositionsOf, summary]).toEqual(['kafka://a:9092,b:9092', 'topic t, json, transactions'])
    expect(await describeTable({})).not.toHaveProperty('commitsPositionsOf')
  })
})

describe('a table that cannot be written', () => {
  it.each([
    ['acks that lose rows', { 'properties.acks': '1' }, {}, 'OPTION_INVALID'],
    ['several topics', { topic: 'a;b' }, {}, 'OPTION_INVALID'],
    ['no key format for a primary key', {}, { primaryKey: ['id'] }, 'OPTION_MISSING'],
    ['a record key that is not the primary key', { 'key.format': 'json', 'key.fields': 'name' }, { primaryKey: ['id'] }, 'OPTION_INVALID'],
    ['a record key that is more than the primary key', { 'key.format': 'json', 'key.fields': 'name;id' }, { primaryKey: ['id'] }, 'OPTION_INVALID'],
  ])('is refused: %s', async (_, options, rest, code) => {
    await expect(describeTable(options, rest)).rejects.toMatchObject({ code })
  })

  it('is one whose metadata has another type', async () => {
    const withHeaders = (type: TableDefinition['columns'][number]['type']): TableDefinition => ({
      ...tableWith({}), columns: [{ name: 'id', type: INT, nullable: true, metadata: null }, { name: 'h', type, nullable: true, metadata: 'headers' }],
    })
    await expect(connector.writer!.describe(withHeaders(map(STRING, STRING)))).rejects.toMatchObject({ code: 'SQL_TYPE' })
    await expect(connector.writer!.describe(withHeaders(timestampLtz(3)))).rejects.toMatchObject({ code: 'SQL_TYPE' })
    await expect(connector.writer!.describe(withHeaders(map(STRING, BYTES)))).resolves.toMatchObject({ accepts: 'retract' })
  })
})
