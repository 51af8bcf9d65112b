import { MillraceError, type Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { canCast } from '../functions/coercion.js'
import { findAggregate, findScalar, resolveScalar } from '../functions/catalogue.js'
import type { ScalarOverload } from '../functions/function.js'
import { findOver } from '../functions/over-functions.js'
import type { UserFunction } from '../functions/user/user-function.js'
import type { CallSyntax, SqlExpression } from '../sql/ast.js'
import type { DataType } from '../types/data-type.js'
import type { ExpressionContext, OverSink } from './bind-context.js'
import { userCallOf } from './bind-user-call.js'
import { convert } from './convert.js'
import { placed } from './placed.js'

type Bind = (e: SqlExpression, context: ExpressionContext) => Expression

const WINDOW_CALL = /^(tumble|hop|session|cumulate)$/i
const WINDOW_BOUND = /^(tumble|hop|session)_(start|end|rowtime|proctime)$/i

const GROUPING_BITS = /^grouping(_id)?$/i

/** A group window is a call only by its looks, as its bounds are. */
export function isGroupWindow(e: SqlExpression): e is CallSyntax {
  return e.kind === 'call' && WINDOW_CALL.test(e.name.text)
}

/** Binds a call by name: an aggregate where one is allowed, else a scalar function. */
export function bindCall(e: CallSyntax, context: ExpressionContext, bind: Bind): Expression {
  if (e.over !== null) return overOf(e, context).call(e, context.aliases)
  if (WINDOW_CALL.test(e.name.text)) {
    throw new MillraceError(
      'SQL_WINDOW', `${e.name.text}(…) stands in GROUP BY, or as a table function in FROM`, { span: e.span },
    )
  }
  const user = context.session.catalog.functions.find(e.name)
  if (user !== undefined) return bindUserCall(user, e, context, bind)
  if (WINDOW_BOUND.test(e.name.text)) return aggregatesOf(e, context).windowBound(e)
  if (GROUPING_BITS.test(e.name.text)) return aggregatesOf(e, context).groupingBits(e)
  if (findAggregate(e.name.text) !== undefined) return aggregatesOf(e, context).call(e)
  if (findOver(e.name.text) !== undefined) {
    throw new MillraceError('SQL_WINDOW', `${e.name.text}(…) needs OVER (PARTITION BY … ORDER BY …)`, { span: e.span })
  }
  if (e.star || e.distinct || e.filter !== null || e.orderBy.length > 0) {
    if (findScalar(e.name.text) === undefined) placed(e.name.span, () => resolveScalar(e.name.text, []))
    const what = e.star ? '*' : e.distinct ? 'DISTINCT' : e.filter !== null ? 'FILTER' : 'ORDER BY'
    throw new MillraceError('SQL_ARGUMENTS', `${e.name.text} is no aggregate function and takes no ${what}`, { span: e.span })
  }
  return callOf(e.name.text, e.args.map((arg) => bind(arg, context)), e.span, context.session.timeZone)
}

/** A call of a function that CREATE FUNCTION has declared. */
function bindUserCall(user: UserFunction, e: CallSyntax, context: ExpressionContext, bind: Bind): Expression {
  if (user.kind === 'aggregate') return aggregatesOf(e, context).call(e)
  if (user.kind === 'table') {
    throw new MillraceError('SQL_ARGUMENTS', `${user.name} is a table function: it stands in FROM, as LATERAL TABLE(${user.name}(…))`, { span: e.span })
  }
  const what = e.star ? '*' : e.distinct ? 'DISTINCT' : e.filter !== null ? 'FILTER' : e.orderBy.length > 0 ? 'ORDER BY' : null
  if (what !== null) throw new MillraceError('SQL_ARGUMENTS', `${user.name} is no aggregate function and takes no ${what}`, { span: e.span })
  return userCallOf(user, e.args.map((arg) => bind(arg, context)), e.args.map((arg) => arg.span), e.span, context.session.timeZone)
}

function overOf(e: CallSyntax, context: ExpressionContext): OverSink {
  if (context.over !== undefined) return context.over
  throw new MillraceError('SQL_WINDOW', `${e.name.text}(…) OVER (…) can stand in SELECT, QUALIFY and ORDER BY; filter by it with QUALIFY`, { span: e.span })
}

function aggregatesOf(e: CallSyntax, context: ExpressionContext): Exclude<ExpressionContext['aggregates'], string> {
  if (typeof context.aggregates !== 'string') return context.aggregates
  const advice = context.aggregates === 'WHERE' ? '; filter groups with HAVING' : ''
  throw new MillraceError('SQL_AGGREGATE_MISPLACED', `${e.name.text}(…) cannot stand in ${context.aggregates}${advice}`, { span: e.span })
}

/**
 * A call of a scalar function or operator, its arguments cast to what the overload takes.
 *
 * @param returns the result type where it depends on more than the types of the arguments (the field of a ROW)
 */
export function callOf(name: string, args: readonly Expression[], span: Span, timeZone: string, returns?: DataType): Expression {
  const resolved = placed(span, () => resolveScalar(name, args.map((a) => a.type)))
  const converted = args.map((a, i) => convertArgument(a, resolved.types.args[i]!, span, timeZone))
  placed(span, () => resolved.overload.check?.(converted.map((arg) => (arg.kind === 'literal' ? arg.value : undefined))))
  const type = returns ?? resolved.types.returns
  return {
    kind: 'call', name: resolved.function.name, args: converted, type, nullable: canBeNull(resolved.function.name, resolved.overload, args),
  }
}

/**
 * An argument as the type that its function was resolved for. The overload has the last word on what it takes: `concat`
 * numbers as text, `left` a BIGINT as its length.
 */
export function convertArgument(arg: Expression, to: DataType, span: Span, timeZone: string): Expression {
  const isText = arg.kind === 'literal' && typeof arg.value === 'string'
  return convert(arg, to, isText || canCast(arg.type, to, 'implicit') ? 'implicit' : 'explicit', span, timeZone)
}

function canBeNull(name: string, overload: ScalarOverload, args: readonly Expression[]): boolean {
  if (name === 'coalesce') return args.every((a) => a.nullable)
  return overload.nullable || (overload.nulls === 'strict' && args.some((a) => a.nullable))
}
