import { NO_ROW } from '../../expressions/selected-rows.js'
import type { TemporalJoinNode } from '../../plan/physical-join.js'
import { batchOf, DELETE, UPDATE_BEFORE, type Batch, type F64Vector } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { MergedSignals } from '../merged-signals.js'
import type { Operator, OperatorContext } from '../operator.js'
import type { OperatorState } from '../state.js'
import { JoinKeys } from './join-keys.js'
import { JoinSide, NONE } from './join-side.js'
import { LateRows } from './late-rows.js'
import { PairCondition } from './pair-condition.js'
import { PairOutput } from './pair-output.js'
import { TemporalJoinState } from './temporal-join-state.js'
import { TimeHeap } from './time-heap.js'
import { Versions } from './versions.js'

/** Left rows that are given their versions at a time. */
const ROWS_MAX = 4_096

const LEFT = 0

/**
 * Joins left rows with a table as it was at their time. A left row waits until the watermark of both inputs is past it: then all versions
 * up to its time are there. Versions are kept as long as a left row may ask for them: of each key the last that the watermark has
 * passed, and all after it.
 */
export class TemporalJoinOperator implements Operator {
  readonly state: OperatorState
  readonly #node: TemporalJoinNode
  readonly #context: OperatorContext
  readonly #keys: JoinKeys
  readonly #waiting: JoinSide
  readonly #waitingWidth: number
  readonly #versions: Versions
  readonly #late: readonly LateRows[]
  readonly #dueRows = new TimeHeap()
  readonly #dueVersions = new TimeHeap()
  readonly #condition: PairCondition | null
  readonly #output: PairOutput
  readonly #signals = new MergedSignals(2)
  readonly #rows = new Int32Array(ROWS_MAX)
  readonly #slots = new Int32Array(ROWS_MAX)
  readonly #pairedRows = new Int32Array(ROWS_MAX)

  constructor(node: TemporalJoinNode, left: Schema, right: Schema, context: OperatorContext) {
    this.#node = node
    this.#context = context
    this.#keys = new JoinKeys([node.leftKeys, node.rightKeys], node.leftKeys.map(() => false), left)
    this.#waiting = new JoinSide(left, false)
    this.#waitingWidth = left.length
    this.#versions = new Versions(right)
    this.state = new TemporalJoinState(
      { keys: this.#keys, waiting: this.#waiting, versions: this.#versions, dueRows: this.#dueRows, dueVersions: this.#dueVersions },
      node, [left, right], context.sharedOutBy,
    )
    this.#late = [new LateRows(node.sides[0], left.length, context.meter), new LateRows(node.sides[1], right.length, context.meter)]
    this.#condition = node.residual === null ? null : new PairCondition(node.residual, left, right, ROWS_MAX, context)
    this.#output = new PairOutput(node.schema, node.output, left.length, context)
  }

  push(element: Element, input: number): void {
    if (element.kind === 'batch') {
      this.#context.meter.rowsIn += element.length
      const batch = this.#late[input]!.drop(element)
      if (batch !== null) this.#pushBatch(batch, input)
      return
    }
    for (const due of this.#signals.take(element, input)) {
      if (due.kind === 'watermark') this.#advance(due.micros)
      this.#context.output.push(due)
    }
  }

  #pushBatch(batch: Batch, input: number): void {
    this.#context.meter.rowsAggregated += batch.length
    const groups = this.#keys.groupsOf(batch, input)
    this.#waiting.reserveGroups(this.#keys.size)
    this.#versions.reserveGroups(this.#keys.size)
    if (input === LEFT) this.#await(batch, groups)
    else this.#keepVersions(batch, groups)
    this.#measure()
  }

  /** Left rows that can meet a version wait; the others are done. */
  #await(batch: Batch, groups: Int32Array): void {
    const times = batch.columns[this.#node.sides[0].time] as F64Vector
    this.#output.begin(batch, LEFT, this.#versions.store)
    for (let row = 0; row < batch.length; row++) {
      if (groups[row] !== NONE && (times.nulls === null || times.nulls[row] === 0)) {
        this.#rows[0] = row
        this.#waiting.add(batch, this.#rows, 1, groups, this.#slots)
        this.#dueRows.push(times.values[row]!, this.#slots[0]!)
      } else if (this.#node.type === 'left') this.#output.add(row, NO_ROW, false)
    }
    this.#output.flush()
  }

  #keepVersions(batch: Batch, groups: Int32Array): void {
    const times = batch.columns[this.#node.sides[1].time] as F64Vector
    for (let row = 0; row < batch.length; row++) {
      const kind = batch.rowKinds === null ? 0 : batch.rowKinds[row]!
      if (kind === UPDATE_BEFORE || groups[row] === NONE || (times.nulls !== null && times.nulls[row] !== 0)) continue
      const time = times.values[row]!
      this.#dueVersions.push(time, this.#versions.add(batch, row, groups[row]!, time, kind === DELETE))
    }
  }

  /** Gives the rows that the watermark has passed, in the order of their times, and forgets the versions that nobody will ask for. */
  #advance(watermark: number): void {
    while (this.#dueRows.first < watermark) this.#give(watermark)
    while (this.#dueVersions.first <= watermark && this.#dueVersions.size > 0) this.#versions.forgetBefore(this.#dueVersions.pop())
    this.#keys.compact([this.#waiting, this.#versions])
    this.#measure()
  }

  #give(watermark: number): void {
    const [rows, slots, paired] = [this.#rows, this.#slots, this.#pairedRows]
    const left = batchOf(Array.from({ length: this.#waitingWidth }, (_, c) => this.#waiting.store.vector(c)), this.#waiting.store.used)
    let count = 0
    let pairs = 0
    while (count < ROWS_MAX && this.#dueRows.first < watermark) {
      const time = this.#dueRows.first
      const row = rows[count++] = this.#dueRows.pop()
      const version = this.#versions.at(this.#waiting.groups[row]!, time)
      if (version === NONE) continue
      paired[pairs] = row
      slots[pairs++] = version
    }
    if (this.#condition !== null && pairs > 0) pairs = this.#condition.keep(left, LEFT, this.#versions.store, paired, slots, pairs)
    this.#output.begin(left, LEFT, this.#versions.store)
    for (let i = 0, p = 0; i < count; i++) {
      const isPaired = p < pairs && paired[p] === rows[i]
      if (isPaired || this.#node.type === 'left') this.#output.add(rows[i]!, isPaired ? slots[p++]! : NO_ROW, false)
    }
    this.#output.flush()
    for (let i = 0; i < count; i++) this.#waiting.remove(rows[i]!)
  }

  #measure(): void {
    const { meter } = this.#context
    meter.groups = this.#keys.size
    meter.stateBytes = this.#keys.bytes + this.#waiting.bytes + this.#versions.bytes + this.#dueRows.bytes + this.#dueVersions.bytes
  }
}
