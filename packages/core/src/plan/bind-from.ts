import { MillraceError, type Span } from '../errors.js'
import { SQL_DEPTH_MAX } from '../limits.js'
import type { Name, Query, TableExpression, WindowSyntax } from '../sql/ast.js'
import { isCorrelated } from './decorrelate.js'
import { isTimestamp, typeName } from '../types/data-type.js'
import type { BindSession } from './bind-context.js'
import { bindExpression } from './bind-expression.js'
import { bindJoin } from './bind-join.js'
import { bindFunctionJoin, bindLateralJoin, bindTableFunction } from './bind-lateral.js'
import { bindTemporalJoin, isAsOf } from './bind-temporal.js'
import { unsupported } from './unsupported.js'
import { sameName, type TableEntry } from './catalog.js'
import { projectOf, windowOf, type LogicalNode, type LogicalRead, type LogicalWindow } from './logical.js'
import { isProctime, PROCTIME } from './proctime.js'
import type { WindowShape } from './window-shape.js'
import { resolveColumn, unknownColumn, type Scope, type ScopeColumn, type TimeAttribute } from './scope.js'

/** What a query can refer to besides the catalogue: the queries of WITH around it. */
export interface QueryContext {
  readonly session: BindSession
  readonly with: readonly CommonTable[]
  /** Sub-queries and views around this one. */
  readonly depth: number
  /** Columns of the query around, if this one stands in an expression of it. */
  readonly outer?: Scope | undefined
}

export interface CommonTable {
  readonly name: Name
  readonly columns: readonly Name[]
  readonly query: Query
  /** What the query itself can refer to. */
  readonly context: QueryContext
}

/** A FROM clause: rows, and the names of their columns. */
export interface BoundFrom {
  readonly node: LogicalNode
  readonly scope: Scope
}

/** A query's rows; `columns` beside the node's schema. */
export interface BoundQuery {
  readonly node: LogicalNode
  readonly columns: readonly { readonly name: string; readonly attribute: TimeAttribute | null }[]
}

type BindQuery = (query: Query, context: QueryContext) => BoundQuery

/** Binds what stands in FROM. `bindQuery` is given because queries and FROM contain each other. */
export function bindFrom(from: TableExpression, context: QueryContext, bindQuery: BindQuery): BoundFrom {
  switch (from.kind) {
    case 'table': {
      if (from.asOf !== null) throw unsupported('FOR SYSTEM_TIME AS OF belongs behind JOIN or LEFT JOIN', from.span)
      return bindNamed(from.name, from.alias ?? from.name, context, bindQuery)
    }
    case 'derived': {
      return named(bindQuery(from.query, deeper(context, from.span)), from.alias, from.columns)
    }
    case 'window': {
      if (from.window.partitionBy.length > 0 && from.window.kind !== 'session') {
        throw new MillraceError(
          'SQL_WINDOW', 'only SESSION takes PARTITION BY', { span: from.window.span },
        )
      }
      const input = bindFrom(from.input, context, bindQuery)
      const windowed = bindWindow(input, from.window, context.session, false)
      return from.alias === null ? windowed : { node: windowed.node, scope: windowed.scope.map((c) => ({ ...c, qualifier: from.alias })) }
    }
    case 'function': return bindTableFunction(from, context)
    case 'join': {
      const left = bindFrom(from.left, context, bindQuery)
      if (from.right.kind === 'function') return bindFunctionJoin(left, from, from.right, context)
      if (isAsOf(from.right)) {
        return bindTemporalJoin(from, left, bindFrom({ ...from.right, asOf: null }, context, bindQuery), context.session)
      }
      if (from.right.kind === 'derived' && from.right.lateral) {
        const right = bindQuery(from.right.query, { ...deeper(context, from.span), outer: left.scope })
        if (isCorrelated(right.node)) return bindLateralJoin(left, from, { ...named(right, from.right.alias, from.right.columns), session: context.session })
      }
      return bindJoin(from, left, bindFrom(from.right, context, bindQuery), context.session)
    }
  }
}

/**
 * Puts every row into its window: the columns of the input, then `window_start`, `window_end`, `window_time`.
 *
 * @param hidden the short form: the new columns can be named but are not part of `*`
 */
export function bindWindow(input: BoundFrom, syntax: WindowSyntax, session: BindSession, hidden: boolean): BoundFrom {
  const time = syntax.time === null ? onlyRowtime(input.scope, syntax.span) : timeColumn(input.scope, syntax.time)
  const column = input.scope[time]!
  if (!isTimestamp(column.type)) {
    throw new MillraceError(
      'SQL_WINDOW',
      `a window is over a TIMESTAMP; \`${column.name}\` is ${typeName(column.type)}`,
      { span: syntax.time?.span ?? syntax.span },
    )
  }
  const attribute = column.attribute
  const timeKind = timeKindOf(attribute)
  const allowedLatenessMicros = syntax.graceMicros ?? (attribute === null || attribute.kind === 'proctime' ? 0 : attribute.allowedLatenessMicros)
  const partition = syntax.partitionBy.map((e) => bindExpression(e, { session, scope: input.scope, aliases: null, aggregates: 'PARTITION BY' }))
  const windowed = windowOf(input.node, { time, timeKind, shape: shapeOf(syntax), partition, span: syntax.span })
  // Sessions close whether anybody groups by them or not.
  const node = syntax.kind === 'session' ? { ...windowed, latenessMicros: allowedLatenessMicros } : windowed
  const windowId = session.nextWindowId()
  const added = (['window_start', 'window_end', 'window_time'] as const).map((kind, i): ScopeColumn => ({
    ...node.schema[input.scope.length + i]!, qualifier: column.qualifier, hidden, attribute: { kind, windowId, allowedLatenessMicros },
  }))
  return { node, scope: [...input.scope, ...added] }
}

/** @throws MillraceError SQL_WINDOW for sizes that make no windows, or leave rows between them */
function shapeOf({ kind, sizeMicros, slideMicros, offsetMicros, span }: WindowSyntax): WindowShape {
  const refuse = (message: string): never => {
    throw new MillraceError('SQL_WINDOW', message, { span })
  }
  if (sizeMicros <= 0) refuse(kind === 'session' ? 'the gap of a session must be more than zero' : 'the size of a window must be more than zero')
  if (kind === 'session') return { kind, sizeMicros, slideMicros: 0, offsetMicros: 0 }
  const slide = kind === 'tumble' ? sizeMicros : slideMicros!
  if (slide <= 0) refuse('the step from window to window must be more than zero')
  if (slide > sizeMicros) refuse(`the step is longer than the window of ${kind.toUpperCase()}: rows between windows would be lost; the step comes before the size`)
  if (kind === 'cumulate' && sizeMicros % slide !== 0) refuse('the size of CUMULATE must be a whole number of steps')
  return { kind, sizeMicros, slideMicros: slide, offsetMicros }
}

function timeKindOf(attribute: TimeAttribute | null): LogicalWindow['timeKind'] {
  return attribute === null || attribute.kind === 'window_start' || attribute.kind === 'window_end' ? null : attribute.kind
}

function timeColumn(scope: Scope, name: Name): number {
  const found = resolveColumn([name], scope)
  if (found === undefined || found.column.kind !== 'column') throw unknownColumn([name], scope)
  return found.column.index
}

function onlyRowtime(scope: Scope, span: Span): number {
  const ofKind = (kind: TimeAttribute['kind']): number[] => scope.flatMap((c, i) => (c.attribute?.kind === kind ? [i] : []))
  const rowtimes = ofKind('rowtime')
  if (rowtimes.length === 1) return rowtimes[0]!
  const proctimes = rowtimes.length === 0 ? ofKind('proctime') : []
  if (proctimes.length === 1) return proctimes[0]!
  const advice = rowtimes.length === 0
    ? 'WINDOW needs a table with a rowtime: declare WATERMARK FOR a column, or use TUMBLE(TABLE t, DESCRIPTOR(column), …)'
    : 'there is more than one rowtime here; use TUMBLE(TABLE t, DESCRIPTOR(column), …)'
  throw new MillraceError('SQL_WINDOW', advice, { span })
}

function bindNamed(name: Name, alias: Name, context: QueryContext, bindQuery: BindQuery): BoundFrom {
  const common = context.with.findLast((w) => sameName(w.name.text, name))
  if (common !== undefined) return named(bindQuery(common.query, deeper(common.context, name.span)), alias, common.columns)
  const entry = context.session.catalog.get(name)
  if (entry.kind === 'table') return bindTable(entry, alias, name.span)
  const inner: QueryContext = { session: context.session, with: [], depth: deeper(context, name.span).depth }
  return named(bindQuery(entry.query, inner), alias, entry.columns)
}

function deeper(context: QueryContext, span: Span): QueryContext {
  if (context.depth >= SQL_DEPTH_MAX) {
    throw new MillraceError(
      'SQL_TOO_COMPLEX', `queries are nested more than ${SQL_DEPTH_MAX} deep; do views use each other?`, { span },
    )
  }
  return { ...context, depth: context.depth + 1 }
}

function named(query: BoundQuery, alias: Name | null, columns: readonly Name[]): BoundFrom {
  if (columns.length > query.columns.length) {
    throw new MillraceError(
      'SQL_TYPE', `${columns.length} column names for ${query.columns.length} columns`, { span: columns[query.columns.length]!.span },
    )
  }
  const scope = query.columns.map((c, i): ScopeColumn => ({
    ...query.node.schema[i]!, name: columns[i]?.text ?? c.name, qualifier: alias, hidden: false, attribute: c.attribute,
  }))
  return { node: query.node, scope }
}

function bindTable(entry: TableEntry, alias: Name, span: Span): BoundFrom {
  const physical = entry.definition.columns
  const read: LogicalRead = {
    kind: 'read', table: entry, columns: physical.map((_, i) => i), conditions: [], clock: false,
    schema: physical.map(({ name, type, nullable }) => ({ name, type, nullable })), span,
  }
  const bare = entry.columns.length === physical.length
    && entry.columns.every((c, i) => c.expression.kind === 'column' && c.expression.index === i)
  const node = bare ? read : projectOf(read, entry.columns.map((c) => c.expression), entry.columns.map((c) => c.field.name))
  const scope = entry.columns.map((c, i): ScopeColumn => ({
    ...c.field, qualifier: alias, hidden: false,
    attribute: attributeOfColumn(entry, i),
  }))
  return { node, scope }
}

function attributeOfColumn(entry: TableEntry, index: number): TimeAttribute | null {
  if (entry.watermark?.column === index) return { kind: 'rowtime', allowedLatenessMicros: entry.policy.allowedLatenessMicros }
  return isProctime(entry.columns[index]!.expression) ? PROCTIME : null
}
