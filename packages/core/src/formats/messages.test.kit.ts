import type { ReaderContext, RowFailure, ScanCondition, TableColumn, TableDefinition } from '../connector.js'
import type { Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import { ByteBuffer } from './byte-buffer.js'
import type { RecordFormat } from './format.js'
import type { Messages } from './messages.js'

/** The messages, one behind the other with rubbish between them. */
export function messagesOf(records: readonly Uint8Array[]): Messages {
  const gap = Buffer.from('\u0000x')
  const bytes = new Uint8Array(Buffer.concat(records.flatMap((record) => [gap, record])))
  const starts = new Int32Array(records.length)
  const ends = new Int32Array(records.length)
  let at = 0
  records.forEach((record, i) => {
    starts[i] = at + gap.length
    at = ends[i] = starts[i]! + record.length
  })
  return {
    bytes, starts, ends, count: records.length, positionOf: (index) => 100 + index,
    keyOf: (index) => Buffer.from(`key ${index}`), headersOf: () => new Map([['h', Buffer.from('v')]]),
  }
}

export interface Decoding {
  readonly options?: Readonly<Record<string, string>>
  readonly wanted?: readonly string[]
  readonly filter?: readonly ScanCondition[]
  readonly batchRows?: number
}

export interface DecodedMessages {
  readonly rows: Value[][]
  /** Kinds by row: 0 where the batch has none. */
  readonly kinds: number[]
  readonly failures: RowFailure[]
  readonly positions: unknown[]
  readonly filtered: number
}

export function tableOf(columns: readonly TableColumn[], options: Readonly<Record<string, string>> = {}): TableDefinition {
  return { name: 't', connector: 'kafka', options, columns, primaryKey: [], partitionedBy: [], baseDirectory: '/' }
}

/** Decodes messages as a reader does. */
export function decodeMessages(format: RecordFormat, columns: readonly TableColumn[], records: readonly Uint8Array[], decoding: Decoding = {}): DecodedMessages {
  const table = tableOf(columns, decoding.options)
  format.check(table)
  const things = new Map<string, unknown>()
  const meter = { bytesIn: 0, rowsFiltered: 0 }
  const failures: RowFailure[] = []
  const context: ReaderContext = {
    shared: <T>(key: string, create: () => T): T => {
      if (!things.has(key)) things.set(key, create())
      return things.get(key) as T
    },
    meter, compile: true, nowMicros: () => 0, signal: new AbortController().signal,
    rowFailed: (failure) => void failures.push({ ...failure, record: failure.record!.slice() }),
  }
  const wanted = decoding.wanted?.map((name) => columns.find((column) => column.name === name)!) ?? columns
  const scan = { table, columns: wanted, filter: decoding.filter ?? [], batchRows: decoding.batchRows ?? 64 }
  const decoder = format.messageDecoder(scan, context, table.options)
  decoder.begin(messagesOf(records), 's')
  const result: DecodedMessages = { rows: [], kinds: [], failures, positions: [], filtered: 0 }
  for (let batch = decoder.decode(); batch !== null; batch = decoder.decode()) {
    result.rows.push(...batchToRows(batch, wanted))
    for (let row = 0; row < batch.length; row++) {
      result.kinds.push(batch.rowKinds?.[row] ?? 0)
      result.positions.push(batch.origin!.recordPosition(row))
    }
  }
  return { ...result, filtered: meter.rowsFiltered }
}

/** Encodes each row as a message. */
export function encodeMessages(
  format: RecordFormat, columns: readonly TableColumn[], rows: readonly (readonly Value[])[], options: Readonly<Record<string, string>> = {},
  kinds: Uint8Array | null = null,
): Uint8Array[] {
  const encoder = format.encoder(columns, options, kinds !== null, tableOf(columns, options))
  const batch = batchFromRows(rows, columns, kinds)
  return rows.map((_, row) => {
    const buffer = new ByteBuffer()
    encoder.encode(batch, row, row + 1, buffer)
    return new Uint8Array(buffer.view().subarray(0, buffer.length - (encoder.separatorBytes ?? 1)))
  })
}
