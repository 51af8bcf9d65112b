import type { DataType, Field, Value } from '../../types/data-type.js'
import type { FunctionContext } from '../function.js'

/**
 * A table function: for one row of arguments any number of rows. The binder resolves an overload by the types of the arguments, the
 * operator `unnest` calls what `implement` gives.
 */
export interface TableFunction {
  /** Canonical name, lower case. */
  readonly name: string
  readonly aliases?: readonly string[]
  /** One sentence for the reference page. */
  readonly doc: string
  /** Tried in order; the first that accepts the arguments wins. */
  readonly overloads: readonly TableOverload[]
}

export interface TableOverload {
  /** As printed by SHOW FUNCTIONS: `(STRING, STRING) → TABLE(value STRING)`. */
  readonly signature: string
  /** Decides whether the overload takes arguments of these types, and what they must be cast to. `null`: not this one. */
  resolve(args: readonly DataType[]): ResolvedTable | null
  /** `strict`: any NULL argument makes no rows, and the function is not called. `custom`: it is called with nulls. */
  readonly nulls: 'strict' | 'custom'
  /**
   * True if it can throw after it has given rows. Its rows are kept aside until the call has returned, TABLE_FUNCTION_ROWS_MAX at
   * most; those of the others flow as they come.
   */
  readonly mayFail: boolean
  /** Makes the function for the resolved types. */
  implement(types: ResolvedTable, context: FunctionContext): TableCall
}

export interface ResolvedTable {
  /** What the arguments are cast to, as many as there are arguments. */
  readonly args: readonly DataType[]
  /** Columns of the rows that it gives. */
  readonly columns: readonly Field[]
}

/**
 * One call: gives every row to `emit`, in order. The array of a row belongs to the function again once `emit` has returned; the values
 * in it must not change any more.
 *
 * @throws MillraceError FUNCTION_ARGUMENT for its row
 */
export type TableCall = (args: readonly Value[], emit: (row: readonly Value[]) => void) => void
