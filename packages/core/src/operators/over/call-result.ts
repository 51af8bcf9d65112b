import { assert } from '../../errors.js'
import type { OverCall } from '../../plan/over.js'
import type { Value } from '../../types/data-type.js'
import type { AggregateParts } from './frame-aggregate.js'
import { frameAggregate, RunningAggregate } from './frame-aggregate.js'
import type { FrameCursor } from './frame-cursor.js'
import type { PartitionRows } from './partition-rows.js'
import type { Peers } from './peers.js'

/** One call's results for the rows of one partition, asked for in their order. */
export interface CallResult {
  /** Of the row at `position`, whose equals and frame are given. */
  at(position: number, peers: Peers, frame: FrameCursor): Value
}

/** @param aggregate parts of a call that is computed as an aggregate; null for all others */
export function callResult(call: OverCall, aggregate: AggregateParts | null, rows: PartitionRows): CallResult {
  if (aggregate !== null) return new AggregateResult(aggregate, rows)
  switch (call.name) {
    case 'row_number': return { at: (position) => BigInt(position + 1) }
    case 'rank': return { at: (_position, peers) => BigInt(peers.start + 1) }
    case 'dense_rank': return { at: (_position, peers) => BigInt(peers.groups) }
    case 'percent_rank': return { at: (_position, peers) => (rows.end > 1 ? peers.start / (rows.end - 1) : 0) }
    case 'cume_dist': return { at: (_position, peers) => peers.end / rows.end }
    case 'ntile': return { at: (position) => bucketOf(position, rows.end, call.count!) }
    case 'lag': case 'lead': return call.ignoreNulls ? new OffsetPastNulls(call, rows) : offsetResult(call, rows)
    case 'first_value': case 'last_value': case 'nth_value': return call.ignoreNulls ? new FramePastNulls(call, rows) : frameResult(call, rows)
    default: return assert(false, `${call.name} is a function of OVER`) as never
  }
}

/** The first `size % buckets` buckets have one row more than the others. */
function bucketOf(position: number, size: number, buckets: number): bigint {
  const least = Math.floor(size / buckets)
  const larger = size % buckets
  const inLarger = larger * (least + 1)
  return BigInt(1 + (position < inLarger ? Math.floor(position / (least + 1)) : larger + Math.floor((position - inLarger) / least)))
}

function offsetResult({ name, args, count }: OverCall, rows: PartitionRows): CallResult {
  const [value, otherwise] = args
  const step = name === 'lag' ? -count! : count!
  return {
    at(position) {
      const at = position + step
      if (at >= rows.first && at < rows.end) return rows.at(at)[value!]!
      return otherwise === undefined ? null : rows.at(position)[otherwise]!
    },
  }
}

function frameResult({ name, args, count }: OverCall, rows: PartitionRows): CallResult {
  const column = args[0]!
  return {
    at(_position, _peers, { start, end }) {
      const at = name === 'first_value' ? start : name === 'last_value' ? end - 1 : start + count! - 1
      return at >= start && at < end ? rows.at(at)[column]! : null
    },
  }
}

/** Positions of the values that are not NULL, in order, of rows before `#end`. */
class KnownValues {
  readonly #rows: PartitionRows
  readonly #column: number
  readonly positions: number[] = []
  /** How many of the positions lie before the start of the frame. */
  before = 0
  #end: number

  constructor(rows: PartitionRows, column: number) {
    this.#rows = rows
    this.#column = column
    this.#end = rows.first
  }

  moveTo(start: number, end: number): void {
    for (; this.#end < end; this.#end++) if (this.#rows.at(this.#end)[this.#column] !== null) this.positions.push(this.#end)
    while (this.before < this.positions.length && this.positions[this.before]! < start) this.before++
    if (this.before > 1024 && this.before * 2 > this.positions.length) {
      this.positions.splice(0, this.before)
      this.before = 0
    }
  }

  /** The value at a place among the positions, or undefined. */
  at(place: number): Value | undefined {
    const position = this.positions[place]
    return position === undefined ? undefined : this.#rows.at(position)[this.#column]!
  }
}

class FramePastNulls implements CallResult {
  readonly #call: OverCall
  readonly #known: KnownValues

  constructor(call: OverCall, rows: PartitionRows) {
    this.#call = call
    this.#known = new KnownValues(rows, call.args[0]!)
  }

  at(_position: number, _peers: Peers, { start, end }: FrameCursor): Value {
    const { name, count } = this.#call
    this.#known.moveTo(start, end)
    const { positions, before } = this.#known
    if (before === positions.length) return null
    const place = name === 'first_value' ? before : name === 'last_value' ? positions.length - 1 : before + count! - 1
    return this.#known.at(place) ?? null
  }
}

/** The so-and-so-many-th value before or behind the row that is not NULL. All rows of the partition are there. */
class OffsetPastNulls implements CallResult {
  readonly #call: OverCall
  readonly #rows: PartitionRows
  /** Places among the known values of the last one before, and the first one behind, each position. */
  #known: { readonly positions: readonly number[]; readonly before: Int32Array } | null = null

  constructor(call: OverCall, rows: PartitionRows) {
    this.#call = call
    this.#rows = rows
  }

  at(position: number): Value {
    const [column, otherwise] = this.#call.args
    const rows = this.#rows
    const { positions, before } = this.#known ??= this.#find(column!)
    const count = this.#call.count!
    const own = before[position - rows.first]!
    if (count === 0) return rows.at(position)[column!]!
    const isKnown = positions[own] === position
    const place = this.#call.name === 'lag' ? own - count : own + count - (isKnown ? 0 : 1)
    const found = positions[place]
    if (found !== undefined) return rows.at(found)[column!]!
    return otherwise === undefined ? null : rows.at(position)[otherwise]!
  }

  #find(column: number): { readonly positions: readonly number[]; readonly before: Int32Array } {
    const rows = this.#rows
    const positions: number[] = []
    const before = new Int32Array(rows.count)
    for (let position = rows.first; position < rows.end; position++) {
      before[position - rows.first] = positions.length
      if (rows.at(position)[column] !== null) positions.push(position)
    }
    return { positions, before }
  }
}

/** An aggregate over the frame. */
export class AggregateResult implements CallResult {
  readonly aggregate: ReturnType<typeof frameAggregate>

  constructor(parts: AggregateParts, rows: PartitionRows) {
    this.aggregate = frameAggregate(parts, rows)
  }

  at(_position: number, _peers: Peers, { start, end }: FrameCursor): Value {
    this.aggregate.moveTo(start, end)
    return this.aggregate.result()
  }

  /** What is kept for good, where the frame starts with the partition. */
  get running(): RunningAggregate | null {
    return this.aggregate instanceof RunningAggregate ? this.aggregate : null
  }
}
