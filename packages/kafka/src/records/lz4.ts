import { Unpackable, copyLiteral, copyMatch } from './snappy.js'

const FRAME_MAGIC = 0x184d2204
const SKIPPABLE_MAGIC = 0x184d2a50

/** A byte of a block stands for 255 bytes at most. */
const EXPANSION_MAX = 255

/** Makes room for `size` bytes in all, and keeps the first `used`. */
export type Room = (used: number, size: number) => Uint8Array

/**
 * Unpacks LZ4 frames. Their checksums are not looked at: the batch has one of its own over the same bytes.
 *
 * @returns how many bytes it is; they are in what `room` gave last
 */
export function unpackLz4(bytes: Uint8Array, start: number, end: number, room: Room): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let into = room(0, 0)
  let at = 0
  let p = start
  while (p < end) {
    if (p + 8 > end) throw new Unpackable('a frame has no header')
    const magic = view.getUint32(p, true)
    if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      p += 8 + view.getUint32(p + 4, true)
      continue
    }
    if (magic !== FRAME_MAGIC) throw new Unpackable('it is no LZ4 frame')
    const flags = bytes[p + 4]!
    const sizeBits = (bytes[p + 5]! >>> 4) & 7
    if (flags >>> 6 !== 1 || sizeBits < 4) throw new Unpackable('a frame has a header of another version')
    if ((flags & 1) !== 0) throw new Unpackable('it needs a dictionary')
    const blockBytesMax = 1 << (2 * sizeBits + 8)
    const blockChecksumBytes = (flags & 16) === 0 ? 0 : 4
    // Of the frame's own size, where it is given, nothing is made: a size is cheap to lie about.
    p += 7 + ((flags & 8) === 0 ? 0 : 8)
    for (;;) {
      if (p + 4 > end) throw new Unpackable('a frame has no end')
      const word = view.getUint32(p, true)
      p += 4
      if (word === 0) break
      const length = word & 0x7fffffff
      if (length > blockBytesMax || p + length > end) throw new Unpackable('a block goes past its end')
      const isPacked = (word & 0x80000000) === 0
      const most = isPacked ? Math.min(blockBytesMax, length * EXPANSION_MAX) : length
      into = room(at, at + most)
      at = isPacked ? unpackBlock(bytes, p, p + length, into, at, at + most) : copyLiteral(bytes, p, length, into, at)
      p += length + blockChecksumBytes
    }
    p += (flags & 4) === 0 ? 0 : 4
    if (p > end) throw new Unpackable('a frame has no end')
  }
  return at
}

function unpackBlock(bytes: Uint8Array, p: number, end: number, into: Uint8Array, at: number, limit: number): number {
  while (p < end) {
    const token = bytes[p++]!
    let length = token >>> 4
    if (length === 15) {
      let more: number
      do {
        if (p >= end) throw new Unpackable('a block ends in the middle')
        more = bytes[p++]!
        length += more
      } while (more === 255)
    }
    if (p + length > end || at + length > limit) throw new Unpackable('a literal goes past its end')
    at = copyLiteral(bytes, p, length, into, at)
    p += length
    if (p >= end) break
    const distance = bytes[p]! | (bytes[p + 1]! << 8)
    p += 2
    length = token & 15
    if (length === 15) {
      let more: number
      do {
        if (p >= end) throw new Unpackable('a block ends in the middle')
        more = bytes[p++]!
        length += more
      } while (more === 255)
    }
    length += 4
    if (p > end || distance === 0 || distance > at || at + length > limit) throw new Unpackable('a copy goes past its bounds')
    at = copyMatch(into, at, distance, length)
  }
  return at
}
