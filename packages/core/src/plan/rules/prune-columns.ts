import { unreachable } from '../../errors.js'
import { columnOf } from '../../expressions/expression.js'
import { projectOf, type LogicalAggregate, type LogicalNode, type LogicalRead, type LogicalUnion, type LogicalWindow } from '../logical.js'
import { columnsOf, moveColumns } from '../substitute.js'
import { pruneJoin } from './prune-join.js'
import { expressionsOf, mapExpressions } from './map-expressions.js'
import { pruneOver, pruneTopN } from './prune-over.js'
import { pruneExpand, pruneUnnest } from './prune-rows.js'

/** Reads, computes and carries only the columns that somebody above uses. */
export function pruneColumns(node: LogicalNode): LogicalNode {
  return prune(node, new Set(node.schema.keys())).node
}

/** The node without the columns that are not `needed` (it may keep more), and where each old column now is (−1: gone). */
export interface Pruned {
  readonly node: LogicalNode
  readonly places: readonly number[]
}

function prune(node: LogicalNode, needed: ReadonlySet<number>): Pruned {
  switch (node.kind) {
    case 'read': return pruneRead(node, needed)
    case 'values': {
      const kept = ascending(needed)
      return {
        node: { ...node, rows: node.rows.map((row) => kept.map((i) => row[i]!)), schema: kept.map((i) => node.schema[i]!) },
        places: placesOf(kept, node.schema.length),
      }
    }
    case 'filter': {
      const input = prune(node.input, union(needed, columnsOf([node.condition])))
      return {
        node: { ...node, input: input.node, condition: moveColumns(node.condition, input.places), schema: input.node.schema },
        places: input.places,
      }
    }
    case 'project': {
      const kept = ascending(needed)
      const expressions = kept.map((i) => node.expressions[i]!)
      const input = prune(node.input, columnsOf(expressions))
      const moved = expressions.map((e) => moveColumns(e, input.places))
      return {
        node: { ...node, input: input.node, expressions: moved, schema: kept.map((i) => node.schema[i]!) },
        places: placesOf(kept, node.schema.length),
      }
    }
    case 'aggregate': return pruneAggregate(node, needed)
    case 'sort': {
      const input = prune(node.input, union(needed, new Set(node.keys.map((k) => k.column))))
      const keys = node.keys.map((k) => ({ ...k, column: input.places[k.column]! }))
      return { node: { ...node, input: input.node, keys, schema: input.node.schema }, places: input.places }
    }
    case 'limit': {
      const input = prune(node.input, needed)
      return { node: { ...node, input: input.node, schema: input.node.schema }, places: input.places }
    }
    case 'window': return pruneWindow(node, needed)
    case 'union': return pruneUnion(node, needed)
    case 'unnest': return pruneUnnest(node, needed, prune)
    case 'expand': return pruneExpand(node, needed, prune)
    case 'join': return pruneJoin(node, needed, prune)
    case 'over': return pruneOver(node, needed, prune)
    case 'top-n': return pruneTopN(node, needed, prune)
    // Asynchronous calls become nodes last of all, when nothing is pruned any more.
    case 'async call': return { node, places: [...node.schema.keys()] }
    default: return unreachable(node)
  }
}

function pruneRead(node: LogicalRead, needed: ReadonlySet<number>): Pruned {
  const kept = ascending(union(needed, new Set(node.conditions.map((c) => c.column))))
  const places = placesOf(kept, node.schema.length)
  const conditions = node.conditions.map((c) => ({ ...c, column: places[c.column]! }))
  const paths = node.paths === undefined ? {} : { paths: kept.map((i) => node.paths![i]!) }
  return {
    node: { ...node, columns: kept.map((i) => node.columns[i]!), ...paths, conditions, schema: kept.map((i) => node.schema[i]!) }, places,
  }
}

/** The window's own columns stay. */
function pruneWindow(node: LogicalWindow, needed: ReadonlySet<number>): Pruned {
  const width = node.input.schema.length
  const used = [...needed].filter((column) => column < width)
  const wanted = [...used, node.time, ...columnsOf(node.partition), ...(node.late?.columns ?? []).filter((column) => column !== null)]
  const input = prune(node.input, new Set(wanted))
  const moved = (column: number): number => input.places[column]!
  return {
    node: {
      ...node, input: input.node, time: moved(node.time), partition: node.partition.map((e) => moveColumns(e, input.places)),
      late: node.late === null ? null : { ...node.late, columns: node.late.columns.map((column) => (column === null ? null : moved(column))) },
      schema: [...input.node.schema, ...node.schema.slice(width)],
    },
    places: [...input.places, ...node.schema.slice(width).map((_, i) => input.node.schema.length + i)],
  }
}

/** Keys stay: without them there would be other groups. */
function pruneAggregate(node: LogicalAggregate, needed: ReadonlySet<number>): Pruned {
  const keys = node.keys.length
  const calls = node.calls.map((_, i) => i).filter((i) => needed.has(keys + i))
  const someCall = keys === 0 && calls.length === 0 ? [0] : calls
  const kept = [...node.keys.keys(), ...someCall.map((i) => keys + i)]
  const smaller: LogicalAggregate = { ...node, calls: someCall.map((i) => node.calls[i]!), schema: kept.map((i) => node.schema[i]!) }
  const input = prune(node.input, columnsOf(expressionsOf(smaller)))
  const moved = mapExpressions(smaller, (e) => moveColumns(e, input.places)) as LogicalAggregate
  return { node: { ...moved, input: input.node }, places: placesOf(kept, node.schema.length) }
}

/** Every input gets the same columns in the same places. */
function pruneUnion(node: LogicalUnion, needed: ReadonlySet<number>): Pruned {
  const kept = ascending(needed)
  const inputs = node.inputs.map((input) => {
    const pruned = prune(input, needed)
    const asWanted = kept.length === pruned.node.schema.length && kept.every((old, i) => pruned.places[old] === i)
    if (asWanted) return pruned.node
    return projectOf(
      pruned.node,
      kept.map((old) => columnOf(pruned.places[old]!, pruned.node.schema[pruned.places[old]!]!)),
      kept.map((old) => node.schema[old]!.name),
    )
  })
  return { node: { ...node, inputs, schema: kept.map((i) => node.schema[i]!) }, places: placesOf(kept, node.schema.length) }
}

function ascending(columns: ReadonlySet<number>): readonly number[] {
  return [...columns].sort((a, b) => a - b)
}

function union(a: ReadonlySet<number>, b: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...a, ...b])
}

function placesOf(kept: readonly number[], width: number): readonly number[] {
  return Array.from({ length: width }, (_, old) => kept.indexOf(old))
}
