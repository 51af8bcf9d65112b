import { NO_ROW } from '../../expressions/selected-rows.js'
import type { JoinNode, JoinTime } from '../../plan/physical-join.js'
import { ROW_KIND_SIGN } from '../../types/batch.js'
import type { Batch, F64Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { MergedSignals } from '../merged-signals.js'
import type { Operator, OperatorContext } from '../operator.js'
import type { OperatorState } from '../state.js'
import { TouchTimes } from '../touch-times.js'
import { JoinKeys } from './join-keys.js'
import { JoinSide, NONE } from './join-side.js'
import { JoinState } from './join-state.js'
import { LateRows } from './late-rows.js'
import { PairCondition } from './pair-condition.js'
import { PairOutput } from './pair-output.js'
import { TimeHeap } from './time-heap.js'

/** Pairs of equal keys that are tested at a time. */
const PAIRS_MAX = 4_096

/**
 * A join that keeps the rows of both inputs: a row that comes in meets all rows of the other side that are there, and waits for those
 * to come. Rows that are taken back meet the same rows and take the pairs back.
 *
 * A row that comes out by itself (beside NULLs, or of `semi` and `anti`) has its matches counted: it comes out, or is taken back, where
 * their number leaves or reaches 0. Under `final` one without a match waits for the end of the other input.
 * Where event time bounds the join, rows are forgotten as the watermark leaves them behind, and one without a match comes out then.
 *
 * Once an input has ended, rows of the other are no longer kept, and its own are all there is to meet: a hash join.
 */
export class JoinOperator implements Operator {
  readonly state: OperatorState
  readonly #context: OperatorContext
  readonly #type: JoinNode['type']
  readonly #holds: boolean
  readonly #givesPairs: boolean
  readonly #schemas: readonly Schema[]
  readonly #keys: JoinKeys
  readonly #sides: readonly JoinSide[]
  readonly #condition: PairCondition | null
  readonly #output: PairOutput
  readonly #bound: JoinTime | null
  readonly #copied: 0 | 1 | null
  /** By side; null where nothing is late. */
  readonly #late: readonly LateRows[] | null
  /** By side: when its rows are done, where time bounds the join. */
  readonly #due: TimeHeap[] = [new TimeHeap(), new TimeHeap()]
  /** By side: when its rows came, where nothing else bounds what is remembered. */
  readonly #touches: readonly TouchTimes[] | null
  readonly #signals = new MergedSignals(2)

  /** Pairs that wait to be tested, by row and slot. */
  readonly #rows = new Int32Array(PAIRS_MAX)
  readonly #slots = new Int32Array(PAIRS_MAX)
  #pairs = 0
  /** Of the batch at hand: matches by row, rows that are out by themselves, rows that are dealt with. */
  #counts: Int32Array = new Int32Array(0)
  #shown: Uint8Array = new Uint8Array(0)
  #done = 0
  /** Slots of the other side whose last match was taken back. */
  #lonely: number[] = []
  #added: Int32Array = new Int32Array(0)
  #addedSlots: Int32Array = new Int32Array(0)
  readonly #oneRow = new Int32Array(1)
  readonly #oneSlot = new Int32Array(1)

  constructor(node: JoinNode, left: Schema, right: Schema, context: OperatorContext) {
    this.#context = context
    this.#type = node.type
    this.#holds = node.emit === 'final' && node.type !== 'semi'
    this.#givesPairs = node.type !== 'semi' && node.type !== 'anti'
    this.#schemas = [left, right]
    this.#bound = node.bound
    this.#copied = node.copied === null ? null : node.copied === 'left' ? 0 : 1
    this.#late = node.bound === null ? null : node.bound.sides.map((time, side) => new LateRows(time, this.#schemas[side]!.length, context.meter))
    const { stateTtlMs } = context.settings
    this.#touches = node.endless && stateTtlMs !== undefined ? [new TouchTimes(stateTtlMs), new TouchTimes(stateTtlMs)] : null
    this.#keys = new JoinKeys([node.leftKeys, node.rightKeys], node.nullsEqual, left)
    this.#sides = [this.#newSide(0), this.#newSide(1)]
    this.state = new JoinState({ keys: this.#keys, sides: this.#sides, due: this.#due, bound: node.bound, restored: (input, slots) => this.#touches?.[input]!.touch(slots, slots.length, context.nowMicros()) }, this.#schemas, context.sharedOutBy, this.#copied)
    this.#condition = node.residual === null ? null : new PairCondition(node.residual, left, right, PAIRS_MAX, context)
    this.#output = new PairOutput(node.schema, node.output, left.length, context)
  }

  push(element: Element, input: number): void {
    if (element.kind === 'batch') {
      this.#context.meter.rowsIn += element.length
      const batch = this.#late === null ? element : this.#late[input]!.drop(element)
      if (batch !== null) this.#pushBatch(batch, input)
      return
    }
    if (element.kind === 'end') this.#end(input)
    for (const due of this.#signals.take(element, input)) {
      if (due.kind !== 'watermark' || this.#bound === null) this.#context.output.push(due)
      else {
        this.#forget(due.micros)
        this.#context.output.push({ kind: 'watermark', micros: due.micros - this.#bound.holdBackMicros })
      }
    }
  }

  #newSide(side: number): JoinSide {
    const type = this.#type
    const counted = side === 0 ? type !== 'inner' && type !== 'right' : type === 'right' || type === 'full'
    return new JoinSide(this.#schemas[side]!, counted)
  }

  // ------------------------------------------------------------------------------------------------------- one batch

  #pushBatch(batch: Batch, input: number): void {
    const { meter } = this.#context
    meter.rowsAggregated += batch.length
    this.#dropUntouched()
    const side = this.#sides[input]!
    const other = this.#sides[1 - input]!
    const groups = this.#keys.groupsOf(batch, input)
    if (this.#bound !== null) this.#leaveTimeless(batch, input, groups)
    side.reserveGroups(this.#keys.size)
    other.reserveGroups(this.#keys.size)
    this.#begin(batch, input)
    const { heads, next } = other
    for (let row = 0; row < batch.length; row++) {
      const group = groups[row]!
      for (let slot = group === NONE ? NONE : heads[group]!; slot !== NONE; slot = next[slot]!) {
        this.#rows[this.#pairs] = row
        this.#slots[this.#pairs++] = slot
        if (this.#pairs === PAIRS_MAX) this.#test(batch, input, groups, row)
      }
    }
    this.#test(batch, input, groups, batch.length)
    this.#settleLonely(other)
    this.#output.flush()
    if (batch.rowKinds === null && !this.#signals.hasEnded(1 - input)) this.#keepAll(batch, input, groups)
    this.#keys.compact(this.#sides)
    this.#measure()
  }

  #begin(batch: Batch, input: number): void {
    if (this.#counts.length < batch.length) {
      this.#counts = new Int32Array(batch.length)
      this.#shown = new Uint8Array(batch.length)
    }
    this.#counts.fill(0, 0, batch.length)
    this.#done = 0
    this.#output.begin(batch, input, this.#sides[1 - input]!.store)
  }

  /** Tests the pairs that wait, gives those that hold, and deals with all rows before `until`: their pairs are complete. */
  #test(batch: Batch, input: number, groups: Int32Array, until: number): void {
    const [rows, slots] = [this.#rows, this.#slots]
    const other = this.#sides[1 - input]!
    const found = this.#pairs
    this.#pairs = 0
    const count = this.#condition === null || found === 0 ? found : this.#condition.keep(batch, input, other.store, rows, slots, found)
    const kinds = batch.rowKinds
    for (let i = 0; i < count; i++) {
      const row = rows[i]!
      while (this.#done < row) this.#finishRow(batch, input, groups, this.#done++)
      this.#counts[row]!++
      const take = kinds !== null && ROW_KIND_SIGN[kinds[row]!]! < 0
      if (other.counted) this.#countMatch(other, slots[i]!, take)
      if (this.#givesPairs) this.#output.add(row, slots[i]!, take)
    }
    while (this.#done < until) this.#finishRow(batch, input, groups, this.#done++)
  }

  /** A row of the other side has one match more or less. */
  #countMatch(other: JoinSide, slot: number, take: boolean): void {
    other.changes.beforeChange(slot)
    if (take) {
      if (--other.matches[slot]! === 0) this.#lonely.push(slot)
      return
    }
    other.matches[slot]!++
    const isSemi = this.#type === 'semi'
    if ((other.shown[slot] !== 0) === isSemi) return
    other.shown[slot] = isSemi ? 1 : 0
    this.#output.add(NO_ROW, slot, !isSemi)
  }

  /** Rows of the other side that have lost their last match and not found another within the batch. */
  #settleLonely(other: JoinSide): void {
    const isSemi = this.#type === 'semi'
    for (const slot of this.#lonely) {
      if (other.matches[slot] !== 0 || this.#holds || (other.shown[slot] !== 0) !== isSemi) continue
      other.changes.beforeChange(slot)
      other.shown[slot] = isSemi ? 0 : 1
      this.#output.add(NO_ROW, slot, isSemi)
    }
    this.#lonely.length = 0
  }

  /** All matches of a row are known: it comes out by itself or not, and is kept or forgotten if the batch takes rows back. */
  #finishRow(batch: Batch, input: number, groups: Int32Array, row: number): void {
    const side = this.#sides[input]!
    const kinds = batch.rowKinds
    const take = kinds !== null && ROW_KIND_SIGN[kinds[row]!]! < 0
    const otherEnded = this.#signals.hasEnded(1 - input)
    const isKept = groups[row] !== NONE && !otherEnded
    const slot = take && isKept ? side.find(batch, row, groups[row]!) : NONE
    let shown = false
    if (side.counted) {
      const alone = this.#counts[row] === 0
      const wouldShow = this.#type === 'semi' ? !alone : alone && !(this.#holds && isKept)
      shown = slot === NONE ? wouldShow : side.shown[slot] !== 0
      this.#shown[row] = shown ? 1 : 0
      if (shown) this.#output.add(row, NO_ROW, take)
    }
    if (kinds === null || !isKept) return
    if (take) {
      if (slot === NONE) return
      side.remove(slot)
      this.#touches?.[input]!.forget(slot)
      return
    }
    this.#oneRow[0] = row
    side.add(batch, this.#oneRow, 1, groups, this.#oneSlot)
    this.#touches?.[input]!.touch(this.#oneSlot, 1, this.#context.nowMicros())
    if (!side.counted) return
    side.matches[this.#oneSlot[0]!] = this.#counts[row]!
    side.shown[this.#oneSlot[0]!] = shown ? 1 : 0
  }

  /** Keeps the rows of a batch that takes none back. */
  #keepAll(batch: Batch, input: number, groups: Int32Array): void {
    const side = this.#sides[input]!
    if (this.#added.length < batch.length) {
      this.#added = new Int32Array(batch.length)
      this.#addedSlots = new Int32Array(batch.length)
    }
    const [rows, slots] = [this.#added, this.#addedSlots]
    let count = 0
    for (let row = 0; row < batch.length; row++) if (groups[row] !== NONE) rows[count++] = row
    side.add(batch, rows, count, groups, slots)
    this.#touches?.[input]!.touch(slots, count, this.#context.nowMicros())
    if (this.#bound !== null) {
      const { time, doneMicros } = this.#bound.sides[input]!
      const times = (batch.columns[time] as F64Vector).values
      const due = this.#due[input]!
      for (let i = 0; i < count; i++) due.push(times[rows[i]!]! + doneMicros, slots[i]!)
    }
    if (!side.counted) return
    for (let i = 0; i < count; i++) {
      side.matches[slots[i]!] = this.#counts[rows[i]!]!
      side.shown[slots[i]!] = this.#shown[rows[i]!]!
    }
  }

  // -------------------------------------------------------------------------------------------------------------- time

  /** Rows that have been kept for longer than the job's `state.ttl` are forgotten, and nobody is told. */
  #dropUntouched(): void {
    this.#touches?.forEach((times, input) => {
      for (const slot of times.expire(this.#context.nowMicros())) this.#sides[input]!.remove(slot)
    })
  }

  /** Rows without a time match nothing. */
  #leaveTimeless(batch: Batch, input: number, groups: Int32Array): void {
    const { nulls } = batch.columns[this.#bound!.sides[input]!.time]!
    if (nulls !== null) for (let row = 0; row < batch.length; row++) if (nulls[row] !== 0) groups[row] = NONE
  }

  /** Forgets the rows that the watermark has left behind; those that come out without a match do so now. */
  #forget(watermark: number): void {
    for (const input of [0, 1]) {
      const due = this.#due[input]!
      if (due.first >= watermark) continue
      const side = this.#sides[input]!
      this.#output.begin(null, 1 - input, side.store)
      this.#lonely.length = 0
      while (due.first < watermark) {
        const slot = due.pop()
        this.#lonely.push(slot)
        if (side.counted && this.#holds && side.matches[slot] === 0 && side.shown[slot] === 0) this.#output.add(NO_ROW, slot, false)
      }
      this.#output.flush()
      for (const slot of this.#lonely) side.remove(slot)
      this.#lonely.length = 0
    }
    this.#keys.compact(this.#sides)
    this.#measure()
  }

  // ---------------------------------------------------------------------------------------------------------- the end

  /** Nothing more will meet the rows of the other side: those without a match come out, and none is needed any more. */
  #end(input: number): void {
    const other = this.#sides[1 - input]!
    if (this.#holds && other.counted) {
      this.#output.begin(null, input, other.store)
      for (let slot = 0; slot < other.store.used; slot++) {
        if (other.holds(slot) && other.matches[slot] === 0 && other.shown[slot] === 0) this.#output.add(NO_ROW, slot, false)
      }
      this.#output.flush()
    }
    // What was copied to all workers may be stored for those that still need it.
    if (this.#copied === 1 - input) return
    other.clear()
    this.#due[1 - input] = new TimeHeap()
    this.#touches?.[1 - input]!.renumber(new Int32Array(0))
    this.#measure()
  }

  #measure(): void {
    const { meter } = this.#context
    meter.groups = this.#keys.size
    meter.stateBytes = this.#keys.bytes + this.#sides[0]!.bytes + this.#sides[1]!.bytes + this.#due[0]!.bytes + this.#due[1]!.bytes
      + (this.#touches === null ? 0 : this.#touches[0]!.bytes + this.#touches[1]!.bytes)
  }
}
