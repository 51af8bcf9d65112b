import { MillraceError, unreachable, type Span } from '../errors.js'
import { literalOf, type ColumnExpression, type Expression } from '../expressions/expression.js'
import type { Name, SqlExpression } from '../sql/ast.js'
import { BOOLEAN, typeName } from '../types/data-type.js'
import type { ExpressionContext, SubQuerySink } from './bind-context.js'
import { bindCall, callOf } from './bind-call.js'
import { bindLiteral, integerLiteral } from './bind-literal.js'
import { bindType } from './bind-type.js'
import { convert, unify } from './convert.js'
import { placeholderOf } from './placeholder.js'
import { allOf, anyOf, compare, isNull, negationOf, truthOf } from './predicate.js'
import { fieldOf, resolveColumn, unknownColumn } from './scope.js'
import { unsupported } from './unsupported.js'

/**
 * Gives names their columns, functions their overloads and every conversion its cast.
 *
 * @throws MillraceError SQL_COLUMN_UNKNOWN, SQL_COLUMN_AMBIGUOUS, SQL_FUNCTION_UNKNOWN, SQL_ARGUMENTS, SQL_TYPE,
 *   SQL_LITERAL, SQL_AGGREGATE_MISPLACED, SQL_UNSUPPORTED, each with its span
 */
export function bindExpression(e: SqlExpression, context: ExpressionContext): Expression {
  const bind = (part: SqlExpression): Expression => bindExpression(part, context)
  const timeZone = context.session.timeZone
  switch (e.kind) {
    case 'column': return bindColumn(e.path, e.span, context)
    case 'literal': return bindLiteral(e)
    case 'binary': return bindBinary(e, context)
    case 'unary': return bindUnary(e, context)
    case 'between': {
      const [operand, low, high] = [bind(e.operand), bind(e.low), bind(e.high)]
      const within = (a: Expression, b: Expression): Expression => allOf([
        compare('>=', operand, a, e.span, timeZone), compare('<=', operand, b, e.span, timeZone),
      ])
      const inside = e.symmetric ? anyOf([within(low, high), within(high, low)]) : within(low, high)
      return e.negated ? negationOf(inside) : inside
    }
    case 'in list': {
      const operand = bind(e.operand)
      const found = anyOf(e.list.map((item) => compare('=', operand, bind(item), item.span, timeZone)))
      return e.negated ? negationOf(found) : found
    }
    case 'in query': {
      const operands = (e.operand.kind === 'row' ? e.operand.items : [e.operand]).map(bind)
      const found = subQueriesOf(context, e.span).within(operands, e.query, e.span)
      return e.negated ? negationOf(found) : found
    }
    case 'exists': return subQueriesOf(context, e.span).exists(e.query, e.span)
    case 'scalar query': return subQueriesOf(context, e.span).value(e.query, e.span)
    case 'like': {
      const args = [e.operand, e.pattern, ...(e.escape === null ? [] : [e.escape])]
      const matched = callOf(e.op, args.map(bind), e.span, timeZone)
      return e.negated ? negationOf(matched) : matched
    }
    case 'call': return bindCall(e, context, bindExpression)
    case 'cast': {
      const operand = bind(e.operand)
      const type = bindType(e.type)
      if (!e.tolerant) return convert(operand, type, 'explicit', e.operand.span, timeZone)
      const cast = convert(operand, type, 'explicit', e.operand.span, timeZone)
      return cast.kind === 'cast' && cast.arg === operand ? { ...cast, tolerant: true, nullable: true } : cast
    }
    case 'case': return bindCase(e, context)
    case 'subscript': return callOf('element_at', [bind(e.operand), bind(e.index)], e.span, timeZone)
    case 'field': return fieldAccess(bind(e.operand), [e.name], timeZone)
    case 'array': return callOf('array', unify(e.items.map(bind), e.items.map((i) => i.span), 'ARRAY[…]', timeZone), e.span, timeZone)
    case 'map': case 'row': return callOf(e.kind, e.items.map(bind), e.span, timeZone)
    default: return unreachable(e)
  }
}

function subQueriesOf(context: ExpressionContext, span: Span): SubQuerySink {
  if (context.subQueries !== undefined) return context.subQueries
  const where = typeof context.aggregates === 'string' ? ` in ${context.aggregates}` : ''
  throw unsupported(`a sub-query cannot stand here${where}; it can in WHERE, HAVING, ORDER BY and the list of SELECT`, span)
}

/** An expression of WHERE, HAVING, FILTER, WHEN, ON. */
export function bindCondition(e: SqlExpression, context: ExpressionContext, clause: string): Expression {
  const condition = bindExpression(e, context)
  if (condition.type.kind === 'NULL') return literalOf(null, BOOLEAN)
  if (condition.type.kind === 'BOOLEAN') return condition
  throw new MillraceError('SQL_TYPE', `${clause} needs a BOOLEAN, not ${typeName(condition.type)}`, { span: e.span })
}

function bindColumn(path: readonly Name[], span: Span, context: ExpressionContext): Expression {
  const found = resolveColumn(path, context.scope)
  if (found === undefined) {
    const alias = path.length === 1 ? context.aliases?.get(path[0]!.text.toLowerCase()) : undefined
    const outer = alias === undefined && context.outer !== undefined ? resolveColumn(path, context.outer) : undefined
    if (outer !== undefined) {
      const { index } = outer.column as ColumnExpression
      const column = placeholderOf('outer', index, context.outer![index]!)
      return outer.fields.length === 0 ? column : fieldAccess(column, outer.fields, context.session.timeZone)
    }
    if (alias === undefined) throw unknownColumn(path, context.scope)
    return bindExpression(alias, { ...context, aliases: null })
  }
  context.session.spans.set(found.column, span)
  return found.fields.length === 0 ? found.column : fieldAccess(found.column, found.fields, context.session.timeZone)
}

function fieldAccess(operand: Expression, fields: readonly Name[], timeZone: string): Expression {
  return fields.reduce((e, name) => {
    const field = fieldOf(e.type, name)
    if (field !== undefined) return callOf('field', [e, literalOf(field.index, { kind: 'INT' })], name.span, timeZone, field.type)
    const alternatives = e.type.kind === 'ROW' ? e.type.fields.map((f) => f.name) : []
    const what = e.type.kind === 'ROW'
      ? `no field \`${name.text}\` in this ROW`
      : `${typeName(e.type)} has no fields, so no \`${name.text}\``
    throw new MillraceError('SQL_COLUMN_UNKNOWN', what, { span: name.span, alternatives })
  }, operand)
}

function bindBinary(e: Extract<SqlExpression, { kind: 'binary' }>, context: ExpressionContext): Expression {
  const timeZone = context.session.timeZone
  if (e.op === 'and' || e.op === 'or') {
    const parts = flatten(e, e.op).map((part) => bindCondition(part, context, e.op.toUpperCase()))
    return e.op === 'and' ? allOf(parts) : anyOf(parts)
  }
  const left = bindExpression(e.left, context)
  const right = bindExpression(e.right, context)
  if (COMPARISONS.has(e.op)) return compare(e.op, left, right, e.span, timeZone)
  return callOf(e.op, [left, right], e.span, timeZone)
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from'])

/** `a AND b AND c` in order, without recursion as deep as the chain is long. */
function flatten(e: SqlExpression, op: string): readonly SqlExpression[] {
  const parts: SqlExpression[] = []
  const waiting = [e]
  while (waiting.length > 0) {
    const next = waiting.pop()!
    if (next.kind === 'binary' && next.op === op) waiting.push(next.right, next.left)
    else parts.push(next)
  }
  return parts
}

function bindUnary(e: Extract<SqlExpression, { kind: 'unary' }>, context: ExpressionContext): Expression {
  if (e.op === '-' && e.operand.kind === 'literal' && e.operand.type === 'integer') return integerLiteral(`-${e.operand.text}`, e.span)
  if (e.op === '-' || e.op === '+') {
    const operand = bindExpression(e.operand, context)
    const negated = callOf('neg', [operand], e.span, context.session.timeZone)
    return e.op === '-' ? negated : operand
  }
  if (e.op === 'is null' || e.op === 'is not null') return isNull(bindExpression(e.operand, context), e.op)
  const operand = bindCondition(e.operand, context, e.op.toUpperCase())
  return e.op === 'not' ? negationOf(operand) : truthOf(e.op, operand, e.span)
}

function bindCase(e: Extract<SqlExpression, { kind: 'case' }>, context: ExpressionContext): Expression {
  const timeZone = context.session.timeZone
  const operand = e.operand === null ? null : bindExpression(e.operand, context)
  const whens = e.branches.map((b) => (operand === null
    ? bindCondition(b.when, context, 'WHEN')
    : compare('=', operand, bindExpression(b.when, context), b.when.span, timeZone)))
  const otherwise = e.otherwise === null ? literalOf(null, { kind: 'NULL' }) : bindExpression(e.otherwise, context)
  const spans = [...e.branches.map((b) => b.then.span), e.otherwise?.span ?? e.span]
  const results = unify([...e.branches.map((b) => bindExpression(b.then, context)), otherwise], spans, 'CASE', timeZone)
  return {
    kind: 'case',
    // oxlint-disable-next-line unicorn/no-thenable -- a branch of CASE calls it so; nothing awaits one
    branches: whens.map((when, i) => ({ when, then: results[i]! })),
    otherwise: results.at(-1)!,
    type: results[0]!.type,
    nullable: results.some((r) => r.nullable),
  }
}
