import { columnOf, type Expression } from '../../expressions/expression.js'
import { INTERVAL_SECOND } from '../../types/data-type.js'
import { callOf } from '../bind-call.js'
import { projectOf, rewriteNodes, type LogicalAggregate, type LogicalNode } from '../logical.js'
import { sameExpression } from '../same-expression.js'

/**
 * A window's start says nothing that its end does not: groups are kept, hashed and moved by the end alone, and the start
 * is computed for the rows that come out.
 */
export function dropWindowStart(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => (n.kind === 'aggregate' && n.window !== null && n.window.slices === undefined && n.window.session !== true ? withoutStart(n, n.window) : n))
}

function withoutStart(node: LogicalAggregate, window: NonNullable<LogicalAggregate['window']>): LogicalNode {
  const end = node.keys[window.endKey]!
  if (end.kind !== 'call' || end.name !== '+') return node
  if (end.args[1]!.kind !== 'literal' || end.args[1]!.type.kind !== INTERVAL_SECOND.kind) return node
  const [start, size] = end.args as [Expression, Expression]
  const at = node.keys.findIndex((key) => sameExpression(key, start))
  if (at === -1) return node
  const kept = (_: unknown, i: number): boolean => i !== at
  const endKey = window.endKey - (at < window.endKey ? 1 : 0)
  const smaller: LogicalAggregate = {
    ...node, keys: node.keys.filter(kept), schema: node.schema.filter(kept), window: { ...window, endKey },
  }
  const column = (i: number): Expression => columnOf(i, smaller.schema[i]!)
  const before = callOf('-', [column(endKey), size], node.span, 'UTC')
  return projectOf(smaller, node.schema.map((_, i) => (i === at ? before : column(i < at ? i : i - 1))), node.schema.map((f) => f.name))
}
