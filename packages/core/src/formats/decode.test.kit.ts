import * as fc from 'fast-check'
import type { ReaderContext, RowFailure, ScanCondition, TableColumn, TableDefinition } from '../connector.js'
import { BATCH_ROWS_DEFAULT } from '../limits.js'
import type { DataType, Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import type { BlockRowDecoder } from './block-row-decoder.js'
import type { RecordFraming } from './format.js'
import { formatOf } from './format-registry.js'
import type { MessageRowDecoder } from './message-row-decoder.js'

export interface Decoded {
  readonly rows: Value[][]
  readonly failures: { code: string; message: string; record: string; position: unknown }[]
  readonly filtered: number
  /** By row: its record and where that begins. */
  readonly records: { text: string; position: unknown }[]
  readonly decoder: BlockRowDecoder
  readonly vectorKinds: Set<string>
}

export interface DecodeOptions {
  readonly columns: readonly TableColumn[]
  /** Names of the columns wanted, in order; default all. */
  readonly wanted?: readonly string[]
  readonly filter?: readonly ScanCondition[]
  readonly options?: Readonly<Record<string, string>>
  readonly compile?: boolean
  readonly batchRows?: number
  /** Bytes behind each block that decoders may look at; they hold rubbish. */
  readonly slack?: number
  /** Bytes of a block at least; default all in one. */
  readonly blockBytes?: number
}

export function column(name: string, type: DataType, nullable = true): TableColumn {
  return { name, type, nullable, metadata: null }
}

interface Setup {
  readonly decoder: BlockRowDecoder
  readonly messageDecoder: MessageRowDecoder
  readonly framing: RecordFraming
  readonly wanted: readonly TableColumn[]
  readonly meter: { bytesIn: number; rowsFiltered: number }
}

function decoderFor(format: string, options: DecodeOptions, rowFailed: (failure: RowFailure) => void): Setup {
  const { columns, compile = true, batchRows = 64 } = options
  const table: TableDefinition = {
    name: 't', connector: 'file', options: options.options ?? {}, columns, primaryKey: [], partitionedBy: [], baseDirectory: '/',
  }
  const things = new Map<string, unknown>()
  const meter = { bytesIn: 0, rowsFiltered: 0 }
  const context: ReaderContext = {
    shared: <T>(key: string, create: () => T): T => {
      if (!things.has(key)) things.set(key, create())
      return things.get(key) as T
    },
    meter, rowFailed, compile,
    nowMicros: () => 0,
    signal: new AbortController().signal,
  }
  const wanted = (options.wanted ?? columns.map(({ name }) => name)).map((name) => columns.find((candidate) => candidate.name === name)!)
  const recordFormat = formatOf(format)
  const scan = { table, columns: wanted, filter: options.filter ?? [], batchRows }
  return {
    decoder: recordFormat.decoder!(scan, context, table.options) as BlockRowDecoder,
    messageDecoder: recordFormat.messageDecoder(scan, context, table.options) as MessageRowDecoder,
    framing: recordFormat.framing!(table.options), wanted, meter,
  }
}

/** For benchmarks: decodes one block of whole records, again and again, in batches of the usual size. */
export function blockDecoding(format: string, text: string, options: DecodeOptions): () => void {
  const { decoder } = decoderFor(format, { batchRows: BATCH_ROWS_DEFAULT, ...options }, ({ message }) => {
    throw new Error(message)
  })
  const content = Buffer.from(text)
  const bytes = new Uint8Array(content.length + 4096)
  bytes.set(content)
  const block = { bytes: bytes.subarray(0, content.length), position: 0 }
  return () => {
    decoder.begin(block, 's')
    while (decoder.decode() !== null);
  }
}

export interface DecodedMessages extends Omit<Decoded, 'decoder'> {
  readonly decoder: MessageRowDecoder
  /** By row. */
  readonly messageOfRow: number[]
}

/**
 * Decodes messages as a reader of a topic would: one buffer holds `between` before each of them and behind the last; positions are their
 * numbers. `perBegin` messages are given at a time.
 */
export function decodeMessages(
  format: string, messages: readonly Uint8Array[], options: DecodeOptions & { between?: Uint8Array; perBegin?: number },
): DecodedMessages {
  const { slack = 64, between = Uint8Array.of(0, 12, 34), perBegin = Infinity } = options
  const failures: Decoded['failures'] = []
  const { messageDecoder: decoder, wanted, meter } = decoderFor(format, options, ({ code, message, position, record }) => {
    failures.push({ code, message, record: Buffer.from(record!).toString('latin1'), position })
  })
  const result: DecodedMessages = { rows: [], failures, filtered: 0, records: [], decoder, vectorKinds: new Set(), messageOfRow: [] }
  for (let first = 0; first < messages.length; first += perBegin) {
    const some = messages.slice(first, first + perBegin)
    const size = some.reduce((sum, message) => sum + message.length + between.length, between.length)
    const buffer = new Uint8Array(7 + size + slack).fill(0x22)
    const starts = new Int32Array(some.length + 3)
    const ends = new Int32Array(some.length + 3)
    let p = 0
    some.forEach((message, i) => {
      buffer.set(between, 7 + p)
      starts[i] = p + between.length
      ends[i] = starts[i]! + message.length
      buffer.set(message, 7 + starts[i]!)
      p = ends[i]!
    })
    buffer.set(between, 7 + p)
    decoder.begin({ bytes: buffer.subarray(7, 7 + size), starts, ends, count: some.length, positionOf: (index) => first + index }, 's')
    for (let batch = decoder.decode(); batch !== null; batch = decoder.decode()) {
      result.rows.push(...batchToRows(batch, wanted))
      for (const vector of batch.columns) result.vectorKinds.add(vector.kind)
      for (let row = 0; row < batch.length; row++) {
        result.messageOfRow.push(first + decoder.messageOfRow[row]!)
        const text = Buffer.from(batch.origin!.recordBytes(row)!).toString('latin1')
        result.records.push({ text, position: batch.origin!.recordPosition(row) })
      }
      if (decoder.messageOfRow[batch.length - 1]! >= decoder.consumed) throw new Error('rows of a message that is not consumed')
    }
    if (decoder.consumed !== some.length) throw new Error(`${decoder.consumed} of ${some.length} messages are consumed`)
  }
  return { ...result, filtered: meter.rowsFiltered }
}

/** Decodes a text as a reader would, in blocks of whole records. */
export function decodeText(format: string, text: string | Uint8Array, options: DecodeOptions): Decoded {
  const { slack = 64 } = options
  const failures: Decoded['failures'] = []
  const { decoder, framing, wanted, meter } = decoderFor(format, options, (failure) => {
    const { code, message, position } = failure
    failures.push({ code, message, record: Buffer.from(failure.record!).toString('latin1'), position })
  })
  const bytes = typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : text
  const result: Decoded = { rows: [], failures, filtered: 0, records: [], decoder, vectorKinds: new Set() }
  for (let start = 0; start < bytes.length;) {
    let end = start
    while (end < bytes.length && end - start < (options.blockBytes ?? Infinity)) {
      const next = framing.next(bytes, end, bytes.length)
      end = next === -1 ? bytes.length : next
    }
    const buffer = new Uint8Array(7 + end - start + slack).fill(0x22)
    buffer.set(bytes.subarray(start, end), 7)
    decoder.begin({ bytes: buffer.subarray(7, 7 + end - start), position: start }, 's')
    for (let batch = decoder.decode(); batch !== null; batch = decoder.decode()) {
      result.rows.push(...batchToRows(batch, wanted))
      for (const vector of batch.columns) result.vectorKinds.add(vector.kind)
      for (let row = 0; row < batch.length; row++) {
        const text = Buffer.from(batch.origin!.recordBytes(row)!).toString('latin1')
        result.records.push({ text, position: batch.origin!.recordPosition(row) })
      }
    }
    start = end
  }
  return { ...result, filtered: meter.rowsFiltered }
}

/** What may stand between two messages: what decoders look for at the end of a record, or anything. */
export const betweenMessages: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom('\0', '}', '"', '"}', '5', '.5}', 'e3', '\n', '}\n', ',', ', ', '\\', '\r\n', 'null', '').map((text) => new Uint8Array(Buffer.from(text))),
  fc.uint8Array({ maxLength: 12 }),
)

export { fuzzRuns } from '../fuzz-runs.test.kit.js'
