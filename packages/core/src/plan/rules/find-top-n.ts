import type { Expression } from '../../expressions/expression.js'
import { isInteger } from '../../types/data-type.js'
import { filterOf, rewriteNodes, type LogicalFilter, type LogicalNode } from '../logical.js'
import { rankField, topNOf, type LogicalOver, type RankFunction } from '../over.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { lookup } from '../../lookup.js'

/**
 * `ROW_NUMBER() OVER (…) <= n` above its OVER becomes a node that keeps the first n rows and forgets the others, whether it was
 * written with a sub-query or as QUALIFY. Runs
 * when filters have been pushed down and before the output mode is decided: OVER by itself may have none.
 */
export function findTopN(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => (n.kind === 'filter' && n.input.kind === 'over' ? topN(n, n.input) : n))
}

const RANKS: ReadonlySet<string> = new Set(['row_number', 'rank', 'dense_rank'])

function topN(filter: LogicalFilter, over: LogicalOver): LogicalNode {
  const [call, ...others] = over.calls
  if (others.length > 0 || !RANKS.has(call!.name)) return filter
  const column = over.input.schema.length
  let [from, to] = [1, Infinity]
  const rest: Expression[] = []
  for (const condition of conjunctsOf(filter.condition)) {
    const bounds = boundsOf(condition, column)
    if (bounds === null) rest.push(condition)
    else [from, to] = [Math.max(from, bounds[0]), Math.min(to, bounds[1])]
  }
  if (to === Infinity) return filter
  const { partitionBy, order, time, window, span } = over
  const top = topNOf(over.input, {
    partitionBy, order, time, window, span, function: call!.name as RankFunction, from, to, rank: rankField(over.schema[column]!.name), emit: null,
  })
  return rest.length === 0 ? top : filterOf(top, allOf(rest))
}

/** The least and greatest place that a condition leaves, or null where it is about something else. */
function boundsOf(e: Expression, column: number): readonly [number, number] | null {
  if (e.kind !== 'call' || e.args.length !== 2) return null
  const [a, b] = e.args as [Expression, Expression]
  const forwards = isPlace(a, column)
  const value = numberOf(forwards ? b : a)
  if (value === null || !isPlace(forwards ? a : b, column)) return null
  switch (forwards ? e.name : MIRRORED[e.name]) {
    case '=': return [value, value]
    case '<=': return [1, value]
    case '<': return [1, value - 1]
    case '>=': return [value, Infinity]
    case '>': return [value + 1, Infinity]
    default: return null
  }
}

const MIRRORED: Readonly<Record<string, string>> = lookup({ '=': '=', '<=': '>=', '<': '>', '>=': '<=', '>': '<' })

function isPlace(e: Expression, column: number): boolean {
  return e.kind === 'column' && e.index === column
}

function numberOf(e: Expression): number | null {
  const literal = e.kind === 'cast' ? e.arg : e
  if (literal.kind !== 'literal' || literal.value === null || !isInteger(literal.type)) return null
  const value = Number(literal.value)
  return Number.isSafeInteger(value) ? value : null
}
