/** Up to this many bytes a loop is faster than `set` of a subarray or a call of the encoder. */
const SHORT_BYTES = 32

/** Copies `bytes[start … end)` to `at` and returns where the copy ends. */
export function putSpan(bytes: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  if (end - start > SHORT_BYTES) into.set(bytes.subarray(start, end), at)
  else for (let i = start, j = at; i < end; i++, j++) into[j] = bytes[i]!
  return at + end - start
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
