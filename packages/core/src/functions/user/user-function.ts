import type { Span } from '../../errors.js'
import type { DataType } from '../../types/data-type.js'

/**
 * A function that the user wrote in JavaScript, as plan data: where its code is and what SQL knows of it. The code itself
 * is loaded by whoever evaluates, in its own thread (`FunctionContext.functionExport`).
 */
export type UserFunction = UserScalarFunction | UserAsyncFunction | UserAggregateFunction | UserTableFunction

interface UserFunctionFacts {
  /** As declared in SQL; prints, and names the function in errors. */
  readonly name: string
  /** Absolute URL of the module, and the name of the export in it. */
  readonly url: string
  readonly exportName: string
  readonly argTypes: readonly DataType[]
  readonly returns: DataType
  /** `strict`: any NULL argument makes the result NULL (an aggregate passes over the row) and nothing is called. */
  readonly nulls: 'strict' | 'custom'
  /** The same arguments always give the same result: calls may be remembered, merged and moved. */
  readonly deterministic: boolean
}

export interface UserScalarFunction extends UserFunctionFacts {
  readonly kind: 'scalar'
}

export interface UserAsyncFunction extends UserFunctionFacts {
  readonly kind: 'async'
  /** Calls under way at a time, on each worker. */
  readonly concurrency: number
  /** After which a call has failed with FUNCTION_TIMEOUT. */
  readonly timeoutMs: number
  /** Where in the SQL text the call stands, for errors of the planner. Not in a physical plan. */
  readonly calledAt?: Span
}

export interface UserAggregateFunction extends UserFunctionFacts {
  readonly kind: 'aggregate'
  /** Partial states can be put together; else the rows of a key have to meet on one worker. */
  readonly merges: boolean
  /** Rows can be taken back. */
  readonly retracts: boolean
}

export interface UserTableFunction extends UserFunctionFacts {
  readonly kind: 'table'
}

/** The name of a call in the plan: one that no built-in function, operator or property of an object has. */
export function callNameOf(user: UserFunction): string {
  return `user ${user.name}`
}

/** The name of an aggregate call as a reader knows it. */
export function printedNameOf(call: { readonly name: string; readonly user?: UserFunction }): string {
  return call.user?.name ?? call.name
}

export function sameUserFunction(a: UserFunction | undefined, b: UserFunction | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.name === b.name && a.url === b.url && a.exportName === b.exportName)
}
