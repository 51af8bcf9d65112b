import { columnOf, childrenOf, type ColumnExpression, type Expression } from '../expressions/expression.js'
import type { Field } from '../types/data-type.js'

/**
 * Columns that no input has: they stand, while a query is bound, for a value of which it is not known yet where it will come from. The
 * binder replaces all of them.
 *
 * - `grouping`: a GROUPING(…), until the grouping sets are known
 * - `sub-query`: the value of a sub-query, until it has been joined
 * - `outer`: a column of the query around a sub-query, until that has been joined
 */
export type PlaceholderKind = keyof typeof FIRST

/** Indexes go down from here. */
const FIRST = { 'grouping': -1, 'sub-query': -1_000_001, 'outer': -2_000_001 } as const

export function placeholderOf(kind: PlaceholderKind, number: number, field: Field): ColumnExpression {
  return columnOf(FIRST[kind] - number, field)
}

/** The number of a placeholder of the kind; null for everything else. */
export function placeholderNumber(e: Expression, kind: PlaceholderKind): number | null {
  if (e.kind !== 'column' || e.index > FIRST[kind] || e.index <= FIRST[kind] - 1_000_000) return null
  return FIRST[kind] - e.index
}

export function hasPlaceholder(e: Expression, kind: PlaceholderKind): boolean {
  return placeholderNumber(e, kind) !== null || childrenOf(e).some((child) => hasPlaceholder(child, kind))
}
