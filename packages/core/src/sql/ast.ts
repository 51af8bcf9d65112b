import type { Span } from '../errors.js'

/**
 * The syntax tree that the parser returns: names as written, nothing resolved. Every node has the span of its text.
 * It is the only thing that leaves the parser: node-sql-parser's own tree goes nowhere.
 */

export interface Script {
  readonly statements: readonly Statement[]
}

export type Statement =
  | CreateTable | CreateTableAs | CreateView | CreateFunction | Insert | SelectStatement | Explain | SetOption | Show
  | Describe | Drop | StatementSet

/** An identifier. Unquoted names match without regard to case and print as written. */
export interface Name {
  readonly text: string
  readonly quoted: boolean
  readonly span: Span
}

export interface Option {
  readonly key: string
  readonly value: string
  readonly span: Span
}

export interface CreateTable {
  readonly kind: 'create table'
  readonly name: Name
  readonly ifNotExists: boolean
  readonly columns: readonly ColumnDefinition[]
  readonly watermark: { readonly column: Name; readonly expression: SqlExpression; readonly span: Span } | null
  readonly primaryKey: readonly Name[]
  readonly partitionedBy: readonly Name[]
  readonly options: readonly Option[]
  readonly span: Span
}

export type ColumnDefinition =
  | { readonly kind: 'physical'; readonly name: Name; readonly type: TypeSyntax; readonly notNull: boolean; readonly span: Span }
  | { readonly kind: 'metadata'; readonly name: Name; readonly type: TypeSyntax; readonly notNull: boolean; readonly key: string; readonly virtual: boolean; readonly span: Span }
  | { readonly kind: 'computed'; readonly name: Name; readonly expression: SqlExpression; readonly span: Span }

/** `DECIMAL(10, 2)`: name upper-case, numbers in order; `ARRAY<…>`, `MAP<…>`, `ROW<…>` have `args`; `TIMESTAMP(3) WITH LOCAL TIME ZONE` is TIMESTAMP_LTZ. */
export interface TypeSyntax {
  readonly name: string
  readonly numbers: readonly number[]
  readonly args: readonly { readonly name: Name | null; readonly type: TypeSyntax }[]
  readonly span: Span
}

export interface CreateTableAs {
  readonly kind: 'create table as'
  readonly name: Name
  readonly ifNotExists: boolean
  readonly options: readonly Option[]
  readonly query: Query
  readonly span: Span
}

export interface CreateView {
  readonly kind: 'create view'
  readonly name: Name
  readonly ifNotExists: boolean
  readonly columns: readonly Name[]
  readonly query: Query
  readonly span: Span
}

export interface CreateFunction {
  readonly kind: 'create function'
  readonly name: Name
  readonly ifNotExists: boolean
  readonly args: readonly { readonly name: Name; readonly type: TypeSyntax }[]
  /** `null` for `CREATE FUNCTION f AS '…'`, which leaves arguments and result to the module. */
  readonly returns: TypeSyntax | null
  /** `RETURNS TABLE<…>`: a table function; `returns` is the ROW of its columns. */
  readonly returnsTable: boolean
  /** `./module.js#export` */
  readonly module: string
  readonly moduleSpan: Span
  /** `[NOT] DETERMINISTIC`; null where it is left to the module. */
  readonly deterministic: boolean | null
  /** `RETURNS NULL ON NULL INPUT`, `CALLED ON NULL INPUT`; null where it is left to the module. */
  readonly nulls: 'strict' | 'custom' | null
  readonly span: Span
}

export interface Insert {
  readonly kind: 'insert'
  readonly table: Name
  /** Empty: all columns of the table in order. */
  readonly columns: readonly Name[]
  readonly query: Query
  readonly span: Span
}

export interface SelectStatement {
  readonly kind: 'select'
  readonly query: Query
  readonly span: Span
}

export interface Explain {
  readonly kind: 'explain'
  readonly analyze: boolean
  readonly statement: Insert | SelectStatement | StatementSet
  readonly span: Span
}

export interface SetOption {
  readonly kind: 'set'
  readonly key: string
  readonly value: string
  readonly span: Span
}

export interface Show {
  readonly kind: 'show'
  readonly what: 'tables' | 'functions'
  readonly span: Span
}

export interface Describe {
  readonly kind: 'describe'
  readonly name: Name
  readonly span: Span
}

export interface Drop {
  readonly kind: 'drop'
  readonly what: 'table' | 'view' | 'function'
  readonly name: Name
  readonly ifExists: boolean
  readonly span: Span
}

export interface StatementSet {
  readonly kind: 'statement set'
  readonly inserts: readonly Insert[]
  readonly span: Span
}

// ---------------------------------------------------------------------------------------------------------- queries

export interface Query {
  readonly kind: 'query'
  readonly with: readonly { readonly name: Name; readonly columns: readonly Name[]; readonly query: Query }[]
  readonly body: QueryBody
  readonly orderBy: readonly OrderItem[]
  readonly limit: SqlExpression | null
  readonly offset: SqlExpression | null
  readonly emit: 'changes' | 'final' | null
  readonly span: Span
}

export type QueryBody = Select | SetOperation | Values | Query

export interface SetOperation {
  readonly kind: 'set operation'
  readonly op: 'union' | 'intersect' | 'except'
  readonly all: boolean
  readonly left: QueryBody
  readonly right: QueryBody
  readonly span: Span
}

export interface Values {
  readonly kind: 'values'
  readonly rows: readonly (readonly SqlExpression[])[]
  readonly span: Span
}

export interface Select {
  readonly kind: 'select'
  readonly distinct: boolean
  readonly items: readonly SelectItem[]
  readonly from: TableExpression | null
  readonly where: SqlExpression | null
  /** `null`: no GROUP BY; one plain set per ordinary GROUP BY; several for GROUPING SETS, ROLLUP, CUBE. */
  readonly groupBy: GroupBy | null
  readonly having: SqlExpression | null
  readonly qualify: SqlExpression | null
  /** The short form `WINDOW TUMBLING (SIZE 1 MINUTE)`. */
  readonly window: WindowSyntax | null
  /** `WINDOW w AS (PARTITION BY …)`. */
  readonly namedWindows: readonly { readonly name: Name; readonly over: OverSyntax }[]
  readonly span: Span
}

export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier: Name | null; readonly span: Span }
  | { readonly kind: 'expression'; readonly expression: SqlExpression; readonly alias: Name | null; readonly span: Span }

export interface GroupBy {
  /** All expressions that occur, and the grouping sets as indexes into them. Plain GROUP BY a, b: sets = [[0, 1]]. */
  readonly expressions: readonly SqlExpression[]
  readonly sets: readonly (readonly number[])[]
  readonly span: Span
}

export interface OrderItem {
  readonly expression: SqlExpression
  readonly descending: boolean
  /** `null`: the default, which is NULLs lowest: first when ascending, last when descending. */
  readonly nullsFirst: boolean | null
}

/** Sizes in microseconds; `null` where the kind has none. Timestamps are grouped by `time`, for the short form the table's own rowtime (`time` null). */
export interface WindowSyntax {
  readonly kind: 'tumble' | 'hop' | 'cumulate' | 'session'
  readonly time: Name | null
  /** TUMBLE, HOP: size. CUMULATE: maximum size. SESSION: gap. */
  readonly sizeMicros: number
  /** HOP: slide. CUMULATE: step. */
  readonly slideMicros: number | null
  readonly offsetMicros: number
  readonly graceMicros: number | null
  readonly partitionBy: readonly SqlExpression[]
  readonly span: Span
}

export type TableExpression =
  | { readonly kind: 'table'; readonly name: Name; readonly alias: Name | null; readonly asOf: SqlExpression | null; readonly span: Span }
  | { readonly kind: 'derived'; readonly query: Query; readonly alias: Name | null; readonly columns: readonly Name[]; readonly lateral: boolean; readonly span: Span }
  | { readonly kind: 'window'; readonly input: TableExpression; readonly window: WindowSyntax; readonly alias: Name | null; readonly span: Span }
  | { readonly kind: 'function'; readonly call: SqlExpression; readonly alias: Name | null; readonly columns: readonly Name[]; readonly ordinality: boolean; readonly lateral: boolean; readonly span: Span }
  | JoinSyntax

export interface JoinSyntax {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'cross'
  readonly left: TableExpression
  readonly right: TableExpression
  readonly on: SqlExpression | null
  readonly using: readonly Name[]
  readonly natural: boolean
  readonly span: Span
}

// ------------------------------------------------------------------------------------------------------ expressions

export type SqlExpression =
  | { readonly kind: 'column'; readonly path: readonly Name[]; readonly span: Span }
  | LiteralSyntax
  /** `op` in lower case: + - * / % || = <> < <= > >= and or, `is distinct from`, `is not distinct from`, `->`, `->>`. */
  | { readonly kind: 'binary'; readonly op: string; readonly left: SqlExpression; readonly right: SqlExpression; readonly span: Span }
  /** `-`, `+`, `not`; and the postfix tests `is null`, `is not null`, `is true`, `is not true`, `is false`, `is not false`, `is unknown`, `is not unknown`. */
  | { readonly kind: 'unary'; readonly op: string; readonly operand: SqlExpression; readonly span: Span }
  | { readonly kind: 'between'; readonly operand: SqlExpression; readonly low: SqlExpression; readonly high: SqlExpression; readonly negated: boolean; readonly symmetric: boolean; readonly span: Span }
  | { readonly kind: 'in list'; readonly operand: SqlExpression; readonly list: readonly SqlExpression[]; readonly negated: boolean; readonly span: Span }
  | { readonly kind: 'in query'; readonly operand: SqlExpression; readonly query: Query; readonly negated: boolean; readonly span: Span }
  | { readonly kind: 'exists'; readonly query: Query; readonly span: Span }
  | { readonly kind: 'scalar query'; readonly query: Query; readonly span: Span }
  /** `like`, `ilike`, `similar to`, `~`, `~*`. */
  | { readonly kind: 'like'; readonly op: string; readonly operand: SqlExpression; readonly pattern: SqlExpression; readonly escape: SqlExpression | null; readonly negated: boolean; readonly span: Span }
  | CallSyntax
  | { readonly kind: 'cast'; readonly operand: SqlExpression; readonly type: TypeSyntax; readonly tolerant: boolean; readonly span: Span }
  /** `operand` set for CASE x WHEN v THEN …. */
  | { readonly kind: 'case'; readonly operand: SqlExpression | null; readonly branches: readonly { readonly when: SqlExpression; readonly then: SqlExpression }[]; readonly otherwise: SqlExpression | null; readonly span: Span }
  | { readonly kind: 'subscript'; readonly operand: SqlExpression; readonly index: SqlExpression; readonly span: Span }
  /** Field access that is not a column path: `(expr).field`, `arr[1].field`. */
  | { readonly kind: 'field'; readonly operand: SqlExpression; readonly name: Name; readonly span: Span }
  /** ARRAY[…], MAP[k, v, …], ROW(…), (a, b). */
  | { readonly kind: 'array' | 'map' | 'row'; readonly items: readonly SqlExpression[]; readonly span: Span }

/**
 * `integer` and `decimal` keep their digits as text (`1e10` is `float`); `string` is unescaped; `date`, `time`,
 * `timestamp` keep the quoted text; `interval` is its text and unit as written (`'5'`, `MINUTE`; `'1 2'`, `DAY TO HOUR`).
 */
export type LiteralSyntax =
  | { readonly kind: 'literal'; readonly type: 'null'; readonly span: Span }
  | { readonly kind: 'literal'; readonly type: 'boolean'; readonly value: boolean; readonly span: Span }
  | { readonly kind: 'literal'; readonly type: 'integer' | 'decimal' | 'float' | 'string' | 'date' | 'time' | 'timestamp' | 'bytes'; readonly text: string; readonly span: Span }
  | { readonly kind: 'literal'; readonly type: 'interval'; readonly text: string; readonly unit: string; readonly span: Span }

/**
 * A call by name as written. Special syntaxes become plain calls: `EXTRACT(YEAR FROM x)` is extract('year', x);
 * `SUBSTRING(s FROM a FOR b)`, `POSITION(a IN b)`, `TRIM(LEADING a FROM b)` (trim_leading), `OVERLAY`, `CEIL(x TO DAY)`,
 * `CURRENT_TIMESTAMP` likewise; `GROUP BY TUMBLE(ts, INTERVAL …)` and `TUMBLE_START(…)` are calls too.
 */
export interface CallSyntax {
  readonly kind: 'call'
  readonly name: Name
  readonly args: readonly SqlExpression[]
  /** `count(*)`. */
  readonly star: boolean
  readonly distinct: boolean
  readonly orderBy: readonly OrderItem[]
  readonly filter: SqlExpression | null
  readonly ignoreNulls: boolean
  readonly over: OverSyntax | null
  readonly span: Span
}

export interface OverSyntax {
  /** `OVER w`, or the base window of `OVER (w …)`. */
  readonly base: Name | null
  readonly partitionBy: readonly SqlExpression[]
  readonly orderBy: readonly OrderItem[]
  readonly frame: FrameSyntax | null
  readonly span: Span
}

export interface FrameSyntax {
  readonly unit: 'rows' | 'range'
  readonly start: FrameBound
  readonly end: FrameBound
}

/** `offset` null: UNBOUNDED. */
export type FrameBound =
  | { readonly kind: 'current row' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: SqlExpression | null }
