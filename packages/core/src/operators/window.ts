import { assert, unreachable } from '../errors.js'
import { RowGather, selectedOrigin } from '../expressions/selected-rows.js'
import type { WindowNode } from '../plan/physical-windows.js'
import { endAfter, firstEndOf, lastEndOf, sliceMicrosOf, startOf } from '../plan/window-shape.js'
import { floorTo, MICROS_PER_MILLI } from '../types/civil.js'
import { batchOf, DELETE, INSERT, ROW_KIND_SIGN } from '../types/batch.js'
import type { Batch, F64Vector, Vector } from '../types/batch.js'
import type { Element } from '../types/element.js'
import type { LateRowWriter } from './late-rows.js'
import type { Operator, OperatorContext } from './operator.js'

/**
 * Puts rows into their windows, each row once for every window that is still open for it, or once into its slice. Rows
 * all of whose windows had closed by the watermark of their own split are late: they are counted, and written to the table for them.
 */
export class WindowOperator implements Operator {
  readonly #node: WindowNode
  readonly #context: OperatorContext
  readonly #late: LateRowWriter | null
  readonly #sliceMicros: number
  readonly #gathers: readonly RowGather[]
  /** Chosen rows of the batch, and beside them the columns that are added. */
  readonly #rows: Int32Array
  readonly #starts: Float64Array
  readonly #ends: Float64Array
  readonly #times: Float64Array
  readonly #startNulls: Uint8Array
  readonly #endNulls: Uint8Array
  #count = 0

  constructor(node: WindowNode, columnCount: number, late: LateRowWriter | null, context: OperatorContext) {
    const rows = context.settings.batchRows
    this.#node = node
    this.#context = context
    this.#late = late
    this.#sliceMicros = node.shape.kind === 'session' ? 0 : sliceMicrosOf(node.shape)
    this.#gathers = Array.from({ length: columnCount }, () => new RowGather())
    this.#rows = new Int32Array(rows)
    this.#starts = new Float64Array(rows)
    this.#ends = new Float64Array(rows)
    this.#times = new Float64Array(rows)
    this.#startNulls = new Uint8Array(rows)
    this.#endNulls = new Uint8Array(rows)
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': return this.#take(element)
      case 'watermark': case 'barrier': case 'end': return this.#context.output.push(element)
      default: return unreachable(element)
    }
  }

  #take(batch: Batch): void {
    this.#context.meter.rowsIn += batch.length
    const times = batch.columns[this.#node.time] as F64Vector
    assert(times.kind === 'f64', 'a window is over timestamps')
    if (this.#node.assign === 'slices') this.#intoSlices(batch, times)
    else this.#intoWindows(batch, times)
    this.#late?.flush()
  }

  /** The watermark of a row's split less the allowed lateness: what ends there or before has closed for the row. */
  #closedFor(batch: Batch): { readonly watermarks: Float64Array | null; readonly nulls: Uint8Array | null; readonly lateness: number } {
    const { judge } = this.#node
    if (judge === null || judge.watermarkColumn === null) return { watermarks: null, nulls: null, lateness: 0 }
    const { values, nulls } = batch.columns[judge.watermarkColumn] as F64Vector
    return { watermarks: values, nulls, lateness: judge.latenessMicros }
  }

  // -------------------------------------------------------------------------------------------------------------- slices

  #intoSlices(batch: Batch, { values, nulls }: F64Vector): void {
    const { shape } = this.#node
    const size = this.#sliceMicros
    const { watermarks, nulls: unknown, lateness } = this.#closedFor(batch)
    // Rows come in about the order of their times: the slice of the one before is nearly always that of the next.
    let start = NaN
    let end = NaN
    for (let i = 0; i < batch.length; i++) {
      if (nulls !== null && nulls[i] !== 0) {
        this.#append(i, null, null, batch)
        continue
      }
      const at = values[i]!
      if (!(at >= start && at < end)) {
        start = floorTo(at - shape.offsetMicros, size) + shape.offsetMicros
        end = start + size
      }
      const closed = watermarks === null || (unknown !== null && unknown[i] !== 0) ? -Infinity : watermarks[i]! - lateness
      if (closed < end || closed < firstEndOf(shape, at)) this.#append(i, null, end, batch)
      else if (closed < lastEndOf(shape, at)) this.#append(i, endAfter(shape, closed), end, batch)
      else this.#reject(batch, i, lastEndOf(shape, at), closed)
    }
    this.#emit(batch)
  }

  // ------------------------------------------------------------------------------------------------------------- windows

  #intoWindows(batch: Batch, { values, nulls }: F64Vector): void {
    const { shape } = this.#node
    const { watermarks, nulls: unknown, lateness } = this.#closedFor(batch)
    for (let i = 0; i < batch.length; i++) {
      if (nulls !== null && nulls[i] !== 0) {
        this.#append(i, null, null, batch)
        continue
      }
      const at = values[i]!
      const closed = watermarks === null || (unknown !== null && unknown[i] !== 0) ? -Infinity : watermarks[i]! - lateness
      const last = lastEndOf(shape, at)
      if (closed >= last) {
        this.#reject(batch, i, last, closed)
        continue
      }
      const first = firstEndOf(shape, at)
      for (let end = closed < first ? first : endAfter(shape, closed); end <= last; end = endAfter(shape, end)) {
        this.#append(i, startOf(shape, end), end, batch)
      }
    }
    this.#emit(batch)
  }

  #reject(batch: Batch, row: number, lastEnd: number, closed: number): void {
    this.#context.meter.rowsLate++
    this.#late?.add(batch, row, { start: startOf(this.#node.shape, lastEnd), end: lastEnd, micros: closed - lastEnd })
  }

  // ------------------------------------------------------------------------------------------------------------ columns

  #append(row: number, start: number | null, end: number | null, batch: Batch): void {
    if (this.#count === this.#rows.length) this.#emit(batch)
    const at = this.#count++
    this.#rows[at] = row
    this.#starts[at] = start ?? 0
    this.#startNulls[at] = start === null ? 1 : 0
    this.#ends[at] = end ?? 0
    this.#endNulls[at] = end === null ? 1 : 0
    this.#times[at] = end === null ? 0 : end - MICROS_PER_MILLI
  }

  #emit(batch: Batch): void {
    const count = this.#count
    this.#count = 0
    if (count === 0) return
    const rows = this.#rows
    const whole = count === batch.length && isWhole(rows, count)
    const own = whole ? batch.columns : batch.columns.map((column, c) => this.#gathers[c]!.gather(column, rows, count))
    const { width } = this.#node
    const added: Vector[] = [
      { kind: 'f64', values: this.#starts, nulls: nullsOf(this.#startNulls, count) },
      { kind: 'f64', values: this.#ends, nulls: nullsOf(this.#endNulls, count) },
      { kind: 'f64', values: this.#times, nulls: nullsOf(this.#endNulls, count) },
    ]
    const columns = [...own.slice(0, width), ...added, ...own.slice(width)]
    this.#context.meter.rowsOut += count
    this.#context.output.push(batchOf(columns, count, kindsOf(batch, rows, count, whole), whole ? batch.origin : selectedOrigin(batch, rows)))
  }
}

function isWhole(rows: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (rows[i] !== i) return false
  return true
}

function nullsOf(nulls: Uint8Array, count: number): Uint8Array | null {
  for (let i = 0; i < count; i++) if (nulls[i] !== 0) return nulls
  return null
}

/** An update of a row that is several is no longer one row directly followed by another. */
function kindsOf(batch: Batch, rows: Int32Array, count: number, whole: boolean): Uint8Array | null {
  const kinds = batch.rowKinds
  if (kinds === null || whole) return kinds
  return Uint8Array.from({ length: count }, (_, i) => (ROW_KIND_SIGN[kinds[rows[i]!]!]! > 0 ? INSERT : DELETE))
}
