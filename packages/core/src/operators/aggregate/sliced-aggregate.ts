import { assert, unreachable } from '../../errors.js'
import { stateTypesOf } from '../../plan/aggregate-state.js'
import type { AggregateNode } from '../../plan/physical.js'
import { GroupTable } from '../../state/group-table.js'
import { batchOf, type Batch, type F64Vector, type Vector } from '../../types/batch.js'
import { allRows } from '../../types/batch-buffer.js'
import type { DataType, Schema } from '../../types/data-type.js'
import type { Element } from '../../types/element.js'
import type { Operator, OperatorContext } from '../operator.js'
import type { OperatorState } from '../state.js'
import type { Accumulator } from './accumulator.js'
import { bindCalls } from './bind-calls.js'
import { CompiledKernel } from './compiled-kernel.js'
import { isRowError } from './group-emitter.js'
import { Groups } from './groups.js'
import { InterpretedKernel } from './interpreted-kernel.js'
import type { AggregateKernel } from './kernel.js'
import { mergeGroups } from './merge-groups.js'
import { slicedState } from './sliced-state.js'
import { placesOf, WindowQueues } from './window-queues.js'

/** Fewer keys than this that are gone are not worth a clean-up. */
const DEAD_KEYS_MIN = 1_024

/**
 * GROUP BY over windows that overlap, put together from slices: rows, or partial states of other workers, go into groups by key and
 * slice as into any groups; when the watermark passes the end of a window, its slices are merged for each key (see {@link WindowQueues}).
 */
export class SlicedAggregateOperator implements Operator {
  readonly state: OperatorState
  readonly #node: AggregateNode
  readonly #context: OperatorContext
  readonly #groups: Groups
  readonly #kernel: AggregateKernel
  readonly #queues: WindowQueues
  /** Keys without their slices. */
  readonly #keys: GroupTable
  readonly #keyColumns: readonly number[]
  readonly #stateTypes: readonly (readonly DataType[])[]
  /** By key: the newer slices together. */
  readonly #newer: readonly Accumulator[]
  /** Windows of one chunk of keys on their way out. */
  readonly #results: readonly Accumulator[]
  /** By slice its key, by key its slices that there are. */
  #keyOf: Int32Array = new Int32Array(64)
  #slicesOf: Int32Array = new Int32Array(64)
  /** Slices that have no time: they are in no window, and come out at the end. */
  #timeless: number[] = []
  #indexed = 0
  #deadKeys = 0
  #closed = -Infinity

  constructor(node: AggregateNode, inputSchema: Schema, context: OperatorContext) {
    assert(node.slices !== undefined && node.window !== null && node.phase !== 'partial', 'slices are put together where they are complete')
    const { compile } = context.settings
    const merging = node.phase === 'final'
    const calls = bindCalls(node, inputSchema, compile, context)
    this.#node = node
    this.#context = context
    this.#groups = new Groups(node.keys.map(({ type }) => type), calls.map((call) => call.accumulator), { endKey: null, changes: false, retracting: false, resultTypes: [] })
    const Kernel = compile ? CompiledKernel : InterpretedKernel
    this.#kernel = new Kernel({ filter: merging ? null : node.filter, keys: node.keys, calls, window: null, merging }, inputSchema, this.#groups, context)
    const fromKey = node.slices.from ? node.keys.length - 1 : -1
    this.#keyColumns = [...node.keys.keys()].filter((k) => k !== node.window!.endKey && k !== fromKey)
    this.#keys = new GroupTable(this.#keyColumns.map((k) => node.keys[k]!.type))
    this.#stateTypes = node.calls.map(stateTypesOf)
    const fresh = (): Accumulator[] => bindCalls(node, inputSchema, compile, context).map((call) => call.accumulator)
    this.#newer = fresh()
    this.#results = fresh()
    const one = [new Int32Array(1), new Int32Array(1)] as const
    this.#queues = new WindowQueues(node.slices.shape, {
      beforeChange: (slice) => this.#groups.changes!.beforeChange(slice),
      mergeSlices: (into, slice) => {
        one[0][0] = into
        one[1][0] = slice
        this.#merge(this.#groups.accumulators, one[0], this.#groups.accumulators, one[1], 1)
      },
      mergeNewer: (keys, slices, count) => this.#merge(this.#newer, keys, this.#groups.accumulators, slices, count),
      resetNewer: (key) => {
        for (const accumulator of this.#newer) accumulator.reset(key)
      },
      drop: (slice) => this.#drop(slice),
    })
    this.state = slicedState(node, this.#groups, fresh, context.sharedOutBy?.[0] ?? null, this.#queues, {
      closed: () => this.#closed,
      restored: (sides) => this.#restored(sides),
      resumed: (closed, window) => {
        this.#closed = closed
        this.#queues.resume(window)
        this.#gauge()
      },
    })
  }

  push(element: Element): void {
    switch (element.kind) {
      case 'batch': this.#take(element); break
      case 'watermark': this.#close(element.micros); break
      case 'barrier': break
      case 'end': this.#end(); break
      default: unreachable(element)
    }
    this.#gauge()
    if (element.kind !== 'batch') this.#context.output.push(element)
  }

  #gauge(): void {
    const { meter } = this.#context
    meter.groups = this.#groups.size
    meter.stateBytes = this.#groups.bytes + this.#keys.bytes + this.#queues.bytes + this.#newer.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #take(batch: Batch): void {
    this.#context.meter.rowsIn += batch.length
    this.#kernel.run(batch, -Infinity)
    this.#index(null)
  }

  #merge(target: readonly Accumulator[], into: Int32Array, source: readonly Accumulator[], groups: Int32Array, count: number): void {
    for (let c = 0; c < target.length; c++) mergeGroups(target[c]!, into, source[c]!, groups, count, this.#stateTypes[c]!)
  }

  // ------------------------------------------------------------------------------------------------------------ slices

  /** Gives the slices that are new since the last call to their keys. @param sides of restored slices, null for new ones */
  #index(sides: Float64Array | null): void {
    const { table } = this.#groups
    const from = this.#indexed
    const count = table.size - from
    if (count === 0) return
    const slices = Int32Array.from({ length: count }, (_, i) => from + i)
    const keys = this.#keysOf(slices)
    const ends = table.keyVector(this.#node.window!.endKey, slices, count) as F64Vector
    const firsts = this.#node.slices!.from ? table.keyVector(this.#node.keys.length - 1, slices, count) as F64Vector : null
    for (let i = 0; i < count; i++) {
      const slice = from + i
      this.#keyOf[slice] = keys[i]!
      if (this.#slicesOf[keys[i]!]!++ === 0) this.#deadKeys--
      if (ends.nulls !== null && ends.nulls[i] !== 0) {
        this.#timeless.push(slice)
        continue
      }
      const first = firsts === null || (firsts.nulls !== null && firsts.nulls[i] !== 0) ? NaN : firsts.values[i]!
      if (sides === null) this.#queues.add(slice, keys[i]!, ends.values[i]!, first)
      else this.#queues.restore(slice, keys[i]!, ends.values[i]!, first, sides[i]!)
    }
    this.#indexed = table.size
  }

  /** The keys of slices, with room for them everywhere. */
  #keysOf(slices: Int32Array): Int32Array {
    const { length } = slices
    const keys = new Int32Array(length)
    const known = this.#keys.size
    if (this.#keyColumns.length === 0) keys.fill(this.#keys.groupOf([]))
    else this.#keys.groupsOf(this.#keyColumns.map((k) => this.#groups.table.keyVector(k, slices, length)), length, keys)
    for (const accumulator of this.#newer) accumulator.ensure(this.#keys.size)
    this.#deadKeys += this.#keys.size - known
    if (this.#keyOf.length < this.#groups.table.size) this.#keyOf = larger(this.#keyOf, this.#groups.table.size)
    if (this.#slicesOf.length < this.#keys.size) this.#slicesOf = larger(this.#slicesOf, this.#keys.size)
    this.#queues.ensure(this.#groups.table.size, this.#keys.size)
    return keys
  }

  #drop(slice: number): void {
    this.#groups.bury(Int32Array.of(slice))
    if (--this.#slicesOf[this.#keyOf[slice]!]! === 0) this.#deadKeys++
  }

  // ----------------------------------------------------------------------------------------------------------- windows

  #close(micros: number): void {
    if (micros <= this.#closed) return
    this.#closed = micros
    const passed = micros - this.#node.window!.allowedLatenessMicros
    for (const end of this.#queues.due(passed)) {
      this.#queues.open(end)
      const { keys, keyCount } = this.#queues
      const step = this.#context.settings.batchRows
      for (let k = 0; k < keyCount; k += step) this.#emit(keys.subarray(k, Math.min(k + step, keyCount)), end)
    }
    this.#cleanUp()
  }

  #emit(keys: Int32Array, end: number): void {
    const count = keys.length
    const places = allRows(count)
    for (const accumulator of this.#results) {
      accumulator.ensure(count)
      for (let i = 0; i < count; i++) accumulator.reset(i)
    }
    const into = new Int32Array(count)
    const from = new Int32Array(count)
    let n = 0
    for (let i = 0; i < count; i++) {
      const older = this.#queues.olderOf(keys[i]!)
      if (older < 0) continue
      into[n] = i
      from[n++] = older
    }
    this.#merge(this.#results, into, this.#groups.accumulators, from, n)
    n = 0
    for (let i = 0; i < count; i++) {
      if (!this.#queues.hasNewer(keys[i]!)) continue
      into[n] = i
      from[n++] = keys[i]!
    }
    this.#merge(this.#results, into, this.#newer, from, n)
    for (let i = 0; i < count; i++) {
      const aside = this.#queues.asideOf(keys[i]!)
      if (aside.length > 0) this.#merge(this.#results, new Int32Array(aside.length).fill(i), this.#groups.accumulators, Int32Array.from(aside), aside.length)
    }
    this.#push(this.#results, places.subarray(0, count), (kept) => {
      const rows = Int32Array.from(kept, (i) => keys[i]!)
      const ends: F64Vector = { kind: 'f64', values: new Float64Array(rows.length).fill(end), nulls: null }
      return this.#keyVectors(this.#keyColumns.map((_, c) => this.#keys.keyVector(c, rows, rows.length)), ends)
    })
  }

  /** Columns of the result's keys: those of the key, and the window's end at its place. */
  #keyVectors(own: readonly Vector[], ends: Vector): Vector[] {
    return own.toSpliced(this.#node.window!.endKey, 0, ends)
  }

  /** Results of groups of some accumulators beside their keys. A group whose result is out of range is reported as a failed row. */
  #push(accumulators: readonly Accumulator[], groups: Int32Array, keysOf: (kept: Int32Array) => Vector[]): void {
    let kept = groups
    let results: Vector[]
    try {
      results = accumulators.map((accumulator) => accumulator.results(kept, kept.length))
    } catch (error) {
      if (!isRowError(error)) throw error
      kept = groups.filter((group) => this.#hasResult(accumulators, group))
      results = accumulators.map((accumulator) => accumulator.results(kept, kept.length))
    }
    if (kept.length === 0) return
    this.#context.meter.rowsOut += kept.length
    this.#context.output.push(batchOf([...keysOf(kept), ...results], kept.length))
  }

  #hasResult(accumulators: readonly Accumulator[], group: number): boolean {
    const one = Int32Array.of(group)
    try {
      for (const accumulator of accumulators) accumulator.results(one, 1)
      return true
    } catch (error) {
      if (!isRowError(error)) throw error
      this.#context.rowFailed(error, null, 0)
      return false
    }
  }

  #end(): void {
    this.#close(Infinity)
    const step = this.#context.settings.batchRows
    for (let t = 0; t < this.#timeless.length; t += step) {
      this.#push(this.#groups.accumulators, Int32Array.from(this.#timeless.slice(t, t + step)), (kept) => {
        const nowhere: F64Vector = { kind: 'f64', values: new Float64Array(kept.length), nulls: new Uint8Array(kept.length).fill(1) }
        return this.#keyVectors(this.#keyColumns.map((k) => this.#groups.table.keyVector(k, kept, kept.length)), nowhere)
      })
    }
    for (const slice of this.#timeless.splice(0)) this.#drop(slice)
    this.#cleanUp()
  }

  // ----------------------------------------------------------------------------------------------------------- clean-up

  #cleanUp(): void {
    const live = this.#groups.cleanUp()
    if (live !== null) {
      const places = placesOf(live)
      this.#timeless = this.#timeless.map((slice) => places[slice]!)
      this.#queues.renumberSlices(live)
      for (let i = 0; i < live.length; i++) this.#keyOf[i] = this.#keyOf[live[i]!]!
      this.#indexed = live.length
    }
    if (this.#deadKeys >= DEAD_KEYS_MIN && this.#deadKeys * 2 > this.#keys.size) this.#cleanUpKeys()
  }

  #cleanUpKeys(): void {
    const live = Int32Array.from([...this.#slicesOf.subarray(0, this.#keys.size).keys()].filter((key) => this.#slicesOf[key]! > 0))
    const places = new Int32Array(this.#keys.size)
    live.forEach((key, i) => { places[key] = i })
    this.#keys.compact(live, live.length)
    for (const accumulator of this.#newer) accumulator.compact(live, live.length)
    this.#queues.renumberKeys(live, this.#groups.table.size)
    for (let slice = 0; slice < this.#groups.table.size; slice++) this.#keyOf[slice] = places[this.#keyOf[slice]!]!
    live.forEach((key, i) => { this.#slicesOf[i] = this.#slicesOf[key]! })
    this.#slicesOf.fill(0, live.length)
    this.#deadKeys = 0
  }

  /** Slices have been put into the groups as they were stored. */
  #restored(sides: Float64Array): void {
    const from = this.#indexed
    this.#index(sides)
    const newer = Int32Array.from([...sides.subarray(0, this.#indexed - from).keys()].filter((i) => sides[i] === 2), (i) => from + i)
    this.#merge(this.#newer, Int32Array.from(newer, (slice) => this.#keyOf[slice]!), this.#groups.accumulators, newer, newer.length)
    this.#gauge()
  }
}

function larger(values: Int32Array, needed: number): Int32Array {
  const grown = new Int32Array(Math.max(needed, values.length * 2))
  grown.set(values)
  return grown
}
