import type { RecordFraming } from '@millrace/core'
import { closeSync, openSync, readSync } from 'node:fs'
import { BORDER_PIECE_BYTES } from './limits.js'

/** A part of a file: from the start of a record to the end of one. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Cuts a file into ranges of about `splitBytes` at record borders: a range has the records that start in it.
 *
 * Where every newline is a border, a few bytes behind each cut are read. Where quotes can hide borders (csv), whether a
 * place is inside quotes depends on everything before it, so that the file is read once from its start; this hops from
 * quote to quote and costs about as much as reading does. `'csv.quote' = 'none'` saves it.
 */
export function byteRanges(path: string, size: number, splitBytes: number, framing: RecordFraming): ByteRange[] {
  if (size <= splitBytes) return size === 0 ? [] : [{ start: 0, end: size }]
  const fd = openSync(path, 'r')
  try {
    const ranges: ByteRange[] = []
    let start = 0
    const borders = new BorderSearch(fd, size, framing)
    while (start < size) {
      const target = start + splitBytes
      const end = target >= size ? size : borders.next(target)
      ranges.push({ start, end })
      start = end
    }
    return ranges
  } finally {
    closeSync(fd)
  }
}

/** Finds borders at or after rising offsets. */
class BorderSearch {
  readonly #fd: number
  readonly #size: number
  readonly #scanner: ReturnType<RecordFraming['scanner']>
  readonly #sequential: boolean
  readonly #buffer = Buffer.from(new ArrayBuffer(BORDER_PIECE_BYTES))
  #piece: Uint8Array = new Uint8Array(0)
  #pieceOffset = 0

  constructor(fd: number, size: number, framing: RecordFraming) {
    this.#fd = fd
    this.#size = size
    this.#scanner = framing.scanner()
    this.#sequential = framing.quote !== -1
  }

  next(target: number): number {
    if (!this.#sequential && target - 1 >= this.#pieceOffset + this.#piece.length) this.#read(target - 1, 4096)
    for (;;) {
      const border = this.#piece.length === 0 ? -1 : this.#scanner.find(this.#piece, this.#pieceOffset, target)
      if (border !== -1) return border
      const offset = this.#pieceOffset + this.#piece.length
      if (offset >= this.#size) return this.#size
      this.#read(offset, BORDER_PIECE_BYTES)
      if (this.#piece.length === 0) return this.#size
    }
  }

  #read(offset: number, count: number): void {
    const got = readSync(this.#fd, this.#buffer, 0, Math.min(count, this.#size - offset), offset)
    this.#piece = this.#buffer.subarray(0, got)
    this.#pieceOffset = offset
  }
}
