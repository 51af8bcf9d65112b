import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { BOOLEAN } from '../types/data-type.js'
import { splitByKey, splitCondition, type JoinKey } from './join-keys.js'
import type { JoinBound } from './join-bound.js'
import { readsOf, type JoinAsOf, type LogicalJoin } from './logical.js'
import { isLive } from './output-mode.js'
import { LOCAL, local, single, type Stream, type Wanted } from './physical-builder.js'
import type { Distribution } from './physical.js'
import type { JoinTime, TemporalJoinNode } from './physical-join.js'
import { allOf } from './predicate.js'
import { addCalc, commonPolicy, gathered, sharedOut, WATERMARK_FIELD, withoutHidden, type PlanContext } from './stream.js'
import { moveColumns } from './substitute.js'

const WITH_WATERMARK: Wanted = { ordinal: false, watermark: true }

/**
 * Brings rows of equal keys to one worker and joins them there. A side that is shared out by its keys already stays, and the other one
 * goes to it; without any key all rows meet on the first worker.
 */
export function planJoin(node: LogicalJoin, wanted: Wanted, context: PlanContext): Stream {
  const leftWidth = node.left.schema.length
  const width = leftWidth + node.right.schema.length
  const { keys, rest } = split(node, leftWidth, width)
  const bound = node.bound ?? null
  const asOf = node.asOf?.kind === 'rowtime' ? node.asOf : null
  const isTimed = bound !== null || asOf !== null
  const timed = { ordinal: false, watermark: isTimed }
  const carrier = wanted.watermark && !isTimed ? carrierOf(node, context) : null
  const input = (side: 'left' | 'right'): KeyedSide => {
    const stream = context.plan(node[side], carrier === side ? WITH_WATERMARK : timed)
    return withKeys(isTimed || carrier === side ? stream : withoutHidden(stream, context), keys.map((k) => k[side]), context)
  }
  const [left, right] = [input('left'), input('right')]
  const placed = distribute(left, right, keys, context)
  const total = context.builder.fieldsOf(left.stream).length
  const places = Array.from({ length: width }, (_, c) => (c < leftWidth ? c : total - leftWidth + c))
  const given = node.type === 'semi' || node.type === 'anti' ? leftWidth : width
  const visible = (node.output ?? Array.from({ length: given }, (_, c) => c)).map((c) => places[c]!)
  const carried = carrier === 'left' ? left.stream.watermark : carrier === 'right' && right.stream.watermark !== null ? total + right.stream.watermark : null
  const output = carried === null ? visible : [...visible, carried]
  const onError = commonPolicy([left.stream.onError, right.stream.onError])
  const common = {
    inputs: [placed.left.node, placed.right.node], leftKeys: left.keys, rightKeys: right.keys,
    residual: rest.length === 0 ? null : moveColumns(allOf(rest), places),
    output, schema: carried === null ? node.schema : [...node.schema, WATERMARK_FIELD],
    onError, runsOn: context.builder.get(placed.left.node).runsOn, distribution: placed.distribution,
  }
  const id = asOf === null
    ? context.builder.add({
      kind: 'join', type: node.type, nullsEqual: keys.map((k) => k.nullsEqual), emit: node.emit ?? 'changes',
      bound: bound === null ? null : timeOf(bound, left.stream, right.stream), ...common,
    })
    : context.builder.add({ kind: 'temporal join', type: node.type as 'inner' | 'left', sides: versionTimes(asOf, left.stream, right.stream), ...common })
  return {
    node: id, width: node.schema.length, ordinal: null, watermark: carried === null ? null : visible.length, onError,
    sharedOutBy: sharedAfter(node, placed, output, total),
  }
}

/** The side whose rows, and their splits' watermarks with them, go through as they come: the live one beside one that is not. */
function carrierOf(node: LogicalJoin, context: PlanContext): 'left' | 'right' | null {
  const lives = (side: 'left' | 'right'): boolean => readsOf(node[side]).some((read) => isLive(read, context.descriptions))
  if (lives('left') === lives('right')) return null
  if (lives('left')) return node.type === 'right' || node.type === 'full' ? null : 'left'
  return node.type === 'inner' || node.type === 'right' ? 'right' : null
}

function timeOf(bound: JoinBound, left: Stream, right: Stream): JoinTime {
  const { kind, lateMicros, holdBackMicros } = bound
  return {
    kind, holdBackMicros,
    sides: [
      { time: bound.leftTime, doneMicros: bound.leftDoneMicros, lateMicros, watermark: left.watermark },
      { time: bound.rightTime, doneMicros: bound.rightDoneMicros, lateMicros, watermark: right.watermark },
    ],
  }
}

function versionTimes(asOf: Extract<JoinAsOf, { kind: 'rowtime' }>, left: Stream, right: Stream): TemporalJoinNode['sides'] {
  return [
    { time: asOf.left, doneMicros: 0, lateMicros: 0, watermark: left.watermark },
    { time: asOf.right!, doneMicros: 0, lateMicros: 0, watermark: right.watermark },
  ]
}

function split(node: LogicalJoin, leftWidth: number, width: number): ReturnType<typeof splitCondition> {
  if (node.nullMatches) return { keys: [], rest: [orUnknown(node.condition)] }
  if (node.asOf?.kind === 'rowtime') return splitByKey(node.condition, leftWidth, width, node.asOf.key)
  return splitCondition(node.condition, leftWidth, width)
}

/** NOT IN: what is not known to differ is a match. */
function orUnknown(condition: Expression | null): Expression {
  const yes = literalOf(true, BOOLEAN)
  return condition === null ? yes : { kind: 'call', name: 'coalesce', args: [condition, yes], type: BOOLEAN, nullable: false }
}

/** One side with its keys as columns, behind its own where they are computed. */
interface KeyedSide {
  readonly stream: Stream
  readonly keys: readonly number[]
}

function withKeys(stream: Stream, keys: readonly Expression[], context: PlanContext): KeyedSide {
  const computed = keys.filter((e) => e.kind !== 'column')
  const places = keys.map((e) => (e.kind === 'column' ? e.index : stream.width + computed.indexOf(e)))
  if (computed.length === 0) return { stream, keys: places }
  const fields = context.builder.fieldsOf(stream).slice(0, stream.width)
  const project = [...fields.map((f, i) => columnOf(i, f)), ...computed]
  const added = computed.map((e, i) => ({ name: `key${i}`, type: e.type, nullable: e.nullable }))
  return { stream: addCalc(stream, null, project, [...fields, ...added], context), keys: places }
}

interface Placed {
  readonly left: Stream
  readonly right: Stream
  readonly distribution: Distribution
}

function distribute(left: KeyedSide, right: KeyedSide, keys: readonly JoinKey[], context: PlanContext): Placed {
  const runsOn = (side: KeyedSide): 'all' | 'first' => context.builder.get(side.stream.node).runsOn
  if (context.workerCount === 1 || (runsOn(left) === 'first' && runsOn(right) === 'first')) {
    return { left: left.stream, right: right.stream, distribution: runsOn(left) === 'first' ? single('both sides are on the first worker') : LOCAL }
  }
  if (keys.length === 0) {
    const reason = 'no columns are equal, so every row meets every other'
    return { left: gathered(left.stream, reason, context), right: gathered(right.stream, reason, context), distribution: single(reason) }
  }
  const leftBy = hashedBy(left)
  const rightBy = hashedBy(right)
  if (leftBy !== null && rightBy !== null && leftBy.join() === rightBy.join()) {
    return { left: left.stream, right: right.stream, distribution: local(`both sides: ${left.stream.sharedOutBy!.reason}`) }
  }
  const reason = 'rows: equal keys meet on one worker'
  if (leftBy !== null) {
    const moved = sharedOut(right.stream, leftBy.map((k) => right.keys[k]!), reason, context)
    return { left: left.stream, right: moved, distribution: local(`left side: ${left.stream.sharedOutBy!.reason}`) }
  }
  if (rightBy !== null) {
    const moved = sharedOut(left.stream, rightBy.map((k) => left.keys[k]!), reason, context)
    return { left: moved, right: right.stream, distribution: local(`right side: ${right.stream.sharedOutBy!.reason}`) }
  }
  return {
    left: sharedOut(left.stream, left.keys, reason, context), right: sharedOut(right.stream, right.keys, reason, context),
    distribution: local('equal keys are here'),
  }
}

/** The keys, by number, by whose hash the rows of a side are shared out already; null where they are not, or not by hash. */
function hashedBy({ stream, keys }: KeyedSide): readonly number[] | null {
  if (stream.sharedOutBy === null || stream.sharedOutBy.hashed !== true) return null
  const places = stream.sharedOutBy.columns.map((column) => keys.indexOf(column))
  return places.includes(-1) ? null : places
}

/** Rows of the result are where those of a side are of which every one is in at most one place of it. */
function sharedAfter(node: LogicalJoin, placed: Placed, output: readonly number[], leftWidth: number): Stream['sharedOutBy'] {
  const after = (side: Stream, from: number): Stream['sharedOutBy'] => {
    const columns = side.sharedOutBy?.columns.map((c) => output.indexOf(from + c)) ?? [-1]
    return columns.includes(-1) ? null : { ...side.sharedOutBy!, columns }
  }
  if (node.type === 'full') return null
  const left = node.type === 'right' ? null : after(placed.left, 0)
  return left ?? (node.type === 'inner' || node.type === 'right' ? after(placed.right, leftWidth) : null)
}
