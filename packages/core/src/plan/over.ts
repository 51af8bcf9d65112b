import type { Span } from '../errors.js'
import type { UserAggregateFunction } from '../functions/user/user-function.js'
import type { DataType, Field, Schema } from '../types/data-type.js'
import { BIGINT } from '../types/data-type.js'
import type { LogicalNode } from './logical.js'
import type { SortKey } from './physical.js'

/**
 * Results over the rows around a row: OVER (PARTITION BY … ORDER BY …). Everything that calls look at is a column of the
 * input: the binder projects arguments, keys and the bounds of RANGE frames beneath. Schema: the input's columns, then one
 * for each call.
 */
export interface LogicalOver {
  readonly kind: 'over'
  readonly input: LogicalNode
  /** Input columns. */
  readonly partitionBy: readonly number[]
  readonly order: readonly SortKey[]
  readonly calls: readonly OverCall[]
  readonly time: OrderTime
  /** Set where a partition column is the end of a window: its rows are final when that closes. */
  readonly window: WindowEnd | null
  /** `null` until the output mode has been resolved. */
  readonly mode: OverMode | null
  readonly schema: Schema
  readonly span: Span
}

/**
 * What the first key of an order is, where that is time. By ascending time rows can be final as it passes. `latest` is descending
 * processing time: of two rows the one that came later is first.
 */
export type OrderTime = 'rowtime' | 'proctime' | 'latest' | null

/**
 * - `final`: rows come once, when their partition is complete: at the end of input, or when its window closes
 * - `rowtime`: once, when the watermark has passed them
 * - `proctime`: once, as they come
 * - `changes`: at once, and again when another row changes their results
 */
export type OverMode = 'final' | 'rowtime' | 'proctime' | 'changes'

/** A partition's window, by the input column that has its end. */
export interface WindowEnd {
  readonly endColumn: number
  readonly allowedLatenessMicros: number
}

export interface OverCall {
  /** Canonical name, of an aggregate function or of one that only OVER has. */
  readonly name: string
  readonly kind: 'rank' | 'share' | 'offset' | 'frame' | 'aggregate'
  /** Input columns; of `offset` the value and perhaps the default. */
  readonly args: readonly number[]
  readonly argTypes: readonly DataType[]
  readonly type: DataType
  readonly nullable: boolean
  /** Buckets of ntile, offset of lag and lead, n of nth_value. */
  readonly count: number | null
  readonly distinct: boolean
  /** Input column, BOOLEAN. */
  readonly filter: number | null
  readonly ignoreNulls: boolean
  readonly frame: Frame
  /** Set for aggregate functions of the user's: then `name` is theirs and in no catalogue. */
  readonly user?: UserAggregateFunction
}

export interface Frame {
  readonly unit: 'rows' | 'range'
  readonly start: FrameEdge
  readonly end: FrameEdge
}

export type FrameEdge =
  | { readonly kind: 'unbounded preceding' | 'current row' | 'unbounded following' }
  | { readonly kind: 'preceding' | 'following'; readonly by: FrameOffset }

/**
 * So many rows; or values: the frame reaches as far as column `key` is not beyond the row's own value of column `bound`,
 * which the binder has computed. `micros` where the offset is a fixed interval.
 */
export type FrameOffset =
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'values'; readonly key: number; readonly bound: number; readonly micros: number | null; readonly text: string }

/**
 * The rows whose place in their partition is `from` … `to`. Schema: the input's columns and, where `rank`, the place.
 * Made of `ROW_NUMBER() … <= n` and its like, and of a continuous ORDER BY … LIMIT.
 */
export interface LogicalTopN {
  readonly kind: 'top-n'
  readonly input: LogicalNode
  readonly partitionBy: readonly number[]
  readonly order: readonly SortKey[]
  readonly time: OrderTime
  readonly function: RankFunction
  readonly from: number
  readonly to: number
  /** Whether the place is a column of the result, and that column. */
  readonly rank: Field | null
  readonly window: WindowEnd | null
  readonly emit: 'final' | 'changes' | null
  readonly schema: Schema
  readonly span: Span
}

export type RankFunction = 'row_number' | 'rank' | 'dense_rank'

export function overOf(
  input: LogicalNode, over: Pick<LogicalOver, 'partitionBy' | 'order' | 'calls' | 'time' | 'window' | 'span'>, names: readonly string[],
): LogicalOver {
  const added = over.calls.map((call, i): Field => ({ name: names[i]!, type: call.type, nullable: call.nullable }))
  return { ...over, kind: 'over', input, mode: null, schema: [...input.schema, ...added] }
}

export function topNOf(
  input: LogicalNode, top: Pick<LogicalTopN, 'partitionBy' | 'order' | 'time' | 'function' | 'from' | 'to' | 'rank' | 'window' | 'emit' | 'span'>,
): LogicalTopN {
  return { ...top, kind: 'top-n', input, schema: top.rank === null ? input.schema : [...input.schema, top.rank] }
}

export const rankField = (name: string): Field => ({ name, type: BIGINT, nullable: false })

/** The input columns that a node of this file looks at, apart from passing them on. */
export function columnsUsed(node: LogicalOver | LogicalTopN): Set<number> {
  const used = new Set<number>([...node.partitionBy, ...node.order.map((key) => key.column)])
  if (node.window !== null) used.add(node.window.endColumn)
  if (node.kind === 'over') for (const call of node.calls) for (const column of columnsOfCall(call)) used.add(column)
  return used
}

function columnsOfCall(call: OverCall): number[] {
  const edges = [call.frame.start, call.frame.end].flatMap((edge) => ('by' in edge && edge.by.kind === 'values' ? [edge.by.key, edge.by.bound] : []))
  return [...call.args, ...(call.filter === null ? [] : [call.filter]), ...edges]
}

/** A call over columns that have moved: `places[old]` is the new index. */
export function moveCall(call: OverCall, places: readonly number[]): OverCall {
  const edge = (e: FrameEdge): FrameEdge => ('by' in e && e.by.kind === 'values'
    ? { ...e, by: { ...e.by, key: places[e.by.key]!, bound: places[e.by.bound]! } }
    : e)
  return {
    ...call,
    args: call.args.map((column) => places[column]!),
    filter: call.filter === null ? null : places[call.filter]!,
    frame: { ...call.frame, start: edge(call.frame.start), end: edge(call.frame.end) },
  }
}

export function moveWindow(window: WindowEnd | null, places: readonly number[]): WindowEnd | null {
  return window === null ? null : { ...window, endColumn: places[window.endColumn]! }
}

/** Whether a call's results wait for rows that come later. */
export function looksAhead(call: OverCall): boolean {
  if (call.kind === 'offset') return call.name === 'lead'
  if (call.kind === 'rank' || call.kind === 'share') return false
  return [call.frame.start, call.frame.end].some((edge) => edge.kind === 'following' || edge.kind === 'unbounded following')
}

