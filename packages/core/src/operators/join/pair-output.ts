import { NO_ROW, RowGather } from '../../expressions/selected-rows.js'
import type { RowStore } from '../../state/row-store.js'
import { DELETE, INSERT, batchOf, type Batch, type Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { OperatorContext } from '../operator.js'
import { unseenColumn } from './unseen-column.js'

/**
 * Gathers the rows of the result as pairs: a row of the batch that has come in and a slot of the other side, either of them
 * {@link NO_ROW} for NULLs; and writes them out as batches.
 */
export class PairOutput {
  readonly #schema: Schema
  /** By output column: which side it is of, and which column there. */
  readonly #sources: readonly { readonly side: number; readonly column: number }[]
  readonly #columns: readonly RowGather[]
  readonly #nothing: readonly Vector[]
  readonly #context: OperatorContext
  readonly #capacity: number
  readonly #rows: Int32Array
  readonly #slots: Int32Array
  readonly #kinds: Uint8Array
  #count = 0
  #anyTake = false
  #anyNoRow = false
  #anyNoSlot = false
  #batch: Batch | null = null
  #side = 0
  #other: RowStore | null = null

  /** @param output columns of the left input, then of the right one, by output column */
  constructor(schema: Schema, output: readonly number[], leftWidth: number, context: OperatorContext) {
    this.#schema = schema
    this.#sources = output.map((c) => (c < leftWidth ? { side: 0, column: c } : { side: 1, column: c - leftWidth }))
    this.#columns = output.map(() => new RowGather())
    this.#nothing = schema.map((field) => unseenColumn(field.type))
    this.#context = context
    this.#capacity = context.settings.batchRows
    this.#rows = new Int32Array(this.#capacity)
    this.#slots = new Int32Array(this.#capacity)
    this.#kinds = new Uint8Array(this.#capacity)
  }

  /** What the rows and slots of the next pairs are of. `side` is that of the batch; null: there is none, all rows are {@link NO_ROW}. */
  begin(batch: Batch | null, side: number, other: RowStore): void {
    this.#batch = batch
    this.#side = side
    this.#other = other
  }

  add(row: number, slot: number, take: boolean): void {
    const at = this.#count++
    this.#rows[at] = row
    this.#slots[at] = slot
    this.#kinds[at] = take ? DELETE : INSERT
    if (take) this.#anyTake = true
    if (row === NO_ROW) this.#anyNoRow = true
    if (slot === NO_ROW) this.#anyNoSlot = true
    if (this.#count === this.#capacity) this.flush()
  }

  /** Writes out what has been added. The batch and the slots given to {@link begin} must still hold. */
  flush(): void {
    const count = this.#count
    if (count === 0) return
    const [batch, other] = [this.#batch, this.#other!]
    const columns = this.#sources.map(({ side, column }, c): Vector => {
      const into = this.#columns[c]!
      if (side !== this.#side) {
        const from = other.vector(column)
        return this.#anyNoSlot ? into.gatherOrNull(from, this.#slots, count) : into.gather(from, this.#slots, count)
      }
      const from = batch === null ? this.#nothing[c]! : batch.columns[column]!
      return this.#anyNoRow ? into.gatherOrNull(from, this.#rows, count) : into.gather(from, this.#rows, count)
    })
    const kinds = this.#anyTake ? this.#kinds : null
    this.#count = 0
    this.#anyTake = this.#anyNoRow = this.#anyNoSlot = false
    this.#context.meter.rowsOut += count
    this.#context.output.push(batchOf(columns, count, kinds))
  }

  get schema(): Schema {
    return this.#schema
  }
}
