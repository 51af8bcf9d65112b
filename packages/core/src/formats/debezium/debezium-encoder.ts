import type { Batch } from '../../types/batch.js'
import { DELETE, UPDATE_BEFORE } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { ByteBuffer } from '../byte-buffer.js'
import type { RecordEncoder } from '../format.js'
import { JsonEncoder } from '../json/json-encoder.js'

/**
 * A change for each row: one that is added in `after` with `op` `c`, one that is taken back in `before` with `op` `d`. So an update is two
 * records, which need not be sent to the same place.
 */
export class DebeziumEncoder implements RecordEncoder {
  readonly #json: JsonEncoder

  constructor(schema: Schema) {
    this.#json = new JsonEncoder(schema, false)
  }

  header(): Uint8Array {
    return new Uint8Array(0)
  }

  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void {
    for (let row = from; row < to; row++) {
      const kind = batch.rowKinds === null ? 0 : batch.rowKinds[row]!
      const isTakenBack = kind === DELETE || kind === UPDATE_BEFORE
      into.ascii(isTakenBack ? '{"before":' : '{"before":null,"after":')
      this.#json.encode(batch, row, row + 1, into)
      // Its newline.
      into.length--
      into.ascii(isTakenBack ? ',"after":null,"op":"d"}\n' : ',"op":"c"}\n')
    }
  }
}
