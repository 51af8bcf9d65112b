import type { RowBuffers, RowsOfRecord, TableColumn } from '@millrace/core'
import { assert, undecodable } from '@millrace/core'
import type { ProtoMessage } from '../schema/proto-message.js'
import { FoundFields } from './found-fields.js'
import { putOf, type Put } from './value-reader.js'
import { WireCursor } from './wire-cursor.js'

/** From a message to the row that it is: a column takes the field of its name. Fields that no column wants are gone over. */
export class MessageRows implements RowsOfRecord {
  readonly rowsPerRecord = 1
  readonly #found: FoundFields
  /** By field. */
  readonly #puts: readonly { readonly put: Put; readonly column: number }[]
  readonly #absent: readonly number[]

  constructor(message: ProtoMessage, columns: readonly TableColumn[]) {
    const taken = columns.flatMap((column, index) => {
      const field = message.fields.find(({ name }) => name === column.name)
      if (field === undefined) return []
      const put = putOf(field, { column: column.name, type: column.type })
      assert(put !== null, 'the planner has checked that fields fit their columns')
      return [{ field, put, column: index }]
    })
    this.#puts = taken
    this.#absent = columns.flatMap((_, index) => (taken.some(({ column }) => column === index) ? [] : [index]))
    this.#found = new FoundFields(taken.map(({ field }) => field))
  }

  decode(bytes: Uint8Array, start: number, end: number, rows: RowBuffers): void {
    const cursor = new WireCursor(bytes, rows.view)
    const found = this.#found
    found.find(cursor.at(start, end))
    for (let i = 0; i < this.#puts.length; i++) {
      const places = found.places[i]!
      if (places.field.isRequired && places.count === 0) {
        throw undecodable(`the required field \`${places.field.name}\` is missing; the record is of another message`)
      }
      this.#puts[i]!.put(cursor, places, rows, this.#puts[i]!.column)
    }
    for (const column of this.#absent) rows.putNull(column)
    rows.end()
  }
}
