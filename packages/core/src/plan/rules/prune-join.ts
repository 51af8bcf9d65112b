import type { LogicalJoin, LogicalNode } from '../logical.js'
import { columnsOf, moveColumns } from '../substitute.js'
import type { Pruned } from './prune-columns.js'

/** The inputs without what neither the join nor anybody above it uses, and its rows without what only the join does. */
export function pruneJoin(
  node: LogicalJoin, needed: ReadonlySet<number>, prune: (node: LogicalNode, needed: ReadonlySet<number>) => Pruned,
): Pruned {
  const width = node.left.schema.length
  const output = node.output ?? node.schema.map((_, i) => i)
  const kept = output.flatMap((column, i) => (needed.has(i) ? [{ column, field: node.schema[i]! }] : []))
  const used = [...kept.map((k) => k.column), ...columnsOf(node.condition === null ? [] : [node.condition])]
  const bound = node.bound ?? null
  if (bound !== null) used.push(bound.leftTime, width + bound.rightTime)
  const asOf = node.asOf?.kind === 'rowtime' ? node.asOf : null
  if (asOf !== null) used.push(asOf.left, ...[asOf.right!, ...asOf.key].map((c) => width + c))
  const left = prune(node.left, new Set(used.filter((c) => c < width)))
  const right = prune(node.right, new Set(used.filter((c) => c >= width).map((c) => c - width)))
  const newWidth = left.node.schema.length
  const places = [...left.places, ...right.places.map((place) => (place === -1 ? -1 : newWidth + place))]
  const moved = kept.map(({ column, field }) => ({ column: places[column]!, field })).sort((a, b) => a.column - b.column)
  const join: LogicalJoin = {
    ...node,
    left: left.node,
    right: right.node,
    condition: node.condition === null ? null : moveColumns(node.condition, places),
    ...(bound === null ? {} : { bound: { ...bound, leftTime: left.places[bound.leftTime]!, rightTime: right.places[bound.rightTime]! } }),
    ...(asOf === null ? {} : {
      asOf: { ...asOf, left: left.places[asOf.left]!, right: right.places[asOf.right!]!, key: asOf.key.map((c) => right.places[c]!) },
    }),
    output: moved.map((m) => m.column),
    schema: moved.map((m) => m.field),
  }
  return { node: join, places: output.map((column, i) => (needed.has(i) ? join.output!.indexOf(places[column]!) : -1)) }
}
