import type { RowBuffers, TableColumn } from '@millrace/core'
import { undecodable } from '@millrace/core'
import type { AvroRecord, AvroType } from '../schema/avro-type.js'
import { AvroCursor } from './avro-cursor.js'
import { skipOf } from './skip-value.js'
import { isField, misfit, type Put, putOf } from './value-reader.js'

/**
 * Decodes records of one schema into the columns of a scan: the resolution of what was written against what is wanted, done once.
 *
 * A column is the field of its name; where there is none, the field of one of its aliases in `reader`, or one that has the column's name as
 * an alias. What the schema does not have is its default in `reader`, else NULL. Fields that no column wants are gone over.
 */
export class RecordProgram {
  readonly #steps: readonly ((cursor: AvroCursor, rows: RowBuffers) => void)[]
  readonly #absent: readonly ((rows: RowBuffers) => void)[]
  readonly #cursor = new AvroCursor()

  /** @param reader the schema that the table declares, for its defaults and aliases; null where it declares none */
  constructor(writer: AvroType, columns: readonly TableColumn[], isOnlyColumn: boolean, reader: AvroType | null) {
    if (writer.kind !== 'record') {
      // A key, most of the time: the value by itself is the column.
      const [column] = columns
      const put = column === undefined ? skipOf(writer) : putOrFail(writer, column)
      this.#steps = [isOnlyColumn ? (cursor, rows) => put(cursor, rows, 0) : (): never => {
        throw undecodable('the schema of the record is no record, and the table has several columns')
      }]
      this.#absent = []
      return
    }
    const fieldOf = columns.map((column) => fieldOfColumn(writer, column.name, reader))
    this.#steps = writer.fields.map((field, index) => {
      const column = fieldOf.indexOf(index)
      if (column === -1) return skipOf(field.type)
      const put = putOrFail(field.type, columns[column]!)
      return (cursor, rows) => put(cursor, rows, column)
    })
    this.#absent = columns.flatMap((column, index) => (fieldOf[index] === -1 ? [absentOf(column, index, reader)] : []))
  }

  /** @throws RecordFault */
  decode(bytes: Uint8Array, start: number, end: number, rows: RowBuffers): void {
    const cursor = this.#cursor
    cursor.begin(bytes, rows.view, start, end)
    for (const step of this.#steps) step(cursor, rows)
    if (cursor.p !== end) throw undecodable(`${end - cursor.p} bytes are left behind the record; it was written with another schema`)
    for (const absent of this.#absent) absent(rows)
    rows.end()
  }
}

function fieldOfColumn(writer: AvroRecord, name: string, reader: AvroType | null): number {
  const exact = writer.fields.findIndex((field) => field.name === name)
  if (exact !== -1) return exact
  const aliases = reader?.kind === 'record' ? reader.fields.find((field) => field.name === name)?.aliases ?? [] : []
  const formerly = writer.fields.findIndex((field) => aliases.includes(field.name))
  return formerly === -1 ? writer.fields.findIndex((field) => isField(field, name, writer)) : formerly
}

function putOrFail(type: AvroType, column: TableColumn): Put {
  const target = { column: column.name, type: column.type }
  return putOf(type, target) ?? ((): never => {
    throw misfit(type, target)
  })
}

function absentOf(column: TableColumn, index: number, reader: AvroType | null): (rows: RowBuffers) => void {
  const field = reader?.kind === 'record' ? reader.fields.find(({ name }) => name === column.name) : undefined
  if (field?.fallback === null || field === undefined) return (rows) => rows.putNull(index)
  const bytes = field.fallback
  const read = putOrFail(field.type, column)
  const cursor = new AvroCursor()
  return (rows) => {
    cursor.begin(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length)
    // Texts are given by where they stand, and the default does not stand in the record.
    rows.elsewhere(bytes, () => read(cursor, rows, index))
  }
}
