import type { LateRows } from '../plan/physical-windows.js'
import { batchOf, type Batch } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import type { Schema, Value } from '../types/data-type.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../types/vector-builder.js'
import { positionText } from './dead-letters.js'
import type { Operator } from './operator.js'

/** By how much a row came too late, and for which window. Microseconds. */
export interface Lateness {
  readonly start: number
  readonly end: number
  /** From the moment at which the window had closed by the watermark of the row's own split. */
  readonly micros: number
}

/** Writes late rows to the table that takes them, a batch for each batch they came in. */
export class LateRowWriter {
  readonly #rows: LateRows
  readonly #schema: Schema
  readonly #inputSchema: Schema
  readonly #sink: Operator
  readonly #columns: readonly VectorBuilder[]
  #count = 0

  constructor(rows: LateRows, schema: Schema, inputSchema: Schema, sink: Operator) {
    this.#rows = rows
    this.#schema = schema
    this.#inputSchema = inputSchema
    this.#sink = sink
    this.#columns = schema.map(({ type }) => vectorBuilderOf(type))
  }

  add(batch: Batch, row: number, lateness: Lateness): void {
    this.#count++
    this.#columns.forEach((column, c) => {
      const own = this.#rows.columns[c]!
      column.append(own === null ? this.#known(this.#schema[c]!.name, batch, row, lateness)
        : copyValue(readValue(batch.columns[own]!, this.#inputSchema[own]!.type, row)))
    })
  }

  #known(name: string, { origin }: Batch, row: number, { start, end, micros }: Lateness): Value {
    switch (name) {
      case 'window_start': return start
      case 'window_end': return end
      case 'lateness_ms': return BigInt(Math.floor(micros / 1_000))
      case 'source': return origin?.table ?? null
      case 'split': return origin?.splitId ?? null
      case 'position': return positionText(origin?.recordPosition(row))
      default: return null
    }
  }

  /** Hands over what was added since the last time. */
  flush(): void {
    if (this.#count === 0) return
    const columns = this.#columns.map((column) => column.finish(this.#count))
    const count = this.#count
    this.#count = 0
    this.#sink.push(batchOf(columns, count), 0)
    for (const column of this.#columns) column.reset()
  }
}
