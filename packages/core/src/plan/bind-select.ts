import { MillraceError, type Span } from '../errors.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import type { Name, OrderItem, Select, SqlExpression } from '../sql/ast.js'
import type { ExpressionContext } from './bind-context.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import { unsupported } from './unsupported.js'
import { bindFrom, bindWindow, type BoundFrom, type BoundQuery, type QueryContext } from './bind-from.js'
import { bindGroupWindow, groupsSessions, partitionSessions } from './bind-group-window.js'
import { Grouping, type GroupWindow } from './bind-grouping.js'
import { groupsOf } from './bind-grouping-sets.js'
import { OverCalls } from './bind-over.js'
import { SubQueries } from './bind-sub-queries.js'
import { distinctOf, filterOf, projectOf, type LogicalAggregate, type LogicalCall, type LogicalNode } from './logical.js'
import { hasPlaceholder } from './placeholder.js'
import { mapCall, partsOfCall } from './rules/map-expressions.js'
import { bindOrder, sortBy, type BoundOrder, type RowLimit } from './bind-order.js'
import type { Query } from '../sql/ast.js'
import { sameName } from './catalog.js'
import { isProctime, PROCTIME } from './proctime.js'
import { sameExpression } from './same-expression.js'
import type { Scope, TimeAttribute } from './scope.js'

/** One output column while its SELECT is bound. */
export interface SelectColumn {
  readonly name: string
  readonly expression: Expression
  readonly attribute: TimeAttribute | null
  readonly span: Span
}

type BindQuery = (query: Query, context: QueryContext) => BoundQuery

/**
 * Binds SELECT … FROM … WHERE … GROUP BY … HAVING, with the ORDER BY that belongs to it: that can name what is not
 * selected.
 *
 * The plan comes out in the order in which SQL means it: input, window, filter, aggregate, having, OVER, QUALIFY, projection,
 * distinct, sort.
 */
export function bindSelect(
  select: Select, orderBy: readonly OrderItem[], limit: RowLimit, context: QueryContext, bindQuery: BindQuery,
): BoundQuery {
  const session = context.session
  let from: BoundFrom = select.from === null ? ONE_ROW : bindFrom(select.from, context, bindQuery)
  const ofSessions = groupsSessions(select)
  if (ofSessions) from = filteredBy(select, from, context, bindQuery)
  if (select.window !== null) from = bindWindow(from, select.window, session, true)
  const grouped = bindGroupWindow(from, select.groupBy, session)
  from = grouped.from
  const { scope } = from
  let node = from.node
  const plain = { session, scope, outer: context.outer }
  const subQueries = (): SubQueries => new SubQueries(context, scope, bindQuery)
  if (!ofSessions) node = filteredBy(select, from, context, bindQuery).node

  const inCalls = subQueries()
  const inOutput = subQueries()
  const grouping = new Grouping({ ...plain, subQueries: inCalls }, grouped.window)
  const output = { ...plain, aggregates: grouping, subQueries: inOutput }
  const aliases = aliasesOf(select)
  const over = new OverCalls(select.namedWindows, { ...plain, aliases: null, aggregates: grouping })
  const columns = bindItems(select, { ...output, aliases: null, over })
  const having = select.having === null ? null : bindCondition(select.having, { ...output, aliases }, 'HAVING')
  const qualify = select.qualify === null ? null : bindCondition(select.qualify, { ...plain, aliases, aggregates: grouping, over }, 'QUALIFY')
  const order = bindOrder(orderBy, columns, { ...output, aliases, over })

  let bound = { columns, order }
  let overNode = (e: Expression, _span: Span): Expression => e
  if (select.groupBy !== null || having !== null || grouping.calls.length > 0 || select.window !== null) {
    const { keys, sets } = groupKeys(select, grouped.window, columns, { ...plain, aliases, aggregates: 'GROUP BY' })
    const closing = addWindowEnd(keys, sets, scope, select)
    refuseSubQueryKeys(keys, select)
    if (ofSessions) node = partitionSessions(node, keys)
    const calls = attachToCalls(inCalls, node, grouping.calls)
    const groups = groupsOf(calls.node, keys, sets, calls.calls, closing, select.span)
    overNode = (e, span) => grouping.overGroups(e, groups, span)
    bound = {
      columns: columns.map((c) => ({ ...c, expression: overNode(c.expression, c.span) })),
      order: order.map((o) => ({ ...o, expression: overNode(o.expression, o.span) })),
    }
    node = having === null ? groups.node : inOutput.filter(groups.node, overNode(having, select.having!.span), (e) => overNode(e, select.span))
  }
  if (!over.isEmpty) {
    const above = over.apply(node, overNode)
    bound = {
      columns: bound.columns.map((c) => ({ ...c, expression: above.replace(c.expression), attribute: over.looksAhead ? null : c.attribute })),
      order: bound.order.map((o) => ({ ...o, expression: above.replace(o.expression) })),
    }
    node = qualify === null ? above.node : filterOf(above.node, above.replace(overNode(qualify, select.qualify!.span)))
  } else if (qualify !== null) {
    throw new MillraceError('SQL_WINDOW', 'QUALIFY filters by a call with OVER, and there is none; use WHERE or HAVING', { span: select.qualify!.span })
  }
  const attached = attachToOutput(inOutput, node, bound, (e) => overNode(e, select.span))
  return project(attached.node, attached.columns, attached.order, limit, select)
}

/** The columns and the order with their sub-queries joined. */
function attachToOutput(
  subQueries: SubQueries, input: LogicalNode, { columns, order }: { readonly columns: readonly SelectColumn[]; readonly order: readonly BoundOrder[] },
  over: (e: Expression) => Expression,
): { readonly node: LogicalNode; readonly columns: readonly SelectColumn[]; readonly order: readonly BoundOrder[] } {
  const { node, expressions } = subQueries.attach(input, [...columns, ...order].map((c) => c.expression), over)
  return {
    node,
    columns: columns.map((c, i) => ({ ...c, expression: expressions[i]! })),
    order: order.map((o, i) => ({ ...o, expression: expressions[columns.length + i]! })),
  }
}

/** Sub-queries in the arguments of aggregates are joined with the rows that are grouped. */
function attachToCalls(
  subQueries: SubQueries, input: LogicalNode, calls: readonly LogicalCall[],
): { readonly node: LogicalNode; readonly calls: readonly LogicalCall[] } {
  const { node, expressions } = subQueries.attach(input, calls.flatMap(partsOfCall), (e) => e)
  let next = 0
  return { node, calls: calls.map((call) => mapCall(call, () => expressions[next++]!)) }
}

function refuseSubQueryKeys(keys: readonly Expression[], select: Select): void {
  if (!keys.some((key) => hasPlaceholder(key, 'sub-query'))) return
  throw unsupported('rows cannot be grouped by a sub-query; select it in a query of its own in FROM', select.groupBy!.span)
}

function filteredBy({ where }: Select, { node, scope }: BoundFrom, context: QueryContext, bindQuery: BindQuery): BoundFrom {
  if (where === null) return { node, scope }
  const subQueries = new SubQueries(context, scope, bindQuery)
  const plain = { session: context.session, scope, outer: context.outer, aliases: null, aggregates: 'WHERE', subQueries }
  return { node: subQueries.filter(node, bindCondition(where, plain, 'WHERE')), scope }
}

/** The input of a SELECT without FROM: one row of no columns. */
const ONE_ROW: BoundFrom = { node: { kind: 'values', rows: [[]], schema: [] }, scope: [] }

function project(
  input: LogicalNode, columns: readonly SelectColumn[], order: readonly BoundOrder[], limit: RowLimit, select: Select,
): BoundQuery {
  const outputs = columns.map(({ name, attribute }) => ({ name, attribute }))
  const names = columns.map((c) => c.name)
  const extra: Expression[] = []
  const keys = order.map((o) => {
    const selected = columns.findIndex((c) => sameExpression(c.expression, o.expression))
    if (selected !== -1) return { ...o.key, column: selected }
    if (select.distinct) throw unsupported('with SELECT DISTINCT, ORDER BY can only name what is selected', o.span)
    return { ...o.key, column: columns.length + extra.push(o.expression) - 1 }
  })
  let node: LogicalNode = projectOf(input, [...columns.map((c) => c.expression), ...extra], [...names, ...extra.map((_, i) => `order${i}`)])
  if (select.distinct) node = distinctOf(node, windowClose(columns.map((c) => c.attribute)), select.span)
  node = sortBy(node, keys, limit, select.span)
  if (extra.length > 0) node = projectOf(node, columns.map((_, i) => columnOf(i, node.schema[i]!)), names)
  return { node, columns: outputs }
}

// ------------------------------------------------------------------------------------------------------ output list

function bindItems(select: Select, context: ExpressionContext): readonly SelectColumn[] {
  const columns: SelectColumn[] = []
  for (const item of select.items) {
    if (item.kind === 'star') columns.push(...bindStar(item.qualifier, item.span, context.scope))
    else {
      const expression = bindExpression(item.expression, context)
      const name = item.alias?.text ?? freshName(outputName(item.expression), columns, item.expression.kind === 'column')
      columns.push({ name, expression, attribute: attributeOf(expression, context.scope), span: item.expression.span })
    }
  }
  return columns
}

function bindStar(qualifier: Name | null, span: Span, scope: Scope): readonly SelectColumn[] {
  const columns = scope.flatMap((column, i): SelectColumn[] => {
    const meant = qualifier === null || (column.qualifier !== null && sameName(column.qualifier.text, qualifier))
    const isPart = !column.hidden || (qualifier !== null && column.shared === true)
    return meant && isPart ? [{ name: column.name, expression: columnOf(i, column), attribute: column.attribute, span }] : []
  })
  if (columns.length > 0) return columns
  if (qualifier === null) throw new MillraceError('SQL_COLUMN_UNKNOWN', '`*` needs a FROM', { span })
  throw new MillraceError('SQL_TABLE_UNKNOWN', `no table \`${qualifier.text}\` in this FROM`, {
    span: qualifier.span, alternatives: [...new Set(scope.flatMap((c) => (c.qualifier === null ? [] : [c.qualifier.text])))],
  })
}

/** The name of a column without AS: that of the column or function, as it is written. */
function outputName(e: SqlExpression): string {
  switch (e.kind) {
    case 'column': return e.path.at(-1)!.text
    case 'call': return e.name.text.toLowerCase()
    case 'cast': return outputName(e.operand)
    case 'case': return 'case'
    case 'field': return e.name.text
    default: return 'expr'
  }
}

/** Unnamed results get names of their own; two columns of the same name stay as the query has them. */
function freshName(wanted: string, taken: readonly SelectColumn[], isColumn: boolean): string {
  if (isColumn) return wanted
  let name = wanted
  for (let n = 1; taken.some((c) => c.name.toLowerCase() === name.toLowerCase()); n++) name = `${wanted}_${n}`
  return name
}

function aliasesOf(select: Select): ReadonlyMap<string, SqlExpression> {
  const aliases = new Map<string, SqlExpression>()
  for (const item of select.items) {
    if (item.kind === 'expression' && item.alias !== null) aliases.set(item.alias.text.toLowerCase(), item.expression)
  }
  return aliases
}

function attributeOf(e: Expression, scope: Scope): TimeAttribute | null {
  if (isProctime(e)) return PROCTIME
  return e.kind === 'column' ? scope[e.index]?.attribute ?? null : null
}

// --------------------------------------------------------------------------------------------------------- grouping

/** The keys of all grouping sets, and the sets as indexes into them; plain GROUP BY is one set of all. */
function groupKeys(
  select: Select, window: GroupWindow | null, columns: readonly SelectColumn[], context: ExpressionContext,
): { readonly keys: Expression[]; readonly sets: readonly (readonly number[])[] } {
  const keys: Expression[] = []
  const add = (e: Expression): number => {
    const known = keys.findIndex((k) => sameExpression(k, e))
    return known === -1 ? keys.push(e) - 1 : known
  }
  const column = (index: number): number => add(columnOf(index, context.scope[index]!))
  const places = (select.groupBy?.expressions ?? []).map((syntax) => (window !== null && syntax === window.call
    ? [column(window.startColumn), column(window.endColumn)]
    : [add(groupKey(syntax, columns, context))]))
  const ofWindow = select.window === null ? [] : ['window_start', 'window_end'].map(
    (kind) => column(context.scope.findLastIndex((c) => c.attribute?.kind === kind)),
  )
  const sets = (select.groupBy?.sets ?? [[]]).map((set) => [...new Set([...set.flatMap((index) => places[index]!), ...ofWindow])])
  return { keys, sets }
}

function groupKey(syntax: SqlExpression, columns: readonly SelectColumn[], context: ExpressionContext): Expression {
  if (syntax.kind === 'literal' && syntax.type === 'integer') {
    const column = columns[Number(syntax.text) - 1]
    if (column === undefined) {
      throw new MillraceError(
        'SQL_GROUPING', `GROUP BY ${syntax.text}: there are ${columns.length} columns`, { span: syntax.span },
      )
    }
    if (hasCall(column.expression, context.scope.length)) {
      throw new MillraceError(
        'SQL_AGGREGATE_MISPLACED', `GROUP BY ${syntax.text}: column \`${column.name}\` is an aggregate`, { span: syntax.span },
      )
    }
    return column.expression
  }
  return bindExpression(syntax, context)
}

function hasCall(e: Expression, width: number): boolean {
  let found = false
  const look = (x: Expression): void => {
    if (x.kind === 'column') found ||= x.index >= width
    else if (x.kind === 'call') x.args.forEach(look)
    else if (x.kind === 'cast') look(x.arg)
    else if (x.kind === 'case') [...x.branches.flatMap((b) => [b.when, b.then]), x.otherwise].forEach(look)
  }
  look(e)
  return found
}

/**
 * Whether groups close with a window. Grouping by the start of a window alone is grouping by the window: its end is added
 * to the keys, which makes no other groups.
 */
function addWindowEnd(
  keys: Expression[], sets: readonly (readonly number[])[], scope: Scope, select: Select,
): LogicalAggregate['window'] {
  // A window that some grouping set leaves out closes nothing.
  const attributes = keys.map((k, i) => (sets.every((set) => set.includes(i)) ? attributeOf(k, scope) : null))
  const close = windowClose(attributes)
  const start = attributes.find((a) => a?.kind === 'window_start' || a?.kind === 'window_time')
  if (close !== null || start === undefined || start === null || start.kind === 'rowtime' || start.kind === 'proctime') {
    if (close === null && select.window !== null) {
      throw new MillraceError(
        'SQL_WINDOW', 'the window has no end to close at', { span: select.span },
      )
    }
    return close
  }
  const end = scope.findIndex((c) => c.attribute?.kind === 'window_end' && c.attribute.windowId === start.windowId)
  if (end === -1) return null
  keys.push(columnOf(end, scope[end]!))
  return { endKey: keys.length - 1, allowedLatenessMicros: start.allowedLatenessMicros }
}

/** The first of some columns that is the end of a window. */
export function windowClose(attributes: readonly (TimeAttribute | null)[]): LogicalAggregate['window'] {
  const endKey = attributes.findIndex((a) => a?.kind === 'window_end')
  const end = attributes[endKey]
  return end?.kind === 'window_end' ? { endKey, allowedLatenessMicros: end.allowedLatenessMicros } : null
}

