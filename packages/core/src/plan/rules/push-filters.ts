import { isDeterministic } from '../../expressions/static-facts.js'
import type { Expression } from '../../expressions/expression.js'
import { filterOf, withInputs, type LogicalAggregate, type LogicalNode, type LogicalWindow } from '../logical.js'
import { shareOut } from './push-join-conditions.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { columnsOf, substitute } from '../substitute.js'

/**
 * Moves conditions towards the tables: rows that will be dropped anyway are not projected, grouped or moved. A condition
 * passes a projection by being written over its input, an aggregate if it is about keys alone, a union into every input.
 */
export function pushFilters(node: LogicalNode): LogicalNode {
  return push(node, [])
}

/** The node with conditions over its output applied as far down as they go, in their order. */
function push(node: LogicalNode, conditions: readonly Expression[]): LogicalNode {
  switch (node.kind) {
    case 'filter': return push(node.input, [...conjunctsOf(node.condition), ...conditions])
    case 'project': {
      const isSteady = (i: number): boolean => isDeterministic(node.expressions[i]!)
      const canPass = (c: Expression): boolean => isDeterministic(c) && [...columnsOf([c])].every(isSteady)
      const [below, above] = partition(conditions, canPass)
      return filtered({ ...node, input: push(node.input, below.map((c) => substitute(c, node.expressions))) }, above)
    }
    case 'aggregate': {
      const [below, above] = partition(conditions, (c) => isAboutKeys(c, node))
      return filtered({ ...node, input: push(node.input, below.map((c) => substitute(c, node.keys))) }, above)
    }
    case 'union': return { ...node, inputs: node.inputs.map((input) => push(input, conditions)) }
    case 'over': case 'top-n': {
      // Whole partitions go; a row of one that stays can change the results of the others.
      const isPartition = (c: Expression): boolean => [...columnsOf([c])].every((i) => node.partitionBy.includes(i))
      const [below, above] = partition(conditions, (c) => isDeterministic(c) && columnsOf([c]).size > 0 && isPartition(c))
      return filtered({ ...node, input: push(node.input, below) }, above)
    }
    case 'sort': {
      // Behind a LIMIT other rows would come in.
      if (node.limit !== null || node.offset > 0) return filtered({ ...node, input: push(node.input, []) }, conditions)
      return { ...node, input: push(node.input, conditions) }
    }
    case 'join': {
      const { join, left, right, above } = shareOut(node, conditions)
      return filtered({ ...join, left: push(join.left, left), right: push(join.right, right) }, above)
    }
    case 'window': {
      const [below, above] = partition(conditions, (c) => isBelowWindow(c, node))
      return filtered({ ...node, input: push(node.input, below) }, above)
    }
    case 'async call': case 'limit': case 'read': case 'values': case 'unnest': case 'expand': return filtered(withInputs(node, (input) => push(input, [])), conditions)
  }
}

/** Which rows there are says nothing of their windows, except where these are sessions. */
function isBelowWindow(condition: Expression, node: LogicalWindow): boolean {
  const passes = (column: number): boolean => column < node.input.schema.length
    && (node.shape.kind !== 'session' || node.partition.some((e) => e.kind === 'column' && e.index === column))
  const columns = [...columnsOf([condition])]
  return isDeterministic(condition) && columns.length > 0 && columns.every(passes)
}

function isAboutKeys(condition: Expression, node: LogicalAggregate): boolean {
  const columns = [...columnsOf([condition])]
  // The end of a window is not the end of a slice, and the bounds of a session are not known below.
  if (node.window?.slices !== undefined && columns.includes(node.window.endKey)) return false
  if (node.window?.session === true && columns.some((column) => column >= node.keys.length - 2)) return false
  return isDeterministic(condition) && columns.length > 0 && columns.every((i) => i < node.keys.length && isDeterministic(node.keys[i]!))
}

function filtered(node: LogicalNode, conditions: readonly Expression[]): LogicalNode {
  return conditions.length === 0 ? node : filterOf(node, allOf(conditions))
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
