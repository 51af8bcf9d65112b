import type { LogicalJoin, LogicalNode } from './logical.js'
import { BROADCAST_BYTES_MAX } from '../limits.js'
import { LOCAL, local, single, type Stream } from './physical-builder.js'
import type { Distribution } from './physical.js'
import { gathered, sharedOut, type PlanContext } from './stream.js'

/** One side with its keys as columns, behind its own where they are computed. */
export interface KeyedSide {
  readonly stream: Stream
  readonly keys: readonly number[]
}

export interface Placed {
  readonly left: Stream
  readonly right: Stream
  /** The side that every worker has all of. */
  readonly copied: 'left' | 'right' | null
  readonly distribution: Distribution
}

/**
 * Where the rows of a join meet. Rows of equal keys do so on one worker: a side that is shared out by its keys already stays, and the
 * other one goes to it. A small side of which every row may be met anywhere is copied to all workers instead, so that the other one
 * stays where it is. Without keys and without a small side all rows meet on the first worker.
 */
export function distribute(node: LogicalJoin, left: KeyedSide, right: KeyedSide, context: PlanContext): Placed {
  const runsOn = (side: KeyedSide): 'all' | 'first' => context.builder.get(side.stream.node).runsOn
  if (context.workerCount === 1 || (runsOn(left) === 'first' && runsOn(right) === 'first')) {
    return { left: left.stream, right: right.stream, copied: null, distribution: runsOn(left) === 'first' ? single('both sides are on the first worker') : LOCAL }
  }
  const leftBy = hashedBy(left)
  const rightBy = hashedBy(right)
  const isSettled = leftBy !== null || rightBy !== null
  const copied = isSettled ? null : copiedSide(node, runsOn(left), runsOn(right), context)
  if (copied === 'right') {
    return { left: left.stream, right: copiedOut(right.stream, context), copied, distribution: local('the right side is small: every worker has all of it') }
  }
  if (copied === 'left') {
    return { left: copiedOut(left.stream, context), right: right.stream, copied, distribution: local('the left side is small: every worker has all of it') }
  }
  if (left.keys.length === 0) {
    const reason = 'no columns are equal, so every row meets every other'
    return { left: gathered(left.stream, reason, context), right: gathered(right.stream, reason, context), copied: null, distribution: single(reason) }
  }
  if (leftBy !== null && rightBy !== null && leftBy.join() === rightBy.join()) {
    return { left: left.stream, right: right.stream, copied: null, distribution: local(`both sides: ${left.stream.sharedOutBy!.reason}`) }
  }
  const reason = 'rows: equal keys meet on one worker'
  if (leftBy !== null) {
    const moved = sharedOut(right.stream, leftBy.map((k) => right.keys[k]!), reason, context)
    return { left: left.stream, right: moved, copied: null, distribution: local(`left side: ${left.stream.sharedOutBy!.reason}`) }
  }
  if (rightBy !== null) {
    const moved = sharedOut(left.stream, rightBy.map((k) => left.keys[k]!), reason, context)
    return { left: moved, right: right.stream, copied: null, distribution: local(`right side: ${right.stream.sharedOutBy!.reason}`) }
  }
  return {
    left: sharedOut(left.stream, left.keys, reason, context), right: sharedOut(right.stream, right.keys, reason, context),
    copied: null, distribution: local('equal keys are here'),
  }
}

/** A side that is small and no row of which comes out without a match: for that all workers would have to agree. */
function copiedSide(node: LogicalJoin, left: 'all' | 'first', right: 'all' | 'first', context: PlanContext): 'left' | 'right' | null {
  if (node.asOf !== undefined || (node.bound ?? null) !== null) return null
  const { type } = node
  if (left === 'all' && type !== 'right' && type !== 'full' && isSmall(node.right, context)) return 'right'
  return right === 'all' && (type === 'inner' || type === 'right') && isSmall(node.left, context) ? 'left' : null
}

/** Rows of VALUES, the one row of an aggregate over all rows, and tables that say how large they are; as they are or filtered. */
function isSmall(node: LogicalNode, context: PlanContext): boolean {
  return bytesOf(node, context) <= BROADCAST_BYTES_MAX
}

function bytesOf(node: LogicalNode, context: PlanContext): number {
  switch (node.kind) {
    case 'values': return node.rows.length * VALUES_ROW_BYTES
    case 'read': {
      const { bounded, changes, bytes } = context.descriptions.source(node.table)
      return bounded && changes !== true && !node.table.policy.replay && !node.clock ? bytes ?? Infinity : Infinity
    }
    case 'aggregate': return node.keys.length === 0 ? VALUES_ROW_BYTES : Infinity
    case 'filter': case 'project': return bytesOf(node.input, context)
    case 'union': return node.inputs.reduce((sum, input) => sum + bytesOf(input, context), 0)
    default: return Infinity
  }
}

/** Taken for a row of VALUES or of an aggregate. */
const VALUES_ROW_BYTES = 64

function copiedOut(input: Stream, context: PlanContext): Stream {
  const node = context.builder.add({
    kind: 'exchange', inputs: [input.node], to: { kind: 'all' }, schema: context.builder.fieldsOf(input), runsOn: 'all',
    distribution: { kind: 'exchange', reason: 'rows: all to every worker' },
  })
  return { ...input, node, sharedOutBy: null }
}

/** The keys, by number, by whose hash the rows of a side are shared out already; null where they are not, or not by hash. */
function hashedBy({ stream, keys }: KeyedSide): readonly number[] | null {
  if (stream.sharedOutBy === null || stream.sharedOutBy.hashed !== true) return null
  const places = stream.sharedOutBy.columns.map((column) => keys.indexOf(column))
  return places.includes(-1) ? null : places
}

/** Rows of the result are where those of a side are of which every one is in at most one place of it. */
export function sharedAfter(node: LogicalJoin, placed: Placed, output: readonly number[], leftWidth: number): Stream['sharedOutBy'] {
  const after = (side: Stream, from: number): Stream['sharedOutBy'] => {
    const columns = side.sharedOutBy?.columns.map((c) => output.indexOf(from + c)) ?? [-1]
    return columns.includes(-1) ? null : { ...side.sharedOutBy!, columns }
  }
  if (node.type === 'full') return null
  const left = node.type === 'right' ? null : after(placed.left, 0)
  return left ?? (node.type === 'inner' || node.type === 'right' ? after(placed.right, leftWidth) : null)
}
