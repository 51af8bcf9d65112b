import type { Messages, RecordFormat, RowFailure, ScanSpec, TableDefinition, Value } from '@millrace/core'
import { batchFromRows, batchToRows, type Batch, ByteBuffer, MillraceError, type RecordEncoder } from '@millrace/core'
import { setImmediate } from 'node:timers/promises'
import { testReaderContext, type TestReaderContext } from './reader-context.js'
import type { SeededRandom } from './seeded-random.js'

const WAIT_MS_MAX = 10_000

/** An encoder that is ready, and rows as a batch for it. */
export async function encoding(
  format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[], options: TableDefinition['options'] = table.options,
): Promise<{ readonly encoder: RecordEncoder; readonly batch: Batch }> {
  const encoder = format.encoder(table.columns, options, false, table)
  await encoder.open?.()
  return { encoder, batch: batchFromRows(rows, table.columns) }
}

/** Each row as a record of its own. */
export async function encodedRecords(format: RecordFormat, table: TableDefinition, rows: readonly (readonly Value[])[]): Promise<Uint8Array[]> {
  const { encoder, batch } = await encoding(format, table, rows)
  return rows.map((_, row) => {
    const buffer = new ByteBuffer(16)
    encoder.encode(batch, row, row + 1, buffer)
    return new Uint8Array(buffer.view().subarray(0, buffer.length - (encoder.separatorBytes ?? 1)))
  })
}

export interface DecodedRecords {
  readonly rows: Value[][]
  /** By row: the number of its record by its origin, and by its decoder; they are the same. */
  readonly records: (readonly [unknown, number])[]
  readonly failures: readonly RowFailure[]
  readonly batchLengths: readonly number[]
}

/** What decodes any number of records, again and again. */
export function recordDecoder(
  format: RecordFormat, scan: ScanSpec, context: TestReaderContext = testReaderContext({ onError: 'skip' }),
): (records: readonly Uint8Array[]) => Promise<DecodedRecords> {
  const decoder = format.messageDecoder(scan, context, scan.table.options)
  return async (records) => {
    context.failures.length = 0
    const messages = messagesOf(records)
    decoder.begin(messages, 'split')
    const decoded = { rows: [] as Value[][], records: [] as [unknown, number][], failures: context.failures, batchLengths: [] as number[] }
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
      decoded.batchLengths.push(batch.length)
      decoded.rows.push(...batchToRows(batch, scan.columns))
      for (let row = 0; row < batch.length; row++) decoded.records.push([batch.origin!.recordPosition(row), decoder.messageOfRow[row]!])
    }
  }
}

/**
 * What the records come to, as a table's rows.
 *
 * @param wanted the columns to decode; all of them where it is left out
 */
export async function decodedRecords(
  format: RecordFormat, table: TableDefinition, records: readonly Uint8Array[], wanted: readonly string[] = table.columns.map(({ name }) => name),
): Promise<Pick<DecodedRecords, 'rows' | 'failures'>> {
  format.check(table)
  const columns = wanted.map((name) => table.columns.find((column) => column.name === name)!)
  const { rows, failures } = await recordDecoder(format, { table, columns, filter: [], batchRows: 100 })(records)
  return { rows, failures }
}

/** The records with something between them that belongs to none. */
export function messagesOf(records: readonly Uint8Array[]): Messages {
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
    positionOf: (index) => index, keyOf: (index) => Buffer.from(`key ${index}`), headersOf: () => null,
  }
}

/** A record with something wrong in it, or none at all. */
export function damagedRecord(records: readonly Uint8Array[], random: Pick<SeededRandom, 'below'>): Uint8Array {
  const below = (count: number): number => random.below(count)
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
