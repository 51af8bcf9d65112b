import { unreachable } from '../../errors.js'
import type { Expression } from '../../expressions/expression.js'
import type { LogicalNode } from '../logical.js'

/** Rewrites the expressions of one node, which must keep their types. */
export function mapExpressions(node: LogicalNode, f: (e: Expression) => Expression): LogicalNode {
  switch (node.kind) {
    case 'read': case 'values': case 'window': case 'sort': case 'limit': case 'union': case 'expand': case 'over': case 'top-n': return node
    case 'filter': return { ...node, condition: f(node.condition) }
    case 'join': return node.condition === null ? node : { ...node, condition: f(node.condition) }
    case 'async call': case 'unnest': return { ...node, args: node.args.map(f) }
    case 'project': return { ...node, expressions: node.expressions.map(f) }
    case 'aggregate': return {
      ...node,
      keys: node.keys.map(f),
      calls: node.calls.map((call) => ({
        ...call,
        args: call.args.map(f),
        filter: call.filter === null ? null : f(call.filter),
        orderBy: call.orderBy.map((o) => ({ ...o, key: f(o.key) })),
      })),
    }
    default: return unreachable(node)
  }
}

/** All expressions of one node. */
export function expressionsOf(node: LogicalNode): readonly Expression[] {
  const all: Expression[] = []
  mapExpressions(node, (e) => {
    all.push(e)
    return e
  })
  return all
}
