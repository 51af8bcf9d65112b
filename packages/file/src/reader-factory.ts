import type {
  BlockFactory, Reader, ReaderContext, ReaderFactory, ScanSpec, SourceDescription, Split, TableDefinition,
} from '@millrace/core'
import { assert } from '@millrace/core'
import type { ByteRange } from './byte-ranges.js'
import { byteRanges } from './byte-ranges.js'
import type { ByteSource } from './byte-source.js'
import { FileRange } from './byte-source.js'
import { confined } from './confined.js'
import { DecoderPool } from './decoder-pool.js'
import { GzipSource, ZstdSource } from './decompress.js'
import type { SourceFile } from './file-list.js'
import { listFiles, unreadable } from './file-list.js'
import type { Compression, ReadOptions } from './options.js'
import { READ_OPTIONS, readOptionsOf } from './options.js'
import { FileReader } from './reader.js'
import { RecordBlocks } from './record-blocks.js'

/** What a split is: a range of a plain file, or all of a compressed one (then `end` counts compressed bytes). */
interface SplitDetail extends ByteRange {
  readonly path: string
  readonly compression: Compression
}

export const fileReaderFactory: ReaderFactory = {
  options: READ_OPTIONS,

  async describe(table: TableDefinition): Promise<SourceDescription> {
    const options = readOptionsOf(table)
    const files = await listFiles(table.name, options.path, options.compression, table)
    const summary = summaryOf(options.format.extension, files, options)
    return { bounded: true, filters: true, splitKey: [], ...(options.format.readsKinds === true ? { changes: true } : {}), metadata: options.format.metadata ?? {}, splits: isOneArchive(files) ? 1 : null, bytes: plainBytes(files), summary }
  },

  async listSplits(table: TableDefinition): Promise<readonly Split[]> {
    const options = readOptionsOf(table)
    const framing = options.format.framing(table.options)
    const files = await listFiles(table.name, options.path, options.compression, table)
    return files.flatMap((file, index) => {
      const ranges = rangesOf(table.name, file, isWhole(options), () => byteRanges(file.path, file.bytes, options.splitBytes, framing))
      return ranges.map((range): Split => ({
        id: `${index}:${file.path.slice(file.path.lastIndexOf('/') + 1)}:${range.start}`,
        weight: range.end - range.start,
        bounded: true,
        detail: { path: file.path, compression: file.compression, ...range } satisfies SplitDetail,
      }))
    })
  },

  async open(scan: ScanSpec, split: Split, context: ReaderContext, position?: unknown): Promise<Reader> {
    const { format } = readOptionsOf(scan.table)
    const pool = context.shared(`decoders of ${scanKey(scan)}`, () => new DecoderPool())
    const start = typeof position === 'number' ? position : detailOf(split).start
    const source = sourceOf(scan.table, detailOf(split), start)
    const gear = pool.take(context, () => format.decoder(scan, context, scan.table.options))
    const blocks = new RecordBlocks(source, format.framing(scan.table.options), start, context, split.id, gear.buffer)
    return new FileReader(blocks, gear.decoder, split.id, start, () => {
      gear.buffer = blocks.buffer
      pool.give(gear)
    })
  },

  blocks: {
    async open(scan, split, context) {
      const { format } = readOptionsOf(scan.table)
      const detail = detailOf(split)
      const source = sourceOf(scan.table, detail, detail.start)
      return new RecordBlocks(source, format.framing(scan.table.options), detail.start, context, split.id)
    },
    decoder(scan, context) {
      return readOptionsOf(scan.table).format.decoder(scan, context, scan.table.options)
    },
  } satisfies BlockFactory,
}

/** One compressed file: it can only be read from its start, by one reader. */
function isOneArchive(files: readonly SourceFile[]): boolean {
  return files.length === 1 && files[0]!.compression !== 'none'
}

/** One ordered split for each file. Changes of a row must come in their order. */
function isWhole({ replay, format }: ReadOptions): boolean {
  return replay || format.readsKinds === true
}

function rangesOf(table: string, file: SourceFile, whole: boolean, cut: () => ByteRange[]): ByteRange[] {
  if (file.bytes === 0) return []
  if (whole || file.compression !== 'none') return [{ start: 0, end: file.bytes }]
  try {
    return cut()
  } catch (error) {
    throw unreadable(table, file.path, error)
  }
}

function detailOf(split: Split): SplitDetail {
  const detail = split.detail as SplitDetail
  assert(typeof detail?.path === 'string', 'a split of the file connector has a path')
  return detail
}

function sourceOf(table: TableDefinition, detail: SplitDetail, position: number): ByteSource {
  // Again: links may have come since the splits were listed.
  confined(detail.path, table)
  try {
    switch (detail.compression) {
      case 'none': return new FileRange(detail.path, position, detail.end)
      case 'gzip': return new GzipSource(detail.path, detail.end, position)
      case 'zstd': return new ZstdSource(detail.path, detail.end, position)
    }
  } catch (error) {
    throw unreadable(table.name, detail.path, error)
  }
}

function scanKey(scan: ScanSpec): string {
  return JSON.stringify(scan, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** What there is to read, unless it is not known before it is unpacked. */
function plainBytes(files: readonly SourceFile[]): number | null {
  return files.every((file) => file.compression === 'none') ? files.reduce((sum, file) => sum + file.bytes, 0) : null
}

function summaryOf(extension: string, files: readonly SourceFile[], options: ReadOptions): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const whole = files.every((file) => file.compression !== 'none') || isWhole(options)
  const parts = files.reduce((sum, file) => sum + (whole ? 1 : Math.max(1, Math.ceil(file.bytes / options.splitBytes))), 0)
  const packed = [...new Set(files.map((file) => file.compression).filter((compression) => compression !== 'none'))].join(', ')
  const amount = whole || parts === files.length ? `${files.length} ${files.length === 1 ? 'file' : 'files'}` : `${parts} byte ranges`
  return `${extension}, ${amount}, ${sizeText(bytes)}${packed === '' ? '' : ` ${packed}`}`
}

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
