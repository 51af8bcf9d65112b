import type { ScanCondition } from '../connector.js'
import { assert, type Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { columnOf } from '../expressions/expression.js'
import { printedNameOf, type UserAggregateFunction, type UserAsyncFunction, type UserTableFunction } from '../functions/user/user-function.js'
import type { DataType, Field, Schema } from '../types/data-type.js'
import { isTimestamp, timestamp, timestampLtz } from '../types/data-type.js'
import type { TableEntry } from './catalog.js'
import type { WindowShape } from './window-shape.js'
import type { JoinBound } from './join-bound.js'
import type { LogicalOver, LogicalTopN } from './over.js'
import type { AggregateOrder, SortKey } from './physical.js'
import { printExpression } from './print-expression.js'

/**
 * What a query means, as a tree of frozen plain data: no workers, no exchanges, no batches. The binder builds it, the
 * rules rewrite it, `plan-physical.ts` turns it into what workers run. Expressions of a node are over the columns of its
 * input (of `Read`: over the table's physical columns in the order of `columns`).
 */
export type LogicalNode =
  | LogicalRead | LogicalValues | LogicalWindow | LogicalFilter | LogicalProject
  | LogicalAggregate | LogicalSort | LogicalLimit | LogicalUnion | LogicalJoin | LogicalUnnest | LogicalExpand
  | LogicalOver | LogicalTopN | LogicalAsyncCall

/** Reads the physical columns of a table named by `columns` (indexes into the table's definition). */
export interface LogicalRead {
  readonly kind: 'read'
  readonly table: TableEntry
  readonly columns: readonly number[]
  /** By column: indexes of the fields that lead to the one that alone is read of it; empty: all of it. Left out: all of each. */
  readonly paths?: readonly (readonly number[])[]
  /** Applied by the reader; indexes into `columns`. Empty until the rules have pushed something down. */
  readonly conditions: readonly ScanCondition[]
  /** A window over processing time stands above: watermarks are the clock, and not what the table declares. */
  readonly clock: boolean
  /** It stands for several reads of the table: what is wanted of it is what any of them wants. */
  readonly shared?: boolean
  /** True if rows may take back others: known once the output mode has been resolved. */
  readonly changes?: boolean
  readonly schema: Schema
  readonly span: Span
}

export interface LogicalValues {
  readonly kind: 'values'
  readonly rows: readonly (readonly Expression[])[]
  readonly schema: Schema
}

/** Gives every row its windows, one row for each: appends `window_start`, `window_end` and `window_time`. */
export interface LogicalWindow {
  readonly kind: 'window'
  readonly input: LogicalNode
  readonly shape: WindowShape
  /** Input column by which rows are put into windows. */
  readonly time: number
  /** What that column is: only by a time attribute watermarks tell when a window is complete. */
  readonly timeKind: 'rowtime' | 'proctime' | 'window_time' | null
  /** Over the input. Rows of equal values make sessions of their own; empty for all other windows. */
  readonly partition: readonly Expression[]
  /**
   * `slices`: one row whatever the number of its windows. `window_end` is the end of its slice, and `window_start` the end of the
   * first window that still takes it, where that is not the first that holds it: some have closed by the row's own split's watermark.
   */
  readonly assign: 'windows' | 'slices'
  /** How long after its last window a row is taken, where groups close with these windows. Null: nothing is late. */
  readonly latenessMicros: number | null
  /** Where late rows go. */
  readonly late: LateTarget | null
  readonly schema: Schema
  readonly span: Span
}

/** A table of late rows: by its columns those of the window's input, or null for what is known of the row besides. */
export interface LateTarget {
  readonly table: TableEntry
  readonly columns: readonly (number | null)[]
}

export interface LogicalFilter {
  readonly kind: 'filter'
  readonly input: LogicalNode
  readonly condition: Expression
  readonly schema: Schema
}

export interface LogicalProject {
  readonly kind: 'project'
  readonly input: LogicalNode
  readonly expressions: readonly Expression[]
  readonly schema: Schema
}

/** Schema: keys, then calls. No keys and no calls cannot be; no calls: DISTINCT. */
export interface LogicalAggregate {
  readonly kind: 'aggregate'
  readonly input: LogicalNode
  readonly keys: readonly Expression[]
  readonly calls: readonly LogicalCall[]
  /** Set where one of the keys is a window's end. */
  readonly window: LogicalClose | null
  /** `null` until the output mode has been resolved. */
  readonly emit: 'final' | 'changes' | null
  readonly schema: Schema
  readonly span: Span
}

/** How groups close: the key that is a window's end, of the input as of the result, if nothing else is said. */
export interface LogicalClose {
  readonly endKey: number
  readonly allowedLatenessMicros: number
  /** The key is the end of a slice in the input, and of a window in the result. `from`: see {@link LogicalWindow.assign}. */
  readonly slices?: { readonly shape: WindowShape; readonly from: Expression | null }
  /** The input is a window of sessions: keys are its partition, `window_start` and `window_end`. */
  readonly session?: true
}

/** An aggregate call before it is known where ordinals come from. */
export interface LogicalCall {
  readonly name: string
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly filter: Expression | null
  readonly argTypes: readonly DataType[]
  readonly type: DataType
  readonly nullable: boolean
  /** The result depends on the order of rows. */
  readonly ordered: boolean
  readonly orderBy: readonly AggregateOrder[]
  readonly user?: UserAggregateFunction
}

export interface LogicalSort {
  readonly kind: 'sort'
  readonly input: LogicalNode
  readonly keys: readonly SortKey[]
  readonly limit: number | null
  readonly offset: number
  readonly schema: Schema
  readonly span: Span
}

/** LIMIT or OFFSET without ORDER BY. */
export interface LogicalLimit {
  readonly kind: 'limit'
  readonly input: LogicalNode
  readonly limit: number | null
  readonly offset: number
  readonly schema: Schema
  readonly span: Span
}

/** UNION ALL; all inputs have the types of the schema. */
export interface LogicalUnion {
  readonly kind: 'union'
  readonly inputs: readonly LogicalNode[]
  readonly schema: Schema
}

/** Rows of two inputs that go together. Schema: the left columns, then the right ones; of `semi` and `anti` the left ones alone. */
export interface LogicalJoin {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti'
  readonly left: LogicalNode
  readonly right: LogicalNode
  /** Over the left columns, then the right ones, whatever the schema has. Null: all pairs. */
  readonly condition: Expression | null
  /** `anti` of NOT IN: a condition that is NULL finds a match as one that is TRUE does. */
  readonly nullMatches: boolean
  /**
   * Left out until the output mode has been resolved. `final`: a row comes out without a match only when the other input has ended;
   * `changes`: at once, to be taken back by its first match.
   */
  readonly emit?: 'final' | 'changes'
  /** FOR SYSTEM_TIME AS OF: a left row meets the right side as it was at that time. `inner` and `left` alone. */
  readonly asOf?: JoinAsOf
  /** How event time bounds what is remembered. Left out until the output mode has been resolved. */
  readonly bound?: JoinBound | null
  /** Neither input ends, and nothing bounds what is remembered. Left out until the output mode has been resolved. */
  readonly endless?: boolean
  /** True once it is known that rows come out in the order of their times, as far as watermarks go. */
  readonly ordered?: boolean
  /** Of the left columns, then the right ones, those that the schema has, ascending. Left out: all that the type gives. */
  readonly output?: readonly number[]
  readonly schema: Schema
  readonly span: Span
}

/** By the clock: the table as it stands, which must end. By event time: the last version of each key up to then. */
export type JoinAsOf =
  | { readonly kind: 'clock' }
  | {
      readonly kind: 'rowtime'
      /** Columns of the inputs; `right` null where the table declares no rowtime. */
      readonly left: number
      readonly right: number | null
      /** Columns of the right input that are its primary key; empty: none is declared. */
      readonly key: readonly number[]
    }

/** For every row of the input the rows that a table function makes of it. Schema: the input's columns, then the function's. */
export interface LogicalUnnest {
  readonly kind: 'unnest'
  readonly input: LogicalNode
  /** Name in the catalogue of table functions (`unnest`). */
  readonly function: string
  /** Set for functions of the user's. */
  readonly user?: UserTableFunction
  /** Over the input. */
  readonly args: readonly Expression[]
  /** LEFT JOIN: a row of which nothing is made stays, beside NULLs. */
  readonly outer: boolean
  /** WITH ORDINALITY: a last column, BIGINT, counts from 1 in each input row. */
  readonly ordinality: boolean
  readonly schema: Schema
  readonly span: Span
}

/**
 * Every row once for each grouping set. Schema: the input's columns, then the keys, NULL where the set leaves them out, then the number
 * of the set (INT).
 */
export interface LogicalExpand {
  readonly kind: 'expand'
  readonly input: LogicalNode
  /** Input columns. */
  readonly keys: readonly number[]
  /** Indexes into `keys`. */
  readonly sets: readonly (readonly number[])[]
  readonly schema: Schema
}

/** Appends the result of an asynchronous function of the user's. Comes with the rules: binders put calls into expressions. */
export interface LogicalAsyncCall {
  readonly kind: 'async call'
  readonly input: LogicalNode
  readonly user: UserAsyncFunction
  /** Over the input. */
  readonly args: readonly Expression[]
  readonly schema: Schema
}

// ----------------------------------------------------------------------------------------------------- construction

export function filterOf(input: LogicalNode, condition: Expression): LogicalFilter {
  return { kind: 'filter', input, condition, schema: input.schema }
}

export function projectOf(input: LogicalNode, expressions: readonly Expression[], names: readonly string[]): LogicalProject {
  const schema = expressions.map((e, i): Field => ({ name: names[i]!, type: e.type, nullable: e.nullable }))
  return { kind: 'project', input, expressions, schema }
}

/** A window's columns behind those of its input. `window_time` is the last instant that belongs to the window. */
export function windowOf(input: LogicalNode, window: Pick<LogicalWindow, 'shape' | 'time' | 'timeKind' | 'partition' | 'span'>): LogicalWindow {
  const time = input.schema[window.time]!.type
  assert(isTimestamp(time), 'a window is over a timestamp')
  const precision = Math.max(3, 'precision' in time ? time.precision : 0)
  const type = time.kind === 'TIMESTAMP' ? timestamp(precision) : timestampLtz(precision)
  const nullable = input.schema[window.time]!.nullable
  const added = ['window_start', 'window_end', 'window_time'].map((name): Field => ({ name, type, nullable }))
  return { kind: 'window', input, ...window, assign: 'windows', latenessMicros: null, late: null, schema: [...input.schema, ...added] }
}

export function aggregateOf(
  input: LogicalNode, keys: readonly Expression[], keyNames: readonly string[], calls: readonly LogicalCall[],
  window: LogicalAggregate['window'], span: Span,
): LogicalAggregate {
  const schema = [
    ...keys.map((e, i): Field => ({ name: keyNames[i]!, type: e.type, nullable: e.nullable })),
    ...calls.map((c): Field => ({ name: printedNameOf(c), type: c.type, nullable: c.nullable })),
  ]
  return { kind: 'aggregate', input, keys, calls, window, emit: null, schema, span }
}

export function asyncCallOf(input: LogicalNode, user: UserAsyncFunction, args: readonly Expression[]): LogicalAsyncCall {
  const field: Field = { name: `${user.name}(${args.map(printExpression).join(', ')})`, type: user.returns, nullable: true }
  return { kind: 'async call', input, user, args, schema: [...input.schema, field] }
}

/** One row for each different row of the input. */
export function distinctOf(input: LogicalNode, window: LogicalAggregate['window'], span: Span): LogicalAggregate {
  return aggregateOf(input, input.schema.map((f, i) => columnOf(i, f)), input.schema.map((f) => f.name), [], window, span)
}

/** @param condition over the left columns, then the right ones */
export function joinOf(
  type: LogicalJoin['type'], left: LogicalNode, right: LogicalNode, condition: Expression | null, span: Span, nullMatches = false,
): LogicalJoin {
  return { kind: 'join', type, left, right, condition, nullMatches, schema: joinedSchema(type, left.schema, right.schema), span }
}

/** What a join gives, a side that may be missing as NULLs. */
export function joinedSchema(type: LogicalJoin['type'], left: Schema, right: Schema): Schema {
  if (type === 'semi' || type === 'anti') return left
  const optional = (schema: Schema, missing: boolean): Schema => (missing ? schema.map((f) => ({ ...f, nullable: true })) : schema)
  return [...optional(left, type === 'right' || type === 'full'), ...optional(right, type === 'left' || type === 'full')]
}

export function inputsOf(node: LogicalNode): readonly LogicalNode[] {
  switch (node.kind) {
    case 'read': case 'values': return []
    case 'union': return node.inputs
    case 'join': return [node.left, node.right]
    default: return [node.input]
  }
}

/** Rebuilds a node over other inputs of the same schemas. */
export function withInputs(node: LogicalNode, f: (input: LogicalNode) => LogicalNode): LogicalNode {
  switch (node.kind) {
    case 'read': case 'values': return node
    case 'union': return { ...node, inputs: node.inputs.map(f) }
    case 'join': return { ...node, left: f(node.left), right: f(node.right) }
    default: {
      const input = f(node.input)
      return input === node.input ? node : { ...node, input }
    }
  }
}

/** Rewrites bottom-up. */
export function rewriteNodes(node: LogicalNode, f: (node: LogicalNode) => LogicalNode): LogicalNode {
  return f(withInputs(node, (input) => rewriteNodes(input, f)))
}

/** All tables read beneath a node. */
export function readsOf(node: LogicalNode): readonly LogicalRead[] {
  return node.kind === 'read' ? [node] : inputsOf(node).flatMap(readsOf)
}
