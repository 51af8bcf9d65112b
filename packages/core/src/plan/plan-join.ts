import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { BOOLEAN } from '../types/data-type.js'
import { distribute, sharedAfter, type KeyedSide } from './join-distribution.js'
import { splitByKey, splitCondition } from './join-keys.js'
import type { JoinBound } from './join-bound.js'
import { readsOf, type JoinAsOf, type LogicalJoin } from './logical.js'
import { isLive } from './output-mode.js'
import type { Stream, Wanted } from './physical-builder.js'
import type { JoinTime, TemporalJoinNode } from './physical-join.js'
import { allOf } from './predicate.js'
import { addCalc, commonPolicy, WATERMARK_FIELD, withoutHidden, type PlanContext } from './stream.js'
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
  const placed = distribute(node, left, right, context)
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
      bound: bound === null ? null : timeOf(bound, left.stream, right.stream), copied: placed.copied,
      endless: node.endless === true, ...common,
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

function withKeys(stream: Stream, keys: readonly Expression[], context: PlanContext): KeyedSide {
  const computed = keys.filter((e) => e.kind !== 'column')
  const places = keys.map((e) => (e.kind === 'column' ? e.index : stream.width + computed.indexOf(e)))
  if (computed.length === 0) return { stream, keys: places }
  const fields = context.builder.fieldsOf(stream).slice(0, stream.width)
  const project = [...fields.map((f, i) => columnOf(i, f)), ...computed]
  const added = computed.map((e, i) => ({ name: `key${i}`, type: e.type, nullable: e.nullable }))
  return { stream: addCalc(stream, null, project, [...fields, ...added], context), keys: places }
}
