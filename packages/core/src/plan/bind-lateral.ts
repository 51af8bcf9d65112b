import { MillraceError } from '../errors.js'
import { resolveTableFunction } from '../functions/table/catalogue.js'
import type { JoinSyntax, Name, TableExpression } from '../sql/ast.js'
import { BIGINT, type Field } from '../types/data-type.js'
import { convertArgument } from './bind-call.js'
import type { ExpressionContext } from './bind-context.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import type { BoundFrom, QueryContext } from './bind-from.js'
import { filterOf, type LogicalUnnest } from './logical.js'
import { placed } from './placed.js'
import type { ScopeColumn } from './scope.js'
import { unsupported } from './unsupported.js'

type FunctionSyntax = Extract<TableExpression, { kind: 'function' }>

/** What FROM has before a table function that stands alone: one row of no columns. */
const ONE_ROW: BoundFrom = { node: { kind: 'values', rows: [[]], schema: [] }, scope: [] }

/** A table function alone in FROM: its arguments are constants. */
export function bindTableFunction(syntax: FunctionSyntax, context: QueryContext): BoundFrom {
  return expanded(ONE_ROW, syntax, false, context)
}

/** `a CROSS JOIN UNNEST(a.items) AS t (item)`, `a LEFT JOIN LATERAL TABLE(f(a.x)) AS t ON TRUE`: the arguments can name what stands to the left. */
export function bindFunctionJoin(left: BoundFrom, join: JoinSyntax, right: FunctionSyntax, context: QueryContext): BoundFrom {
  if (join.type !== 'inner' && join.type !== 'cross' && join.type !== 'left') {
    throw unsupported(`${join.type.toUpperCase()} JOIN with a table function is not supported; CROSS JOIN and LEFT JOIN … ON TRUE are`, join.span)
  }
  if (join.natural || join.using.length > 0) throw unsupported('a table function is joined with ON TRUE, not by names of columns', join.span)
  const joined = expanded(left, right, join.type === 'left', context)
  if (join.on === null) return joined
  const plain: ExpressionContext = { session: context.session, scope: joined.scope, aliases: null, aggregates: 'ON' }
  const condition = bindCondition(join.on, plain, 'ON')
  if (condition.kind === 'literal' && condition.value === true) return joined
  if (join.type === 'left') throw unsupported('LEFT JOIN with a table function takes ON TRUE only; put the condition into WHERE', join.on.span)
  return { ...joined, node: filterOf(joined.node, condition) }
}

function expanded(left: BoundFrom, syntax: FunctionSyntax, outer: boolean, context: QueryContext): BoundFrom {
  const { call } = syntax
  if (call.kind !== 'call') throw unsupported('only the call of a table function can stand here', syntax.span)
  const plain: ExpressionContext = { session: context.session, scope: left.scope, aliases: null, aggregates: 'FROM' }
  const bound = call.args.map((arg) => bindExpression(arg, plain))
  const { function: found, types } = placed(call.span, () => resolveTableFunction(call.name.text, bound.map((e) => e.type)))
  const args = bound.map((e, i) => convertArgument(e, types.args[i]!, call.args[i]!.span, context.session.timeZone))
  const columns: Field[] = types.columns.map((c) => ({ ...c, nullable: c.nullable || outer }))
  if (syntax.ordinality) columns.push({ name: 'ordinality', type: BIGINT, nullable: outer })
  const named = withNames(columns, syntax.columns)
  const node: LogicalUnnest = {
    kind: 'unnest', input: left.node, function: found.name, args, outer, ordinality: syntax.ordinality,
    schema: [...left.node.schema, ...named], span: syntax.span,
  }
  const qualifier = syntax.alias ?? call.name
  const added = named.map((field): ScopeColumn => ({ ...field, qualifier, hidden: false, attribute: null }))
  return { node, scope: [...left.scope, ...added] }
}

function withNames(columns: readonly Field[], names: readonly Name[]): readonly Field[] {
  if (names.length > columns.length) {
    throw new MillraceError('SQL_TYPE', `${names.length} column names for ${columns.length} columns`, { span: names[columns.length]!.span })
  }
  return columns.map((c, i) => ({ ...c, name: names[i]?.text ?? c.name }))
}
