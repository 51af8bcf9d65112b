import type { Expression } from '../../expressions/expression.js'
import { rewriteNodes, type LogicalNode, type LogicalProject } from '../logical.js'
import { canDissolve, substitute } from '../substitute.js'
import { expressionsOf, mapExpressions } from './map-expressions.js'

/**
 * One pass over the rows instead of two: a projection beneath a projection or an aggregate dissolves into its
 * expressions, and one that changes nothing goes.
 */
export function mergeProjects(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => {
    if (n.kind === 'project') return dropIdentity(dissolve(n) as LogicalProject)
    return n.kind === 'aggregate' ? dissolve(n) : n
  })
}

function dissolve(node: Extract<LogicalNode, { kind: 'project' | 'aggregate' }>): LogicalNode {
  const below = node.input
  if (below.kind !== 'project' || !canDissolve(below.expressions, expressionsOf(node))) return node
  const over = (e: Expression): Expression => substitute(e, below.expressions)
  return { ...mapExpressions(node, over), input: below.input } as LogicalNode
}

function dropIdentity(node: LogicalProject): LogicalNode {
  const { input, expressions, schema } = node
  const same = expressions.length === input.schema.length && expressions.every((e, i) => e.kind === 'column' && e.index === i)
  if (!same) return node
  return input.kind === 'read' ? input : { ...input, schema }
}
