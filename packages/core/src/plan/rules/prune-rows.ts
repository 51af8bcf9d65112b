import type { LogicalExpand, LogicalNode, LogicalUnnest } from '../logical.js'
import { columnsOf, moveColumns } from '../substitute.js'
import type { Pruned } from './prune-columns.js'

type Prune = (node: LogicalNode, needed: ReadonlySet<number>) => Pruned

/** What a table function gives stays whole; of its input only what is used above or by its arguments. */
export function pruneUnnest(node: LogicalUnnest, needed: ReadonlySet<number>, prune: Prune): Pruned {
  const width = node.input.schema.length
  const input = prune(node.input, new Set([...[...needed].filter((i) => i < width), ...columnsOf(node.args)]))
  const schema = [...input.node.schema, ...node.schema.slice(width)]
  const args = node.args.map((e) => moveColumns(e, input.places))
  return { node: { ...node, input: input.node, args, schema }, places: placesBehind(input, width, node.schema.length) }
}

/** The keys stay: without them there would be other groups. */
export function pruneExpand(node: LogicalExpand, needed: ReadonlySet<number>, prune: Prune): Pruned {
  const width = node.input.schema.length
  const input = prune(node.input, new Set([...[...needed].filter((i) => i < width), ...node.keys]))
  const schema = [...input.node.schema, ...node.schema.slice(width)]
  const keys = node.keys.map((key) => input.places[key]!)
  return { node: { ...node, input: input.node, keys, schema }, places: placesBehind(input, width, node.schema.length) }
}

/** Columns that follow those of the input are all kept. */
function placesBehind(input: Pruned, width: number, total: number): readonly number[] {
  return [...input.places.slice(0, width), ...Array.from({ length: total - width }, (_, i) => input.node.schema.length + i)]
}
