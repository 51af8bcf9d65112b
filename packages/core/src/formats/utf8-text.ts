/** True if `bytes[start … end)` is well-formed UTF-8 (no overlong forms, no surrogates, nothing past U+10FFFF). */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let p = start
  while (p < end) {
    const lead = bytes[p]!
    if (lead < 0x80) {
      p++
    } else if (lead < 0xe0) {
      if (lead < 0xc2 || p + 1 >= end || !isTail(bytes[p + 1]!)) return false
      p += 2
    } else if (lead < 0xf0) {
      if (p + 2 >= end || !isTail(bytes[p + 1]!) || !isTail(bytes[p + 2]!)) return false
      if (lead === 0xe0 && bytes[p + 1]! < 0xa0) return false
      if (lead === 0xed && bytes[p + 1]! >= 0xa0) return false
      p += 3
    } else {
      if (lead > 0xf4 || p + 3 >= end || !isTail(bytes[p + 1]!) || !isTail(bytes[p + 2]!) || !isTail(bytes[p + 3]!)) return false
      if (lead === 0xf0 && bytes[p + 1]! < 0x90) return false
      if (lead === 0xf4 && bytes[p + 1]! >= 0x90) return false
      p += 4
    }
  }
  return true
}

function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** Orders `bytes[start … end)` against `other` by byte value: < 0, 0 or > 0. For UTF-8 that is code point order. */
export function compareBytes(bytes: Uint8Array, start: number, end: number, other: Uint8Array): number {
  const length = Math.min(end - start, other.length)
  for (let i = 0; i < length; i++) {
    const difference = bytes[start + i]! - other[i]!
    if (difference !== 0) return difference
  }
  return end - start - other.length
}

/** The text of well-formed UTF-8; a byte order mark inside is kept. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** The text of bytes that are ASCII, or else mapped one to one. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

export function utf8Of(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'))
}
