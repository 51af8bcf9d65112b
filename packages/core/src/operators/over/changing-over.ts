import { assert, unreachable } from '../../errors.js'
import type { OverCall } from '../../plan/over.js'
import type { OverNode } from '../../plan/physical-over.js'
import { valueKey } from '../../state/value-key.js'
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, type Batch } from '../../types/batch.js'
import type { Schema, Value } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { ItemSlots } from '../item-slots.js'
import type { Operator, OperatorContext } from '../operator.js'
import { RowOrder, type Row } from '../row-order.js'
import type { OperatorState } from '../state.js'
import { Evaluator, overPlan, type OverPlan } from './evaluator.js'
import { restoreRows, takeRows, windowCloses } from './over-rows.js'
import { PartitionRows } from './partition-rows.js'
import { checkRowCount, ownersOf, Partitions, VALUE_BYTES } from './partitions.js'
import { RowEmitter } from './row-emitter.js'

/** A row with the results that were given out for it; null before the first time. */
interface Entry {
  readonly row: Row
  results: readonly Value[] | null
  /** Of the row, where it is stored. */
  slot: number
}

interface ChangingPartition {
  /** In order. */
  entries: Entry[]
  /** Taken back since the last time that changes were given out, of those that had results. */
  removed: Entry[]
  /** So many rows at either end have not changed since then. */
  headKept: number
  tailKept: number
}

/**
 * OVER on rows that change: keeps the rows of every partition, computes anew the results that a batch can have changed, and
 * gives out those that are different now.
 */
export class ChangingOver implements Operator {
  readonly state: OperatorState
  readonly #node: OverNode
  readonly #context: OperatorContext
  readonly #schema: Schema
  readonly #order: RowOrder
  readonly #plan: OverPlan
  readonly #partitions: Partitions<ChangingPartition>
  readonly #emitter: RowEmitter
  readonly #reach: Reach
  readonly #touched = new Set<ChangingPartition>()
  /** Partitions whose rows were restored, and have no results yet. */
  readonly #restored = new Set<ChangingPartition>()
  readonly #rows: ItemSlots<Row>
  #rowCount = 0
  /** The watermark so far, where partitions are windows. */
  #closed = -Infinity

  constructor(node: OverNode, inputSchema: Schema, context: OperatorContext) {
    this.#node = node
    this.#context = context
    this.#schema = inputSchema.slice(0, node.width)
    this.#order = new RowOrder(node.order, this.#schema)
    this.#plan = overPlan(node, this.#schema, context)
    this.#partitions = new Partitions(node.partitionBy, this.#schema, () => ({ entries: [], removed: [], headKept: Infinity, tailKept: Infinity }))
    this.#emitter = new RowEmitter(node.schema, context)
    this.#reach = reachOf(node.calls)
    this.#rows = new ItemSlots(this.#schema, (row: Row) => row)
    this.state = this.#makeState()
  }

  push(element: Element): void {
    const { output, meter } = this.#context
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#closeWindows(element.micros); break
      case 'barrier': case 'end': break
      default: unreachable(element)
    }
    meter.groups = this.#partitions.count
    meter.stateBytes = this.#partitions.bytes + this.#rowCount * (this.#schema.length + this.#node.calls.length) * VALUE_BYTES
    if (element.kind !== 'batch') output.push(element)
  }

  /** Partitions whose window has closed change no more. Behind +∞ may come what an operator beneath has held back to the end. */
  #closeWindows(micros: number): void {
    if (this.#node.window === null || micros === Infinity || micros <= this.#closed) return
    this.#closed = micros
    this.#recall()
    this.#partitions.drop(({ entries }) => {
      const isOver = entries.length > 0 && this.#isClosed(entries[0]!.row)
      if (isOver) this.#forget(entries)
      return isOver
    })
  }

  #forget(entries: readonly Entry[]): void {
    this.#rowCount -= entries.length
    for (const { slot } of entries) this.#rows.remove(slot)
  }

  #isClosed(row: Row, seen: number = -Infinity): boolean {
    return windowCloses(row, this.#node) <= Math.max(this.#closed, seen)
  }

  #take(batch: Batch): void {
    this.#recall()
    takeRows(
      batch, this.#node, this.#schema, this.#partitions, this.#context.meter, (row, seen) => this.#isClosed(row, seen),
      (partition, row, sign) => {
        this.#touched.add(partition)
        this.#change(partition, row, sign)
      },
    )
    for (const partition of this.#touched) this.#emit(partition)
    this.#emitter.flush()
    const isEmpty = ({ entries }: ChangingPartition): boolean => entries.length === 0
    if ([...this.#touched].some(isEmpty)) this.#partitions.drop(isEmpty)
    this.#touched.clear()
    checkRowCount(this.#rowCount)
  }

  #change(partition: ChangingPartition, row: Row, sign: number): void {
    const { entries, removed } = partition
    let at = this.#placeOf(entries, row)
    if (sign > 0) {
      // A row that was taken back in the same batch, and is there again, has its results still.
      const again = removed.findIndex((entry) => this.#order.compare(entry.row, row) === 0)
      const results = again === -1 ? null : removed.splice(again, 1)[0]!.results
      entries.splice(at, 0, { row, results, slot: this.#rows.add(row) })
      this.#rowCount++
    } else {
      assert(at > 0 && this.#order.compare(entries[at - 1]!.row, row) === 0, 'OVER takes back a row that it has')
      const [entry] = entries.splice(--at, 1)
      if (entry!.results !== null) removed.push(entry!)
      this.#forget([entry!])
    }
    partition.headKept = Math.min(partition.headKept, at)
    partition.tailKept = Math.min(partition.tailKept, entries.length - at - (sign > 0 ? 1 : 0))
  }

  /** Place behind all entries that come before the row or are equal to it: what is new disturbs none of those. */
  #placeOf(entries: readonly Entry[], row: Row): number {
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#order.compare(entries[middle]!.row, row) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #emit(partition: ChangingPartition): void {
    const { entries, removed } = partition
    for (const { row, results } of removed) this.#emitter.push([...row, ...results!], DELETE)
    const { before, behind } = this.#reach
    const from = before === Infinity ? 0 : Math.max(0, partition.headKept - before)
    const to = behind === Infinity ? entries.length : Math.min(entries.length, entries.length - partition.tailKept + behind)
    const evaluator = new Evaluator(this.#plan, new PartitionRows(entries.map(({ row }) => row)), from)
    for (let i = from; i < to; i++) this.#give(entries[i]!, evaluator.next())
    partition.removed = []
    partition.headKept = partition.tailKept = Infinity
  }

  #give(entry: Entry, results: readonly Value[]): void {
    const before = entry.results
    entry.results = results
    if (before === null) return this.#emitter.push([...entry.row, ...results], INSERT)
    if (this.#same(before, results)) return
    this.#emitter.push([...entry.row, ...before], UPDATE_BEFORE)
    this.#emitter.push([...entry.row, ...results], UPDATE_AFTER)
  }

  #same(before: readonly Value[], after: readonly Value[]): boolean {
    return before.every((value, c) => {
      if (typeof value !== 'object' || value === null) return Object.is(value, after[c])
      return valueKey(value, this.#node.calls[c]!.type) === valueKey(after[c], this.#node.calls[c]!.type)
    })
  }

  /** The rows are all: results follow from them. */
  #makeState(): OperatorState {
    return {
      tables: [{ name: 'rows', schema: this.#schema, ...ownersOf(this.#node.partitionBy, this.#context) }],
      slots: [this.#rows.changes],
      snapshot: () => {},
      restore: (_table, batch) => restoreRows(batch, this.#schema, this.#partitions, (partition, row) => {
        const { entries } = partition
        entries.splice(this.#placeOf(entries, row), 0, { row, results: null, slot: this.#rows.add(row) })
        this.#restored.add(partition)
        this.#rowCount++
      }),
    }
  }

  /** What was given out before the snapshot. */
  #recall(): void {
    for (const { entries } of this.#restored) {
      const evaluator = new Evaluator(this.#plan, new PartitionRows(entries.map(({ row }) => row)))
      for (const entry of entries) entry.results = evaluator.next()
    }
    this.#restored.clear()
  }
}

/** How many rows before and behind a changed one can have other results now. */
interface Reach {
  readonly before: number
  readonly behind: number
}

function reachOf(calls: readonly OverCall[]): Reach {
  const reaches = calls.map((call): Reach => {
    const { name, kind, count, frame } = call
    if (name === 'row_number') return { before: 0, behind: Infinity }
    if (kind === 'offset' && !call.ignoreNulls) return name === 'lag' ? { before: 0, behind: count! } : { before: count!, behind: 0 }
    if (kind === 'rank' || kind === 'share' || kind === 'offset' || frame.unit === 'range') return { before: Infinity, behind: Infinity }
    const [start, end] = [frame.start, frame.end]
    const behind = start.kind === 'preceding' && start.by.kind === 'rows' ? start.by.rows : start.kind === 'unbounded preceding' ? Infinity : 0
    const before = end.kind === 'following' && end.by.kind === 'rows' ? end.by.rows : end.kind === 'unbounded following' ? Infinity : 0
    // A running state begins with the partition, and so must whoever computes it.
    return { before: start.kind === 'unbounded preceding' ? Infinity : before, behind }
  })
  return { before: Math.max(0, ...reaches.map((r) => r.before)), behind: Math.max(0, ...reaches.map((r) => r.behind)) }
}
