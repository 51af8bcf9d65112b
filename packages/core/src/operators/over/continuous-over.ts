import { unreachable } from '../../errors.js'
import type { OverCall } from '../../plan/over.js'
import type { OverNode } from '../../plan/physical-over.js'
import type { Batch, F64Vector } from '../../types/batch.js'
import { copyValue } from '../../types/copy-batch.js'
import { BIGINT, DOUBLE, type Field, type Schema, type Value } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { batchToRows } from '../../types/vector-access.js'
import { ItemSlots } from '../item-slots.js'
import type { Operator, OperatorContext } from '../operator.js'
import { RowOrder, type Row } from '../row-order.js'
import type { OperatorState } from '../state.js'
import { Evaluator, overPlan, type OverPlan } from './evaluator.js'
import { giveRow, restoreRows, takeRows } from './over-rows.js'
import { PartitionRows } from './partition-rows.js'
import { checkRowCount, ownersOf, Partitions, VALUE_BYTES } from './partitions.js'
import { RowEmitter } from './row-emitter.js'
import { leastWatermark, WATERMARK_TABLE, watermarkRow } from './watermark-state.js'

interface ContinuousPartition {
  readonly key: readonly Value[]
  /** Where the partition is stored; {@link NONE} before its first row. */
  slot: number
  rows: PartitionRows
  /** Where they are stored, by position from `slotsFrom` on; those before `rows.first` are forgotten. */
  rowSlots: number[]
  slotsFrom: number
  evaluator: Evaluator
  /** Rows that the watermark has not passed yet, in any order. */
  pending: WaitingRow[]
}

interface WaitingRow {
  readonly row: Row
  readonly slot: number
}

/** A row in its place, as it is stored. */
interface PlacedRow {
  readonly row: Row
  readonly position: number
}

const NONE = -1

/** Slots of forgotten rows are let be until there are so many. */
const FORGOTTEN_SLOTS_MIN = 32

/** Partitions of which nothing is needed any more are looked for each time that the watermark has come so far. */
const SWEEP_MICROS_MIN = 10_000_000

/**
 * OVER by ascending time: each row is given out once and for good. By event time when the watermark has passed it, so that all
 * rows before it and beside it are there; by processing time as it comes. What no later frame reaches back to is forgotten.
 */
export class ContinuousOver implements Operator {
  readonly state: OperatorState
  readonly #node: OverNode
  readonly #context: OperatorContext
  readonly #schema: Schema
  readonly #order: RowOrder
  readonly #plan: OverPlan
  readonly #partitions: Partitions<ContinuousPartition>
  readonly #emitter: RowEmitter
  /** Partitions with rows that have no results yet. */
  readonly #open = new Set<ContinuousPartition>()
  readonly #partitionSlots: ItemSlots<ContinuousPartition>
  readonly #rowSlots: ItemSlots<PlacedRow>
  readonly #waitingSlots: ItemSlots<Row>
  /** How long rows are needed once the watermark has passed them; null where time alone does not say. */
  readonly #retentionMicros: number | null
  readonly #hasState: boolean
  #rowCount = 0
  #watermark = -Infinity
  #swept = -Infinity

  constructor(node: OverNode, inputSchema: Schema, context: OperatorContext) {
    this.#node = node
    this.#context = context
    this.#schema = inputSchema.slice(0, node.width)
    this.#order = new RowOrder(node.order, this.#schema)
    this.#plan = overPlan(node, this.#schema, context)
    this.#partitions = new Partitions(node.partitionBy, this.#schema, () => this.#newPartition([], 0))
    this.#emitter = new RowEmitter(node.schema, context)
    this.#retentionMicros = node.mode === 'rowtime' ? retentionOf(node.calls) : null
    this.#hasState = Evaluator.hasState(this.#plan)
    this.#partitionSlots = new ItemSlots(this.#partitionSchema(), ({ key, rows, evaluator }: ContinuousPartition) => (
      [...key, BigInt(rows.first), ...evaluator.save().map(copyValue)]
    ))
    this.#rowSlots = new ItemSlots([...this.#schema, POSITION], ({ row, position }: PlacedRow) => [...row, position])
    this.#waitingSlots = new ItemSlots(this.#schema, (row: Row) => row)
    this.state = this.#makeState()
  }

  #newPartition(key: readonly Value[], first: number): ContinuousPartition {
    const rows = new PartitionRows([], first)
    return { key, slot: NONE, rows, rowSlots: [], slotsFrom: first, evaluator: new Evaluator(this.#plan, rows), pending: [] }
  }

  /** A partition whose first row has come is stored from then on. */
  #know(partition: ContinuousPartition, row: Row): void {
    if (partition.slot !== NONE) return
    Object.assign(partition, { key: this.#partitions.keyOf(row) })
    partition.slot = this.#partitionSlots.add(partition)
  }

  #append(partition: ContinuousPartition, row: Row): void {
    const position = partition.rows.end
    partition.rowSlots.push(this.#rowSlots.add({ row, position }))
    partition.rows.push(row)
  }

  /** Rows before a position are needed no more. */
  #dropBefore(partition: ContinuousPartition, position: number): void {
    const { rows, rowSlots } = partition
    for (let at = rows.first; at < position && at < rows.end; at++) {
      this.#rowSlots.remove(rowSlots[at - partition.slotsFrom]!)
      this.#rowCount--
    }
    rows.dropBefore(position)
    const forgotten = rows.first - partition.slotsFrom
    if (forgotten < FORGOTTEN_SLOTS_MIN || forgotten * 2 < rowSlots.length) return
    partition.rowSlots = rowSlots.slice(forgotten)
    partition.slotsFrom = rows.first
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#advance(element.micros); break
      case 'barrier': case 'end': break
      default: unreachable(element)
    }
    const { meter, output } = this.#context
    meter.groups = this.#partitions.count
    meter.stateBytes = this.#partitions.bytes + this.#rowCount * this.#schema.length * VALUE_BYTES
    if (element.kind !== 'batch') output.push(element)
  }

  #take(batch: Batch): void {
    takeRows(
      batch, this.#node, this.#schema, this.#partitions, this.#context.meter, (row, seen) => this.#isLate(row, seen),
      (partition, row) => this.#add(partition, row),
    )
    this.#emitter.flush()
    checkRowCount(this.#rowCount)
  }

  #add(partition: ContinuousPartition, row: Row): void {
    this.#rowCount++
    this.#know(partition, row)
    this.#open.add(partition)
    if (this.#node.mode === 'rowtime') partition.pending.push({ row, slot: this.#waitingSlots.add(row) })
    else {
      this.#append(partition, row)
      this.#evaluate(partition, -Infinity)
    }
  }

  /** A row without a time belongs nowhere: it is as late as can be. */
  #isLate(row: Row, seen: number): boolean {
    const { mode, order } = this.#node
    if (mode !== 'rowtime') return false
    const time = row[order[0]!.column] as number | null
    return time === null || time < Math.max(seen, this.#watermark)
  }

  #advance(micros: number): void {
    if (micros <= this.#watermark) return
    this.#watermark = micros
    for (const partition of this.#open) {
      if (this.#node.mode === 'rowtime') this.#admit(partition)
      this.#evaluate(partition, this.#node.mode === 'rowtime' || micros === Infinity ? micros : -Infinity)
    }
    this.#emitter.flush()
    this.#sweep()
  }

  /** Puts rows that the watermark has passed in their places. */
  #admit(partition: ContinuousPartition): void {
    const { pending } = partition
    const time = this.#node.order[0]!.column
    pending.sort((a, b) => this.#order.compare(a.row, b.row))
    const isPassed = ({ row }: WaitingRow): boolean => this.#watermark === Infinity || (row[time] as number) < this.#watermark
    let passed = 0
    while (passed < pending.length && isPassed(pending[passed]!)) {
      const { row, slot } = pending[passed++]!
      this.#waitingSlots.remove(slot)
      this.#append(partition, row)
    }
    partition.pending = pending.slice(passed)
  }

  #evaluate(partition: ContinuousPartition, watermark: number): void {
    const { rows, evaluator } = partition
    this.#partitionSlots.beforeChange(partition.slot)
    while (evaluator.isReady(watermark)) giveRow(rows.at(evaluator.position), evaluator, this.#emitter, this.#context)
    this.#dropBefore(partition, evaluator.needed)
    if (partition.pending.length === 0 && evaluator.position === rows.end) this.#open.delete(partition)
  }

  /** Forgets rows of partitions that have become quiet, and those partitions whose rows were all there was to know. */
  #sweep(): void {
    const retention = this.#retentionMicros
    if (retention === null || this.#watermark === Infinity || this.#watermark - this.#swept < Math.max(retention, SWEEP_MICROS_MIN)) return
    this.#swept = this.#watermark
    const time = this.#node.order[0]!.column
    const isOver = ({ rows }: ContinuousPartition): boolean => rows.count === 0 || (rows.at(rows.end - 1)[time] as number) < this.#watermark - retention
    const quiet = new Set([...this.#partitions.values()].filter((partition) => !this.#open.has(partition) && isOver(partition)))
    for (const partition of quiet) {
      if (this.#hasState && partition.rows.count > 0) this.#renew(partition)
      if (this.#hasState) continue
      this.#dropBefore(partition, Infinity)
      this.#partitionSlots.remove(partition.slot)
    }
    if (!this.#hasState) this.#partitions.drop((partition) => quiet.has(partition))
  }

  /** Goes on without any rows. */
  #renew(partition: ContinuousPartition): void {
    const saved = partition.evaluator.save()
    this.#partitionSlots.beforeChange(partition.slot)
    this.#dropBefore(partition, Infinity)
    partition.rows = new PartitionRows([], partition.rows.end)
    partition.rowSlots = []
    partition.slotsFrom = partition.rows.first
    partition.evaluator = new Evaluator(this.#plan, partition.rows)
    partition.evaluator.load(saved)
  }

  // --------------------------------------------------------------------------------------------------------- state

  /** Keys, the position of the first row that is kept, and what the evaluator knows besides its rows. */
  #partitionSchema(): Schema {
    const saved = [BIGINT, ...Evaluator.savedTypes(this.#plan)].map((type, i): Field => ({ name: `state${i}`, type, nullable: true }))
    return [...this.#node.partitionBy.map((column) => this.#schema[column]!), ...saved]
  }

  #makeState(): OperatorState {
    const { partitionBy } = this.#node
    const owners = ownersOf(partitionBy, this.#context)
    const partitionSchema = this.#partitionSchema()
    return {
      tables: [
        { name: 'partitions', schema: partitionSchema, ...owners, keys: owners.keys === null ? null : owners.keys.map((column) => partitionBy.indexOf(column)) },
        { name: 'rows', schema: [...this.#schema, POSITION], ...owners },
        { name: 'waiting rows', schema: this.#schema, ...owners },
        WATERMARK_TABLE,
      ],
      slots: [this.#partitionSlots.changes, this.#rowSlots.changes, this.#waitingSlots.changes],
      snapshot: (write) => write(3, watermarkRow(this.#watermark)),
      restore: (table, batch) => {
        if (table === 3) this.#watermark = leastWatermark(this.#watermark, batch)
        else if (table === 0) for (const row of batchToRows(batch, partitionSchema)) this.#restorePartition(row.map(copyValue), partitionBy.length)
        else this.#restoreRows(table === 2, batch)
      },
    }
  }

  #restorePartition(row: readonly Value[], keyCount: number): void {
    const key = row.slice(0, keyCount)
    const partition = this.#partitions.of(key)
    Object.assign(partition, this.#newPartition(key, Number(row[keyCount])))
    partition.evaluator.load(row.slice(keyCount + 1))
    partition.slot = this.#partitionSlots.add(partition)
  }

  #restoreRows(pending: boolean, batch: Batch): void {
    restoreRows(batch, this.#schema, this.#partitions, (partition, row, _sign, i) => {
      if (pending) partition.pending.push({ row, slot: this.#waitingSlots.add(row) })
      else {
        const position = (batch.columns[this.#schema.length] as F64Vector).values[i]!
        partition.rows.put(position, row)
        partition.rowSlots[position - partition.slotsFrom] = this.#rowSlots.add({ row, position })
      }
      this.#rowCount++
      if (pending || partition.evaluator.position < partition.rows.end) this.#open.add(partition)
    })
  }
}

/** Behind the columns of a stored row: its place in its partition. */
const POSITION: Field = { name: '#position', type: DOUBLE, nullable: false }

function retentionOf(calls: readonly OverCall[]): number | null {
  let most = 0
  for (const { kind, name, frame: { start } } of calls) {
    if (kind === 'offset' && name === 'lag') return null
    if ((kind !== 'aggregate' && kind !== 'frame') || start.kind !== 'preceding') continue
    if (start.by.kind === 'rows' || start.by.micros === null) return null
    most = Math.max(most, start.by.micros)
  }
  return most
}
