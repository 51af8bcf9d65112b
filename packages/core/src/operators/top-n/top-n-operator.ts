import { assert, unreachable } from '../../errors.js'
import { OVER_ROWS_MAX, STORED_TEXT_BYTES_MAX } from '../../limits.js'
import type { TopNNode } from '../../plan/physical-over.js'
import { GroupTable } from '../../state/group-table.js'
import { larger } from '../../state/stored-column.js'
import { RowStore, type StoreLimit } from '../../state/row-store.js'
import { ROW_KIND_SIGN, type Batch, type F64Vector } from '../../types/batch.js'
import { DOUBLE, type Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import type { Operator, OperatorContext } from '../operator.js'
import { ownersOf } from '../over/partitions.js'
import { leastWatermark, WATERMARK_TABLE, watermarkRow } from '../over/watermark-state.js'
import type { OperatorState } from '../state.js'
import { stateField } from '../state-rows.js'
import { StoredSlots } from '../stored-slots.js'
import { candidates } from './candidates.js'
import { placesOf } from './ranked-list.js'
import { SlotLists } from './slot-lists.js'
import { SlotOrder } from './slot-order.js'
import { TopNChanges } from './top-n-changes.js'

const TOP_N_LIMIT: StoreLimit = {
  rowsMax: OVER_ROWS_MAX,
  tooManyRows: `Top-N keeps more than ${OVER_ROWS_MAX} rows on one worker; use more workers, a smaller n or a window`,
  tooMuchText: `one column of Top-N exceeds ${STORED_TEXT_BYTES_MAX} bytes on one worker; use more workers or select shorter columns`,
}

/** Rows that are looked at between two looks at the bounds: what has come before them turns away what follows. */
const CHUNK_ROWS = 256

/**
 * Keeps the first rows of each partition, or all of them where rows can be taken back. Most rows of a long stream are not
 * among the first: a look at their first key turns them away, see `candidates`.
 */
export class TopNOperator implements Operator {
  readonly state: OperatorState
  readonly #node: TopNNode
  readonly #context: OperatorContext
  readonly #schema: Schema
  readonly #table: GroupTable
  readonly #store: RowStore
  readonly #order: SlotOrder
  readonly #lists = new SlotLists()
  readonly #changes: TopNChanges
  /** By group: a row whose first key is greater is not among the first. +∞ while there is room. */
  #bounds: Float64Array = new Float64Array(64).fill(Infinity)
  /** By group: when its window closes. */
  #ends: Float64Array = new Float64Array(64).fill(Infinity)
  #groupCount = 0
  /** By slot, when its row came, as a number that goes up: of rows that are equal by time the last may count. */
  #arrivals: Float64Array = new Float64Array(0)
  #lastArrival = 0
  #nextEnd = Infinity
  #closed = -Infinity
  #groups: Int32Array = new Int32Array(0)
  readonly #rows = new Int32Array(CHUNK_ROWS)
  readonly #slots = new Int32Array(CHUNK_ROWS)

  constructor(node: TopNNode, inputSchema: Schema, context: OperatorContext) {
    this.#node = node
    this.#context = context
    this.#schema = inputSchema.slice(0, node.width)
    this.#table = new GroupTable(node.partitionBy.map((column) => this.#schema[column]!.type))
    this.#store = new RowStore(this.#schema, TOP_N_LIMIT)
    this.#order = new SlotOrder(this.#store, node.order)
    this.#changes = new TopNChanges(node, this.#store, this.#order, this.#lists, context)
    this.state = this.#makeState()
  }

  push(element: Element): void {
    const { meter, output } = this.#context
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': {
        this.#closed = Math.max(this.#closed, element.micros)
        // What comes at the very end is older than the watermark: that waits.
        if (this.#node.emit === 'final' && (this.#node.window === null || element.micros === Infinity)) return
        // Behind +∞ comes what an operator beneath has held back to the end: it meets the groups that there were.
        if (this.#node.window !== null && element.micros !== Infinity) this.#closeWindows()
        output.push(element)
        break
      }
      case 'barrier': output.push(element); break
      case 'end':
        if (this.#node.emit === 'final') {
          for (let group = 0; group < this.#groupCount; group++) this.#changes.emitAll(group)
          this.#changes.flush()
          // What has been given out is not part of a snapshot behind the end.
          this.#groupCount = 0
          this.#store.clear()
          output.push({ kind: 'watermark', micros: Infinity })
        }
        output.push(element)
        break
      default: unreachable(element)
    }
    meter.groups = this.#groupCount
    meter.stateBytes = this.#store.bytes + this.#table.bytes + this.#lists.bytes + this.#bounds.byteLength * 2
  }

  // ---------------------------------------------------------------------------------------------------------- rows in

  #take(batch: Batch): void {
    const { meter } = this.#context
    const { length } = batch
    meter.rowsIn += length
    this.#findGroups(batch)
    const rows = this.#rows
    for (let from = 0; from < length; from += CHUNK_ROWS) {
      const to = Math.min(length, from + CHUNK_ROWS)
      let count = candidates(batch, this.#node.order[0], this.#groups, this.#bounds, from, to, rows)
      if (this.#node.window !== null) count = this.#dropLate(batch, from, to, count)
      if (count > 0) this.#add(batch, count)
    }
    meter.rowsAggregated = meter.rowsIn - meter.rowsLate
    if (this.#node.emit === 'changes') this.#changes.emitTouched()
    if (this.#node.retracting) this.#forgetEmpty()
  }

  #findGroups(batch: Batch): void {
    const { length } = batch
    if (this.#groups.length < length) this.#groups = new Int32Array(length)
    const groups = this.#groups
    const { partitionBy } = this.#node
    if (partitionBy.length === 0) groups.fill(0, 0, length)
    else this.#table.groupsOf(partitionBy.map((column) => batch.columns[column]!), length, groups)
    const before = this.#groupCount
    this.#groupCount = partitionBy.length === 0 ? 1 : this.#table.size
    if (this.#groupCount === before) return
    this.#lists.ensure(this.#groupCount)
    this.#changes.ensure(this.#groupCount)
    if (this.#groupCount > this.#bounds.length) {
      this.#bounds = grown(this.#bounds, this.#groupCount)
      this.#ends = grown(this.#ends, this.#groupCount)
    }
    this.#bounds.fill(Infinity, before, this.#groupCount)
    if (this.#node.window !== null) this.#findEnds(batch, before)
  }

  /** A group's window is that of its rows: its end is one of the partition's columns. */
  #findEnds(batch: Batch, from: number): void {
    const { endColumn, allowedLatenessMicros } = this.#node.window!
    const { values, nulls } = batch.columns[endColumn] as F64Vector
    this.#ends.fill(Infinity, from, this.#groupCount)
    for (let i = 0; i < batch.length; i++) {
      const group = this.#groups[i]!
      if (group < from || (nulls !== null && nulls[i] !== 0)) continue
      this.#ends[group] = values[i]! + allowedLatenessMicros
      if (this.#ends[group]! < this.#nextEnd) this.#nextEnd = this.#ends[group]!
    }
  }

  /** Candidates that are not late. All late rows are counted, also those that would not be among the first. */
  #dropLate(batch: Batch, from: number, to: number, count: number): number {
    const { watermarkColumn } = this.#node
    const seen = watermarkColumn === null ? null : (batch.columns[watermarkColumn] as F64Vector).values
    // At the end of input what still comes is what an operator beneath has held back.
    const closed = this.#closed === Infinity ? -Infinity : this.#closed
    const isLate = (row: number): boolean => this.#ends[this.#groups[row]!]! <= Math.max(closed, seen === null ? -Infinity : seen[row]!)
    for (let row = from; row < to; row++) if (isLate(row)) this.#context.meter.rowsLate++
    let kept = 0
    for (let i = 0; i < count; i++) if (!isLate(this.#rows[i]!)) this.#rows[kept++] = this.#rows[i]!
    return kept
  }

  /** Puts the candidates in their places. */
  #add(batch: Batch, count: number, arrivals: Float64Array | null = null): void {
    const kinds = batch.rowKinds
    this.#store.add(batch, this.#rows, count, this.#slots)
    if (this.#arrivals.length < this.#store.capacity) this.#arrivals = larger(this.#arrivals, new Float64Array(this.#store.capacity))
    for (let i = 0; i < count; i++) {
      const arrival = arrivals === null ? this.#lastArrival + 1 : arrivals[this.#rows[i]!]!
      this.#arrivals[this.#slots[i]!] = arrival
      if (arrival > this.#lastArrival) this.#lastArrival = arrival
    }
    for (let i = 0; i < count; i++) {
      const row = this.#rows[i]!
      const group = this.#groups[row]!
      const slot = this.#slots[i]!
      if (kinds !== null && ROW_KIND_SIGN[kinds[row]!]! < 0) this.#remove(group, slot)
      else this.#insert(group, slot)
    }
  }

  #insert(group: number, slot: number): void {
    const { retracting, to, function: f } = this.#node
    const lists = this.#lists
    const count = lists.counts[group]!
    const at = this.#placeOf(group, slot)
    if (!retracting && f === 'row_number' && at >= to) return this.#store.remove(slot)
    this.#changes.touch(group)
    this.#changes.born(slot)
    lists.insert(group, at, slot)
    if (retracting) return
    if (f === 'row_number') {
      if (count === to) this.#evict(group, to)
      if (count + 1 >= to) this.#bounds[group] = this.#order.firstKey(lists.slots[lists.starts[group]! + to - 1]!)
    } else {
      this.#evictByRank(group)
    }
  }

  /** Place of the first row of the group that does not come before the row in a slot. */
  #placeOf(group: number, slot: number): number {
    const { latest } = this.#node
    const { slots, starts, counts } = this.#lists
    const start = starts[group]!
    let low = 0
    let high = counts[group]!
    while (low < high) {
      const middle = (low + high) >> 1
      const order = latest ? this.#orderOfLatest(slots[start + middle]!, slot) : this.#order.compare(slots[start + middle]!, slot)
      if (order < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Of rows with equal keys the one that came last is the first. */
  #orderOfLatest(a: number, b: number): number {
    return this.#order.compareKeys(a, b) || this.#arrivals[b]! - this.#arrivals[a]!
  }

  #evict(group: number, at: number): void {
    const slot = this.#lists.slots[this.#lists.starts[group]! + at]!
    this.#lists.remove(group, at)
    this.#changes.died(slot)
  }

  /** Of rows that are equal by the order all stay or none. */
  #evictByRank(group: number): void {
    const { to, function: f } = this.#node
    const lists = this.#lists
    const count = lists.counts[group]!
    const start = lists.starts[group]!
    const kept = placesOf(f, lists.slots, start, count, to, this.#order, this.#changes.scratch(count))
    for (let at = count - 1; at >= kept; at--) this.#evict(group, at)
    const last = lists.slots[start + kept - 1]!
    const place = this.#changes.scratch(count)[kept - 1]!
    const isFull = f === 'rank' ? kept >= to : place >= to
    if (isFull) this.#bounds[group] = this.#order.firstKey(last)
  }

  #remove(group: number, slot: number): void {
    const { slots, starts, counts } = this.#lists
    assert(this.#node.retracting, 'Top-N takes rows back only where it keeps them all')
    const at = this.#placeOf(group, slot)
    const found = at < counts[group]! ? slots[starts[group]! + at]! : -1
    assert(found !== -1 && this.#order.compare(found, slot) === 0, 'Top-N takes back a row that it has')
    this.#changes.touch(group)
    this.#lists.remove(group, at)
    this.#changes.died(found)
    this.#store.remove(slot)
  }

  // ------------------------------------------------------------------------------------------------------ groups that end

  #closeWindows(): void {
    if (this.#node.window === null || this.#nextEnd > this.#closed) return
    const live = new Int32Array(this.#groupCount)
    let count = 0
    this.#nextEnd = Infinity
    for (let group = 0; group < this.#groupCount; group++) {
      const end = this.#ends[group]!
      if (end > this.#closed) {
        live[count++] = group
        if (end < this.#nextEnd) this.#nextEnd = end
      } else if (this.#node.emit === 'final') this.#changes.emitAll(group)
    }
    this.#changes.flush()
    for (let group = 0; group < this.#groupCount; group++) {
      if (this.#ends[group]! > this.#closed) continue
      const start = this.#lists.starts[group]!
      for (let i = 0; i < this.#lists.counts[group]!; i++) this.#store.remove(this.#lists.slots[start + i]!)
    }
    this.#keep(live, count)
  }

  /** Groups that have lost all rows go when they are many. */
  #forgetEmpty(): void {
    if (this.#node.partitionBy.length === 0 || this.#groupCount < this.#emptyCheckAt) return
    const { counts } = this.#lists
    const live = new Int32Array(this.#groupCount)
    let count = 0
    for (let group = 0; group < this.#groupCount; group++) if (counts[group]! > 0) live[count++] = group
    if (count * 2 <= this.#groupCount) this.#keep(live, count)
    this.#emptyCheckAt = Math.max(EMPTY_GROUPS_MIN, count * 2)
  }

  #emptyCheckAt = EMPTY_GROUPS_MIN

  #keep(live: Int32Array, count: number): void {
    if (this.#node.partitionBy.length === 0) return
    this.#table.compact(live, count)
    this.#lists.compact(live, count)
    for (let i = 0; i < count; i++) {
      this.#bounds[i] = this.#bounds[live[i]!]!
      this.#ends[i] = this.#ends[live[i]!]!
    }
    this.#groupCount = count
  }

  // ------------------------------------------------------------------------------------------------------------- state

  #makeState(): OperatorState {
    const rows = new StoredSlots(this.#store, [...this.#schema, ...ARRIVAL], () => [{ kind: 'f64', values: this.#arrivals, nulls: null }])
    return {
      tables: [{ name: 'rows', schema: [...this.#schema, ...ARRIVAL], ...ownersOf(this.#node.partitionBy, this.#context) }, WATERMARK_TABLE],
      slots: [rows.changes],
      snapshot: (write) => write(1, watermarkRow(this.#closed)),
      restore: (table, batch) => {
        if (table === 1) {
          this.#closed = leastWatermark(this.#closed, batch)
          return
        }
        this.#findGroups(batch)
        const arrivals = (batch.columns[this.#schema.length] as F64Vector).values
        for (let from = 0; from < batch.length; from += CHUNK_ROWS) {
          const count = Math.min(CHUNK_ROWS, batch.length - from)
          for (let i = 0; i < count; i++) this.#rows[i] = from + i
          this.#add(batch, count, arrivals)
        }
        this.#changes.forget()
      },
    }
  }
}

/** Behind the columns of a stored row: see {@link TopNOperator}. */
const ARRIVAL: Schema = [stateField('#arrival', DOUBLE, false)]

/** Groups below which nobody looks for empty ones. */
const EMPTY_GROUPS_MIN = 1024

function grown(values: Float64Array, needed: number): Float64Array {
  const larger = new Float64Array(Math.max(needed, values.length * 2)).fill(Infinity)
  larger.set(values)
  return larger
}

