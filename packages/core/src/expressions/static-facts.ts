import { castMayFail } from '../functions/cast.js'
import { LAZY_CALLS, resolvedCall } from './bound-call.js'
import { childrenOf } from './expression.js'
import type { Expression } from './expression.js'
import type { VectorShape } from './vector-shape.js'

/** Can the value of an expression be NULL for some row of a batch of these shapes? Often not, where the plan must say so. */
export function canBeNull(e: Expression, shapes: readonly VectorShape[]): boolean {
  switch (e.kind) {
    case 'column': return shapes[e.index]!.nulls
    case 'literal': return e.value === null
    case 'cast': return e.tolerant || e.arg.type.kind === 'NULL' || canBeNull(e.arg, shapes)
    case 'case': return canBeNull(e.otherwise, shapes) || e.branches.some((branch) => canBeNull(branch.then, shapes))
    case 'call': {
      const anyArg = e.args.some((arg) => canBeNull(arg, shapes))
      switch (e.name) {
        case 'and': case 'or': case 'not': return anyArg
        case 'is null': case 'is not null': return false
        case 'coalesce': case 'ifnull': return e.args.every((arg) => canBeNull(arg, shapes))
        case 'if': return canBeNull(e.args[1]!, shapes) || canBeNull(e.args[2]!, shapes)
      }
      const { overload } = resolvedCall(e)
      return overload.nullable || (overload.nulls === 'strict' && anyArg)
    }
  }
}

/** Never fail by themselves, whatever their arguments. */
const SAFE_CALLS: ReadonlySet<string> = new Set([
  'and', 'or', 'not', 'is null', 'is not null', 'coalesce', 'ifnull', 'if', '=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from',
  'is true', 'is not true', 'is false', 'is not false', 'is unknown', 'is not unknown',
])

/** Could evaluation throw for some row? True in doubt. */
export function canFail(e: Expression): boolean {
  if (e.kind === 'cast' && !e.tolerant && castMayFail(e.arg.type, e.type)) return true
  if (e.kind === 'call' && !SAFE_CALLS.has(e.name)) return true
  return childrenOf(e).some(canFail)
}

const determinism = new WeakMap<Expression, boolean>()

/** True if the same columns always give the same value (no `random()`, no clock). */
export function isDeterministic(e: Expression): boolean {
  let known = determinism.get(e)
  if (known === undefined) {
    const itself = e.kind !== 'call' || LAZY_CALLS.has(e.name) || resolvedCall(e).overload.deterministic
    known = itself && childrenOf(e).every(isDeterministic)
    determinism.set(e, known)
  }
  return known
}
