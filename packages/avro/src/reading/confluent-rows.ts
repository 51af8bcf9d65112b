import type { RowBuffers, RowsOfRecord, ScanSpec } from '@millrace/core'
import { undecodable } from '@millrace/core'
import { SCHEMAS_KEPT_MAX } from '../limits.js'
import type { KeptSchemas } from '../registry/kept-schemas.js'
import type { AvroType } from '../schema/avro-type.js'
import { RecordProgram } from './record-program.js'

/** The zero byte and the id. */
export const HEAD_BYTES = 5

/** From records that name their schema to rows: a program for each schema, once that has been fetched. */
export class ConfluentRows implements RowsOfRecord {
  readonly rowsPerRecord = 1
  readonly #scan: ScanSpec
  readonly #schemas: KeptSchemas
  readonly #reader: AvroType | null
  /** By id; null where the registry does not know it. */
  readonly #programs = new Map<number, RecordProgram | null>()
  #lastId = -1
  #last: RecordProgram | null = null

  constructor(scan: ScanSpec, schemas: KeptSchemas, reader: AvroType | null) {
    this.#scan = scan
    this.#schemas = schemas
    this.#reader = reader
  }

  decode(bytes: Uint8Array, start: number, end: number, rows: RowBuffers): void | Promise<void> {
    if (end - start < HEAD_BYTES || bytes[start] !== 0) {
      throw undecodable('the record does not begin with a zero byte and the id of a schema; records without a registry are read with \'format\' = \'avro\'')
    }
    const id = rows.view.getUint32(start + 1)
    if (id !== this.#lastId) {
      const program = this.#programs.get(id)
      if (program === undefined) return this.#fetch(id)
      if (program === null) throw undecodable(`the schema registry has no schema with the id ${id}`)
      this.#last = program
      this.#lastId = id
    }
    this.#last!.decode(bytes, start + HEAD_BYTES, end, rows)
  }

  async #fetch(id: number): Promise<void> {
    const schema = await this.#schemas.byId(id)
    const { columns, table } = this.#scan
    if (this.#programs.size >= SCHEMAS_KEPT_MAX) this.#programs.delete(this.#programs.keys().next().value!)
    this.#programs.set(id, schema === null ? null : new RecordProgram(schema.type, columns, table.columns.length === 1, this.#reader))
  }
}
