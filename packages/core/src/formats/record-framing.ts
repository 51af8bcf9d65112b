import type { BorderScanner, RecordFraming } from './format.js'

const NEWLINE = 10

function indexOf(bytes: Uint8Array, byte: number, start: number, limit: number): number {
  const at = bytes.indexOf(byte, start)
  return at >= limit ? -1 : at
}

/** Records that end at each newline, whatever stands before it. */
export class LineFraming implements RecordFraming {
  readonly quote = -1
  constructor(readonly headerRecords: number) {}

  next(bytes: Uint8Array, start: number, limit: number): number {
    return indexOf(bytes, NEWLINE, start, limit) + 1 || -1
  }

  last(bytes: Uint8Array, start: number, limit: number): number {
    const at = limit === 0 ? -1 : bytes.lastIndexOf(NEWLINE, limit - 1)
    return at < start ? start : at + 1
  }

  scanner(): BorderScanner {
    return {
      find: (piece, pieceOffset, target) => {
        // A border is behind a newline, so the one at `target` shows in the byte before.
        const from = Math.max(0, target - 1 - pieceOffset)
        const at = piece.indexOf(NEWLINE, from)
        return at === -1 ? -1 : pieceOffset + at + 1
      },
    }
  }
}

/**
 * Records of RFC 4180: a quote at the start of a field opens a quoted part, in which newlines are text and two quotes
 * are one; the next single quote closes it. Quotes elsewhere are ordinary characters.
 */
export class QuotedFraming implements RecordFraming {
  constructor(readonly headerRecords: number, readonly quote: number, readonly delimiter: number) {}

  next(bytes: Uint8Array, start: number, limit: number): number {
    const { quote, delimiter } = this
    let p = start
    let fieldStarts = true
    while (p < limit) {
      const byte = bytes[p++]!
      if (byte === NEWLINE) return p
      if (byte === quote && fieldStarts) {
        p = this.#closing(bytes, p, limit)
        if (p === -1) return -1
        fieldStarts = false
      } else {
        fieldStarts = byte === delimiter
      }
    }
    return -1
  }

  /** The byte after the quote that closes the part beginning at `p`, or −1. */
  #closing(bytes: Uint8Array, p: number, limit: number): number {
    for (;;) {
      const quote = indexOf(bytes, this.quote, p, limit)
      if (quote === -1) return -1
      if (quote + 1 >= limit || bytes[quote + 1] !== this.quote) return quote + 1
      p = quote + 2
    }
  }

  last(bytes: Uint8Array, start: number, limit: number): number {
    if (indexOf(bytes, this.quote, start, limit) === -1) {
      const at = limit === 0 ? -1 : bytes.lastIndexOf(NEWLINE, limit - 1)
      return at < start ? start : at + 1
    }
    let border = start
    for (;;) {
      const next = this.next(bytes, border, limit)
      if (next === -1 || next >= limit) return next === limit ? limit : border
      border = next
    }
  }

  scanner(): BorderScanner {
    return new QuotedScanner(this.quote, this.delimiter)
  }
}

/** Follows the quotes from the source's start; hops from quote to quote, so that text without any costs next to nothing. */
class QuotedScanner implements BorderScanner {
  /** Everything before has been followed. */
  #offset = 0
  #quoted = false
  /** The last byte was a quote inside a quoted part: the next byte says whether it closed it. */
  #closing = false
  #previous = NEWLINE

  constructor(readonly quote: number, readonly delimiter: number) {}

  find(piece: Uint8Array, pieceOffset: number, target: number): number {
    let p = this.#offset - pieceOffset
    const length = piece.length
    if (target <= this.#offset && !this.#quoted && !this.#closing && this.#previous === NEWLINE) return this.#offset
    while (p < length) {
      if (this.#closing) {
        this.#closing = false
        if (piece[p] === this.quote) {
          p++
          continue
        }
        this.#quoted = false
        this.#previous = this.quote
      }
      if (this.#quoted) {
        const quote = piece.indexOf(this.quote, p)
        if (quote === -1) {
          p = length
        } else {
          this.#closing = true
          p = quote + 1
        }
        continue
      }
      const quote = indexOf(piece, this.quote, p, length)
      const plainEnd = quote === -1 ? length : quote
      const from = Math.max(p, target - 1 - pieceOffset)
      const newline = from < plainEnd ? indexOf(piece, NEWLINE, from, plainEnd) : -1
      if (newline !== -1) {
        this.#offset = pieceOffset + newline + 1
        this.#previous = NEWLINE
        return this.#offset
      }
      if (plainEnd > p) this.#previous = piece[plainEnd - 1]!
      p = plainEnd
      if (quote !== -1) {
        this.#quoted = this.#previous === NEWLINE || this.#previous === this.delimiter
        this.#previous = this.quote
        p++
      }
    }
    this.#offset = pieceOffset + length
    return -1
  }
}

/** The end of a record's content: without the newline, and the carriage return before it. */
export function recordEnd(bytes: Uint8Array, start: number, next: number): number {
  let end = next
  if (end > start && bytes[end - 1] === 10) {
    end--
    if (end > start && bytes[end - 1] === 13) end--
  }
  return end
}
