/**
 * Strings as SQL sees them: characters are code points, order is that of UTF-8 bytes (which is code point order and not
 * the order of UTF-16 units). All strings are well-formed; whoever makes one out of parts repairs it with
 * {@link wellFormed}.
 */

/** Negative, zero or positive: the order of the UTF-8 bytes of `a` and `b`. */
export function compareText(a: string, b: string): number {
  const length = a.length < b.length ? a.length : b.length
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return codePointRank(x) - codePointRank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above U+FFFF and so rank above U+E000…U+FFFF. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/** Characters (code points) of a string. */
export function textLength(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xdc00 && unit < 0xe000) length--
  }
  return length
}

/** The UTF-16 offset of character number `index` (from 0), at most the string's length. */
export function offsetOfCharacter(text: string, index: number): number {
  if (index <= 0) return 0
  if (index >= text.length) return text.length
  let offset = 0
  for (let passed = 0; passed < index && offset < text.length; passed++) {
    const unit = text.charCodeAt(offset)
    offset += unit >= 0xd800 && unit < 0xdc00 && offset + 1 < text.length ? 2 : 1
  }
  return offset
}

/** The character number (from 0) at a UTF-16 offset. */
export function characterOfOffset(text: string, offset: number): number {
  let characters = offset
  for (let i = 0; i < offset; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xdc00 && unit < 0xe000) characters--
  }
  return characters
}

/** Characters `start … end` (from 0, `end` exclusive). */
export function sliceText(text: string, start: number, end: number): string {
  if (end <= start) return ''
  const from = offsetOfCharacter(text, start)
  if (end >= text.length) return text.slice(from)
  return text.slice(from, from + offsetOfCharacter(text.slice(from), end - Math.max(start, 0)))
}

/** Replaces surrogates that stand alone by U+FFFD. */
export function wellFormed(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, '\ufffd') : text
}

const LONE_SURROGATE = /\p{Cs}/u
const LONE_SURROGATES = /\p{Cs}/gu

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Bytes that are no UTF-8 become U+FFFD. */
export function utf8Decode(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** `null` where the bytes are no UTF-8. */
export function utf8DecodeStrict(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return null
  }
}
