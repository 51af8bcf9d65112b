/**
 * Unpacks one block of raw snappy into bytes of the caller's. In JavaScript and not in WebAssembly, because it then writes where the records
 * are to be, never past the size that was promised, and says what is wrong instead of trapping.
 */

/** What is wrong with compressed bytes. Caught by `unpacked`, which knows what they were. */
export class Unpackable extends Error {}

/** The size that a block says it has unpacked. */
export function snappySize(bytes: Uint8Array, start: number, end: number): number {
  let size = 0
  for (let p = start, shift = 0; p < end && shift < 35; p++, shift += 7) {
    size += (bytes[p]! & 127) * 2 ** shift
    if (bytes[p]! < 128) {
      sizeEnd = p + 1
      return size
    }
  }
  throw new Unpackable('it has no size')
}

let sizeEnd = 0

/**
 * Unpacks `bytes[start … end)` into `into` from `at` on.
 * @returns where it ends there
 */
export function unpackSnappy(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  const size = snappySize(bytes, start, end)
  const first = at
  const limit = at + size
  if (limit > into.length) throw new Unpackable('it is larger than it may be')
  let p = sizeEnd
  while (p < end) {
    const tag = bytes[p++]!
    let length: number
    let distance: number
    switch (tag & 3) {
      case 0: {
        length = tag >>> 2
        if (length >= 60) {
          const width = length - 59
          if (p + width > end) throw new Unpackable('it ends in the middle')
          length = 0
          for (let i = 0; i < width; i++) length += bytes[p++]! * 2 ** (8 * i)
        }
        length++
        if (p + length > end || at + length > limit) throw new Unpackable('a literal goes past its end')
        at = copyLiteral(bytes, p, length, into, at)
        p += length
        continue
      }
      case 1:
        length = ((tag >>> 2) & 7) + 4
        distance = ((tag >>> 5) << 8) | bytes[p++]!
        break
      case 2:
        length = (tag >>> 2) + 1
        distance = bytes[p]! | (bytes[p + 1]! << 8)
        p += 2
        break
      default:
        length = (tag >>> 2) + 1
        distance = (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)) >>> 0
        p += 4
    }
    if (p > end || distance === 0 || distance > at - first || at + length > limit) throw new Unpackable('a copy goes past its bounds')
    at = copyMatch(into, at, distance, length)
  }
  if (at !== limit) throw new Unpackable('it is shorter than it says')
  return at
}

export function copyLiteral(bytes: Uint8Array, p: number, length: number, into: Uint8Array, at: number): number {
  if (length > 48) {
    into.set(bytes.subarray(p, p + length), at)
    return at + length
  }
  for (const stop = at + length; at < stop;) into[at++] = bytes[p++]!
  return at
}

/** Copies what stands `distance` bytes before `at`; what is copied may be part of what is copied from. */
export function copyMatch(into: Uint8Array, at: number, distance: number, length: number): number {
  if (length > 48 && distance >= length) {
    into.copyWithin(at, at - distance, at - distance + length)
    return at + length
  }
  for (const stop = at + length; at < stop; at++) into[at] = into[at - distance]!
  return at
}
