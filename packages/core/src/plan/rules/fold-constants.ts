import type { Expression } from '../../expressions/expression.js'
import { foldConstants } from '../fold.js'
import { rewriteNodes, type LogicalNode } from '../logical.js'
import { mapExpressions } from './map-expressions.js'
import { unwrapCasts } from './unwrap-casts.js'

/** Computes constants, and moves casts from columns to the literals they are compared with. */
export function foldAllConstants(node: LogicalNode): LogicalNode {
  const fold = (e: Expression): Expression => unwrapCasts(foldConstants(e))
  return rewriteNodes(node, (n) => dropTrueFilter(mapExpressions(n, fold)))
}

function dropTrueFilter(node: LogicalNode): LogicalNode {
  return node.kind === 'filter' && node.condition.kind === 'literal' && node.condition.value === true ? node.input : node
}
