import { aggregateOf } from '../../functions/user/user-aggregate.js'
import type { Accumulating, FunctionContext } from '../../functions/function.js'
import type { OverCall } from '../../plan/over.js'
import { valueKey } from '../../state/value-key.js'
import { isExact, isInteger, type DataType, type Value } from '../../types/data-type.js'
import type { PartitionRows } from './partition-rows.js'

/** An aggregate over the rows of a frame whose edges only move on. */
export interface FrameAggregate {
  /** The frame is positions `start` … `end − 1` now. */
  moveTo(start: number, end: number): void
  result(): Value
}

/** How an aggregate follows its frame. The cheapest that is right for the function is taken. */
export type Strategy =
  /** The frame only grows. */
  | 'grow'
  /** Rows that leave are taken back. */
  | 'retract'
  /** Two stacks of partial results: each row is merged twice at most. */
  | 'stack'
  /** Anew for every row: what has a large state costs as much anyway. */
  | 'recompute'

export interface AggregateParts {
  readonly call: OverCall
  readonly function: Accumulating
  readonly stateTypes: readonly DataType[]
  /** The position of a row is the last argument. */
  readonly ordered: boolean
  readonly strategy: Strategy
}

export function aggregateParts(call: OverCall, context: FunctionContext): AggregateParts {
  const { function: described, overload, types } = aggregateOf(call)
  const implementation = overload.implement(types, context)
  const stateTypes = overload.stateTypes(types)
  const isSmall = stateTypes.every(({ kind }) => kind !== 'ARRAY' && kind !== 'MAP' && kind !== 'ROW' && kind !== 'BYTES')
  const isSteady = call.argTypes.every((type) => isExact(type) || isInteger(type) || type.kind === 'BOOLEAN')
  const retracts = implementation.retract !== undefined && (call.args.length === 0 || isSteady) && described.distinctIsNoop !== true && !described.ordered
  const grows = call.frame.start.kind === 'unbounded preceding'
  const strategy = grows ? 'grow' : retracts ? 'retract' : isSmall && !described.ordered && !call.distinct && call.user?.merges !== false ? 'stack' : 'recompute'
  return { call, function: implementation, stateTypes, ordered: described.ordered, strategy }
}

export function frameAggregate(parts: AggregateParts, rows: PartitionRows): FrameAggregate {
  switch (parts.strategy) {
    case 'grow': case 'retract': return new RunningAggregate(parts, rows)
    case 'stack': return new StackedAggregate(parts, rows)
    case 'recompute': return new RecomputedAggregate(parts, rows)
  }
}

/** What of a row goes into the aggregate; null where its filter or IGNORE NULLS leaves it out. */
function inputOf({ call, ordered }: AggregateParts, rows: PartitionRows, position: number): Value[] | null {
  const row = rows.at(position)
  if (call.filter !== null && row[call.filter] !== true) return null
  const args = call.args.map((column) => row[column]!)
  if (call.ignoreNulls && args[0] === null) return null
  if (ordered) args.push(position)
  return args
}

/** One state; DISTINCT counts how often each argument is in the frame. */
export class RunningAggregate implements FrameAggregate {
  readonly #parts: AggregateParts
  readonly #rows: PartitionRows
  readonly #counts: Map<string, number> | null
  #state: unknown
  #start: number
  #end: number

  constructor(parts: AggregateParts, rows: PartitionRows) {
    this.#parts = parts
    this.#rows = rows
    this.#counts = parts.call.distinct ? new Map() : null
    this.#state = parts.function.create()
    this.#start = this.#end = rows.first
  }

  moveTo(start: number, end: number): void {
    const grows = this.#parts.strategy === 'grow'
    if (!grows && start >= this.#end) {
      this.#state = this.#parts.function.create()
      this.#counts?.clear()
      this.#start = this.#end = start
    }
    while (this.#end < end) this.#take(this.#end++, 1)
    if (!grows) while (this.#start < start) this.#take(this.#start++, -1)
  }

  #take(position: number, sign: number): void {
    const input = inputOf(this.#parts, this.#rows, position)
    if (input === null || !this.#isNew(input, sign)) return
    if (sign > 0) this.#parts.function.add(this.#state, input)
    else this.#parts.function.retract!(this.#state, input)
  }

  /** With DISTINCT: whether this is the first of equal arguments, or the last that goes. */
  #isNew(input: readonly Value[], sign: number): boolean {
    if (this.#counts === null) return true
    const key = distinctKey(input, this.#parts.call)
    const before = this.#counts.get(key) ?? 0
    if (before + sign === 0) this.#counts.delete(key)
    else this.#counts.set(key, before + sign)
    return sign > 0 ? before === 0 : before === 1
  }

  result(): Value {
    return this.#parts.function.result(this.#state)
  }

  /** For a frame that only grows: how far it has come, and the state. */
  save(): readonly Value[] {
    return [BigInt(this.#end), ...this.#parts.function.save(this.#state)]
  }

  load([end, ...state]: readonly Value[]): void {
    this.#end = Number(end)
    this.#state = this.#parts.function.load(state)
  }
}

function distinctKey(input: readonly Value[], call: OverCall): string {
  return call.argTypes.map((type, i) => valueKey(input[i], type)).join('\u0000')
}

/**
 * A queue of two stacks. Behind `#middle` rows are added to one state; before it there is for every position the state of the
 * rows from there to the middle. When those are used up the middle moves to the end.
 */
class StackedAggregate implements FrameAggregate {
  readonly #parts: AggregateParts
  readonly #rows: PartitionRows
  #back: unknown
  /** States by position, last position first. */
  #front: unknown[] = []
  #start: number
  #middle: number
  #end: number

  constructor(parts: AggregateParts, rows: PartitionRows) {
    this.#parts = parts
    this.#rows = rows
    this.#back = parts.function.create()
    this.#start = this.#middle = this.#end = rows.first
  }

  moveTo(start: number, end: number): void {
    if (start >= this.#end) {
      this.#front = []
      this.#back = this.#parts.function.create()
      this.#start = this.#middle = this.#end = start
    }
    while (this.#end < end) this.#addTo(this.#back, this.#end++)
    if (start > this.#middle) this.#turn(start)
    while (this.#start < start) {
      this.#start++
      if (this.#front.length > this.#middle - this.#start) this.#front.pop()
    }
  }

  #turn(start: number): void {
    const { function: f } = this.#parts
    this.#front = []
    let state = f.create()
    for (let position = this.#end - 1; position >= start; position--) {
      const next = f.create()
      this.#addTo(next, position)
      f.merge(next, state)
      this.#front.push(next)
      state = next
    }
    this.#start = start
    this.#middle = this.#end
    this.#back = f.create()
  }

  #addTo(state: unknown, position: number): void {
    const input = inputOf(this.#parts, this.#rows, position)
    if (input !== null) this.#parts.function.add(state, input)
  }

  result(): Value {
    const { function: f } = this.#parts
    if (this.#front.length === 0) return f.result(this.#back)
    const state = f.create()
    f.merge(state, this.#front.at(-1))
    f.merge(state, this.#back)
    return f.result(state)
  }
}

class RecomputedAggregate implements FrameAggregate {
  readonly #parts: AggregateParts
  readonly #rows: PartitionRows
  #start = 0
  #end = 0

  constructor(parts: AggregateParts, rows: PartitionRows) {
    this.#parts = parts
    this.#rows = rows
  }

  moveTo(start: number, end: number): void {
    this.#start = start
    this.#end = end
  }

  result(): Value {
    const { function: f, call } = this.#parts
    const seen = call.distinct ? new Set<string>() : null
    const state = f.create()
    for (let position = this.#start; position < this.#end; position++) {
      const input = inputOf(this.#parts, this.#rows, position)
      if (input === null) continue
      if (seen !== null) {
        const key = distinctKey(input, call)
        if (seen.has(key)) continue
        seen.add(key)
      }
      f.add(state, input)
    }
    return f.result(state)
  }
}
