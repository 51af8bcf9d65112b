import type { JoinSyntax, SqlExpression, TableExpression } from '../sql/ast.js'
import { MillraceError } from '../errors.js'
import { bindExpression } from './bind-expression.js'
import type { BindSession } from './bind-context.js'
import type { BoundFrom } from './bind-from.js'
import { bindJoin } from './bind-join.js'
import { sameName } from './catalog.js'
import type { JoinAsOf, LogicalNode } from './logical.js'
import { isProctime } from './proctime.js'
import { unsupported } from './unsupported.js'

/** A table with FOR SYSTEM_TIME AS OF. */
export type TableAsOf = Extract<TableExpression, { kind: 'table' }> & { readonly asOf: SqlExpression }

export function isAsOf(table: TableExpression): table is TableAsOf {
  return table.kind === 'table' && table.asOf !== null
}

/**
 * Binds `a JOIN b FOR SYSTEM_TIME AS OF a.ts`: every row of the left side meets the table as it was then.
 *
 * @param right the table, bound as it is without its time
 */
export function bindTemporalJoin(syntax: JoinSyntax, left: BoundFrom, right: BoundFrom, session: BindSession): BoundFrom {
  const table = syntax.right as TableAsOf
  if (syntax.type !== 'inner' && syntax.type !== 'left') {
    throw unsupported('with FOR SYSTEM_TIME AS OF a join is JOIN or LEFT JOIN: there is no row of the table without a time to see it at', syntax.span)
  }
  const asOf = timeOf(table, left, right, session)
  const bound = bindJoin(syntax, left, right, session)
  return { ...bound, node: withTime(bound.node, asOf) }
}

/** The join itself may stand beneath a projection (USING). */
function withTime(node: LogicalNode, asOf: JoinAsOf): LogicalNode {
  if (node.kind === 'join') return { ...node, asOf }
  return node.kind === 'project' ? { ...node, input: withTime(node.input, asOf) } : node
}

function timeOf(table: TableAsOf, left: BoundFrom, right: BoundFrom, session: BindSession): JoinAsOf {
  const time = bindExpression(table.asOf, { session, scope: left.scope, aliases: null, aggregates: 'FOR SYSTEM_TIME AS OF' })
  const attribute = time.kind === 'column' ? left.scope[time.index]!.attribute : null
  if (isProctime(time) || attribute?.kind === 'proctime') return { kind: 'clock' }
  if (time.kind !== 'column' || (attribute?.kind !== 'rowtime' && attribute?.kind !== 'window_time')) {
    throw new MillraceError(
      'SQL_TIME',
      'FOR SYSTEM_TIME AS OF needs a time attribute of the left side: a column with WATERMARK FOR, or one AS PROCTIME()',
      { span: table.asOf.span },
    )
  }
  const rowtime = right.scope.findIndex((c) => c.attribute?.kind === 'rowtime')
  return { kind: 'rowtime', left: time.index, right: rowtime === -1 ? null : rowtime, key: keyOf(table, right, session) }
}

/** Columns of the table's primary key. */
function keyOf(table: TableAsOf, right: BoundFrom, session: BindSession): readonly number[] {
  const entry = session.catalog.find(table.name)
  if (entry?.kind !== 'table') return []
  return entry.definition.primaryKey.map((name) => right.scope.findIndex((c) => sameName(c.name, { text: name, quoted: true })))
}
