import { isDeterministic } from '../../expressions/static-facts.js'
import { rewriteExpression, type Expression, type LiteralExpression } from '../../expressions/expression.js'
import type { DataType } from '../../types/data-type.js'
import { filterOf, rewriteNodes, withInputs, type LogicalFilter, type LogicalNode } from '../logical.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { mapExpressions } from './map-expressions.js'

/**
 * Behind `WHERE event_type = 2` the column is that literal: `CASE WHEN event_type = 0 THEN …` above it can be decided while
 * planning, and what only its other branches read is not read.
 */
export function useKnownValues(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => {
    if (n.kind === 'filter') return narrowed(n)
    if ((n.kind !== 'project' && n.kind !== 'aggregate') || n.input.kind !== 'filter') return n
    const known = knownValues(n.input.condition)
    return known.size === 0 ? n : withInputs(mapExpressions(n, (e) => withKnown(e, known)), (input) => input)
  })
}

/** The other parts of a condition know the value too. */
function narrowed(node: LogicalFilter): LogicalNode {
  const known = knownValues(node.condition)
  const parts = conjunctsOf(node.condition)
  if (known.size === 0 || parts.length === 1) return node
  return filterOf(node.input, allOf(parts.map((part) => (equationOf(part) === null ? withKnown(part, known) : part))))
}

function knownValues(condition: Expression): ReadonlyMap<number, LiteralExpression> {
  return new Map(conjunctsOf(condition).flatMap((part) => {
    const equation = equationOf(part)
    return equation === null ? [] : [equation]
  }))
}

/** `column = literal`, of a type whose equal values are the same value. */
function equationOf(e: Expression): readonly [number, LiteralExpression] | null {
  if (e.kind !== 'call' || e.name !== '=') return null
  const [a, b] = e.args as [Expression, Expression]
  const [column, literal] = a.kind === 'column' ? [a, b] : [b, a]
  if (column.kind !== 'column' || literal.kind !== 'literal' || literal.value === null) return null
  return isIdentity(column.type) && column.type.kind === literal.type.kind ? [column.index, literal] : null
}

function isIdentity({ kind }: DataType): boolean {
  return kind === 'BOOLEAN' || kind === 'TINYINT' || kind === 'SMALLINT' || kind === 'INT' || kind === 'BIGINT' || kind === 'DATE'
}

function withKnown(e: Expression, known: ReadonlyMap<number, LiteralExpression>): Expression {
  if (!isDeterministic(e)) return e
  return rewriteExpression(e, (x) => (x.kind === 'column' && known.has(x.index) ? { ...known.get(x.index)!, type: x.type } : x))
}
