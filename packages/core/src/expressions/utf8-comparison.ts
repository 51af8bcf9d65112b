/** Comparisons of UTF-8 views, byte by byte, which is the order of SQL strings. */

export function equalsBytes(bytes: Uint8Array, start: number, end: number, other: Uint8Array): boolean {
  const length = other.length
  if (end - start !== length) return false
  for (let i = 0; i < length; i++) if (bytes[start + i] !== other[i]) return false
  return true
}

/** Negative, zero or positive. */
export function compareViews(bytes: Uint8Array, start: number, end: number, others: Uint8Array, otherStart: number, otherEnd: number): number {
  const length = Math.min(end - start, otherEnd - otherStart)
  for (let i = 0; i < length; i++) {
    const difference = bytes[start + i]! - others[otherStart + i]!
    if (difference !== 0) return difference
  }
  return end - start - (otherEnd - otherStart)
}
