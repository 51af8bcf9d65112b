import type { Batch, Vector } from './batch.js'
import type { DataType, Schema, Value } from './data-type.js'

/**
 * Reads single values out of columns, in the form that the type has as a {@link Value}. For everything that is not
 * a hot loop: tests, the interpreter, keys of rare rows, results handed to users.
 */

/** The value of `row`; a view (BYTES, UTF-8) is valid as long as the vector, a string for ever. */
export function readValue(vector: Vector, type: DataType, row: number): Value {
  if (type.kind === 'NULL' || (vector.nulls !== null && vector.nulls[row] !== 0)) return null
  switch (vector.kind) {
    case 'bool': return vector.values[row] !== 0
    case 'i32': case 'f64': return vector.values[row]!
    case 'exact': return vector.wide === null ? BigInt(vector.values[row]!) : vector.wide[row]!
    case 'utf8': return utf8Text(vector.bytes, vector.starts[row]!, vector.ends[row]!)
    case 'dict': return vector.dictionary.texts[vector.codes[row]!]!
    case 'text': return vector.values[row]!
    case 'any': return vector.values[row] as Value
  }
}

/** One row of a batch, by column. */
export function rowValues(batch: Batch, schema: Schema, row: number): Value[] {
  return schema.map((field, c) => readValue(batch.columns[c]!, field.type, row))
}

/** All rows of a batch. */
export function batchToRows(batch: Batch, schema: Schema): Value[][] {
  return Array.from({ length: batch.length }, (_, row) => rowValues(batch, schema, row))
}

/** Up to this many bytes ASCII is put together by hand, which saves the call into the runtime. */
const SHORT_TEXT_BYTES = 5

/** The string of `bytes[start … end)`, which must be valid UTF-8; a byte order mark is kept as a character. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = ''
    let i = start
    for (; i < end; i++) {
      const byte = bytes[i]!
      if (byte > 127) break
      text += String.fromCharCode(byte)
    }
    if (i === end) return text
  }
  return utf8Slice.call(bytes, start, end)
}

/**
 * Node's own decoder, called on plain arrays: half the time of a TextDecoder on short strings, no view to make, and it
 * reads shared memory, which a TextDecoder refuses.
 */
const utf8Slice = (Buffer.prototype as unknown as { utf8Slice(this: Uint8Array, start: number, end: number): string }).utf8Slice
