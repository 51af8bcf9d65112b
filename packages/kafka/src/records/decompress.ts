import { Decompress } from 'fzstd'
import zlib from 'node:zlib'
import { UNPACKED_BYTES_MAX, UNPACKED_SLACK_BYTES } from '../limits.js'
import { unpackLz4 } from './lz4.js'
import { Unpackable, snappySize, unpackSnappy } from './snappy.js'
import { zstdWindow } from './zstd-window.js'

/** The codecs of a batch's attributes, by number. */
export const CODEC_NAMES: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const XERIAL_MAGIC = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]
const XERIAL_HEADER_BYTES = 16

/**
 * The records of a compressed batch: `bytes[start … end)` unpacked, in memory of their own with some bytes behind that decoders may look at.
 * Never more than UNPACKED_BYTES_MAX, however little a few bytes claim to be.
 *
 * @throws Unpackable
 */
export function unpacked(codec: number, bytes: Uint8Array, start: number, end: number, bytesMax: number = UNPACKED_BYTES_MAX): Uint8Array {
  try {
    switch (codec) {
      case 1: return zlib.gunzipSync(bytes.subarray(start, end), { maxOutputLength: bytesMax })
      case 2: return unpackedSnappy(bytes, start, end, bytesMax)
      case 3: {
        const memory = new GrowingMemory((end - start) * 4, bytesMax)
        return memory.upTo(unpackLz4(bytes, start, end, memory.room))
      }
      case 4: return unpackedZstd(bytes, start, end, bytesMax)
      default: throw new Unpackable(`compression ${codec} is not known`)
    }
  } catch (error) {
    if (error instanceof Unpackable) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new Unpackable(code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(bytesMax) : `no whole ${CODEC_NAMES[codec]}: ${message}`, { cause: error })
  }
}

function tooLarge(bytesMax: number): string {
  return `it would be larger than ${bytesMax} bytes`
}

/** The Java client writes blocks behind their lengths, with a header of its own; others one plain block. */
function unpackedSnappy(bytes: Uint8Array, start: number, end: number, bytesMax: number): Uint8Array {
  const blocks: number[] = []
  if (end - start < XERIAL_HEADER_BYTES || XERIAL_MAGIC.some((byte, i) => bytes[start + i] !== byte)) {
    blocks.push(start, end)
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let p = start + XERIAL_HEADER_BYTES; p < end;) {
      const length = p + 4 > end ? -1 : view.getInt32(p)
      if (length < 0 || p + 4 + length > end) throw new Unpackable('a block goes past its end')
      blocks.push(p + 4, p + 4 + length)
      p += 4 + length
    }
  }
  let size = 0
  for (let i = 0; i < blocks.length; i += 2) size += snappySize(bytes, blocks[i]!, blocks[i + 1]!)
  if (size > bytesMax) throw new Unpackable(tooLarge(bytesMax))
  const into = new Uint8Array(size + UNPACKED_SLACK_BYTES)
  let at = 0
  for (let i = 0; i < blocks.length; i += 2) at = unpackSnappy(bytes, blocks[i]!, blocks[i + 1]!, into, at)
  return into.subarray(0, size)
}

const { zstdDecompressSync } = zlib as unknown as {
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer
}

/** Node's own from 22.15 on, else JavaScript. */
function unpackedZstd(bytes: Uint8Array, start: number, end: number, bytesMax: number): Uint8Array {
  if (zstdDecompressSync !== undefined) return zstdDecompressSync(bytes.subarray(start, end), { maxOutputLength: bytesMax })
  if (zstdWindow(bytes, start, end) > bytesMax) throw new Unpackable(tooLarge(bytesMax))
  const memory = new GrowingMemory((end - start) * 4, bytesMax)
  let size = 0
  const inflate = new Decompress((piece) => {
    memory.room(size, size + piece.length).set(piece, size)
    size += piece.length
  })
  inflate.push(bytes.slice(start, end), true)
  return memory.upTo(size)
}

class GrowingMemory {
  bytes: Uint8Array
  readonly #bytesMax: number

  constructor(capacity: number, bytesMax: number) {
    this.#bytesMax = bytesMax
    this.bytes = new Uint8Array(Math.min(capacity, bytesMax) + UNPACKED_SLACK_BYTES)
  }

  readonly room = (used: number, size: number): Uint8Array => {
    if (used > this.#bytesMax) throw new Unpackable(tooLarge(this.#bytesMax))
    if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(size, Math.min(this.bytes.length * 2, this.#bytesMax + UNPACKED_SLACK_BYTES)))
      larger.set(this.bytes.subarray(0, used))
      this.bytes = larger
    }
    return this.bytes
  }

  upTo(size: number): Uint8Array {
    if (size > this.#bytesMax) throw new Unpackable(tooLarge(this.#bytesMax))
    return this.bytes.subarray(0, size)
  }
}
