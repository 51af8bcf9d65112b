import { printedNameOf } from '../functions/user/user-function.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import type { Field } from '../types/data-type.js'
import { stateFieldsOf } from './aggregate-state.js'
import { readsOf, type LogicalAggregate, type LogicalCall } from './logical.js'
import { changelogOf, isLive } from './output-mode.js'
import type { AggregateNode, Distribution } from './physical.js'
import { LOCAL, local, single, type Stream, type Wanted } from './physical-builder.js'
import { physicalCall } from './physical-call.js'
import { planSessions } from './plan-window.js'
import { printExpression } from './print-expression.js'
import { addCalc, gathered, sharedOut, withoutHidden, type PlanContext } from './stream.js'
import { columnsOf, moveColumns } from './substitute.js'

/**
 * Groups and aggregates where the rows are, if equal keys are on one worker; else merges: every worker aggregates its own
 * rows, and only these partial results move to the owners of their keys. Where that is impossible (DISTINCT, ORDER BY
 * inside a call, rows that are taken back) the rows themselves move.
 */
export function planAggregate(node: LogicalAggregate, context: PlanContext): Stream {
  const filter = node.input.kind === 'filter' ? node.input.condition : null
  const below = node.input.kind === 'filter' ? node.input.input : node.input
  const live = readsOf(below).some((read) => isLive(read, context.descriptions))
  // A row is taken back by its values, and the one that takes it back comes later: it has another ordinal.
  const retracting = changelogOf(below).kind === 'changes'
  if (node.window?.session === true) return planSessions(node, context)
  const wanted: Wanted = { ordinal: !retracting && node.calls.some((c) => c.ordered), watermark: node.window !== null && live }
  const input = context.plan(below, wanted)
  const from = node.window?.slices?.from ?? null
  const work = { node, filter, keys: from === null ? node.keys : [...node.keys, from], calls: node.calls, input, retracting }
  if (context.workerCount === 1 || context.builder.get(input.node).runsOn === 'first') return complete(work, LOCAL, context)
  const reason = whyLocal(node, input)
  if (reason !== null) return complete(work, local(reason), context)
  if (retracting || node.calls.some((c) => c.distinct || c.orderBy.length > 0 || c.user?.merges === false)) return moveRows(work, context)
  return merge(work, context)
}

/** What an aggregate does, as its input changes on the way. */
interface Work {
  readonly node: LogicalAggregate
  readonly filter: Expression | null
  readonly keys: readonly Expression[]
  readonly calls: readonly LogicalCall[]
  readonly input: Stream
  /** Rows of the input take others back. */
  readonly retracting: boolean
}

function whyLocal(node: LogicalAggregate, input: Stream): string | null {
  const owning = owningKeys(node)
  if (input.sharedOutBy === null || owning.length === 0) return null
  const grouped = new Set(owning.map((i) => node.keys[i]!).flatMap((k) => (k.kind === 'column' ? [k.index] : [])))
  return input.sharedOutBy.columns.every((column) => grouped.has(column)) ? input.sharedOutBy.reason : null
}

/** Keys by which groups are owned: all of them, but slices of one window belong together. */
function owningKeys({ keys, window }: LogicalAggregate): readonly number[] {
  return [...keys.keys()].filter((k) => window?.slices === undefined || k !== window.endKey)
}

/** Keys as fields; of slices the one besides, by which some windows leave a row out. */
function keyFieldsOf({ node, keys }: Work): readonly Field[] {
  return keys.map((key, k): Field => (k < node.keys.length ? node.schema[k]! : { name: '#from', type: key.type, nullable: true }))
}

function complete(work: Work, distribution: Distribution, context: PlanContext): Stream {
  return resultOf(addAggregate(work, 'complete', work.input, work.node.schema, distribution, context), work, context)
}

// -------------------------------------------------------------------------------------------------------------- merge

function merge(work: Work, context: PlanContext): Stream {
  const { node } = work
  const keyFields = keyFieldsOf(work)
  const owning = owningKeys(node)
  const partial = addAggregate(
    work,
    'partial',
    work.input,
    [...keyFields, ...node.calls.flatMap((call, i) => stateFieldsOf(physicalCall(call, work.input, context), `${printedNameOf(call)}${i}`))],
    LOCAL,
    context,
  )
  const states: Stream = {
    ...work.input, node: partial, width: context.builder.get(partial).schema.length, ordinal: null, watermark: null, sharedOutBy: null,
  }
  const moved = owning.length === 0
    ? gathered(states, 'one group: the partial aggregates of all workers', context)
    : sharedOut(states, owning, node.calls.length === 0 ? 'different keys only' : 'partial aggregates only', context)
  const keys = keyFields.map((f, i) => columnOf(i, f))
  const final = addAggregate(
    { ...work, keys, filter: null }, 'final', moved, node.schema, { kind: 'merge', reason: whyMerge(node) }, context,
  )
  return resultOf(final, { ...work, keys, input: moved }, context)
}

function whyMerge(node: LogicalAggregate): string {
  if (node.keys.length === 0) return 'one group over all workers'
  const tables = [...new Set(readsOf(node).map((read) => read.table.definition.name))]
  const keys = node.keys.map(
    (k, i) => `\`${k.kind === 'column' || i === node.window?.endKey ? node.schema[i]!.name : printExpression(k)}\``,
  )
  const verb = keys.length === 1 ? 'is' : 'are'
  return `${keys.join(', ')} ${verb} not the split key of ${tables.join(', ')}`
}

// ---------------------------------------------------------------------------------------------------------- move rows

/** Sends to each key's owner what its aggregates need: keys, arguments, and the hidden columns. */
function moveRows(work: Work, context: PlanContext): Stream {
  const { node, input } = work
  const fields = context.builder.fieldsOf(input)
  const needed = [...columnsOf(node.calls.flatMap(partsOf))].sort((a, b) => a - b)
  const keyFields = keyFieldsOf(work)
  const owning = owningKeys(node)
  const project = [...work.keys, ...needed.map((i) => columnOf(i, fields[i]!))]
  const slim = addCalc(input, work.filter, project, [...keyFields, ...needed.map((i) => fields[i]!)], context)
  const cause = causeOf(work)
  const reason = `rows: ${cause} needs all rows of a key together`
  const moved = owning.length === 0 ? gathered(slim, reason, context) : sharedOut(slim, owning, reason, context)
  const places: number[] = []
  needed.forEach((column, i) => { places[column] = keyFields.length + i })
  const calls = node.calls.map((call) => mapCall(call, (e) => moveColumns(e, places)))
  const distribution = owning.length === 0 ? single('one group over all workers') : local('all rows of a key are here')
  return complete({ ...work, filter: null, keys: keyFields.map((f, i) => columnOf(i, f)), calls, input: moved }, distribution, context)
}

function causeOf({ node: { calls }, retracting }: Work): string {
  if (retracting) return 'what takes rows back'
  if (calls.some((c) => c.distinct)) return 'DISTINCT'
  const whole = calls.find((c) => c.user?.merges === false)
  return whole === undefined ? 'ORDER BY' : `${whole.user!.name}, which has no merge,`
}

function partsOf(call: LogicalCall): readonly Expression[] {
  return [...call.args, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map((o) => o.key)]
}

function mapCall(call: LogicalCall, f: (e: Expression) => Expression): LogicalCall {
  return {
    ...call,
    args: call.args.map(f),
    filter: call.filter === null ? null : f(call.filter),
    orderBy: call.orderBy.map((o) => ({ ...o, key: f(o.key) })),
  }
}

// -------------------------------------------------------------------------------------------------------------- nodes

function addAggregate(
  work: Work, phase: AggregateNode['phase'], input: Stream, schema: readonly Field[], distribution: Distribution, context: PlanContext,
): number {
  const { node } = work
  return context.builder.add({
    kind: 'aggregate', phase, inputs: [input.node], schema,
    filter: work.filter, keys: work.keys, calls: work.calls.map((call) => physicalCall(call, input, context)),
    ...closeOf(node, phase === 'final' ? null : input.watermark),
    emit: node.emit ?? 'final', ...(work.retracting ? { retracting: true } : {}),
    onError: input.onError, runsOn: context.builder.get(input.node).runsOn, distribution,
  })
}

function closeOf({ window }: LogicalAggregate, watermark: number | null): Pick<AggregateNode, 'window' | 'slices'> {
  if (window === null) return { window: null }
  const { endKey, allowedLatenessMicros, slices } = window
  if (slices === undefined) return { window: { endKey, allowedLatenessMicros, watermarkColumn: watermark } }
  return { window: { endKey, allowedLatenessMicros, watermarkColumn: null }, slices: { shape: slices.shape, from: slices.from !== null } }
}

function resultOf(id: number, work: Work, context: PlanContext): Stream {
  const { node, input } = work
  const keys = work.keys.length
  const spread = context.builder.get(id).runsOn === 'all' && keys > 0
  const names = node.schema.slice(0, keys).map((f) => f.name).join(', ')
  const result: Stream = {
    node: id, width: node.schema.length, ordinal: null, watermark: null, onError: input.onError,
    sharedOutBy: !spread ? null : sharedBy(work, names),
  }
  return withoutHidden(result, context)
}

/** Groups stay where their rows were: shared out by as much as those were. */
function sharedBy({ keys, input }: Work, names: string): Stream['sharedOutBy'] {
  const columns = input.sharedOutBy?.columns.map((column) => keys.findIndex((k) => k.kind === 'column' && k.index === column)) ?? [-1]
  return columns.includes(-1) ? null : { ...input.sharedOutBy!, columns, reason: `groups are already shared out by ${names}` }
}
