import type { ScanCondition } from '../connector.js'
import type { ExactBuffer } from './column-buffer.js'
import { jsonValueOf } from './json/json-values.js'
import { scanNumber } from './number-text.js'
import { BAD_TEXT, ESCAPED, NOTHING, TEXT, TOKEN } from './piece-kind.js'
import { RecordFault, notOfType, shown, undecodable } from './record-fault.js'
import type { FieldFilter } from './row-filter.js'
import { fieldFiltersOf, holdsForNumber, holdsForText } from './row-filter.js'
import type { ScanField } from './scan-field.js'
import { isUtf8 } from './utf8-text.js'
import type { ScalarType } from './value-text.js'
import { bytesOfText, literalAt, scalarOfText, timestampOfNumber } from './value-text.js'

/**
 * The second half of the general path, for every format: values out of the pieces of a record.
 *
 * The rule that generated decoders keep too:
 * 1. The structure of the record has been walked completely; what is wrong there makes it undecodable in any case.
 * 2. If any condition of the filter does not hold, the row is filtered, and no other column is looked at. A string is
 *    compared as bytes; whether it is UTF-8 matters only in a row that passes.
 * 3. Else, if a column of the filter cannot be read, the record is undecodable.
 * 4. Else the other columns are read, in order; the first that cannot be is why the record is undecodable.
 */
export class RowAssembler {
  readonly fields: readonly ScanField[]
  /** By column: what stands in the record, and where. The format's walker fills them in. */
  readonly kinds: Uint8Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly #unescape: (bytes: Uint8Array, start: number, end: number) => Uint8Array
  readonly filters: readonly FieldFilter[]

  constructor(
    fields: readonly ScanField[], filter: readonly ScanCondition[],
    unescape: (bytes: Uint8Array, start: number, end: number) => Uint8Array,
  ) {
    this.fields = fields
    this.kinds = new Uint8Array(fields.length)
    this.starts = new Int32Array(fields.length)
    this.ends = new Int32Array(fields.length)
    this.#unescape = unescape
    this.filters = fieldFiltersOf(fields, filter)
  }

  /**
   * Puts the row into the buffers.
   * @returns false if the filter does not hold; nothing of it is left in the buffers then
   * @throws RecordFault likewise
   */
  assemble(row: number, bytes: Uint8Array, view: DataView): boolean {
    let fault: unknown = null
    for (const filter of this.filters) {
      try {
        if (this.#passes(filter, bytes)) continue
      } catch (error) {
        fault ??= error
        continue
      }
      this.takeBack(row)
      return false
    }
    try {
      if (fault !== null) throw fault
      for (let index = 0; index < this.fields.length; index++) this.#put(index, row, bytes, view)
    } catch (error) {
      this.takeBack(row)
      throw error
    }
    return true
  }

  /**
   * Puts one column of a row, for generated code that leaves it what is rare.
   * @returns false if that cannot be done; the general path then says why
   */
  putOne(index: number, kind: number, start: number, end: number, row: number, bytes: Uint8Array, view: DataView): boolean {
    this.kinds[index] = kind
    this.starts[index] = start
    this.ends[index] = end
    try {
      this.#put(index, row, bytes, view)
      return true
    } catch (error) {
      if (error instanceof RecordFault) return false
      throw error
    }
  }

  /** Removes what was put for a row that did not become part of the batch. */
  takeBack(row: number): void {
    for (const field of this.fields) field.buffer.takeBack(row)
  }

  #passes(filter: FieldFilter, bytes: Uint8Array): boolean {
    const { index } = filter
    const field = this.fields[index]!
    if (this.kinds[index] === NOTHING) {
      if (!field.nullable) throw nullNotAllowed(field)
      return filter.tests.every((test) => test.op === 'is null')
    }
    if (field.type.kind === 'STRING') {
      const text = this.#textBytes(index, bytes)
      return filter.tests.every((test) => holdsForText(test, text, 0, text.length))
    }
    if (field.buffer.kind === 'any') return filter.tests.every((test) => test.op === 'is not null')
    const value = this.#scalar(index, bytes)
    return filter.tests.every((test) => holdsForNumber(test, value))
  }

  #put(index: number, row: number, bytes: Uint8Array, view: DataView): void {
    const field = this.fields[index]!
    const { buffer } = field
    if (this.kinds[index] === NOTHING) {
      if (!field.nullable) throw nullNotAllowed(field)
      buffer.nulls.put(row)
    } else if (buffer.kind === 'string') {
      const kind = this.kinds[index]
      if (kind === ESCAPED) {
        const text = this.#textBytes(index, bytes)
        if (!isUtf8(text, 0, text.length)) throw undecodable(`column \`${field.name}\`: the text is no UTF-8`)
        buffer.putLoose(row, text)
      } else {
        if (kind === BAD_TEXT) throw this.#badText(index, bytes)
        if (kind === TOKEN) checkToken(field, bytes, this.starts[index]!, this.ends[index]!)
        if (!buffer.put(row, bytes, view, this.starts[index]!, this.ends[index]!)) {
          throw undecodable(`column \`${field.name}\`: the text is no UTF-8`)
        }
      }
    } else if (buffer.kind === 'any') {
      const start = this.starts[index]!
      const end = this.ends[index]!
      if (field.type.kind !== 'BYTES') {
        buffer.put(row, this.#nested(index, bytes))
        return
      }
      if (this.kinds[index]! >= TOKEN) throw notOfType(field.name, bytes, start, end, field.type)
      const text = this.#textBytes(index, bytes)
      buffer.put(row, bytesOfText(field.name, text, 0, text.length))
    } else {
      (buffer as ExactBuffer).put(row, this.#scalar(index, bytes))
    }
  }

  #scalar(index: number, bytes: Uint8Array): number | bigint {
    const field = this.fields[index]!
    const start = this.starts[index]!
    const end = this.ends[index]!
    const type = field.type as ScalarType
    switch (this.kinds[index]) {
      case TEXT: return scalarOfText(field.name, type, bytes, start, end, false)
      case TOKEN: {
        const first = bytes[start]!
        if (first === 116 || first === 102) {
          const value = literalAt(bytes, start, end)
          if (value === -1 || type.kind !== 'BOOLEAN') throw notOfType(field.name, bytes, start, end, type)
          return value
        }
        if (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') {
          return timestampOfNumber(field.name, type, bytes, start, end, true, field.unitScale)
        }
        return scalarOfText(field.name, type, bytes, start, end, true)
      }
      case ESCAPED: case BAD_TEXT: {
        const text = this.#textBytes(index, bytes)
        return scalarOfText(field.name, type, text, 0, text.length, false)
      }
      default: throw notOfType(field.name, bytes, start, end, type)
    }
  }

  /** ARRAY, MAP and ROW are JSON in every format: a value of its own in JSON, a text with JSON in it in CSV. */
  #nested(index: number, bytes: Uint8Array): ReturnType<typeof jsonValueOf> {
    const field = this.fields[index]!
    if (this.kinds[index] === ESCAPED || this.kinds[index] === BAD_TEXT) {
      const text = this.#textBytes(index, bytes)
      return jsonValueOf(field.name, field.type, text, 0, text.length, field.unitScale)
    }
    return jsonValueOf(field.name, field.type, bytes, this.starts[index]!, this.ends[index]!, field.unitScale)
  }

  #textBytes(index: number, bytes: Uint8Array): Uint8Array {
    if (this.kinds[index] === BAD_TEXT) throw this.#badText(index, bytes)
    if (this.kinds[index] === ESCAPED) return this.#unescape(bytes, this.starts[index]!, this.ends[index]!)
    return bytes.subarray(this.starts[index]!, this.ends[index]!)
  }

  #badText(index: number, bytes: Uint8Array): RecordFault {
    const text = shown(bytes, this.starts[index]!, this.ends[index]!)
    return undecodable(`column \`${this.fields[index]!.name}\`: control characters in ${JSON.stringify(text)} must be escaped`)
  }
}

/** A string column takes a number, true or false as its JSON text. */
function checkToken(field: ScanField, bytes: Uint8Array, start: number, end: number): void {
  if (literalAt(bytes, start, end) === -1 && scanNumber(bytes, start, end, true) === null) {
    throw undecodable(`column \`${field.name}\`: ${shown(bytes, start, end)} is no JSON value`)
  }
}

function nullNotAllowed(field: ScanField): RecordFault {
  return new RecordFault('NULL_NOT_ALLOWED', `column \`${field.name}\` is NOT NULL, and the record has no value for it`)
}
