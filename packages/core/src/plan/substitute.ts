import { isDeterministic } from '../expressions/static-facts.js'
import { childrenOf, collectColumns, columnOf, rewriteExpression, type Expression } from '../expressions/expression.js'

/** An expression over a projection's output as one over its input. */
export function substitute(e: Expression, columns: readonly Expression[]): Expression {
  return rewriteExpression(e, (x) => (x.kind === 'column' ? columns[x.index]! : x))
}

/** An expression over columns that have moved: `places[old]` is the new index. */
export function moveColumns(e: Expression, places: readonly number[]): Expression {
  return rewriteExpression(e, (x) => (x.kind === 'column' ? columnOf(places[x.index]!, x) : x))
}

/** The input column whose values a projection passes on as they are, checked for NULL perhaps; else null. */
export function passedColumn(e: Expression): number | null {
  if (e.kind === 'call' && e.name === 'not_null') return passedColumn(e.args[0]!)
  return e.kind === 'column' ? e.index : null
}

export function columnsOf(expressions: Iterable<Expression>): Set<number> {
  const columns = new Set<number>()
  for (const e of expressions) collectColumns(e, columns)
  return columns
}

/** Parts of an expression that may be computed twice without anybody noticing the time. */
const CHEAP_SIZE_MAX = 6

/**
 * Whether a projection can be dissolved into the expressions above it: nothing random is computed more than once, and
 * nothing costly.
 */
export function canDissolve(columns: readonly Expression[], above: readonly Expression[]): boolean {
  const uses = new Map<number, number>()
  const count = (e: Expression): void => {
    if (e.kind === 'column') uses.set(e.index, (uses.get(e.index) ?? 0) + 1)
    else childrenOf(e).forEach(count)
  }
  above.forEach(count)
  return columns.every((e, i) => {
    const used = uses.get(i) ?? 0
    return used <= 1 || e.kind === 'column' || e.kind === 'literal' || (isDeterministic(e) && sizeOf(e) <= CHEAP_SIZE_MAX)
  })
}

function sizeOf(e: Expression): number {
  // What a function of the user's takes is not known.
  const own = e.kind === 'call' && e.user !== undefined ? CHEAP_SIZE_MAX + 1 : 1
  return childrenOf(e).reduce((sum, child) => sum + sizeOf(child), own)
}
