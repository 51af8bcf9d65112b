import { unreachable } from '../../errors.js'
import type { OverNode } from '../../plan/physical-over.js'
import { DELETE, INSERT, type Batch } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { ItemSlots } from '../item-slots.js'
import type { Operator, OperatorContext } from '../operator.js'
import { RowOrder, type Row } from '../row-order.js'
import type { OperatorState } from '../state.js'
import { Evaluator, overPlan, type OverPlan } from './evaluator.js'
import { giveRow, restoreRows, takeRows, windowCloses } from './over-rows.js'
import { PartitionRows } from './partition-rows.js'
import { checkRowCount, ownersOf, Partitions, VALUE_BYTES } from './partitions.js'
import { RowEmitter } from './row-emitter.js'
import { leastWatermark, WATERMARK_TABLE, watermarkRow } from './watermark-state.js'

interface FinalPartition {
  rows: Row[]
  /** Rows that were taken back; each has an equal among `rows` by the end. */
  taken: Row[]
  /** Of all of them, where they are stored. */
  readonly slots: number[]
}

/** A row as it is stored: one that came or one that was taken back. */
interface StoredRow {
  readonly row: Row
  readonly sign: number
}

/**
 * OVER where a partition is complete at some time: at the end of input, or when its window closes. Rows are only gathered
 * until then; the watermark waits where they come at the very end, for they are older than it.
 */
export class FinalOver implements Operator {
  readonly state: OperatorState
  readonly #node: OverNode
  readonly #context: OperatorContext
  readonly #schema: Schema
  readonly #order: RowOrder
  readonly #plan: OverPlan
  readonly #partitions: Partitions<FinalPartition>
  readonly #emitter: RowEmitter
  readonly #rows: ItemSlots<StoredRow>
  #rowCount = 0
  /** The watermark so far. */
  #closed = -Infinity
  /** No window in state ends before. */
  #nextEnd = Infinity

  constructor(node: OverNode, inputSchema: Schema, context: OperatorContext) {
    this.#node = node
    this.#context = context
    this.#schema = inputSchema.slice(0, node.width)
    this.#order = new RowOrder(node.order, this.#schema)
    this.#plan = overPlan(node, this.#schema, context)
    this.#partitions = new Partitions(node.partitionBy, this.#schema, () => ({ rows: [], taken: [], slots: [] }))
    this.#rows = new ItemSlots(this.#schema, ({ row }: StoredRow) => row, ({ sign }) => (sign > 0 ? INSERT : DELETE))
    this.#emitter = new RowEmitter(node.schema, context)
    this.state = this.#makeState()
  }

  push(element: Element): void {
    const { output, meter } = this.#context
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark':
        if (this.#node.window === null) return
        this.#closed = Math.max(this.#closed, element.micros)
        if (element.micros === Infinity) return
        this.#closeWindows()
        output.push(element)
        break
      case 'barrier': output.push(element); break
      case 'end':
        this.#emit(() => true)
        output.push({ kind: 'watermark', micros: Infinity })
        output.push(element)
        break
      default: unreachable(element)
    }
    meter.groups = this.#partitions.count
    meter.stateBytes = this.#partitions.bytes + this.#rowCount * this.#schema.length * VALUE_BYTES
  }

  #take(batch: Batch): void {
    takeRows(
      batch, this.#node, this.#schema, this.#partitions, this.#context.meter, (row, seen) => this.#isLate(row, seen),
      (partition, row, sign) => this.#add(partition, row, sign),
    )
    checkRowCount(this.#rowCount)
  }

  #add(partition: FinalPartition, row: Row, sign: number): void {
    if (sign > 0) partition.rows.push(row)
    else partition.taken.push(row)
    partition.slots.push(this.#rows.add({ row, sign }))
    this.#rowCount++
    this.#nextEnd = Math.min(this.#nextEnd, this.#endOf(row))
  }

  #endOf(row: Row): number {
    return windowCloses(row, this.#node)
  }

  #isLate(row: Row, seen: number): boolean {
    if (this.#node.window === null) return false
    return this.#endOf(row) <= Math.max(seen, this.#closed === Infinity ? -Infinity : this.#closed)
  }

  #closeWindows(): void {
    if (this.#nextEnd > this.#closed) return
    this.#emit((row) => this.#endOf(row) <= this.#closed)
    this.#nextEnd = Infinity
    for (const { rows, taken } of this.#partitions.values()) this.#nextEnd = Math.min(this.#nextEnd, this.#endOf((rows[0] ?? taken[0])!))
  }

  #emit(isComplete: (row: Row) => boolean): void {
    const done = new Set<FinalPartition>()
    for (const partition of this.#partitions.values()) {
      if (!isComplete((partition.rows[0] ?? partition.taken[0])!)) continue
      done.add(partition)
      this.#rowCount -= partition.rows.length + partition.taken.length
      for (const slot of partition.slots) this.#rows.remove(slot)
      this.#evaluate(this.#sorted(partition))
    }
    this.#emitter.flush()
    if (done.size > 0) this.#partitions.drop((partition) => done.has(partition))
  }

  /** The rows in their order without those that were taken back. */
  #sorted({ rows, taken }: FinalPartition): Row[] {
    const compare = (a: Row, b: Row): number => this.#order.compare(a, b)
    rows.sort(compare)
    if (taken.length === 0) return rows
    taken.sort(compare)
    let t = 0
    return rows.filter((row) => {
      if (t === taken.length || compare(row, taken[t]!) !== 0) return true
      t++
      return false
    })
  }

  #evaluate(rows: Row[]): void {
    const evaluator = new Evaluator(this.#plan, new PartitionRows(rows))
    for (const row of rows) giveRow(row, evaluator, this.#emitter, this.#context)
  }

  #makeState(): OperatorState {
    return {
      tables: [
        { name: 'rows', schema: this.#schema, ...ownersOf(this.#node.partitionBy, this.#context) },
        WATERMARK_TABLE,
      ],
      slots: [this.#rows.changes],
      snapshot: (write) => write(1, watermarkRow(this.#closed)),
      restore: (table, batch) => {
        if (table === 1) {
          this.#closed = leastWatermark(this.#closed, batch)
          return
        }
        restoreRows(batch, this.#schema, this.#partitions, (partition, row, sign) => this.#add(partition, row, sign))
      },
    }
  }
}

