import { MillraceError, type Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import type { OrderItem } from '../sql/ast.js'
import { typeName } from '../types/data-type.js'
import type { ExpressionContext } from './bind-context.js'
import { bindExpression } from './bind-expression.js'
import type { SelectColumn } from './bind-select.js'
import { sameName } from './catalog.js'
import type { LogicalNode } from './logical.js'
import type { SortKey } from './physical.js'

export interface BoundOrder {
  readonly expression: Expression
  readonly key: Omit<SortKey, 'column'>
  readonly span: Span
}

/** LIMIT and OFFSET as numbers; `limit` null where there is none. */
export interface RowLimit {
  readonly limit: number | null
  readonly offset: number
}

/**
 * What ORDER BY means over the input of a SELECT: a number is that output column, a bare name an output column before it
 * is one of the input, anything else an expression over the input.
 */
export function bindOrder(
  items: readonly OrderItem[], columns: readonly SelectColumn[], context: ExpressionContext,
): readonly BoundOrder[] {
  return items.map((item) => {
    const expression = outputColumn(item, columns) ?? bindExpression(item.expression, context)
    if (['ARRAY', 'MAP', 'ROW'].includes(expression.type.kind)) {
      throw new MillraceError('SQL_TYPE', `rows cannot be ordered by ${typeName(expression.type)}`, { span: item.expression.span })
    }
    return { expression, key: { descending: item.descending, nullsFirst: item.nullsFirst ?? !item.descending }, span: item.expression.span }
  })
}

function outputColumn(item: OrderItem, columns: readonly SelectColumn[]): Expression | null {
  const e = item.expression
  if (e.kind === 'literal' && e.type === 'integer') {
    const column = columns[Number(e.text) - 1]
    if (column !== undefined) return column.expression
    throw new MillraceError('SQL_COLUMN_UNKNOWN', `ORDER BY ${e.text}: there are ${columns.length} columns`, { span: e.span })
  }
  if (e.kind !== 'column' || e.path.length !== 1) return null
  const named = columns.filter((c) => sameName(c.name, e.path[0]!))
  return named.length === 1 ? named[0]!.expression : null
}

/** ORDER BY with its LIMIT, or a LIMIT alone, or nothing. */
export function sortBy(
  node: LogicalNode, keys: readonly SortKey[], { limit, offset }: RowLimit, span: Span,
): LogicalNode {
  if (keys.length > 0) return { kind: 'sort', input: node, keys, limit, offset, schema: node.schema, span }
  if (limit !== null || offset > 0) return { kind: 'limit', input: node, limit, offset, schema: node.schema, span }
  return node
}
