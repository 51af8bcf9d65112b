import type { Batch, Vector } from '../../types/batch.js'
import type { DataType, Schema, Value } from '../../types/data-type.js'
import { MillraceError } from '../../errors.js'
import { ByteBuffer } from '../byte-buffer.js'
import type { RecordEncoder } from '../format.js'
import { utf8Of } from '../utf8-text.js'
import type { Utf8Piece } from '../value-writer.js'
import { jsonText, scalarText, storedAt, utf8At } from '../value-writer.js'
import type { CsvOptions } from './csv-options.js'

/**
 * Fields in column order. A text is quoted where it would be read as something else: with a delimiter, a quote or a line
 * end in it, empty or equal to the text for NULL. ARRAY, MAP and ROW are JSON in a field.
 */
export class CsvEncoder implements RecordEncoder {
  readonly #schema: Schema
  readonly #options: CsvOptions
  readonly #nullText: Uint8Array
  readonly #special = new Uint8Array(256)
  readonly #piece: Utf8Piece = { bytes: new Uint8Array(0), start: 0, end: 0 }

  constructor(schema: Schema, options: CsvOptions) {
    this.#schema = schema
    this.#options = options
    this.#nullText = utf8Of(options.nullText)
    for (const byte of [options.delimiter, 34, 10, 13]) this.#special[byte] = 1
  }

  header(): Uint8Array {
    const into = new ByteBuffer(256)
    if (!this.#options.header) return into.view()
    this.#schema.forEach((field, i) => {
      if (i > 0) into.byte(this.#options.delimiter)
      this.#text(utf8Of(field.name), into)
    })
    into.byte(10)
    return into.view()
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    for (let row = from; row < to; row++) {
      for (let column = 0; column < this.#schema.length; column++) {
        if (column > 0) into.byte(this.#options.delimiter)
        this.#value(this.#schema[column]!.type, batch.columns[column]!, row, into)
      }
      into.byte(10)
    }
  }

  #value(type: DataType, vector: Vector, row: number, into: ByteBuffer): void {
    if (vector.nulls !== null && vector.nulls[row] === 1) {
      into.copy(this.#nullText, 0, this.#nullText.length)
    } else if (type.kind === 'STRING') {
      utf8At(vector, row, this.#piece)
      this.#field(this.#piece.bytes, this.#piece.start, this.#piece.end, into)
    } else if (type.kind === 'BYTES') {
      this.#text(utf8Of(Buffer.from((vector as { values: unknown[] }).values[row] as Uint8Array).toString('base64')), into)
    } else if (vector.kind === 'any') {
      this.#text(utf8Of(jsonText(type, vector.values[row] as Value)), into)
    } else {
      const text = scalarText(type, storedAt(vector, row))
      // A delimiter may stand in a time.
      if (type.kind.startsWith('TIME') || this.#options.nullText !== '') this.#text(utf8Of(text), into)
      else into.ascii(text)
    }
  }

  #text(bytes: Uint8Array, into: ByteBuffer): void {
    this.#field(bytes, 0, bytes.length, into)
  }

  #field(bytes: Uint8Array, start: number, end: number, into: ByteBuffer): void {
    let plain = end > start && !this.#isNullText(bytes, start, end) && bytes[start] !== 0xef
    for (let p = start; plain && p < end; p++) plain = this.#special[bytes[p]!] === 0
    if (plain) {
      into.copy(bytes, start, end)
      return
    }
    if (this.#options.quote === -1) {
      if (end === start && this.#options.nullText !== '') return
      this.#checkBare(bytes, start, end)
      into.copy(bytes, start, end)
      return
    }
    into.byte(34)
    for (let p = start; p < end; p++) {
      if (bytes[p] === 34) into.byte(34)
      into.byte(bytes[p]!)
    }
    into.byte(34)
  }

  /** Without quotes some texts cannot be written. */
  #checkBare(bytes: Uint8Array, start: number, end: number): void {
    const { delimiter } = this.#options
    let writable = end > start && !this.#isNullText(bytes, start, end)
    for (let p = start; writable && p < end; p++) writable = bytes[p] !== delimiter && bytes[p] !== 10 && bytes[p] !== 13
    if (!writable) {
      throw new MillraceError('ROW_UNENCODABLE',
        'a text that is empty, equal to \'csv.null\', or has a delimiter or a line end in it needs quotes, and \'csv.quote\' = \'none\'')
    }
  }

  #isNullText(bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#nullText
    if (end - start !== text.length) return false
    for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false
    return true
  }
}
