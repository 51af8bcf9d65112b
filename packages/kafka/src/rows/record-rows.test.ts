import { batchToRows, BIGINT, DOUBLE, INT, recordPartsOf, type ScanCondition, STRING, type TableColumn, type TableDefinition } from '@millrace/core'
import { testReaderContext } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { RecordBatchReader } from '../records/record-batches.js'
import { batchBytes, type ToldRecord } from '../records/record-batch.test.kit.js'
import { RecordRows } from './record-rows.js'

const column = (name: string, type: TableColumn['type'], metadata: string | null = null, nullable = true): TableColumn => ({ name, type, nullable, metadata })
const symbol = column('symbol', STRING)
const price = column('price', DOUBLE)
const offset = column('o', BIGINT, 'offset', false)
const partition = column('p', INT, 'partition', false)

interface Rows {
  readonly rows: unknown[][]
  readonly failures: { position: unknown; message: string; record: string; key: string | null }[]
  readonly filtered: number
}

/** Rows of records that are given all at once, with the key's column `symbol` beside those of the value. */
function rowsOf(columns: readonly TableColumn[], records: readonly (readonly [key: string | null, value: string])[], filter: readonly ScanCondition[] = [], batchRows = 100): Rows {
  const table: TableDefinition = {
    name: 't', connector: 'kafka', columns: [symbol, price, offset, partition].map((each) => columns.find(({ name }) => name === each.name) ?? each), primaryKey: [], partitionedBy: [], baseDirectory: '/',
    options: { format: 'json', 'key.format': 'json', 'key.fields': 'symbol', 'value.fields-include': 'EXCEPT_KEY' },
  }
  const context = testReaderContext({ onError: 'skip' })
  const reader = new RecordBatchReader(100, false)
  const told = records.map(([key, value], i): ToldRecord => ({ offset: 10 + i, timestampMs: 1, key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers: [['h', Buffer.from('x')]] }))
  reader.begin({ topic: 't', partition: 0, bytes: batchBytes({ baseOffset: 10, records: told }), from: 0, until: Infinity, aborted: null })
  const rows: unknown[][] = []
  const decoding = new RecordRows({ table, columns, filter, batchRows }, recordPartsOf(table), context, 100)
  while (reader.next()) {
    decoding.begin(reader.records, { topic: 't', partition: 0 }, 't-0')
    for (let batch = decoding.decode(); batch !== null; batch = decoding.decode()) {
      rows.push(...batchToRows(batch, columns))
      // A snapshot would be taken here: what comes behind must not have been told yet.
      for (const { position } of context.failures) expect(position as number).toBeLessThan(decoding.consumed === reader.records.count ? Infinity : reader.records.offsets[decoding.consumed]!)
    }
    expect(decoding.consumed).toBe(reader.records.count)
  }
  const failures = context.failures.map((failure) => ({
    position: failure.position, message: failure.message, record: Buffer.from(failure.record!).toString(), key: failure.key == null ? null : Buffer.from(failure.key).toString(),
  }))
  return { rows, failures, filtered: context.meter.rowsFiltered }
}

const records = Array.from({ length: 30 }, (_, i): readonly [string | null, string] => [
  i % 10 === 3 ? null : i % 10 === 5 ? '{"symbol":' : `{"symbol":"S${i % 4}"}`, i % 10 === 7 ? '{"price":"x"}' : `{"price":${i}}`,
])
const at = (i: number): (string | number | bigint | null)[] => [i % 10 === 3 ? null : `S${i % 4}`, i, BigInt(10 + i)]
const whole = Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 10 !== 5 && i % 10 !== 7)

describe('rows of records', () => {
  it.each([1, 7, 100])('have the columns of key, value and metadata in step, with failures between them, in batches of %d', (batchRows) => {
    const { rows, failures, filtered } = rowsOf([symbol, price, offset], records, [], batchRows)
    expect(rows).toEqual(whole.map(at))
    expect(filtered).toBe(0)
    expect(failures.map(({ position }) => position as number).toSorted((a, b) => a - b)).toEqual([15, 17, 25, 27, 35, 37])
    expect(failures.find(({ position }) => position === 25)).toEqual({ position: 25, message: 'key: the record ends where a whole value should be', record: '{"price":15}', key: '{"symbol":' })
    expect(failures.find(({ position }) => position === 27)).toMatchObject({ record: '{"price":"x"}', key: '{"symbol":"S1"}' })
  })

  it('are filtered by metadata, then by the key, then by the value, and nothing is counted twice', () => {
    const filter: ScanCondition[] = [{ column: 2, op: '>=', values: [20n] }, { column: 0, op: '=', values: ['S2'] }, { column: 1, op: '<', values: [25] }]
    for (const batchRows of [1, 100]) {
      const { rows, failures, filtered } = rowsOf([symbol, price, offset], records, filter, batchRows)
      expect(rows).toEqual([10, 14, 18, 22].map(at))
      expect(failures.map(({ position }) => position)).toEqual([25, 35])
      expect(filtered).toBe(30 - 4 - 2)
    }
  })

  it('take a record without a key for one with NULL in its columns', () => {
    expect(rowsOf([symbol, offset], records, [{ column: 0, op: 'is null', values: [] }]).rows).toEqual([13, 23, 33].map((o) => [null, BigInt(o)]))
    expect(rowsOf([symbol, offset], records.map(([, value]) => [null, value] as const)).rows).toHaveLength(30)
    const { rows, failures } = rowsOf([{ ...symbol, nullable: false }, offset], [[null, '{}'], ['{"symbol":"A"}', '{}']])
    expect(rows).toEqual([['A', 11n]])
    expect(failures).toEqual([{ position: 10, message: 'key: column `symbol` is NOT NULL, and the record has no key', record: '{}', key: null }])
  })

  it('need the value even where no column of it is wanted, and not the key', () => {
    expect(rowsOf([], records).rows).toHaveLength(30)
    expect(rowsOf([partition], [['{', '{"price":1}'], ['{', '{']])).toMatchObject({ rows: [[0]], failures: [{ position: 11 }] })
  })
})
