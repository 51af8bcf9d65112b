import { assert, MillraceError, unreachable } from '../../errors.js'
import { PARTIAL_GROUPS_MAX } from '../../limits.js'
import type { AggregateNode } from '../../plan/physical.js'
import type { Batch } from '../../types/batch.js'
import type { Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import { onlyInserts } from '../only-inserts.js'
import type { Operator, OperatorContext } from '../operator.js'
import { NumbersTable } from '../state-rows.js'
import type { OperatorState } from '../state.js'
import { TouchTimes } from '../touch-times.js'
import type { Accumulator } from './accumulator.js'
import { bindCalls } from './bind-calls.js'
import { CompiledKernel } from './compiled-kernel.js'
import { GroupEmitter } from './group-emitter.js'
import { GroupsState } from './groups-state.js'
import { Groups } from './groups.js'
import { InterpretedKernel } from './interpreted-kernel.js'
import type { AggregateKernel } from './kernel.js'
import { SpilledGroups } from './spilled-groups.js'

/**
 * GROUP BY, DISTINCT and ungrouped aggregates, in all phases. A batch goes into the groups through a kernel; what comes
 * out, and when, is decided here:
 *
 * | | emit `final` | emit `changes` |
 * |---|---|---|
 * | `complete`, `final` | results at End, or when the group's window closes | what a batch has changed, after the batch |
 * | `partial` | states at End, when the window closes, or when there are too many | states after every batch |
 */
export class AggregateOperator implements Operator {
  /** Partial aggregates send their states on before a barrier, and so remember nothing. */
  readonly state?: OperatorState
  readonly #node: AggregateNode
  readonly #context: OperatorContext
  readonly #groups: Groups
  readonly #kernel: AggregateKernel
  readonly #emitter: GroupEmitter
  /** The watermark so far. */
  #closed = -Infinity
  #ended = false
  /** Present where groups have a time to live. */
  readonly #touches: TouchTimes | null
  /** Present where groups leave memory when it becomes scarce. */
  readonly #spilled: SpilledGroups | null

  constructor(node: AggregateNode, inputSchema: Schema, context: OperatorContext) {
    const retracting = node.retracting === true
    assert(!retracting || node.phase === 'complete', 'rows that are taken back reach an aggregate in phase complete')
    this.#touches = timeToLiveOf(node, context)
    const ignoresUnknown = retracting && this.#touches !== null
    const compiled = context.settings.compile && !ignoresUnknown
    const calls = bindCalls(node, inputSchema, compiled, context)
    this.#node = node
    this.#context = context
    this.#groups = new Groups(node.keys.map((key) => key.type), calls.map((call) => call.accumulator), {
      endKey: node.window?.endKey ?? null,
      changes: node.emit === 'changes' && node.phase !== 'partial',
      retracting,
      timeToLive: this.#touches !== null,
      resultTypes: node.calls.map((call) => call.type),
    })
    const merging = node.phase === 'final'
    const window = node.slices === undefined ? node.window : null
    const spec = { filter: merging ? null : node.filter, keys: node.keys, calls, window, merging, ignoresUnknown }
    const Kernel = compiled ? CompiledKernel : InterpretedKernel
    this.#kernel = new Kernel(spec, inputSchema, this.#groups, context)
    this.#emitter = new GroupEmitter(this.#groups, context)
    this.#createUngrouped()
    const fresh = (): Accumulator[] => bindCalls(node, inputSchema, compiled, context).map((call) => call.accumulator)
    const stored = node.phase === 'partial'
      ? null
      : new GroupsState(node, this.#groups, fresh, context.sharedOutBy?.[0] ?? null, { touches: this.#touches })
    this.#spilled = stored === null || context.spill === undefined
      ? null
      : new SpilledGroups(this.#groups, stored, context.spill, node.window?.endKey ?? null, this.#touches)
    if (stored !== null) this.state = this.#newState(stored)
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#closeWindows(element.micros); break
      case 'barrier':
        if (this.#node.phase === 'partial') this.#flush()
        break
      case 'end': this.#end(); break
      default: unreachable(element)
    }
    this.#gauge()
    if (element.kind !== 'batch') this.#context.output.push(element)
  }

  #gauge(): void {
    this.#context.meter.groups = this.#groups.size + (this.#spilled?.size ?? 0)
    this.#context.meter.stateBytes = this.#groups.bytes + (this.#touches?.bytes ?? 0)
  }

  #take(batch: Batch): void {
    if (this.#groups.rowCounts === null && !onlyInserts(batch)) {
      throw new MillraceError('SQL_CHANGELOG', 'this aggregate cannot take rows that change; use EMIT FINAL in the query below it')
    }
    this.#context.meter.rowsIn += batch.length
    this.#dropUntouched()
    this.#spilled?.makeRoom(batch.length)
    this.#kernel.run(batch, this.#closed)
    this.#groups.changes?.settle()
    this.#groups.indexWindows()
    if (this.#node.phase === 'partial') {
      if (this.#node.emit === 'changes' || this.#groups.size > PARTIAL_GROUPS_MAX) this.#flush()
    } else if (this.#node.emit === 'changes') {
      this.#emitChanges()
    }
  }

  #emitChanges(): void {
    const touched = this.#groups.touched!
    const { rowCounts, table } = this.#groups
    const changed = touched.groups.slice(0, touched.count)
    this.#emitter.emitChanges(changed)
    touched.clear()
    this.#touches?.touch(changed, changed.length, this.#context.nowMicros())
    if (rowCounts === null || table.columns.length === 0) return
    this.#bury(changed.filter((group) => rowCounts[group]! <= 0))
    this.#cleanUp()
  }

  #dropUntouched(): void {
    // They are gone for the snapshot under way before it is forgotten when they were touched.
    const dropped = this.#touches?.expire(this.#context.nowMicros(), (groups) => this.#drop(groups))
    if (dropped !== undefined && dropped.length > 0) this.#cleanUp()
  }

  #bury(groups: Int32Array): void {
    if (groups.length === 0) return
    this.#drop(groups)
    for (const group of groups) this.#touches?.forget(group)
  }

  #drop(groups: Int32Array): void {
    this.#spilled?.forget(groups)
    this.#groups.bury(groups)
  }

  #cleanUp(): void {
    const renumbered = this.#groups.cleanUp()
    if (renumbered === null) return
    this.#touches?.renumber(renumbered)
    this.#spilled?.renumber(renumbered)
  }

  /** Partial states leave, and the groups begin anew: whoever merges them cannot tell. */
  #flush(): void {
    this.#emitter.emitStates(this.#groups.live())
    this.#groups.clear()
  }

  #closeWindows(micros: number): void {
    const { windows } = this.#groups
    if (windows === null || micros <= this.#closed) return
    this.#closed = micros
    const passed = micros - this.#node.window!.allowedLatenessMicros
    const closing = windows.close(passed)
    // Rows may still come for a slice that is over, if not all of its windows are: it is to begin anew then.
    if (this.#node.slices !== undefined && closing.length > 0) return this.#flush()
    this.#closeGroups(closing)
    while (this.#spilled?.takeClosing(passed, this.#context.settings.batchRows) === true) this.#closeGroups(windows.close(passed))
  }

  #closeGroups(closing: Int32Array): void {
    if (closing.length === 0) return
    this.#emitLast(closing)
    this.#bury(closing)
    this.#cleanUp()
  }

  /** These groups can change no more. */
  #emitLast(groups: Int32Array): void {
    if (this.#node.phase === 'partial') this.#emitter.emitStates(groups)
    else if (this.#node.emit === 'final') this.#emitter.emitResults(this.#present(groups))
  }

  /** Without those that have lost all their rows. */
  #present(groups: Int32Array): Int32Array {
    const { rowCounts, table } = this.#groups
    return rowCounts === null || table.columns.length === 0 ? groups : groups.filter((group) => rowCounts[group]! > 0)
  }

  #newState(groups: GroupsState): OperatorState {
    const progress = new NumbersTable('progress', ['closed', 'ended'])
    this.#groups.changes = groups.changes
    const beyond = { ...groups.table, name: 'groups beyond memory' }
    return {
      tables: [groups.table, progress, beyond],
      slots: [groups.changes, null, null],
      streams: [null, null, this.#spilled],
      snapshot: (write) => progress.write(write, 1, [this.#closed, this.#ended ? 1 : 0]),
      restore: (table, batch) => {
        if (table === 1) this.#resume(progress.restore(batch))
        else if (this.#spilled !== null) this.#spilled.restore(batch)
        else if (table === 0) groups.restore(batch)
        else groups.restoreMissing(batch)
        this.#gauge()
      },
    }
  }

  #resume([closed, ended]: readonly number[]): void {
    this.#closed = closed!
    this.#ended = ended === 1
    if (!this.#ended) return
    this.#groups.clear()
    this.#spilled?.clear()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#groups.changes?.finish()
    const { windows, emitted } = this.#groups
    if (emitted !== null && this.#node.keys.length === 0 && emitted.has[0] === 0) this.#emitter.emitChanges(Int32Array.of(0))
    const emitAll = (): void => this.#emitLast(windows === null ? this.#groups.live() : windows.close(Infinity))
    if (this.#spilled !== null && this.#node.emit === 'final') return this.#spilled.drain(this.#context.settings.batchRows, emitAll)
    emitAll()
    this.#groups.clear()
    this.#spilled?.clear()
  }

  /** Without keys there is one group, of no rows at first. */
  #createUngrouped(): void {
    if (this.#node.keys.length > 0 || this.#node.phase === 'partial') return
    this.#groups.reserve(1)
    this.#groups.table.groupOf([])
  }
}

/** Groups over all time are forgotten when they have not been touched for the job's `state.ttl`; a single one is not worth it. */
function timeToLiveOf(node: AggregateNode, { settings }: OperatorContext): TouchTimes | null {
  const isForgetful = node.emit === 'changes' && node.phase !== 'partial' && node.window === null && node.keys.length > 0
  return isForgetful && settings.stateTtlMs !== undefined ? new TouchTimes(settings.stateTtlMs) : null
}
