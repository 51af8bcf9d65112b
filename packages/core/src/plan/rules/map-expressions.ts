import { unreachable } from '../../errors.js'
import type { Expression } from '../../expressions/expression.js'
import type { LogicalCall, LogicalClose, LogicalNode } from '../logical.js'

/** Rewrites the expressions of one node, which must keep their types. */
export function mapExpressions(node: LogicalNode, f: (e: Expression) => Expression): LogicalNode {
  switch (node.kind) {
    case 'read': case 'values': case 'sort': case 'limit': case 'union': case 'expand': case 'over': case 'top-n': return node
    case 'window': return node.partition.length === 0 ? node : { ...node, partition: node.partition.map(f) }
    case 'filter': return { ...node, condition: f(node.condition) }
    case 'join': return node.condition === null ? node : { ...node, condition: f(node.condition) }
    case 'async call': case 'unnest': return { ...node, args: node.args.map(f) }
    case 'project': return { ...node, expressions: node.expressions.map(f) }
    case 'aggregate': return {
      ...node,
      keys: node.keys.map(f),
      window: node.window === null ? null : mapClose(node.window, f),
      calls: node.calls.map((call) => mapCall(call, f)),
    }
    default: return unreachable(node)
  }
}

/** Rewrites the parts of an aggregate call, in the order of {@link partsOfCall}. */
export function mapCall(call: LogicalCall, f: (e: Expression) => Expression): LogicalCall {
  const args = call.args.map(f)
  const filter = call.filter === null ? null : f(call.filter)
  return { ...call, args, filter, orderBy: call.orderBy.map((o) => ({ ...o, key: f(o.key) })) }
}

export function partsOfCall(call: LogicalCall): readonly Expression[] {
  return [...call.args, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map((o) => o.key)]
}

function mapClose(window: LogicalClose, f: (e: Expression) => Expression): LogicalClose {
  const { slices } = window
  return slices === undefined || slices.from === null ? window : { ...window, slices: { ...slices, from: f(slices.from) } }
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
