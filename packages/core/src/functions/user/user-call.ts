import { assert, MillraceError } from '../../errors.js'
import type { Value } from '../../types/data-type.js'
import { typeName } from '../../types/data-type.js'
import type { FunctionContext, ScalarFunction, ScalarOverload } from '../function.js'
import { fromJs, narrowFromJs, toJs } from './js-form.js'
import type { UserFunction } from './user-function.js'

/** A user function as the overload that the interpreter and the code generator know. */
export function userScalar(user: UserFunction): { readonly function: ScalarFunction; readonly overload: ScalarOverload } {
  const overload: ScalarOverload = {
    signature: signatureOfUser(user),
    resolve: () => ({ args: user.argTypes, returns: user.returns }),
    nulls: user.nulls,
    nullable: true,
    deterministic: user.deterministic,
    implement: (_, context) => userCall(user, context, fromJs(user.returns, user.name)),
    ...(user.returns.kind === 'BIGINT' ? { implementNarrow: (_, context) => userCall(user, context, narrowFromJs(user.returns, user.name)) } : {}),
  }
  return { function: { name: user.name, category: 'context', doc: '', overloads: [overload] }, overload }
}

/** `(STRING, INT) → BIGINT`, as SHOW FUNCTIONS prints it. */
export function signatureOfUser({ argTypes, returns, kind }: UserFunction): string {
  const result = kind !== 'table' ? typeName(returns) : `TABLE(${returns.kind === 'ROW' ? typeName(returns).slice(4, -1) : typeName(returns)})`
  return `(${argTypes.map(typeName).join(', ')}) → ${result}`
}

/** The call of a scalar function, from values to a value: its arguments as the user knows them, its result looked at. */
function userCall(user: UserFunction, context: FunctionContext, check: (result: unknown) => Value): (...args: Value[]) => Value {
  const evaluate = methodOf(exportOf(user, context), 'eval', user)
  const convert = argumentsToJs(user)
  // The usual numbers of arguments without a list of them: what calls this is generated, and called for every row.
  if (convert !== null) return (...args) => check(guarded(user, () => evaluate(...convert(args))))
  switch (user.argTypes.length) {
    case 1: return (a) => {
      let result: unknown
      try {
        result = evaluate(a)
      } catch (error) {
        throw functionFailed(user, error)
      }
      return check(result)
    }
    case 2: return (a, b) => {
      let result: unknown
      try {
        result = evaluate(a, b)
      } catch (error) {
        throw functionFailed(user, error)
      }
      return check(result)
    }
    default: return (...args) => check(guarded(user, () => evaluate(...args)))
  }
}

/** What the module exports for the function, loaded in this thread. */
export function exportOf(user: UserFunction, context: FunctionContext): unknown {
  assert(context.functionExport !== undefined, 'user functions are evaluated where their modules are loaded')
  return context.functionExport(user.url, user.exportName)
}

/** A plain function, or a method of a declaration, ready to be called. */
export function methodOf(exported: unknown, name: string, user: UserFunction): (...args: any[]) => unknown {
  if (typeof exported === 'function') return exported as (...args: any[]) => unknown
  const method = (exported as Record<string, unknown> | null | undefined)?.[name]
  if (typeof method === 'function') return method.bind(exported) as (...args: any[]) => unknown
  // The planner has looked at the same module, but in another thread and earlier.
  throw new MillraceError('SQL_FUNCTION_EXPORT', `${user.name}: '${user.exportName}' of ${user.url} is no function here, as it was for the planner`)
}

/** Converts arguments; null if all of them are passed on as they are. */
export function argumentsToJs(user: UserFunction): ((args: readonly Value[]) => unknown[]) | null {
  const converters = user.argTypes.map(toJs)
  if (converters.every((convert) => convert === null)) return null
  return (args) => args.map((arg, i) => (arg === null ? null : (converters[i]?.(arg) ?? arg)))
}

/** Runs code of the user's; whatever it throws is the function's failure, and its row's. */
export function guarded<T>(user: UserFunction, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw functionFailed(user, error)
  }
}

export function functionFailed(user: UserFunction, error: unknown): MillraceError {
  return new MillraceError('FUNCTION_FAILED', `${user.name} failed: ${messageOf(error)}`, { function: user.name }, { cause: error })
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message
  try {
    return String(error)
  } catch {
    return 'it threw what has no text'
  }
}
