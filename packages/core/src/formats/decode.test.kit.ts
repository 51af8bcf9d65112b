import type { ReaderContext, RowFailure, ScanCondition, TableColumn, TableDefinition } from '../connector.js'
import { BATCH_ROWS_DEFAULT } from '../limits.js'
import type { DataType, Value } from '../types/data-type.js'
import { batchToRows } from '../types/vector-access.js'
import type { BlockRowDecoder } from './block-row-decoder.js'
import type { RecordFraming } from './format.js'
import { formatOf } from './format.js'

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
  const decoder = recordFormat.decoder(scan, context, table.options) as BlockRowDecoder
  return { decoder, framing: recordFormat.framing(table.options), wanted, meter }
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

export { fuzzRuns } from '../fuzz-runs.test.kit.js'
