import { MillraceError } from '@millrace/core'
import { Zstd } from '@hpcc-js/wasm-zstd'
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils'
import zlib from 'node:zlib'
import { SNAPPY_BLOCK_BYTES } from '../limits.js'

export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Compresses the records of a batch. */
export interface Compress {
  /** As the attributes of a batch name it. */
  readonly codec: 1 | 2 | 3 | 4
  /** The result is the caller's. */
  compress(records: Uint8Array): Uint8Array
}

/** Speed before size, as elsewhere in a pipeline: the next levels cost twice the time for a tenth of the bytes. */
const GZIP_LEVEL = 1
const ZSTD_LEVEL = 1

/**
 * How records are compressed; null: not at all. Zstandard is Node's own where it has it (22.15 on), else WebAssembly.
 *
 * @throws MillraceError OPTION_INVALID
 */
export async function compressOf(type: CompressionType): Promise<Compress | null> {
  switch (type) {
    case 'none': return null
    case 'gzip': return { codec: 1, compress: (records) => zlib.gzipSync(records, { level: GZIP_LEVEL }) }
    case 'snappy': return { codec: 2, compress: xerialSnappy }
    case 'lz4': return { codec: 3, compress: (records) => lz4Compress(asBuffer(records)) }
    case 'zstd': return { codec: 4, compress: await zstd() }
    default: throw new MillraceError('OPTION_INVALID', `no compression \`${String(type)}\`; there are none, gzip, snappy, lz4 and zstd`)
  }
}

async function zstd(): Promise<Compress['compress']> {
  const { zstdCompressSync, constants } = zlib as unknown as {
    readonly zstdCompressSync?: (bytes: Uint8Array, options: { readonly params: Readonly<Record<number, number>> }) => Buffer
    readonly constants: Readonly<Record<string, number>>
  }
  if (zstdCompressSync !== undefined) {
    const params = { [constants['ZSTD_c_compressionLevel']!]: ZSTD_LEVEL }
    return (records) => zstdCompressSync(records, { params })
  }
  const library = await Zstd.load()
  return (records) => library.compress(records, ZSTD_LEVEL)
}

const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])

/** Blocks behind their lengths, behind a header: what the Java client writes and reads, where plain snappy would be one block. */
function xerialSnappy(records: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [XERIAL_HEADER]
  for (let at = 0; at < records.length; at += SNAPPY_BLOCK_BYTES) {
    const block = snappyCompress(asBuffer(records.subarray(at, at + SNAPPY_BLOCK_BYTES)))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
