import { INSERT, type RowKind } from '../../types/batch.js'
import type { Schema, Value } from '../../types/data-type.js'
import { batchFromRows } from '../../types/vector-builder.js'
import type { OperatorContext } from '../operator.js'

/** Gathers the rows that an operator gives out until they are a batch. */
export class RowEmitter {
  readonly #schema: Schema
  readonly #context: OperatorContext
  #rows: Value[][] = []
  #kinds: RowKind[] = []
  #changes = false

  constructor(schema: Schema, context: OperatorContext) {
    this.#schema = schema
    this.#context = context
  }

  push(row: Value[], kind: RowKind = INSERT): void {
    this.#rows.push(row)
    this.#kinds.push(kind)
    if (kind !== INSERT) this.#changes = true
    if (this.#rows.length >= this.#context.settings.batchRows) this.flush()
  }

  flush(): void {
    if (this.#rows.length === 0) return
    const batch = batchFromRows(this.#rows, this.#schema, this.#changes ? Uint8Array.from(this.#kinds) : null)
    this.#context.meter.rowsOut += batch.length
    this.#rows = []
    this.#kinds = []
    this.#changes = false
    this.#context.output.push(batch)
  }
}
