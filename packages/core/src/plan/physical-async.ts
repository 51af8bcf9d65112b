import type { Expression } from '../expressions/expression.js'
import type { UserAsyncFunction } from '../functions/user/user-function.js'
import type { ErrorPolicy, NodeBase } from './physical.js'

/**
 * Calls an asynchronous function of the user's for every row and appends its result. Rows leave in the order in which they
 * came. Schema: the columns `before`, the result, the columns `behind`.
 */
export interface AsyncCallNode extends NodeBase {
  readonly kind: 'async call'
  readonly user: UserAsyncFunction
  /** Over the input. */
  readonly args: readonly Expression[]
  /** Input columns that stand before and behind the result. */
  readonly before: readonly number[]
  readonly behind: readonly number[]
  readonly onError: ErrorPolicy
}
