import { MillraceError, type Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { canCast } from '../functions/coercion.js'
import { signatureOfUser } from '../functions/user/user-call.js'
import { callNameOf, type UserFunction } from '../functions/user/user-function.js'
import { typeName } from '../types/data-type.js'
import { convert } from './convert.js'

/** A call of a user function that gives one value for a row. */
export function userCallOf(user: UserFunction, args: readonly Expression[], spans: readonly Span[], span: Span, timeZone: string): Expression {
  const called: UserFunction = user.kind === 'async' ? { ...user, calledAt: span } : user
  return { kind: 'call', name: callNameOf(user), args: userArguments(user, args, spans, span, timeZone), type: user.returns, nullable: true, user: called }
}

/**
 * Arguments as their declared types: what loses no meaning is converted, a quoted text is read as what is wanted.
 *
 * @throws MillraceError SQL_ARGUMENTS
 */
export function userArguments(
  user: UserFunction, args: readonly Expression[], spans: readonly Span[], span: Span, timeZone: string,
): readonly Expression[] {
  const fits = args.length === user.argTypes.length && args.every((arg, i) => {
    const isText = arg.kind === 'literal' && typeof arg.value === 'string'
    return canCast(arg.type, user.argTypes[i]!, 'implicit') || (isText && canCast(arg.type, user.argTypes[i]!, 'explicit'))
  })
  if (fits) return args.map((arg, i) => convert(arg, user.argTypes[i]!, 'implicit', spans[i]!, timeZone))
  const given = args.map((arg) => (arg.type.kind === 'NULL' ? 'NULL' : typeName(arg.type))).join(', ')
  const signature = `${user.name}${signatureOfUser(user)}`
  throw new MillraceError('SQL_ARGUMENTS', `\`${user.name}\` does not take (${given}).  it takes: ${signature}`, { span, alternatives: [signature] })
}
