import type { AggregateCall, ErrorPolicy, NodeBase } from './physical.js'
import type { WindowShape } from './window-shape.js'

/**
 * Puts rows into their windows. Schema: the input's first `width` columns, `window_start`, `window_end`, `window_time`, then
 * the input's other (hidden) columns.
 */
export interface WindowNode extends NodeBase {
  readonly kind: 'window'
  /** Not `session`. */
  readonly shape: WindowShape
  /** See `LogicalWindow.assign`. */
  readonly assign: 'windows' | 'slices'
  readonly width: number
  /** Input column: TIMESTAMP or TIMESTAMP_LTZ. A row without a time is in no window: its bounds are NULL. */
  readonly time: number
  readonly judge: LatenessJudge | null
}

/** By what rows are late. */
export interface LatenessJudge {
  /** Input column with the row's own split's watermark; null where none is late. */
  readonly watermarkColumn: number | null
  readonly latenessMicros: number
  readonly late: LateRows | null
}

/** Where late rows go: a sink without inputs whose columns are `columns` of the row, by name where that is null (see LATE_ROW_SCHEMA). */
export interface LateRows {
  readonly sink: number
  readonly columns: readonly (number | null)[]
}

/**
 * Sessions: rows of equal keys with no gap between them. Rows of a key are on one worker.
 *
 * - with `calls`: schema keys, `window_start`, `window_end`, results. `emit` as for an aggregate.
 * - without (null): rows are kept until their session closes. Schema: the input's first `width` columns, `window_start`, `window_end`,
 *   `window_time`.
 */
export interface SessionNode extends NodeBase {
  readonly kind: 'session'
  /** Input columns. */
  readonly keys: readonly number[]
  readonly time: number
  readonly gapMicros: number
  readonly width: number
  readonly judge: LatenessJudge
  readonly calls: readonly AggregateCall[] | null
  readonly emit: 'final' | 'changes'
  readonly onError: ErrorPolicy
}
