import { columnOf, type Expression } from '../expressions/expression.js'
import { readsOf, type LogicalAggregate, type LogicalWindow } from './logical.js'
import { isLive } from './output-mode.js'
import type { AggregateCall, Distribution } from './physical.js'
import type { LatenessJudge, LateRows } from './physical-windows.js'
import { LOCAL, local, single, type Stream, type Wanted } from './physical-builder.js'
import { physicalCall } from './physical-call.js'
import { addCalc, gathered, sharedOut, withoutHidden, type PlanContext } from './stream.js'
import { columnsOf, moveColumns } from './substitute.js'

/** Rows get their windows where they are; only sessions need the rows of a key together. */
export function planWindow(node: LogicalWindow, wanted: Wanted, context: PlanContext): Stream {
  if (node.shape.kind === 'session') return planSessionRows(node, context)
  const judges = node.latenessMicros !== null
  const input = context.plan(node.input, { ordinal: wanted.ordinal, watermark: wanted.watermark || judges })
  const fields = context.builder.fieldsOf(input)
  const { width } = input
  const added = node.schema.slice(node.input.schema.length)
  const id = context.builder.add({
    kind: 'window', inputs: [input.node], shape: node.shape, assign: node.assign, width, time: node.time,
    judge: judges ? judgeOf(node, input, context) : null,
    schema: [...fields.slice(0, width), ...added, ...fields.slice(width)],
    runsOn: context.builder.get(input.node).runsOn, distribution: LOCAL,
  })
  const moved = (column: number | null): number | null => (column === null ? null : column + added.length)
  return {
    ...input, node: id, width: width + added.length, ordinal: moved(input.ordinal),
    watermark: node.assign === 'slices' ? null : moved(input.watermark),
  }
}

function judgeOf(node: LogicalWindow, input: Stream, context: PlanContext): LatenessJudge {
  return { watermarkColumn: input.watermark, latenessMicros: node.latenessMicros ?? 0, late: input.watermark === null ? null : lateRowsOf(node, context) }
}

function lateRowsOf(node: LogicalWindow, context: PlanContext): LateRows | null {
  if (node.late === null) return null
  return { sink: context.lateSink(node.late.table, node), columns: node.late.columns }
}

// ----------------------------------------------------------------------------------------------------------- sessions

/** SESSION without GROUP BY of its own: rows wait until their session closes. */
function planSessionRows(node: LogicalWindow, context: PlanContext): Stream {
  const { input, keys } = partitioned(node, node.input.schema.map((_, i) => i), context)
  const fields = context.builder.fieldsOf(input)
  const width = node.input.schema.length
  const id = context.builder.add({
    kind: 'session', inputs: [input.node], keys, time: node.time, gapMicros: node.shape.sizeMicros, width, judge: judgeOf(node, input, context),
    calls: null, emit: 'final', onError: input.onError, schema: [...fields.slice(0, width), ...node.schema.slice(width)],
    runsOn: context.builder.get(input.node).runsOn, distribution: distributionOf(input, context),
  })
  const sharedOutBy = input.sharedOutBy?.columns.every((c) => c < width) === true ? input.sharedOutBy : null
  return { ...input, node: id, width: width + 3, ordinal: null, watermark: null, sharedOutBy }
}

/** Rows go into the sessions of their key as they come, and only what the calls remember of them is kept. */
export function planSessions(node: LogicalAggregate, context: PlanContext): Stream {
  const filter = node.input.kind === 'filter' ? node.input.condition : null
  const window = (filter === null ? node.input : (node.input as Extract<LogicalAggregate['input'], { kind: 'filter' }>).input) as LogicalWindow
  const parts = node.calls.flatMap((call) => [...call.args, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map((o) => o.key)])
  const lateColumns = (window.late?.columns ?? []).filter((c) => c !== null)
  const needed = [...new Set([window.time, ...columnsOf(parts), ...lateColumns])].sort((a, b) => a - b)
  const { input, keys, places } = partitioned(window, needed, context, filter, node.calls.some((c) => c.ordered))
  const move = (e: Expression): Expression => moveColumns(e, places)
  const calls = node.calls.map((call): AggregateCall => physicalCall({
    ...call, args: call.args.map(move), filter: call.filter === null ? null : move(call.filter),
    orderBy: call.orderBy.map((o) => ({ ...o, key: move(o.key) })),
  }, input, context))
  const late = window.late === null ? null : { ...window.late, columns: window.late.columns.map((c) => (c === null ? null : places[c]!)) }
  const moved = { ...window, late }
  const id = context.builder.add({
    kind: 'session', inputs: [input.node], keys, time: places[window.time]!, gapMicros: window.shape.sizeMicros, width: 0,
    judge: judgeOf(moved, input, context), calls, emit: node.emit ?? 'final', onError: input.onError, schema: node.schema,
    runsOn: context.builder.get(input.node).runsOn, distribution: distributionOf(input, context),
  })
  const sharedOutBy = input.sharedOutBy === null ? null : { ...input.sharedOutBy, columns: input.sharedOutBy.columns.map((c) => keys.indexOf(c)) }
  return withoutHidden({
    ...input, node: id, width: node.schema.length, ordinal: null, watermark: null, sharedOutBy: sharedOutBy?.columns.includes(-1) === true ? null : sharedOutBy,
  }, context)
}

interface Partitioned {
  readonly input: Stream
  /** Columns of the session's keys. */
  readonly keys: readonly number[]
  /** Where a column of the window's input is now. */
  readonly places: readonly number[]
}

/** The columns that are needed, and the keys as columns of their own behind them, with the rows of a key on one worker. */
function partitioned(
  node: LogicalWindow, needed: readonly number[], context: PlanContext, filter: Expression | null = null, ordinal = false,
): Partitioned {
  const live = readsOf(node.input).some((read) => isLive(read, context.descriptions))
  const source = context.plan(node.input, { ordinal, watermark: live && node.latenessMicros !== null })
  const fields = context.builder.fieldsOf(source)
  const places: number[] = []
  needed.forEach((column, i) => { places[column] = i })
  const project: Expression[] = needed.map((i) => columnOf(i, fields[i]!))
  const schema = needed.map((i) => fields[i]!)
  const keys = node.partition.map((e, k) => {
    const place = e.kind === 'column' ? places[e.index] : undefined
    if (place !== undefined) return place
    schema.push({ name: e.kind === 'column' ? e.name : `key${k}`, type: e.type, nullable: e.nullable })
    return project.push(e) - 1
  })
  const asItIs = filter === null && project.length === source.width && project.every((e, i) => e.kind === 'column' && e.index === i)
  const slim = asItIs ? source : addCalc(source, filter, project, schema, context)
  const isTogether = slim.sharedOutBy !== null && keys.length > 0 && slim.sharedOutBy.columns.every((c) => keys.includes(c))
  if (context.workerCount === 1 || context.builder.get(slim.node).runsOn === 'first' || isTogether) return { input: slim, keys, places }
  const input = keys.length === 0
    ? gathered(slim, 'sessions of all rows', context)
    : sharedOut(slim, keys, 'rows: a session needs all rows of its key together', context)
  return { input, keys, places }
}

function distributionOf(input: Stream, context: PlanContext): Distribution {
  if (context.workerCount > 1 && context.builder.get(input.node).runsOn === 'first') return single('sessions of all rows')
  return context.workerCount > 1 ? local('all rows of a key are here') : LOCAL
}
