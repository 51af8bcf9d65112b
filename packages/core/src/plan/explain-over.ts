import { unreachable } from '../errors.js'
import { printedNameOf } from '../functions/user/user-function.js'
import type { Schema } from '../types/data-type.js'
import type { Frame, FrameEdge, OverCall } from './over.js'
import type { OverNode, TopNNode } from './physical-over.js'
import type { SortKey } from './physical.js'

/** What EXPLAIN says of OVER. */
export function overDetail(node: OverNode, input: Schema): string {
  return [
    ...windowParts(node, input),
    node.calls.map((call) => printOverCall(call, input)).join(', '),
    ...(node.mode === 'final' ? [] : [`emit=${node.mode}`]),
  ].join('  ')
}

export function topNDetail(node: TopNNode, input: Schema): string {
  const rows = node.from === 1 ? `first ${node.to}` : `rows ${node.from} to ${node.to}`
  return [
    `${rows}${node.function === 'row_number' ? '' : ` by ${node.function}`}${node.rank ? ' with rank' : ''}`,
    ...windowParts(node, input),
    ...(node.emit === 'final' ? [] : ['emit=changes']),
    ...(node.retracting ? ['keeps all rows: its input changes'] : []),
  ].join('  ')
}

function windowParts({ partitionBy, order, window }: OverNode | TopNNode, input: Schema): string[] {
  return [
    ...(partitionBy.length === 0 ? [] : [`partition=${partitionBy.map((column) => input[column]!.name).join(', ')}`]),
    ...(order.length === 0 ? [] : [`order=${printSortKeys(order, input)}`]),
    ...(window === null ? [] : [`closes=${input[window.endColumn]!.name}`]),
  ]
}

export function printSortKeys(keys: readonly SortKey[], schema: Schema): string {
  return keys.map(({ column, descending, nullsFirst }) => {
    const nulls = nullsFirst === descending ? (nullsFirst ? ' NULLS FIRST' : ' NULLS LAST') : ''
    return `${schema[column]!.name}${descending ? ' DESC' : ''}${nulls}`
  }).join(', ')
}

export function printOverCall(call: OverCall, input: Schema): string {
  const args = [...call.args.map((column) => input[column]!.name), ...(call.count === null ? [] : [String(call.count)])]
  const inside = call.name === 'count' && args.length === 0 ? '*' : args.join(', ')
  const filter = call.filter === null ? '' : ` FILTER (WHERE ${input[call.filter]!.name})`
  const frame = call.kind === 'aggregate' || call.kind === 'frame' ? printFrame(call.frame) : ''
  return `${printedNameOf(call)}(${call.distinct ? 'DISTINCT ' : ''}${inside}${call.ignoreNulls ? ' IGNORE NULLS' : ''})${filter}${frame === '' ? '' : ` ${frame}`}`
}

/** Empty for the default frames. */
function printFrame({ unit, start, end }: Frame): string {
  if (unit === 'range' && start.kind === 'unbounded preceding' && !('by' in end)) return ''
  return `${unit.toUpperCase()} ${printEdge(start)} TO ${printEdge(end)}`
}

function printEdge(edge: FrameEdge): string {
  switch (edge.kind) {
    case 'preceding': case 'following': return `${edge.by.kind === 'rows' ? edge.by.rows : edge.by.text} ${edge.kind.toUpperCase()}`
    case 'unbounded preceding': case 'current row': case 'unbounded following': return edge.kind.toUpperCase()
    default: return unreachable(edge)
  }
}
