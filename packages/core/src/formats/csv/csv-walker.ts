import type { TableColumn } from '../../connector.js'
import type { RecordWalker } from '../block-row-decoder.js'
import { ESCAPED, NOTHING, TEXT } from '../piece-kind.js'
import { undecodable } from '../record-fault.js'
import type { RowAssembler } from '../row-assembler.js'
import { utf8Of } from '../utf8-text.js'
import type { CsvOptions } from './csv-options.js'

const NEWLINE = 10

/** Of each field of a record the column of the scan that takes it, or −1. Fields are a table's physical columns in order. */
export function columnsByField(fields: readonly TableColumn[], wanted: readonly { readonly name: string }[]): number[] {
  return fields.map((field) => wanted.findIndex((column) => column.name === field.name))
}

/**
 * The general way through a CSV record: quoted fields with delimiters, newlines and doubled quotes in them. Every record
 * must have as many fields as the table has columns.
 */
export class CsvWalker implements RecordWalker {
  readonly #assembler: RowAssembler
  readonly #columns: readonly number[]
  readonly #options: CsvOptions
  readonly #nullText: Uint8Array

  constructor(assembler: RowAssembler, columns: readonly number[], options: CsvOptions) {
    this.#assembler = assembler
    this.#columns = columns
    this.#options = options
    this.#nullText = utf8Of(options.nullText)
  }

  walk(bytes: Uint8Array, start: number, end: number): boolean {
    const { delimiter, quote } = this.#options
    const { kinds, starts, ends } = this.#assembler
    const fieldCount = this.#columns.length
    // With a single column an empty line is an empty field.
    if (start === end && fieldCount > 1) return false
    let p = start
    for (let field = 0; ; field++) {
      let kind = TEXT
      let from = p
      let to: number
      if (p < end && bytes[p] === quote) {
        from = ++p
        for (;;) {
          while (p < end && bytes[p] !== quote) p++
          if (p >= end) throw undecodable(`field ${field + 1} has no closing quote`)
          if (p + 1 >= end || bytes[p + 1] !== quote) break
          kind = ESCAPED
          p += 2
        }
        to = p++
        if (p < end && bytes[p] !== delimiter) throw undecodable(`field ${field + 1} goes on after its closing quote`)
      } else {
        while (p < end && bytes[p] !== delimiter && bytes[p] !== NEWLINE) p++
        // Lines have none: they end there.
        if (p < end && bytes[p] === NEWLINE) throw undecodable(`a newline in field ${field + 1}, which is not quoted; a message holds one record`)
        to = p
        if (this.#isNull(field, bytes, from, to)) kind = NOTHING
      }
      const column = field < fieldCount ? this.#columns[field]! : -1
      if (column !== -1) {
        kinds[column] = kind
        starts[column] = from
        ends[column] = to
      }
      if (p >= end) {
        if (field + 1 === fieldCount) return true
        throw undecodable(`${field + 1} fields instead of ${fieldCount}`)
      }
      p++
    }
  }

  #isNull(field: number, bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#nullText
    if (end - start === text.length) {
      let i = 0
      while (i < text.length && bytes[start + i] === text[i]) i++
      if (i === text.length) return true
    }
    if (start !== end) return false
    const column = this.#columns[field] ?? -1
    return column !== -1 && this.#assembler.fields[column]!.type.kind !== 'STRING'
  }
}

/** The content of a quoted field with doubled quotes made single. */
export function undoubleQuotes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const result = new Uint8Array(end - start)
  let to = 0
  for (let p = start; p < end; p++) {
    result[to++] = bytes[p]!
    if (bytes[p] === 34) p++
  }
  return result.subarray(0, to)
}
