import type { SqlArguments, SqlResult } from './sql-value.js'

/**
 * What a module exports for SQL to call, beside plain functions (which are scalar functions typed by CREATE FUNCTION).
 * The makers below only type what they are given; SQL reads the objects, so they may come from any copy of this package.
 */
export type FunctionDefinition = ScalarDefinition | AsyncScalarDefinition | AggregateDefinition | TableDefinitionOf

/** What all declarations may say. */
export interface FunctionOptions<A extends readonly string[], N extends 'strict' | 'custom' = 'strict' | 'custom'> {
  /** SQL types of the arguments: `['STRING', 'DECIMAL(10, 2)']`. */
  readonly args: A
  /** `strict` (default): any NULL argument makes the result NULL without a call. `custom`: NULLs are passed on. */
  readonly nulls?: N
  /** True: the same arguments always give the same result, so calls may be remembered. Default false. */
  readonly deterministic?: boolean
}

export interface ScalarOptions<A extends readonly string[], R extends string, N extends 'strict' | 'custom'> extends FunctionOptions<A, N> {
  /** SQL type of the result. */
  readonly returns: R
  eval(...args: SqlArguments<A, N>): SqlResult<R>
}

export interface AsyncScalarOptions<A extends readonly string[], R extends string, N extends 'strict' | 'custom'> extends FunctionOptions<A, N> {
  readonly returns: R
  eval(...args: SqlArguments<A, N>): Promise<SqlResult<R>> | SqlResult<R>
  /** Calls under way at a time on each worker, default ASYNC_CONCURRENCY_DEFAULT. */
  readonly concurrency?: number
  /** Milliseconds after which a call has failed, default ASYNC_TIMEOUT_MS_DEFAULT. */
  readonly timeoutMs?: number
}

/**
 * The state `S` is made of plain values (numbers, bigints, strings, booleans, null, Date, Uint8Array, arrays, plain objects,
 * Map, Set), so that it can move between workers and be stored.
 */
export interface AggregateOptions<A extends readonly string[], R extends string, S, N extends 'strict' | 'custom'> extends FunctionOptions<A, N> {
  readonly returns: R
  create(): S
  /** Takes a row: changes the state, or returns the new one. */
  accumulate(state: S, ...args: SqlArguments<A, N>): S | void
  /** Takes a row back. Without it the function cannot be used over rows that change. */
  retract?(state: S, ...args: SqlArguments<A, N>): S | void
  /** Takes what another state has taken. Without it all rows of a key move to one worker. */
  merge?(state: S, other: S): S | void
  result(state: S): SqlResult<R>
}

export interface TableOptions<A extends readonly string[], R extends string, N extends 'strict' | 'custom'> extends FunctionOptions<A, N> {
  /** `ROW<word STRING, length INT>`, or the type of a single column. */
  readonly returns: R
  eval(...args: SqlArguments<A, N>): Iterable<SqlResult<R>>
}

export interface ScalarDefinition extends ScalarOptions<readonly string[], string, any> {
  readonly kind: 'scalar function'
}

export interface AsyncScalarDefinition extends AsyncScalarOptions<readonly string[], string, any> {
  readonly kind: 'async scalar function'
}

export interface AggregateDefinition extends AggregateOptions<readonly string[], string, any, any> {
  readonly kind: 'aggregate function'
}

export interface TableDefinitionOf extends TableOptions<readonly string[], string, any> {
  readonly kind: 'table function'
}

/**
 * A function of one row.
 *
 * ```ts
 * export const countChar = scalarFunction({
 *   args: ['STRING', 'STRING'], returns: 'BIGINT', deterministic: true,
 *   eval: (text, character) => text.split(character).length - 1,
 * })
 * ```
 */
export function scalarFunction<const A extends readonly string[], const R extends string, N extends 'strict' | 'custom' = 'strict'>(
  options: ScalarOptions<A, R, N>,
): ScalarDefinition {
  return { ...options, kind: 'scalar function' } as unknown as ScalarDefinition
}

/** A function of one row whose result comes later: a look-up over the network. Rows keep their order. */
export function asyncScalarFunction<const A extends readonly string[], const R extends string, N extends 'strict' | 'custom' = 'strict'>(
  options: AsyncScalarOptions<A, R, N>,
): AsyncScalarDefinition {
  return { ...options, kind: 'async scalar function' } as unknown as AsyncScalarDefinition
}

/** A function of the rows of a group. */
export function aggregateFunction<const A extends readonly string[], const R extends string, S, N extends 'strict' | 'custom' = 'strict'>(
  options: AggregateOptions<A, R, S, N>,
): AggregateDefinition {
  return { ...options, kind: 'aggregate function' } as unknown as AggregateDefinition
}

/** A function that makes rows of one row: `*eval(text) { for (…) yield { word, length } }`. */
export function tableFunction<const A extends readonly string[], const R extends string, N extends 'strict' | 'custom' = 'strict'>(
  options: TableOptions<A, R, N>,
): TableDefinitionOf {
  return { ...options, kind: 'table function' } as unknown as TableDefinitionOf
}
