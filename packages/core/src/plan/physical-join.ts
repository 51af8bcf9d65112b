import type { Expression } from '../expressions/expression.js'
import type { ErrorPolicy, NodeBase } from './physical.js'

/**
 * Joins two inputs: rows whose keys are equal and for which the residual is TRUE. Schema: the columns of the left input, then of the
 * right one, that `output` names.
 */
export interface JoinNode extends NodeBase {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'
  /** Columns of the inputs that must be equal, pairwise of one type. None: all pairs. */
  readonly leftKeys: readonly number[]
  readonly rightKeys: readonly number[]
  /** By key: NULL is NULL's equal (IS NOT DISTINCT FROM). */
  readonly nullsEqual: readonly boolean[]
  /** What else must be TRUE, over the left columns, then the right ones. */
  readonly residual: Expression | null
  readonly output: readonly number[]
  /**
   * `final`: a row that has no match so far comes out when the other input has ended. `changes`: it comes out at once, and is taken
   * back by its first match.
   */
  readonly emit: 'final' | 'changes'
  /** The side that every worker has all of; the other one is where its rows are read. */
  readonly copied: 'left' | 'right' | null
  /** Nothing ever ends or bounds what is remembered: rows go by the job's `state.ttl` alone. */
  readonly endless: boolean
  /** Set where event time tells when a row has met all that it can. */
  readonly bound: JoinTime | null
  readonly onError: ErrorPolicy
}

/** How event time bounds a join: the same for the left input (0) and the right one (1). */
export interface JoinTime {
  readonly kind: 'interval' | 'window'
  readonly sides: readonly [JoinTimeSide, JoinTimeSide]
  /** The watermark is passed on so much later. */
  readonly holdBackMicros: number
}

export interface JoinTimeSide {
  /** Column of the row's time. */
  readonly time: number
  /** The row is forgotten when the watermark is past its time plus this. */
  readonly doneMicros: number
  /** It is late where its own split's watermark was past its time plus this. */
  readonly lateMicros: number
  /** Column of that watermark; null: nothing is late. */
  readonly watermark: number | null
}

/**
 * Joins left rows with the versions of a table: each with the last of its key up to its own time, once event time has come so far.
 * Schema as that of {@link JoinNode}. A version that is taken back (`-D`) ends the one before it.
 */
export interface TemporalJoinNode extends NodeBase {
  readonly kind: 'temporal join'
  readonly type: 'inner' | 'left'
  /** Columns of the table's key, and those of the left input that must be equal to them. */
  readonly leftKeys: readonly number[]
  readonly rightKeys: readonly number[]
  /** What else must be TRUE of the version, over the left columns, then the right ones. */
  readonly residual: Expression | null
  readonly output: readonly number[]
  readonly sides: readonly [JoinTimeSide, JoinTimeSide]
  readonly onError: ErrorPolicy
}
