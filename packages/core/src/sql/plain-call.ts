import type { Span } from '../errors.js'
import type { CallSyntax, Name, SqlExpression } from './ast.js'

/** A call without any of the clauses that a call can have. */
export function plainCall(name: Name, args: readonly SqlExpression[], span: Span): CallSyntax {
  return { kind: 'call', name, args, star: false, distinct: false, orderBy: [], filter: null, ignoreNulls: false, over: null, span }
}
