import type { FunctionContext } from '../../functions/function.js'
import type { OverCall } from '../../plan/over.js'
import type { OverNode } from '../../plan/physical-over.js'
import type { DataType, Schema, Value } from '../../types/data-type.js'
import { BIGINT } from '../../types/data-type.js'
import { aggregateParts, type AggregateParts } from './frame-aggregate.js'
import { AggregateResult, callResult, type CallResult } from './call-result.js'
import { FrameCursor } from './frame-cursor.js'
import { Peers, samePeers, type SamePeers } from './peers.js'
import type { PartitionRows } from './partition-rows.js'

/** What the evaluators of all partitions of a node share. */
export interface OverPlan {
  readonly node: OverNode
  readonly schema: Schema
  readonly same: SamePeers
  readonly aggregates: readonly (AggregateParts | null)[]
  /** For each call the first call of the same frame. */
  readonly frames: readonly number[]
  /** Rows arrive while results are given out: what lies before a frame is forgotten. */
  readonly continuous: boolean
}

export function overPlan(node: OverNode, schema: Schema, context: FunctionContext): OverPlan {
  const continuous = node.mode === 'rowtime' || node.mode === 'proctime'
  const text = node.calls.map((call) => JSON.stringify(call.frame))
  return {
    node, schema, continuous,
    same: node.mode === 'proctime' ? () => false : samePeers(node.order, schema),
    aggregates: node.calls.map((call) => (call.kind === 'aggregate' || isKept(call, continuous) ? aggregateParts(call, context) : null)),
    frames: text.map((frame) => text.indexOf(frame)),
  }
}

/** The first value of a frame that starts with the partition is kept as a state, not as a row. */
function isKept(call: OverCall, continuous: boolean): boolean {
  return continuous && call.kind === 'frame' && call.frame.start.kind === 'unbounded preceding'
}

/** Gives the results of a partition's rows one after the other. */
export class Evaluator {
  readonly #plan: OverPlan
  readonly #rows: PartitionRows
  readonly #peers: Peers
  readonly #cursors: readonly FrameCursor[]
  readonly #results: readonly CallResult[]
  /** Of the row that is next. */
  position: number

  constructor(plan: OverPlan, rows: PartitionRows, position: number = rows.first) {
    const { node, schema } = plan
    this.#plan = plan
    this.#rows = rows
    this.position = position
    this.#peers = new Peers(rows, plan.same)
    this.#peers.seek(position)
    const cursors: FrameCursor[] = []
    for (const [i, first] of plan.frames.entries()) cursors.push(cursors[first] ?? new FrameCursor(node.calls[i]!.frame, rows, node.order, schema))
    this.#cursors = cursors
    this.#results = node.calls.map((call, i) => callResult(call, plan.aggregates[i]!, rows))
  }

  /** Results of the next row. */
  next(): Value[] {
    const position = this.position++
    this.#peers.advance(position)
    const { frames } = this.#plan
    for (let i = 0; i < frames.length; i++) if (frames[i] === i) this.#cursors[i]!.advance(position, this.#peers)
    return this.#results.map((result, i) => result.at(position, this.#peers, this.#cursors[i]!))
  }

  /**
   * Whether the frames of the next row are complete.
   *
   * @param watermark by which rows are complete, +∞ where no more come
   */
  isReady(watermark: number): boolean {
    if (this.position >= this.#rows.end) return false
    if (watermark === Infinity) return true
    return this.#plan.node.calls.every((call) => {
      if (call.kind === 'offset') return call.name === 'lag' || this.position + call.count! < this.#rows.end
      return call.kind === 'rank' || call.kind === 'share' || this.#hasFrame(call, watermark)
    })
  }

  #hasFrame({ frame: { start, end } }: OverCall, watermark: number): boolean {
    return [start, end].every((edge) => {
      if (edge.kind !== 'following') return true
      if (edge.by.kind === 'rows') return this.position + edge.by.rows < this.#rows.end
      const bound = this.#rows.at(this.position)[edge.by.bound]
      return bound === null || (bound as number) < watermark
    })
  }

  /** Position of the first row that a later result may look at. */
  get needed(): number {
    let needed = this.position
    this.#plan.node.calls.forEach((call, i) => {
      if (call.name === 'lag') needed = Math.min(needed, this.position - call.count!)
      else if (call.kind === 'frame' || call.kind === 'aggregate') needed = Math.min(needed, this.#neededBy(call, i))
    })
    return needed
  }

  #neededBy({ frame: { start } }: OverCall, i: number): number {
    const cursor = this.#cursors[i]!
    const result = this.#results[i]!
    // What has gone into a state for good is not looked at again.
    if (start.kind === 'unbounded preceding') return result instanceof AggregateResult ? cursor.end : this.#rows.first
    return Math.min(cursor.start, cursor.end)
  }

  /** Columns of {@link save}. */
  static savedTypes({ aggregates }: OverPlan): readonly DataType[] {
    return [BIGINT, BIGINT, BIGINT, BIGINT, ...aggregates.flatMap((parts) => (parts?.strategy === 'grow' ? [BIGINT, ...parts.stateTypes] : []))]
  }

  /** Whether there is anything that the rows of the partition do not say. */
  static hasState({ node, aggregates }: OverPlan): boolean {
    return aggregates.some((parts) => parts?.strategy === 'grow') || node.calls.some((call) => call.kind === 'rank')
  }

  save(): Value[] {
    const { groups, start, end } = this.#peers
    return [BigInt(this.position), BigInt(groups), BigInt(start), BigInt(end), ...this.#running().flatMap((aggregate) => aggregate.save())]
  }

  /** Goes on where another has been saved; the rows are those it needed. */
  load([position, groups, start, end, ...states]: readonly Value[]): void {
    this.position = Number(position)
    this.#peers.groups = Number(groups)
    this.#peers.start = Number(start)
    this.#peers.end = Number(end)
    for (const aggregate of this.#running()) aggregate.load(states.splice(0, 1 + this.#widthOf(aggregate)))
  }

  #widthOf(aggregate: object): number {
    const at = this.#results.findIndex((result) => result instanceof AggregateResult && result.running === aggregate)
    return this.#plan.aggregates[at]!.stateTypes.length
  }

  #running(): readonly NonNullable<AggregateResult['running']>[] {
    return this.#results.flatMap((result, i) => (
      result instanceof AggregateResult && this.#plan.aggregates[i]!.strategy === 'grow' && result.running !== null ? [result.running] : []))
  }
}
