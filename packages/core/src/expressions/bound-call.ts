import { MillraceError } from '../errors.js'
import { makeCast } from '../functions/cast.js'
import { resolveScalar } from '../functions/catalogue.js'
import type { ResolvedScalar } from '../functions/catalogue.js'
import type { FunctionContext } from '../functions/function.js'
import { userScalar } from '../functions/user/user-call.js'
import type { DataType, Value } from '../types/data-type.js'
import { sameType } from '../types/data-type.js'
import type { CallExpression, CastExpression } from './expression.js'

/** A call whose function has been found: what the interpreter calls, and the generated code where it has no text of its own. */
export interface BoundCall {
  /** Takes and gives values in the form of their types. */
  readonly call: (...args: Value[]) => Value
  /** Any NULL argument makes the result NULL, without a call. */
  readonly strict: boolean
}

/** The calls that have rules of evaluation of their own and are no calls at run time. */
export const LAZY_CALLS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'is null', 'is not null', 'coalesce', 'ifnull', 'if'])

const resolved = new WeakMap<CallExpression, ResolvedScalar>()

/** The function, of the catalogue or the user's, that a call means. */
export function resolvedCall(e: CallExpression): ResolvedScalar {
  let found = resolved.get(e)
  if (found === undefined) {
    found = e.user === undefined
      ? resolveScalar(e.name, e.args.map((arg) => arg.type))
      : { ...userScalar(e.user), types: { args: e.user.argTypes, returns: e.user.returns } }
    resolved.set(e, found)
  }
  return found
}

/** @param narrow a BIGINT may come as a number; only where {@link givesNarrow} */
export function bindCall(e: CallExpression, context: FunctionContext, narrow = false): BoundCall {
  const { overload, types } = resolvedCall(e)
  const call = narrow ? overload.implementNarrow!(types, context) : overload.implement(types, context)
  const strict = overload.nulls === 'strict'
  if (e.args.every((arg, k) => arg.type.kind === 'NULL' || sameType(arg.type, types.args[k]!))) return { call, strict }
  const casts = e.args.map((arg, k) => castOrNull(arg.type, types.args[k]!, context))
  return { call: (...args) => call(...args.map((value, k) => casts[k]!(value))), strict }
}

function castOrNull(from: DataType, to: DataType, context: FunctionContext): (value: Value) => Value {
  if (from.kind === 'NULL' || sameType(from, to)) return (value) => value
  const cast = makeCast(from, to, context.timeZone)
  return (value) => (value === null ? null : cast(value))
}

/** Whether the function can give a BIGINT as a number. */
export function givesNarrow(e: CallExpression): boolean {
  return resolvedCall(e).overload.implementNarrow !== undefined
}

/** The conversion of a cast for values that are not NULL; a tolerant one gives NULL where the other throws. */
export function bindCast(e: CastExpression, context: FunctionContext): (value: Value) => Value {
  const cast = makeCast(e.arg.type, e.type, context.timeZone)
  if (!e.tolerant) return cast
  return (value) => {
    try {
      return cast(value)
    } catch (error) {
      if (error instanceof MillraceError && (error.code === 'CAST_FAILED' || error.code === 'NUMERIC_OVERFLOW')) return null
      throw error
    }
  }
}
