import { END, batchOf } from '@millrace/core'
import type { Batch, End, Reader, ReaderContext, ScanSpec } from '@millrace/core'
import type { ColumnGenerator } from './column.js'
import type { RowRange } from './row-ranges.js'

/** Makes the rows of one range, all at once or as fast as `rowsPerSecond` lets them out. */
export class DatagenReader implements Reader {
  readonly #columns: readonly ColumnGenerator[]
  readonly #scan: ScanSpec
  readonly #range: RowRange
  readonly #context: ReaderContext
  readonly #rowsPerSecond: number | null
  readonly #startMicros: number
  #next: number

  constructor(
    columns: readonly ColumnGenerator[], scan: ScanSpec, range: RowRange, context: ReaderContext,
    rowsPerSecond: number | null, startMicros: number, position: number | undefined,
  ) {
    this.#columns = columns
    this.#scan = scan
    this.#range = range
    this.#context = context
    this.#rowsPerSecond = rowsPerSecond
    this.#startMicros = startMicros
    this.#next = position ?? range.first
  }

  read(): Batch | null | End {
    const { stride, end } = this.#range
    const first = this.#next
    if (end !== null && first >= end) return END
    let count = this.#scan.batchRows
    if (end !== null) count = Math.min(count, Math.ceil((end - first) / stride))
    if (this.#rowsPerSecond !== null) {
      // Row i is due i / rate seconds after the start, whichever split it is in.
      const elapsedSeconds = (this.#context.nowMicros() - this.#startMicros) / 1e6
      const due = Math.floor(elapsedSeconds * this.#rowsPerSecond)
      count = Math.min(count, Math.ceil((due - first) / stride))
      if (count <= 0) return null
    }
    this.#next = first + count * stride
    return batchOf(this.#columns.map((column) => column.fill(first, stride, count)), count)
  }

  position(): number {
    return this.#next
  }

  progress(): number | null {
    const { first, end } = this.#range
    if (end === null) return null
    return end <= first ? 1 : Math.min(1, (this.#next - first) / (end - first))
  }

  async close(): Promise<void> {}
}
