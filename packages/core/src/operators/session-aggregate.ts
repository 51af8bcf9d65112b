import { unreachable } from '../errors.js'
import { stateTypesOf } from '../plan/aggregate-state.js'
import type { AggregateCall } from '../plan/physical.js'
import type { SessionNode } from '../plan/physical-windows.js'
import { columnOf } from '../expressions/expression.js'
import { valueKey } from '../state/value-key.js'
import { batchOf, DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, type Batch, type RowKind, type Vector } from '../types/batch.js'
import { INT, type Schema, type Value } from '../types/data-type.js'
import type { Element } from '../types/element.js'
import { readValue } from '../types/vector-access.js'
import { vectorBuilderOf, type VectorBuilder } from '../types/vector-builder.js'
import type { Accumulator } from './aggregate/accumulator.js'
import { bindCalls } from './aggregate/bind-calls.js'
import { CompiledKernel } from './aggregate/compiled-kernel.js'
import { isRowError } from './aggregate/group-emitter.js'
import { Groups } from './aggregate/groups.js'
import { InterpretedKernel } from './aggregate/interpreted-kernel.js'
import type { AggregateKernel } from './aggregate/kernel.js'
import { mergeGroups } from './aggregate/merge-groups.js'
import type { LateRowWriter } from './late-rows.js'
import type { Operator, OperatorContext } from './operator.js'
import { SessionAssigner } from './session-assigner.js'
import { sessionState } from './session-state.js'
import type { OperatorState } from './state.js'

/** What was emitted of a session. */
export interface EmittedSession {
  readonly key: number
  readonly start: number
  readonly end: number
  readonly values: readonly Value[]
}

/**
 * GROUP BY over sessions: rows go into the state of their session; sessions that a row joins have their states merged. Under `final` a
 * session comes out when it closes; under `changes` after each batch, and what was said of sessions that are gone, or have other bounds
 * now, is taken back.
 */
export class SessionAggregateOperator implements Operator {
  readonly state: OperatorState
  readonly #node: SessionNode
  readonly #calls: readonly AggregateCall[]
  readonly #context: OperatorContext
  readonly #assigner: SessionAssigner
  readonly #accumulators: readonly Accumulator[]
  readonly #kernel: AggregateKernel
  readonly #results: readonly VectorBuilder[]
  /** By session: present where changes are emitted. */
  readonly #emitted: Map<number, EmittedSession> | null
  /** Sessions that a batch has changed, and what was said of those that it has joined to others. */
  readonly #touched = new Set<number>()
  #gone: EmittedSession[] = []
  #closed = -Infinity

  constructor(node: SessionNode, calls: readonly AggregateCall[], inputSchema: Schema, late: LateRowWriter | null, context: OperatorContext) {
    this.#node = node
    this.#calls = calls
    this.#context = context
    this.#emitted = node.emit === 'changes' ? new Map() : null
    this.#assigner = new SessionAssigner(node, inputSchema, late, context, (into, from) => this.#joined(into, from))
    const withSession: Schema = [...inputSchema, { name: '#session', type: INT, nullable: false }]
    const kernelCalls = bindCalls({ phase: 'complete', calls, keys: [] }, inputSchema, context.settings.compile, context)
    this.#accumulators = kernelCalls.map((call) => call.accumulator)
    const groups = new Groups([], this.#accumulators, { endKey: null, changes: false, retracting: false, resultTypes: [] })
    const Kernel = context.settings.compile ? CompiledKernel : InterpretedKernel
    this.#kernel = new Kernel({
      filter: null, keys: [], calls: kernelCalls, window: null, merging: false, group: columnOf(inputSchema.length, withSession.at(-1)!),
    }, withSession, groups, context)
    this.#results = calls.map((call) => vectorBuilderOf(call.type))
    this.state = sessionState(node, calls, this.#accumulators, this.#assigner, this.#emitted, inputSchema, context, {
      closed: () => this.#closed,
      resume: (closed) => {
        this.#closed = closed
      },
      restored: () => this.#gauge(),
    })
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#close(element.micros); break
      case 'barrier': break
      case 'end': this.#closeAll(Infinity); break
      default: unreachable(element)
    }
    this.#gauge()
    if (element.kind !== 'batch') this.#context.output.push(element)
  }

  #gauge(): void {
    const { sessions, keys } = this.#assigner
    this.#context.meter.groups = sessions.size
    this.#context.meter.stateBytes = sessions.bytes + keys.bytes + this.#accumulators.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #take(batch: Batch): void {
    this.#context.meter.rowsIn += batch.length
    const assigned = this.#assigner.assign(batch)
    if (assigned === null) return
    const { sessions } = assigned
    this.#ensure()
    const column: Vector = { kind: 'i32', values: sessions, nulls: null }
    this.#kernel.run(batchOf([...assigned.batch.columns, column], assigned.batch.length, null, assigned.batch.origin), -Infinity)
    if (this.#emitted === null) return
    for (let i = 0; i < assigned.batch.length; i++) this.#touched.add(sessions[i]!)
    this.#emitChanges()
  }

  #ensure(): void {
    for (const accumulator of this.#accumulators) accumulator.ensure(this.#assigner.sessions.bound)
  }

  #joined(into: number, from: number): void {
    // Within a batch sessions may be younger than the room for their states.
    this.#ensure()
    const [target, source] = [Int32Array.of(into), Int32Array.of(from)]
    this.#accumulators.forEach((accumulator, c) => {
      mergeGroups(accumulator, target, accumulator, source, 1, stateTypesOf(this.#calls[c]!))
      accumulator.reset(from)
    })
    this.#touched.add(into)
    this.#touched.delete(from)
    const said = this.#emitted?.get(from)
    if (said === undefined) return
    this.#emitted!.delete(from)
    this.#gone.push(said)
  }

  // -------------------------------------------------------------------------------------------------------------- close

  #close(micros: number): void {
    if (micros <= this.#closed) return
    this.#closed = micros
    // Sessions without bounds close at End, and not before: +∞ may come long before it from a side that has ended.
    this.#closeAll(Math.min(micros - this.#node.judge.latenessMicros, Number.MAX_VALUE))
  }

  #closeAll(micros: number): void {
    const { sessions } = this.#assigner
    const closed = sessions.close(micros)
    if (closed.length === 0) return
    const step = this.#context.settings.batchRows
    if (this.#emitted === null) for (let s = 0; s < closed.length; s += step) this.#emit(closed.subarray(s, s + step))
    for (const session of closed) {
      for (const accumulator of this.#accumulators) accumulator.reset(session)
      this.#emitted?.delete(session)
    }
    sessions.release(closed)
    this.#assigner.cleanUp()
  }

  #emit(closed: Int32Array): void {
    const { kept, vectors } = this.#resultsOf(closed)
    this.#push(this.#keysOf(kept), this.#assigner.bounds(kept), vectors, kept.length, null)
  }

  #keysOf(sessions: Int32Array): Int32Array {
    return Int32Array.from(sessions, (session) => this.#assigner.sessions.keys[session]!)
  }

  #push(keys: Int32Array, { starts, ends }: { readonly starts: Vector; readonly ends: Vector }, results: readonly Vector[], length: number, kinds: Uint8Array | null): void {
    if (length === 0) return
    this.#context.meter.rowsOut += length
    this.#context.output.push(batchOf([...this.#assigner.keys.keyVectors(keys, length), starts, ends, ...results], length, kinds))
  }

  /** The results of those that have one; one out of range is reported as a failed row. */
  #resultsOf(sessions: Int32Array): { readonly kept: Int32Array; readonly vectors: Vector[] } {
    const all = (of: Int32Array): Vector[] => this.#accumulators.map((accumulator) => accumulator.results(of, of.length))
    try {
      return { kept: sessions, vectors: all(sessions) }
    } catch (error) {
      if (!isRowError(error)) throw error
    }
    const kept = sessions.filter((session) => {
      try {
        all(Int32Array.of(session))
        return true
      } catch (error) {
        if (!isRowError(error)) throw error
        this.#context.rowFailed(error, null, 0)
        return false
      }
    })
    return { kept, vectors: all(kept) }
  }

  // ------------------------------------------------------------------------------------------------------------ changes

  #emitChanges(): void {
    const out = new ChangedRows(this.#results)
    for (const said of this.#gone) out.add(said, DELETE)
    this.#gone = []
    const { kept, vectors } = this.#resultsOf(Int32Array.from(this.#touched))
    this.#touched.clear()
    const { sessions } = this.#assigner
    kept.forEach((session, i) => {
      const values = this.#calls.map((call, c) => readValue(vectors[c]!, call.type, i))
      const now: EmittedSession = { key: sessions.keys[session]!, start: sessions.starts[session]!, end: sessions.ends[session]!, values }
      const before = this.#emitted!.get(session)
      this.#emitted!.set(session, now)
      if (before === undefined) return out.add(now, INSERT)
      const sameBounds = Object.is(before.start, now.start) && before.end === now.end
      if (sameBounds && this.#same(before.values, values)) return
      // The bounds tell the rows of a key apart: with others it is another row.
      out.add(before, sameBounds ? UPDATE_BEFORE : DELETE)
      out.add(now, sameBounds ? UPDATE_AFTER : INSERT)
    })
    out.eachPiece(this.#context.settings.batchRows, (keys, bounds, results, length, kinds) => this.#push(keys, bounds, results, length, kinds))
  }

  #same(before: readonly Value[], after: readonly Value[]): boolean {
    return before.every((value, c) => valueKey(value, this.#calls[c]!.type) === valueKey(after[c]!, this.#calls[c]!.type))
  }
}

/** Changes on their way out. */
class ChangedRows {
  readonly #rows: { readonly said: EmittedSession; readonly kind: RowKind }[] = []
  readonly #results: readonly VectorBuilder[]

  constructor(results: readonly VectorBuilder[]) {
    this.#results = results
  }

  add(said: EmittedSession, kind: RowKind): void {
    this.#rows.push({ said, kind })
  }

  eachPiece(size: number, take: (keys: Int32Array, bounds: { starts: Vector; ends: Vector }, results: Vector[], length: number, kinds: Uint8Array) => void): void {
    for (let from = 0; from < this.#rows.length;) {
      let to = Math.min(from + Math.max(2, size), this.#rows.length)
      // An update's two rows stay together.
      if (to < this.#rows.length && this.#rows[to]!.kind === UPDATE_AFTER) to--
      const rows = this.#rows.slice(from, to)
      from = to
      const starts = Float64Array.from(rows, ({ said }) => said.start)
      const nulls = starts.some(Number.isNaN) ? Uint8Array.from(starts, (start) => (Number.isNaN(start) ? 1 : 0)) : null
      for (const [c, builder] of this.#results.entries()) {
        builder.reset()
        for (const { said } of rows) builder.append(said.values[c]!)
      }
      take(
        Int32Array.from(rows, ({ said }) => said.key),
        { starts: { kind: 'f64', values: starts, nulls }, ends: { kind: 'f64', values: Float64Array.from(rows, ({ said }) => said.end), nulls } },
        this.#results.map((builder) => builder.finish(rows.length)), rows.length, Uint8Array.from(rows, ({ kind }) => kind),
      )
    }
  }
}
