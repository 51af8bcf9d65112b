import { isDeterministic } from '../expressions/static-facts.js'
import { inputsOf, type LogicalNode } from './logical.js'
import { changelogOf } from './output-mode.js'
import { expressionsOf } from './rules/map-expressions.js'

/**
 * Whether every key that a query ever writes to a table of the last row of each key is there at its end too, and written again when its
 * rows come again, in whatever batches. Then rows may be written twice: those of a crash are all replaced. False in doubt.
 *
 * A filter over changes is not so: a group may pass it for a moment, between two batches, and no other run need see that.
 */
export function keysStay(node: LogicalNode): boolean {
  return isRepeatable(node) && hasNoDeletes(node)
}

function hasNoDeletes(node: LogicalNode): boolean {
  if (changelogOf(node).kind === 'append') return true
  if (node.kind === 'project') return hasNoDeletes(node.input)
  return node.kind === 'aggregate' && changelogOf(node.input).kind === 'append'
}

/** Which rows there are does not depend on when they come or in what order. */
function isRepeatable(node: LogicalNode): boolean {
  switch (node.kind) {
    case 'limit': case 'sort': case 'over': case 'top-n': case 'async call': return false
    case 'read': return !node.clock
    default: return expressionsOf(node).every(isDeterministic) && inputsOf(node).every(isRepeatable)
  }
}
