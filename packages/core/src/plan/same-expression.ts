import { childrenOf, type Expression } from '../expressions/expression.js'
import { sameUserFunction } from '../functions/user/user-function.js'
import { sameType } from '../types/data-type.js'

/** Whether two expressions over the same input are the same computation. Names of columns do not matter. */
export function sameExpression(a: Expression, b: Expression): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || !sameType(a.type, b.type)) return false
  switch (a.kind) {
    case 'column': return a.index === (b as typeof a).index
    case 'literal': return sameLiteral(a.value, (b as typeof a).value)
    case 'call': if (a.name !== (b as typeof a).name || !sameUserFunction(a.user, (b as typeof a).user)) return false; break
    case 'cast': if (a.tolerant !== (b as typeof a).tolerant) return false; break
    case 'case': break
  }
  const [x, y] = [childrenOf(a), childrenOf(b)]
  return x.length === y.length && x.every((child, i) => sameExpression(child, y[i]!))
}

function sameLiteral(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return a.length === b.length && a.every((byte, i) => byte === b[i])
  return Object.is(a, b)
}
