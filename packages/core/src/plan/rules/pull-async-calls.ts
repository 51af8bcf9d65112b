import type { MillraceError } from '../../errors.js'
import { LAZY_CALLS } from '../../expressions/bound-call.js'
import { columnOf, mapChildren, type Expression } from '../../expressions/expression.js'
import type { UserAsyncFunction } from '../../functions/user/user-function.js'
import { asyncCallOf, filterOf, projectOf, rewriteNodes, type LogicalFilter, type LogicalNode } from '../logical.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { unsupported } from '../unsupported.js'
import { expressionsOf, mapExpressions } from './map-expressions.js'

/**
 * Calls whose results come later cannot stand in an expression, which is evaluated in one go: each becomes a node of its own
 * beneath, and a column in its place. The innermost calls are made first. Of a condition, the parts before the first call
 * are applied before it.
 *
 * ```
 * Filter price > 10 AND rating(symbol) = 'A'   →   Filter rating(symbol) = 'A'  ◁  AsyncCall rating(symbol)  ◁  Filter price > 10
 * ```
 *
 * @throws MillraceError SQL_UNSUPPORTED for calls that would be made only for some rows, or where no node can stand beneath
 */
export function pullAsyncCalls(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => {
    if (!expressionsOf(n).some((e) => asyncIn(e) !== null)) return n
    switch (n.kind) {
      case 'filter': return pullFromFilter(n)
      case 'project': case 'aggregate': {
        const pull = new Pulling(n.input)
        const above = mapExpressions(n, (e) => pull.from(e))
        return { ...above, input: pull.node } as LogicalNode
      }
      default: throw misplaced(asyncIn(expressionsOf(n).find((e) => asyncIn(e) !== null)!)!, 'here')
    }
  })
}

function pullFromFilter(node: LogicalFilter): LogicalNode {
  const parts = conjunctsOf(node.condition)
  const first = parts.findIndex((part) => asyncIn(part) !== null)
  const pull = new Pulling(first === 0 ? node.input : filterOf(node.input, allOf(parts.slice(0, first))))
  const rest = parts.slice(first).map((part) => pull.from(part))
  const filtered = filterOf(pull.node, allOf(rest))
  return projectOf(filtered, node.schema.map((f, i) => columnOf(i, f)), node.schema.map((f) => f.name))
}

/** Puts nodes onto an input, one for each call. */
class Pulling {
  node: LogicalNode

  constructor(input: LogicalNode) {
    this.node = input
  }

  /** The expression over {@link node}, without calls. */
  from(e: Expression): Expression {
    if (e.kind === 'case' || (e.kind === 'call' && LAZY_CALLS.has(e.name) && e.args.length > 1)) {
      const user = asyncIn(e)
      if (user === null) return e
      throw misplaced(user, e.kind === 'case' ? 'in CASE' : `in ${e.name.toUpperCase()}`)
    }
    const inner = mapChildren(e, (child) => this.from(child))
    if (inner.kind !== 'call' || inner.user?.kind !== 'async') return inner
    this.node = asyncCallOf(this.node, inner.user, inner.args)
    return columnOf(this.node.schema.length - 1, this.node.schema.at(-1)!)
  }
}

/** The first asynchronous function that is called in an expression. */
function asyncIn(e: Expression): UserAsyncFunction | null {
  if (e.kind === 'call' && e.user?.kind === 'async') return e.user
  let found: UserAsyncFunction | null = null
  mapChildren(e, (child) => {
    found ??= asyncIn(child)
    return child
  })
  return found
}

function misplaced(user: UserAsyncFunction, where: string): MillraceError {
  return unsupported(
    `${user.name} is asynchronous and cannot be called ${where}: it is called for every row; call it in a sub-query in FROM, and use its result here`,
    user.calledAt ?? { start: 0, end: 0 },
  )
}
