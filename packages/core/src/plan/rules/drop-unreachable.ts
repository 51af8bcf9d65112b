import { rewriteNodes, type LogicalNode } from '../logical.js'

/** What no row can pass is not read: WHERE FALSE and LIMIT 0 are no rows, whatever stands beneath. */
export function dropUnreachable(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => (passesNothing(n) ? { kind: 'values', rows: [], schema: n.schema } : n))
}

function passesNothing(node: LogicalNode): boolean {
  if (node.kind === 'filter') return node.condition.kind === 'literal' && node.condition.value !== true
  return (node.kind === 'limit' || node.kind === 'sort') && node.limit === 0
}
