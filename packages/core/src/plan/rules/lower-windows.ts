import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { INTERVAL_SECOND } from '../../types/data-type.js'
import { callOf } from '../bind-call.js'
import { lastInstant } from '../bind-grouping.js'
import { convert } from '../convert.js'
import { projectOf, rewriteNodes, type LogicalNode, type LogicalWindow } from '../logical.js'

/** A tumbling window belongs to its row alone: it is a projection, and dissolves into what stands above it. */
export function lowerWindows(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => (n.kind === 'window' ? lowerTumble(n) : n))
}

function lowerTumble(node: LogicalWindow): LogicalNode {
  const type = node.schema[node.input.schema.length]!.type
  const time = columnOf(node.time, node.input.schema[node.time]!)
  const micros = (value: number): Expression => literalOf(value, INTERVAL_SECOND)
  const ofType = (e: Expression): Expression => convert(e, type, 'explicit', node.span, 'UTC')
  const offset = node.offsetMicros === 0 ? [] : [micros(node.offsetMicros)]
  const start = ofType(callOf('window_start_of', [time, micros(node.sizeMicros), ...offset], node.span, 'UTC'))
  const end = ofType(callOf('+', [start, micros(node.sizeMicros)], node.span, 'UTC'))
  const columns = node.input.schema.map((f, i) => columnOf(i, f))
  return projectOf(node.input, [...columns, start, end, lastInstant(end, node.span, 'UTC')], node.schema.map((f) => f.name))
}
