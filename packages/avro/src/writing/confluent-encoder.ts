import type { Batch, ByteBuffer, RecordEncoder, Schema } from '@millrace/core'
import { assert } from '@millrace/core'
import type { AvroSchema } from '../schema/parse-schema.js'
import { AvroEncoder } from './avro-encoder.js'

/** Avro records behind a zero byte and the id of their schema. */
export class ConfluentEncoder implements RecordEncoder {
  readonly separatorBytes = 0
  readonly #avro: AvroEncoder
  readonly #findId: () => Promise<number>
  #id: number | null = null

  constructor(columns: Schema, schema: AvroSchema, findId: () => Promise<number>) {
    this.#avro = new AvroEncoder(columns, schema.type)
    this.#findId = findId
  }

  async open(): Promise<void> {
    this.#id = await this.#findId()
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    assert(this.#id !== null, 'an encoder is opened before its first row')
    for (let row = from; row < to; row++) {
      into.byte(0)
      into.reserve(4)
      into.bytes.writeUInt32BE(this.#id, into.length)
      into.length += 4
      this.#avro.encode(batch, row, row + 1, into)
    }
  }
}
