import { MillraceError } from '../errors.js'
import { callNameOf, type UserAggregateFunction } from '../functions/user/user-function.js'
import type { CallSyntax } from '../sql/ast.js'
import type { ExpressionContext } from './bind-context.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import { userArguments } from './bind-user-call.js'
import type { LogicalCall } from './logical.js'

/**
 * A call of an aggregate function of the user's. DISTINCT and FILTER are done around it; it knows nothing of an order of rows.
 *
 * @throws MillraceError SQL_ARGUMENTS
 */
export function bindUserAggregate(user: UserAggregateFunction, syntax: CallSyntax, context: ExpressionContext): LogicalCall {
  const what = syntax.star ? '*' : syntax.orderBy.length > 0 ? 'ORDER BY' : syntax.ignoreNulls ? 'IGNORE NULLS' : null
  if (what !== null) throw new MillraceError('SQL_ARGUMENTS', `${user.name} is a function of your own and takes no ${what}`, { span: syntax.span })
  const args = syntax.args.map((arg) => bindExpression(arg, context))
  return {
    name: callNameOf(user),
    args: userArguments(user, args, syntax.args.map((arg) => arg.span), syntax.span, context.session.timeZone),
    distinct: syntax.distinct,
    filter: syntax.filter === null ? null : bindCondition(syntax.filter, context, 'FILTER'),
    argTypes: user.argTypes,
    type: user.returns,
    nullable: true,
    ordered: false,
    orderBy: [],
    user,
  }
}
