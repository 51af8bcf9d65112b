import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { INTERVAL_SECOND } from '../../types/data-type.js'
import { callOf } from '../bind-call.js'
import { lastInstant } from '../bind-grouping.js'
import type { TableEntry } from '../catalog.js'
import { convert } from '../convert.js'
import { projectOf, readsOf, rewriteNodes, type LateTarget, type LogicalNode, type LogicalRead, type LogicalWindow } from '../logical.js'
import { sliceMicrosOf } from '../window-shape.js'
import { groupByWindows } from './group-by-windows.js'

/** What is to be known of tables to decide where rows meet their windows. */
export interface WindowFacts {
  /** Rows come with watermarks, by which they can be late. */
  isLive(read: LogicalRead): boolean
  /** The table that `'late-rows'` of the table names; null without it. */
  lateTable(read: LogicalRead): TableEntry | null
}

/**
 * Aggregates over windows that overlap are put together from slices. A tumbling window, or a slice, belongs to its row
 * alone: where no row can be late it is a projection, and dissolves into what stands above it.
 */
export function lowerWindows(node: LogicalNode, facts: WindowFacts): LogicalNode {
  return rewriteNodes(groupByWindows(node, facts), (n) => (n.kind === 'window' ? lower(n, facts) : n))
}

function lower(node: LogicalWindow, facts: WindowFacts): LogicalNode {
  const judges = node.latenessMicros !== null && readsOf(node.input).some(facts.isLive)
  const late = judges ? lateTargetOf(node, facts) : null
  if (node.shape.kind === 'tumble' && late === null) return tumbling(node, node.shape.sizeMicros)
  if (node.assign === 'slices' && !judges) return tumbling(node, sliceMicrosOf(node.shape))
  return { ...node, late, latenessMicros: judges ? node.latenessMicros : null }
}

/** The table that takes the late rows, if all tables read beneath name the same one. */
function lateTargetOf(node: LogicalWindow, facts: WindowFacts): LateTarget | null {
  const tables = new Set(readsOf(node.input).map(facts.lateTable))
  const [table] = tables
  if (tables.size !== 1 || table === null || table === undefined) return null
  const columns = table.definition.columns.map(({ name }) => {
    const own = node.input.schema.findIndex((field) => field.name.toLowerCase() === name.toLowerCase())
    return own === -1 ? null : own
  })
  return { table, columns }
}

function tumbling(node: LogicalWindow, sizeMicros: number): LogicalNode {
  const { offsetMicros } = node.shape
  const type = node.schema[node.input.schema.length]!.type
  const time = columnOf(node.time, node.input.schema[node.time]!)
  const micros = (value: number): Expression => literalOf(value, INTERVAL_SECOND)
  const ofType = (e: Expression): Expression => convert(e, type, 'explicit', node.span, 'UTC')
  const offset = offsetMicros === 0 ? [] : [micros(offsetMicros)]
  const start = ofType(callOf('window_start_of', [time, micros(sizeMicros), ...offset], node.span, 'UTC'))
  const end = ofType(callOf('+', [start, micros(sizeMicros)], node.span, 'UTC'))
  const columns = node.input.schema.map((f, i) => columnOf(i, f))
  return projectOf(node.input, [...columns, start, end, lastInstant(end, node.span, 'UTC')], node.schema.map((f) => f.name))
}
