import { MillraceError, type Span } from '../errors.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import { resolveTableFunction } from '../functions/table/catalogue.js'
import { callNameOf } from '../functions/user/user-function.js'
import { columnsOfTable } from '../functions/user/user-table.js'
import type { CallSyntax, JoinSyntax, Name, TableExpression } from '../sql/ast.js'
import { BIGINT, type Field } from '../types/data-type.js'
import { convertArgument } from './bind-call.js'
import type { BindSession, ExpressionContext } from './bind-context.js'
import { userArguments } from './bind-user-call.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import type { BoundFrom, QueryContext } from './bind-from.js'
import { lift } from './decorrelate.js'
import { joinWhole, onRowsOf, overAllRows, type OnRows } from './join-sub-query.js'
import { filterOf, joinOf, projectOf, type LogicalNode, type LogicalUnnest } from './logical.js'
import { placed } from './placed.js'
import { allOf } from './predicate.js'
import type { ScopeColumn } from './scope.js'
import { unsupported } from './unsupported.js'

type FunctionSyntax = Extract<TableExpression, { kind: 'function' }>

/**
 * `a, LATERAL (SELECT … WHERE b.x = a.x)`: the query is joined once with what stands to the left, by what it says of that.
 *
 * @param right the query, bound, with placeholders for the columns to the left
 */
export function bindLateralJoin(left: BoundFrom, join: JoinSyntax, right: BoundFrom & { readonly session: BindSession }): BoundFrom {
  checkJoin(join, 'LATERAL')
  const outer = join.type === 'left'
  const joined = lateral(left, right.node, outer, join.span)
  const added = right.scope.map((column, i): ScopeColumn => ({ ...column, ...joined.schema[left.scope.length + i]!, name: column.name }))
  return withCondition({ node: joined, scope: [...left.scope, ...added] }, join, right.session)
}

/** The columns to the left, then those of the query. */
function lateral(left: BoundFrom, query: LogicalNode, outer: boolean, span: Span): LogicalNode {
  const width = left.node.schema.length
  const onRows = onRowsOf(left.scope, (e) => e)
  const names = [...left.node.schema, ...query.schema].map((f) => f.name)
  const before = (node: LogicalNode): readonly Expression[] => range(width).map((i) => columnOf(i, node.schema[i]!))
  const made = outer ? null : rowsMade(left.node, query, onRows)
  if (made !== null) return made
  const whole = overAllRows(query)
  if (whole !== null && whole.guard === null) {
    const { node, over } = joinWhole({ left: left.node, onRows, span }, whole)
    return projectOf(node, [...before(node), ...whole.outputs.map(over)], names)
  }
  const isProject = query.kind === 'project'
  const outputs = isProject ? query.expressions : query.schema.map((f, i) => columnOf(i, f))
  const lifted = lift(isProject ? query.input : query, span)
  if (lifted.grouped || lifted.repeats || (outer && !outputs.every((e) => e.kind === 'column'))) {
    throw unsupported('this LATERAL query cannot be joined; select columns only, and name those to its left in its WHERE, compared with =', span)
  }
  const conditions = lifted.conditions.map((c) => onRows(c, width))
  const node = joinOf(outer ? 'left' : 'inner', left.node, lifted.node, conditions.length === 0 ? null : allOf(conditions), span)
  const after = outputs.map((e) => onRows(e, width)).map((e) => (e.kind === 'column' ? columnOf(e.index, node.schema[e.index]!) : e))
  return projectOf(node, [...before(node), ...after], names)
}

/**
 * A query over nothing but a table function of columns to the left, `(SELECT x FROM UNNEST(a.items) AS t (x) WHERE …)`, as steps over
 * the rows to the left; null for any other.
 */
function rowsMade(left: LogicalNode, query: LogicalNode, onRows: OnRows): LogicalNode | null {
  const width = left.schema.length
  const kept = range(width).map((i) => columnOf(i, left.schema[i]!))
  switch (query.kind) {
    case 'values': return query.rows.length === 1 && query.schema.length === 0 ? left : null
    case 'filter': {
      const input = rowsMade(left, query.input, onRows)
      return input && filterOf(input, onRows(query.condition, width))
    }
    case 'project': {
      const input = rowsMade(left, query.input, onRows)
      const names = [...left.schema, ...query.schema].map((f) => f.name)
      return input && projectOf(input, [...kept, ...query.expressions.map((e) => onRows(e, width))], names)
    }
    case 'unnest': {
      const input = rowsMade(left, query.input, onRows)
      return input && { ...query, input, args: query.args.map((e) => onRows(e, width)), schema: [...left.schema, ...query.schema] }
    }
    default: return null
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}

/** What FROM has before a table function that stands alone: one row of no columns. */
const ONE_ROW: BoundFrom = { node: { kind: 'values', rows: [[]], schema: [] }, scope: [] }

/** A table function alone in FROM: its arguments are constants. */
export function bindTableFunction(syntax: FunctionSyntax, context: QueryContext): BoundFrom {
  return expanded(ONE_ROW, syntax, false, context)
}

/** `a CROSS JOIN UNNEST(a.items) AS t (item)`, `a LEFT JOIN LATERAL TABLE(f(a.x)) AS t ON TRUE`: the arguments can name what stands to the left. */
export function bindFunctionJoin(left: BoundFrom, join: JoinSyntax, right: FunctionSyntax, context: QueryContext): BoundFrom {
  checkJoin(join, 'a table function')
  return withCondition(expanded(left, right, join.type === 'left', context), join, context.session)
}

function checkJoin(join: JoinSyntax, what: string): void {
  if (join.type !== 'inner' && join.type !== 'cross' && join.type !== 'left') {
    throw unsupported(`${join.type.toUpperCase()} JOIN with ${what} is not supported; CROSS JOIN and LEFT JOIN … ON TRUE are`, join.span)
  }
  if (join.natural || join.using.length > 0) throw unsupported(`${what} is joined with ON TRUE, not by names of columns`, join.span)
}

function withCondition(joined: BoundFrom, join: JoinSyntax, session: BindSession): BoundFrom {
  if (join.on === null) return joined
  const condition = bindCondition(join.on, { session, scope: joined.scope, aliases: null, aggregates: 'ON' }, 'ON')
  if (condition.kind === 'literal' && condition.value === true) return joined
  if (join.type === 'left') throw unsupported('LEFT JOIN takes ON TRUE only here; put the condition into WHERE, or into the query that is joined', join.on.span)
  return { ...joined, node: filterOf(joined.node, condition) }
}

function expanded(left: BoundFrom, syntax: FunctionSyntax, outer: boolean, context: QueryContext): BoundFrom {
  const { call } = syntax
  if (call.kind !== 'call') throw unsupported('only the call of a table function can stand here', syntax.span)
  const plain: ExpressionContext = { session: context.session, scope: left.scope, aliases: null, aggregates: 'FROM', outer: context.outer }
  const bound = call.args.map((arg) => bindExpression(arg, plain))
  const { args, columns: given, ...named } = calledFunction(call, bound, context)
  const columns: Field[] = given.map((c) => ({ ...c, nullable: c.nullable || outer }))
  if (syntax.ordinality) columns.push({ name: 'ordinality', type: BIGINT, nullable: outer })
  const fields = withNames(columns, syntax.columns)
  const node: LogicalUnnest = {
    kind: 'unnest', input: left.node, ...named, args, outer, ordinality: syntax.ordinality,
    schema: [...left.node.schema, ...fields], span: syntax.span,
  }
  const qualifier = syntax.alias ?? call.name
  const added = fields.map((field): ScopeColumn => ({ ...field, qualifier, hidden: false, attribute: null }))
  return { node, scope: [...left.scope, ...added] }
}

type CalledFunction = Pick<LogicalUnnest, 'function' | 'user' | 'args'> & { readonly columns: readonly Field[] }

/** A function of the user's or of the catalogue. */
function calledFunction(call: CallSyntax, bound: readonly Expression[], context: QueryContext): CalledFunction {
  const { catalog, timeZone } = context.session
  const user = catalog.functions.find(call.name)
  const spans = call.args.map((arg) => arg.span)
  if (user?.kind === 'table') {
    return { function: callNameOf(user), user, args: userArguments(user, bound, spans, call.span, timeZone), columns: columnsOfTable(user) }
  }
  if (user !== undefined) {
    throw new MillraceError('SQL_ARGUMENTS', `${user.name} gives one value and no rows: it stands in SELECT, WHERE and the like`, { span: call.span })
  }
  const { function: found, types } = placed(call.span, () => resolveTableFunction(call.name.text, bound.map((e) => e.type)))
  const args = bound.map((e, i) => convertArgument(e, types.args[i]!, spans[i]!, timeZone))
  return { function: found.name, args, columns: types.columns }
}

function withNames(columns: readonly Field[], names: readonly Name[]): readonly Field[] {
  if (names.length > columns.length) {
    throw new MillraceError('SQL_TYPE', `${names.length} column names for ${columns.length} columns`, { span: names[columns.length]!.span })
  }
  return columns.map((c, i) => ({ ...c, name: names[i]?.text ?? c.name }))
}
