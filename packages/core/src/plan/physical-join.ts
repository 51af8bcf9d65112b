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
  readonly onError: ErrorPolicy
}
