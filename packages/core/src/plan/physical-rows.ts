import type { Expression } from '../expressions/expression.js'
import type { UserTableFunction } from '../functions/user/user-function.js'
import type { ErrorPolicy, NodeBase } from './physical.js'

/**
 * For every row of the input the rows that a table function makes of it. Schema: the columns `before`, those of the function, the
 * ordinal if asked for, the columns `behind`.
 */
export interface UnnestNode extends NodeBase {
  readonly kind: 'unnest'
  /** Canonical name in the catalogue of table functions. */
  readonly function: string
  /** Set for functions of the user's: then `function` is theirs and in no catalogue. */
  readonly user?: UserTableFunction
  readonly args: readonly Expression[]
  /** A row of which nothing is made stays, beside NULLs. */
  readonly outer: boolean
  /** Whether a BIGINT column counts the rows made of each input row from 1. */
  readonly ordinality: boolean
  /** Input columns that stand before and behind those of the function. */
  readonly before: readonly number[]
  readonly behind: readonly number[]
  readonly onError: ErrorPolicy
}

/** Every row once for each grouping set, with NULL for the keys that the set leaves out. */
export interface ExpandNode extends NodeBase {
  readonly kind: 'expand'
  /** By output column the input column that it is; −1: the number of the set, an INT. */
  readonly columns: readonly number[]
  /** By set the output columns that are NULL. */
  readonly nulls: readonly (readonly number[])[]
}
