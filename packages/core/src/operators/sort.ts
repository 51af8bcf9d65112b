import { assert, MillraceError, unreachable } from '../errors.js'
import { SORT_ROWS_MAX } from '../limits.js'
import type { SortNode } from '../plan/physical.js'
import { INSERT, ROW_KIND_SIGN, type Batch } from '../types/batch.js'
import { copyValue } from '../types/copy-batch.js'
import type { Schema } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import { rowValues } from '../types/vector-access.js'
import { rowBytes } from '../types/value-bytes.js'
import { batchFromRows } from '../types/vector-builder.js'
import { FoldedRows } from './folded-rows.js'
import { ItemSlots } from './item-slots.js'
import { onlyInserts } from './only-inserts.js'
import type { Operator, OperatorContext } from './operator.js'
import { RowOrder, type Row } from './row-order.js'
import { eachRow, writeRows } from './state-rows.js'
import type { OperatorState } from './state.js'
import { TopNScan } from './top-n-scan.js'
import { TopRows } from './top-rows.js'

/**
 * ORDER BY: keeps the rows of its input and gives them out, sorted, at End. With a limit it keeps only as many as that
 * asks for, and turns away most rows by a look at their first key. Rows that are taken back are folded first.
 */
export class SortOperator implements Operator {
  readonly state: OperatorState
  readonly #node: SortNode
  readonly #schema: Schema
  readonly #context: OperatorContext
  readonly #order: RowOrder
  /** Present where rows are taken back: what they come to. */
  readonly #folded: FoldedRows | null
  /** Present with a limit where rows are only added, else all are kept. */
  readonly #top: TopRows | null
  /** Absent where there is no key. */
  readonly #scan: TopNScan | undefined
  readonly #rows: ItemSlots<Row>
  /** Estimate of what they take. */
  #bytes = 0

  constructor(node: SortNode, inputSchema: Schema, context: OperatorContext) {
    this.#node = node
    this.#schema = inputSchema
    this.#context = context
    this.#order = new RowOrder(node.keys, inputSchema)
    this.#folded = node.retracting === true ? new FoldedRows(inputSchema) : null
    this.#top = node.limit === null || this.#folded !== null ? null : new TopRows(this.#order, node.offset + node.limit)
    this.#scan = node.keys.slice(0, 1).map((key) => new TopNScan(key))[0]
    // A row that is taken back is taken from the worker that its key leads to.
    const sharedOutBy = context.sharedOutBy?.[0] ?? null
    this.#rows = new ItemSlots(inputSchema, (row: Row) => row)
    const slots = this.#folded?.changes ?? (this.#top === null ? this.#rows.changes : null)
    const schema = this.#folded?.stored ?? inputSchema
    this.state = {
      tables: [{ name: 'rows', schema, keys: sharedOutBy, ...(sharedOutBy === null ? { unkeyed: 'part' } : {}) }],
      slots: [slots],
      // The first rows alone are few.
      snapshot: (write) => writeRows(write, 0, inputSchema, this.#top?.rows ?? []),
      restore: (_table, batch) => this.#restore(batch),
    }
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': return this.#take(element)
      case 'watermark': case 'barrier': return this.#context.output.push(element)
      case 'end':
        this.#emit()
        return this.#context.output.push(element)
      default: return unreachable(element)
    }
  }

  #take(batch: Batch): void {
    const { meter } = this.#context
    meter.rowsIn += batch.length
    if (this.#folded !== null) return this.#fold(batch, this.#folded)
    assert(onlyInserts(batch), 'rows that are taken back reach a sort that folds them')
    if (this.#top === null) for (let i = 0; i < batch.length; i++) this.#keep(this.#copy(batch, i))
    else if (this.#node.limit! > 0) this.#takeFirst(batch, this.#top)
    meter.stateBytes = this.#top?.bytes ?? this.#bytes
  }

  #keep(row: Row): void {
    if (this.#rows.add(row) >= SORT_ROWS_MAX) {
      throw new MillraceError('STATE_LIMIT', `ORDER BY keeps more than ${SORT_ROWS_MAX} rows on one worker; add a LIMIT, or sort what it writes`)
    }
    this.#bytes += rowBytes(row)
  }

  #restore(batch: Batch): void {
    if (this.#folded !== null) return this.#folded.restore(batch)
    if (this.#top !== null) return this.#takeFirst(batch, this.#top)
    eachRow(batch, this.#schema, (row) => this.#keep(row))
  }

  #fold(batch: Batch, folded: FoldedRows): void {
    for (let i = 0; i < batch.length; i++) folded.add(this.#copy(batch, i), ROW_KIND_SIGN[batch.rowKinds?.[i] ?? INSERT]!)
    this.#context.meter.stateBytes = folded.bytes
  }

  #takeFirst(batch: Batch, top: TopRows): void {
    const [key] = this.#node.keys
    let i = 0
    for (; i < batch.length; i++) {
      const last = top.last
      if (last !== null) {
        if (key !== undefined) i = this.#scan!.next(batch.columns[key.column]!, last[key.column]!, i, batch.length)
        if (i === batch.length) return
        if (this.#order.compareAt(batch, i, last) >= 0) continue
      }
      top.add(this.#copy(batch, i))
    }
  }

  #copy(batch: Batch, i: number): Row {
    return rowValues(batch, this.#schema, i).map(copyValue)
  }

  #emit(): void {
    const { meter, output, settings } = this.#context
    const { limit, offset } = this.#node
    const kept = this.#folded?.rows() ?? this.#rows.all()
    const sorted = this.#top === null ? kept.sort((a, b) => this.#order.compare(a, b)) : this.#top.sorted()
    const rows = limit === 0 ? [] : sorted.slice(offset, limit === null ? undefined : offset + limit)
    for (let from = 0; from < rows.length; from += settings.batchRows) {
      const part = rows.slice(from, from + settings.batchRows)
      meter.rowsOut += part.length
      output.push(batchFromRows(part, this.#schema))
    }
    meter.rowsFiltered = meter.rowsIn - meter.rowsOut
    this.#rows.clear()
    this.#bytes = 0
    this.#top?.clear()
    this.#folded?.clear()
  }
}
