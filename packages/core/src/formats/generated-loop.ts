import { declare, hoist } from './generated-values.js'
import type { ScanField } from './scan-field.js'

/**
 * Generated code for records of one layout. Decodes from record `from` until `to`, a full batch, or a record of another layout. By
 * `newlines`, `from` and `to` are offsets in `bytes`, and `to` is behind a newline; by `bounds` they are numbers of messages.
 *
 * @returns where it stopped: the first record that is not decoded. `state` tells the row then reached, and what was filtered
 */
export type FastDecode = (
  state: FastState, bytes: Uint8Array, view: DataView, from: number, to: number, row: number, rowsMax: number,
) => number

export interface FastState {
  row: number
  filtered: number
  /** The record by row: where it starts, or the number of the message. */
  readonly records: Int32Array
  /** Of messages: see `Messages`. */
  starts: Int32Array
  ends: Int32Array
}

export interface FastProgram {
  /** Equal for equal layouts. */
  readonly signature: string
  /** Bytes that it may read past the end of a record. */
  readonly lookAhead: number
  readonly decode: FastDecode
  /** The generated text. */
  readonly source: string
}

/** How a decoder knows where a record ends: at a newline, or because it was told. */
export type RecordBorders = 'newlines' | 'bounds'

/**
 * The loop of generated decoders around the code for one record, which reads from `p` on and ends with `continue rows` where a row is
 * filtered, with `break record` where the record is for the general path, or falls through when the row is in the buffers.
 *
 * By newlines a record ends with the code's own test for one, and no read goes past it. By bounds `limit` is the end of the record; a read
 * may go past it into what follows, so the code ends with a test that `p` is exactly there ({@link expectEnd}), and whatever reads without
 * limit is followed by {@link holdBounds}.
 */
export function decodeLoop(fields: readonly ScanField[], body: readonly string[], borders: RecordBorders): string {
  const code = `let passes = true
    ${fields.map((_, i) => declare(i)).join('\n    ')}
    record: {
      ${body.join('\n      ')}`
  const head = `const { stops, tokens, powers, rows } = env
return function decode(state, bytes, view, from, to, row, rowsMax) {
  ${hoist(fields)}
  const records = state.records
  let filtered = 0`
  if (borders === 'newlines') {
    return `${head}, p = from, at = from
  const limit = to
  rows: while (p < limit && row < rowsMax) {
    at = p
    ${code}
      records[row++] = at
      continue rows
    }
    p = at
    break rows
  }
  state.row = row
  state.filtered += filtered
  return p
}`
  }
  return `${head}, message = from
  const starts = state.starts, ends = state.ends
  rows: for (; message < to && row < rowsMax; message++) {
    const limit = ends[message]
    let p = starts[message]
    ${code}
      records[row++] = message
      continue rows
    }
    break rows
  }
  state.row = row
  state.filtered += filtered
  return message
}`
}

/** By bounds: the record must end here. */
export function expectEnd(borders: RecordBorders): string {
  return borders === 'bounds' ? 'if (p !== limit) break record' : ''
}

/** By bounds: a read without limit has not left the record. */
export function holdBounds(borders: RecordBorders): string {
  return borders === 'bounds' ? 'if (p > limit) break record' : ''
}
