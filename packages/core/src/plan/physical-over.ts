import type { ErrorPolicy, NodeBase, SortKey } from './physical.js'
import type { OverCall, OverMode, RankFunction, WindowEnd } from './over.js'

/** OVER: see `LogicalOver`. Schema: the first `width` columns of the input, then a column for each call. */
export interface OverNode extends NodeBase {
  readonly kind: 'over'
  /** Columns of the input that are passed on; hidden ones may follow them. */
  readonly width: number
  readonly partitionBy: readonly number[]
  readonly order: readonly SortKey[]
  readonly calls: readonly OverCall[]
  readonly mode: OverMode
  readonly window: WindowEnd | null
  /** Input column with the row's own split's watermark, by which it is late or not; null where nothing is. */
  readonly watermarkColumn: number | null
  readonly onError: ErrorPolicy
}

/**
 * The rows in places `from` … `to` of each partition: see `LogicalTopN`. Schema: the first `width` columns of the input, then
 * the place (BIGINT) where `rank`.
 */
export interface TopNNode extends NodeBase {
  readonly kind: 'top-n'
  readonly width: number
  readonly partitionBy: readonly number[]
  readonly order: readonly SortKey[]
  readonly function: RankFunction
  readonly from: number
  readonly to: number
  readonly rank: boolean
  readonly emit: 'final' | 'changes'
  /** True where the input takes rows back: then all rows are kept, for one that was not among the first may move up. */
  readonly retracting: boolean
  /** Of rows that the order leaves equal the one that came last is first; else they go by their values. */
  readonly latest: boolean
  readonly window: WindowEnd | null
  readonly watermarkColumn: number | null
}
