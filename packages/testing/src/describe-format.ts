import type { Batch, MessageDecoder, Messages, RecordFormat, RowFailure, ScanCondition, ScanSpec, TableColumn, TableDefinition, Value } from '@millrace/core'
import { batchFromRows, batchToRows, ByteBuffer, MillraceError, type RecordEncoder } from '@millrace/core'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomValue } from './random-value.js'
import { testReaderContext, type TestReaderContext } from './reader-context.js'
import { satisfies } from './scan-conditions.js'
import { seededRandom, type SeededRandom } from './seeded-random.js'

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
const WAIT_MS_MAX = 10_000

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
    records = await encoded(format, fixture.table, fixture.rows)
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
      expect(decoded.positions, 'rows tell their records').toEqual(fixture.rows.map((_, i) => i * 10))
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
      const decoded = await decode(format, scanOf(), await encoded(format, fixture.table, rows))
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
      expect(decoded.failures).toEqual([expect.objectContaining({ splitId: 'split', position: 10, key: Buffer.from('key 1') })])
      expect(decoded.failures[0]!.record).toEqual(new Uint8Array(record))
      expect(decoded.failures[0]!.message).not.toBe('')
    }
  })

  it('neither throws nor hangs, whatever bytes come', async () => {
    const runs = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? DAMAGED_RECORDS)
    const [first] = records
    const decoder = decoderOf(format, scanOf())
    for (let seed = 1; seed <= runs; seed++) {
      const record = damaged([...records, ...(fixture.broken ?? [])], seededRandom(seed))
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

// ------------------------------------------------------------------------------------------------------------ records

async function encoding(
  format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[], options = table.options,
): Promise<{ encoder: RecordEncoder; batch: Batch }> {
  const encoder = format.encoder(table.columns, options, false, table)
  await encoder.open?.()
  return { encoder, batch: batchFromRows(rows, table.columns) }
}

async function encoded(format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[]): Promise<Uint8Array[]> {
  const { encoder, batch } = await encoding(format, table, rows)
  return rows.map((_, row) => {
    const buffer = new ByteBuffer(16)
    encoder.encode(batch, row, row + 1, buffer)
    return new Uint8Array(buffer.view().subarray(0, buffer.length - (encoder.separatorBytes ?? 1)))
  })
}

/** The records with something between them that belongs to none. */
function messagesOf(records: readonly Uint8Array[]): Messages {
  const gap = Uint8Array.of(0xff, 0x22)
  const starts = new Int32Array(records.length)
  const ends = new Int32Array(records.length)
  let at = 0
  records.forEach((record, i) => {
    starts[i] = at + gap.length
    at = ends[i] = starts[i]! + record.length
  })
  return {
    bytes: new Uint8Array(Buffer.concat(records.flatMap((record) => [gap, record]))), starts, ends, count: records.length,
    positionOf: (index) => index * 10, keyOf: (index) => Buffer.from(`key ${index}`), headersOf: () => null,
  }
}

interface Decoded {
  readonly rows: Value[][]
  readonly positions: unknown[]
  readonly failures: readonly RowFailure[]
}

function decode(format: RecordFormat, scan: ScanSpec, records: readonly Uint8Array[], context?: TestReaderContext): Promise<Decoded> {
  return decoderOf(format, scan, context)(records)
}

/** One decoder for any number of records, one after the other. */
function decoderOf(format: RecordFormat, scan: ScanSpec, context: TestReaderContext = testReaderContext({ onError: 'skip' })): (records: readonly Uint8Array[]) => Promise<Decoded> {
  const decoder: MessageDecoder = format.messageDecoder(scan, context, scan.table.options)
  return async (records) => {
    context.failures.length = 0
    const messages = messagesOf(records)
    decoder.begin(messages, 'split')
    const decoded: Decoded = { rows: [], positions: [], failures: context.failures }
    const deadlineMs = performance.now() + WAIT_MS_MAX
    for (;;) {
      const batch = decoder.decode()
      if (batch === null) {
        if (decoder.consumed === messages.count) return decoded
        // Something has to come first.
        if (performance.now() > deadlineMs) throw new MillraceError('INTERNAL', `the decoder waits for something for more than ${WAIT_MS_MAX} ms`)
        await setImmediate()
        continue
      }
      expect(batch.length).toBeLessThanOrEqual(Math.max(scan.batchRows, 2))
      decoded.rows.push(...batchToRows(batch, scan.columns))
      for (let row = 0; row < batch.length; row++) {
        decoded.positions.push(batch.origin!.recordPosition(row))
        expect(batch.origin!.recordPosition(row)).toBe(decoder.messageOfRow[row]! * 10)
      }
    }
  }
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

/** A record with something wrong in it, or none at all. */
function damaged(records: readonly Uint8Array[], { below }: SeededRandom): Uint8Array {
  const record = [...records[below(records.length)]!]
  if (below(10) === 0) return Uint8Array.from({ length: below(200) }, () => below(256))
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(record.length + 1)
    switch (below(5)) {
      case 0: record[at] = below(256); break
      case 1: record.length = at; break
      case 2: record.splice(at, 0, ...Array.from({ length: 1 + below(12) }, () => (below(2) === 0 ? 0xff : below(256)))); break
      case 3: record.splice(at, 1 + below(4)); break
      default: record.splice(at, 0, ...records[below(records.length)]!.subarray(0, below(60)))
    }
  }
  return Uint8Array.from(record)
}
