/** Up to this many bytes a loop is faster than `set` of a subarray. */
const SPAN_LOOP_BYTES_MAX = 48

/** Up to this many bytes a loop is faster than a call of the encoder. */
const SHORT_BYTES = 32

/** Copies `bytes[start … end)` to `at` and returns where the copy ends; a short span four bytes a turn. */
export function putSpan(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  if (end - start > SPAN_LOOP_BYTES_MAX) {
    into.set(bytes.subarray(start, end), at)
    return at + end - start
  }
  for (; start + 4 <= end; start += 4, at += 4) {
    into[at] = bytes[start]!
    into[at + 1] = bytes[start + 1]!
    into[at + 2] = bytes[start + 2]!
    into[at + 3] = bytes[start + 3]!
  }
  for (; start < end; start++, at++) into[at] = bytes[start]!
  return at
}

/** Writes a string as UTF-8 to `at` and returns where it ends: by hand while it is short and ASCII. There must be room. */
export function putText(text: string, into: Uint8Array, at: number): number {
  const length = text.length
  if (length <= SHORT_BYTES) {
    let i = 0
    for (; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 127) break
      into[at + i] = unit
    }
    if (i === length) return at + length
  }
  return at + encoder.encodeInto(text, at === 0 ? into : into.subarray(at)).written
}

const encoder = new TextEncoder()
