import type { Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import type { CallSyntax, Query, SqlExpression } from '../sql/ast.js'
import type { Catalog } from './catalog.js'
import type { Scope } from './scope.js'

/** What holds for a whole script while its statements are bound. */
export interface BindSession {
  readonly catalog: Catalog
  /** IANA name, for casts of literals. */
  readonly timeZone: string
  /** Where bound columns stand in the text, for errors found later (grouping). */
  readonly spans: WeakMap<Expression, Span>
  /** Makes the windows of one script different from each other. */
  nextWindowId(): number
}

/** Where an expression stands: what it can name, and what becomes of the aggregates in it. */
export interface ExpressionContext {
  readonly session: BindSession
  readonly scope: Scope
  /** Output columns by lower-case name, nameable where no column of the input has the name; null where they are not. */
  readonly aliases: ReadonlyMap<string, SqlExpression> | null
  /** Takes the aggregate calls, or the clause that can have none (`WHERE`). */
  readonly aggregates: AggregateSink | string
  /** Takes the calls with OVER; left out where none can be. */
  readonly over?: OverSink
  /** Takes the sub-queries; left out where there can be none. */
  readonly subQueries?: SubQuerySink
  /** Columns of the query around a sub-query, nameable where none of its own has the name. */
  readonly outer?: Scope | undefined
}

/** Takes sub-queries out of the expressions of a clause and gives columns in their place. */
export interface SubQuerySink {
  /** `(SELECT …)` */
  value(query: Query, span: Span): Expression
  exists(query: Query, span: Span): Expression
  /** `a IN (SELECT …)`, `(a, b) IN (SELECT …)` */
  within(operands: readonly Expression[], query: Query, span: Span): Expression
}

/** Takes calls with OVER out of the expressions of a query and gives columns in their place. */
export interface OverSink {
  /** @param aliases see {@link ExpressionContext.aliases}, where the call stands */
  call(call: CallSyntax, aliases: ExpressionContext['aliases']): Expression
}

/** Takes aggregate calls out of the expressions of a grouped query and gives columns in their place. */
export interface AggregateSink {
  call(call: CallSyntax): Expression
  /** `TUMBLE_START(…)` and its like over GROUP BY TUMBLE(…). */
  windowBound(call: CallSyntax): Expression
  /** `GROUPING(a, b)` over GROUPING SETS. */
  groupingBits(call: CallSyntax): Expression
}
