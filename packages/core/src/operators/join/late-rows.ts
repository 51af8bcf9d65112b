import { RowGather } from '../../expressions/selected-rows.js'
import type { JoinTimeSide } from '../../plan/physical-join.js'
import { batchOf, type Batch, type F64Vector } from '../../types/batch.js'
import type { OperatorMeter } from '../operator.js'

/** Takes out rows that are late: what they would have met may be forgotten already, and nothing may depend on how far that has come. */
export class LateRows {
  readonly #side: JoinTimeSide
  readonly #meter: OperatorMeter
  readonly #gathers: readonly RowGather[]
  #kept: Int32Array = new Int32Array(0)

  constructor(side: JoinTimeSide, width: number, meter: OperatorMeter) {
    this.#side = side
    this.#meter = meter
    this.#gathers = Array.from({ length: width }, () => new RowGather())
  }

  /** The rows in time; null where there are none. Rows without a time are in time: they match nothing. */
  drop(batch: Batch): Batch | null {
    const { watermark, time, lateMicros } = this.#side
    if (watermark === null) return batch
    const times = batch.columns[time] as F64Vector
    const watermarks = (batch.columns[watermark] as F64Vector).values
    if (this.#kept.length < batch.length) this.#kept = new Int32Array(batch.length)
    let count = 0
    for (let row = 0; row < batch.length; row++) {
      const hasTime = times.nulls === null || times.nulls[row] === 0
      if (!(hasTime && watermarks[row]! > times.values[row]! + lateMicros)) this.#kept[count++] = row
    }
    if (count === batch.length) return batch
    this.#meter.rowsLate += batch.length - count
    if (count === 0) return null
    const kinds = batch.rowKinds === null ? null : Uint8Array.from({ length: count }, (_, i) => batch.rowKinds![this.#kept[i]!]!)
    return batchOf(this.#gathers.map((gather, c) => gather.gather(batch.columns[c]!, this.#kept, count)), count, kinds)
  }
}
