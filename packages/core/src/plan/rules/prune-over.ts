import type { LogicalNode } from '../logical.js'
import { columnsUsed, moveCall, moveWindow, overOf, topNOf, type LogicalOver, type LogicalTopN } from '../over.js'
import type { Pruned } from './prune-columns.js'

type Prune = (node: LogicalNode, needed: ReadonlySet<number>) => Pruned

/** Calls that nobody wants go, and with them what they alone look at. A node without calls is its input. */
export function pruneOver(node: LogicalOver, needed: ReadonlySet<number>, prune: Prune): Pruned {
  const width = node.input.schema.length
  const kept = node.calls.map((_, i) => i).filter((i) => needed.has(width + i))
  const wanted = new Set([...needed].filter((column) => column < width))
  if (kept.length === 0) {
    const input = prune(node.input, wanted)
    return { node: input.node, places: [...input.places, ...node.calls.map(() => -1)] }
  }
  const smaller: LogicalOver = { ...node, calls: kept.map((i) => node.calls[i]!) }
  const input = prune(node.input, new Set([...wanted, ...columnsUsed(smaller)]))
  const { places } = input
  const moved = overOf(input.node, {
    ...smaller,
    partitionBy: smaller.partitionBy.map((column) => places[column]!),
    order: smaller.order.map((key) => ({ ...key, column: places[key.column]! })),
    calls: smaller.calls.map((call) => moveCall(call, places)),
    window: moveWindow(smaller.window, places),
  }, kept.map((i) => node.schema[width + i]!.name))
  const after = input.node.schema.length
  return { node: { ...moved, mode: node.mode }, places: [...places, ...node.calls.map((_, i) => (kept.includes(i) ? after + kept.indexOf(i) : -1))] }
}

/** The place of a row costs changes of all rows behind it: it goes where nobody looks at it. */
export function pruneTopN(node: LogicalTopN, needed: ReadonlySet<number>, prune: Prune): Pruned {
  const width = node.input.schema.length
  const wanted = [...needed].filter((column) => column < width)
  const { node: input, places } = prune(node.input, new Set([...wanted, ...columnsUsed(node)]))
  const rank = node.rank !== null && needed.has(width) ? node.rank : null
  const moved = topNOf(input, {
    ...node,
    rank,
    partitionBy: node.partitionBy.map((column) => places[column]!),
    order: node.order.map((key) => ({ ...key, column: places[key.column]! })),
    window: moveWindow(node.window, places),
  })
  return { node: moved, places: node.rank === null ? places : [...places, rank === null ? -1 : input.schema.length] }
}
