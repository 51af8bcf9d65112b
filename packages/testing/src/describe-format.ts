import type { RecordFormat, ScanCondition, ScanSpec, TableColumn, TableDefinition, Value } from '@millrace/core'
import { batchToRows, ByteBuffer } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { damagedRecord, type DecodedRecords, encodedRecords, encoding, recordDecoder } from './format-records.js'
import { randomValue } from './random-value.js'
import { testReaderContext, type TestReaderContext } from './reader-context.js'
import { satisfies } from './scan-conditions.js'
import { seededRandom } from './seeded-random.js'

/** A table and what its format must hold. */
export interface FormatCase {
  readonly title: string
  /** Sets up what the format needs besides (files, a registry). Called once. */
  readonly make: () => Promise<FormatFixture> | FormatFixture
}

export interface FormatFixture {
  readonly table: TableDefinition
  /** Rows of the table; each is read back as it was written. */
  readonly rows: readonly (readonly Value[])[]
  /** Rows of all that its types have are tried too, unless this is false (where the format cannot hold all of them). */
  readonly randomRows?: boolean
  /** Records that cannot be decoded. */
  readonly broken?: readonly Uint8Array[]
  /** Tables that `check` must refuse, with the code. */
  readonly refused?: readonly { readonly table: TableDefinition; readonly code: string }[]
  readonly cleanUp?: () => Promise<void> | void
}

/** Inputs of the test with damaged records; `MILLRACE_FUZZ_RUNS` asks for more. */
const DAMAGED_RECORDS = 300
const DAMAGED_MS_MAX = 1_000

/**
 * The suite that every format must pass, as tests of vitest: what it writes it reads, whole and by columns, filtered, in batches of any
 * size; a record that is broken is reported and the next one read; whatever bytes come, it neither throws nor hangs.
 */
export function describeFormat(format: RecordFormat, cases: readonly FormatCase[]): void {
  describe(`format ${format.name}`, () => {
    it('documents its options, which have its name', () => {
      for (const [name, option] of Object.entries(format.options)) {
        expect(name).toBe(name.toLowerCase())
        expect(name.startsWith(`${format.name}.`), name).toBe(true)
        expect(option.doc, name).not.toBe('')
      }
    })
    for (const { title, make } of cases) {
      describe(title, () => {
        describeCase(format, make)
      })
    }
  })
}

function describeCase(format: RecordFormat, make: FormatCase['make']): void {
  let fixture: FormatFixture
  let records: readonly Uint8Array[]
  let columns: readonly TableColumn[]

  beforeAll(async () => {
    fixture = await make()
    columns = fixture.table.columns
    format.check(fixture.table)
    records = await encodedRecords(format, fixture.table, fixture.rows)
  })
  afterAll(async () => {
    await fixture?.cleanUp?.()
  })

  const scanOf = (parts: Partial<ScanSpec> = {}): ScanSpec => structuredClone({ table: fixture.table, columns, filter: [], batchRows: 1_024, ...parts })

  for (const batchRows of [1, 3, 1_024]) {
    it(`reads what it has written, in batches of ${batchRows}`, async () => {
      const decoded = await decode(format, scanOf({ batchRows }), records)
      expect(decoded.failures).toEqual([])
      expect(decoded.rows).toEqual(fixture.rows)
      expect(decoded.records, 'rows tell their records').toEqual(fixture.rows.map((_, i) => [i, i]))
      expect(Math.max(...decoded.batchLengths)).toBeLessThanOrEqual(Math.max(batchRows, 2))
    })
  }

  it('makes the columns that are wanted, in the order in which they are', async () => {
    const wanted = [...columns.map((column) => [column]), [...columns].reverse(), []]
    for (const some of wanted) {
      const decoded = await decode(format, scanOf({ columns: some }), records)
      expect(decoded.rows, some.map(({ name }) => name).join()).toEqual(fixture.rows.map((row) => some.map((column) => row[columns.indexOf(column)]!)))
    }
  })

  it('filters exactly', async () => {
    for (const filter of conditionsOf(columns, fixture.rows)) {
      const context = testReaderContext()
      const decoded = await decode(format, scanOf({ filter: [filter] }), records, context)
      const { type } = columns[filter.column]!
      const expected = fixture.rows.filter((row) => satisfies(row[filter.column]!, filter, type))
      expect(decoded.rows, `${columns[filter.column]!.name} ${filter.op} ${String(filter.values)}`).toEqual(expected)
      expect(context.meter.rowsFiltered).toBe(fixture.rows.length - expected.length)
    }
  })

  it('reads back any value of its types', async () => {
    if (fixture.randomRows === false) return
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed)
      const rows = Array.from({ length: 8 }, () => columns.map((column) => randomValue(column, random)))
      const decoded = await decode(format, scanOf(), await encodedRecords(format, fixture.table, rows))
      expect(decoded.failures, `seed ${seed}`).toEqual([])
      expect(decoded.rows, `seed ${seed}`).toEqual(rows)
    }
  })

  it('reads files of what it has written, if it is for files', async () => {
    if (format.framing === undefined || format.decoder === undefined) return
    const options = { ...fixture.table.options, 'record.borders': 'newlines' }
    const { encoder, batch } = await encoding(format, fixture.table, fixture.rows, options)
    const buffer = new ByteBuffer()
    encoder.encode(batch, 0, fixture.rows.length, buffer)
    const decoder = format.decoder(scanOf(), testReaderContext(), options)
    decoder.begin({ bytes: new Uint8Array(buffer.view()), position: 0 }, 'split')
    const rows: Value[][] = []
    for (let next = decoder.decode(); next !== null; next = decoder.decode()) rows.push(...batchToRows(next, columns))
    expect(rows).toEqual(fixture.rows)
    expect(decoder.consumed).toBe(buffer.length)
  })

  it('reports broken records and goes on', async () => {
    const { broken = [] } = fixture
    for (const record of broken) {
      const context = testReaderContext({ onError: 'skip' })
      const decoded = await decode(format, scanOf({ batchRows: 2 }), [records[0]!, record, ...records], context)
      expect(decoded.rows, Buffer.from(record).toString('latin1')).toEqual([fixture.rows[0], ...fixture.rows])
      expect(decoded.failures).toEqual([expect.objectContaining({ splitId: 'split', position: 1, key: Buffer.from('key 1') })])
      expect(decoded.failures[0]!.record).toEqual(new Uint8Array(record))
      expect(decoded.failures[0]!.message).not.toBe('')
    }
  })

  it('neither throws nor hangs, whatever bytes come', async () => {
    const runs = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? DAMAGED_RECORDS)
    const [first] = records
    const decoder = recordDecoder(format, scanOf())
    for (let seed = 1; seed <= runs; seed++) {
      const record = damagedRecord([...records, ...(fixture.broken ?? [])], seededRandom(seed))
      const startMs = performance.now()
      const decoded = await decoder([record, first!]).catch((error: unknown) => {
        throw new Error(`the record of seed ${seed} is no fault of its own: ${Buffer.from(record).toString('hex')}`, { cause: error })
      })
      expect(decoded.rows.at(-1), `the record behind that of seed ${seed}`).toEqual(fixture.rows[0])
      expect(performance.now() - startMs, `milliseconds of the record of seed ${seed}`).toBeLessThan(DAMAGED_MS_MAX)
    }
  })

  it('refuses tables that it cannot hold', () => {
    for (const { table, code } of fixture.refused ?? []) {
      expect(() => format.check(table), JSON.stringify(table.columns)).toThrow(expect.objectContaining({ name: 'MillraceError', code }))
    }
  })
}

function decode(format: RecordFormat, scan: ScanSpec, records: readonly Uint8Array[], context?: TestReaderContext): Promise<DecodedRecords> {
  return recordDecoder(format, scan, context)(records)
}

/** Conditions that some rows satisfy and some do not, by columns that can be compared. */
function conditionsOf(columns: readonly TableColumn[], rows: readonly (readonly Value[])[]): ScanCondition[] {
  return columns.flatMap(({ type }, column): ScanCondition[] => {
    const nulls = (['is null', 'is not null'] as const).map((op) => ({ column, op, values: [] }))
    const values = rows.map((row) => row[column]!).filter((value): value is boolean | number | bigint | string => (
      value !== null && typeof value !== 'object' && !Number.isNaN(value)))
    if (['BYTES', 'ARRAY', 'MAP', 'ROW'].includes(type.kind) || values.length === 0) return nulls
    const middle = values[values.length >> 1]!
    const compared = (['=', '<>', '<', '>='] as const).map((op) => ({ column, op, values: [middle] }))
    return [...nulls, ...compared, { column, op: 'in' as const, values: [...new Set(values.slice(0, 2))] }]
  })
}
