import { MillraceError, unreachable } from '../errors.js'
import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { DOUBLE, type Schema } from '../types/data-type.js'
import {
  readsOf, type LogicalFilter, type LogicalLimit, type LogicalNode, type LogicalProject, type LogicalSort, type LogicalUnion,
} from './logical.js'
import { changelogOf, isBounded } from './output-mode.js'
import { planAggregate } from './plan-aggregate.js'
import { planAsyncCall } from './plan-async.js'
import { planJoin } from './plan-join.js'
import { planOver, planTopN } from './plan-over.js'
import { planRead } from './plan-read.js'
import { planExpand, planUnnest } from './plan-rows.js'
import type { SortKey } from './physical.js'
import { planWindow } from './plan-window.js'
import { FAIL, FIRST_ROWS_MAX, LOCAL, local, NOTHING, single, type Stream, type Wanted } from './physical-builder.js'
import { addCalc, commonPolicy, gathered, WATERMARK_FIELD, withoutHidden, type PlanContext } from './stream.js'

/**
 * Turns a logical plan into nodes that workers run, and decides where rows are: local as long as possible, moved by key
 * or gathered where the meaning needs it.
 */
export function planNode(node: LogicalNode, wanted: Wanted, context: PlanContext): Stream {
  switch (node.kind) {
    case 'read': return planRead(node, wanted, context)
    case 'values': return stream(context.builder.add({
      kind: 'values', inputs: [], schema: node.schema, rows: node.rows, runsOn: 'first', distribution: single('values of the query'),
    }), node.schema.length)
    case 'filter': case 'project': return planCalc(node, wanted, context)
    case 'aggregate': return planAggregate(node, context)
    case 'sort': return planSort(node, context)
    case 'limit': return planLimit(node, context)
    case 'union': return planUnion(node, wanted, context)
    case 'over': return planOver(node, context)
    case 'top-n': return planTopN(node, context)
    case 'window': return planWindow(node, wanted, context)
    case 'join': return planJoin(node, wanted, context)
    case 'unnest': return planUnnest(node, wanted, context)
    case 'expand': return planExpand(node, wanted, context)
    case 'async call': return planAsyncCall(node, wanted, context)
    default: return unreachable(node)
  }
}

function stream(node: number, width: number): Stream {
  return { node, width, ordinal: null, watermark: null, sharedOutBy: null, onError: FAIL }
}

// -------------------------------------------------------------------------------------------------------------- calc

/** A filter, a projection, or a projection over a filter: one pass. Hidden columns that are wanted come along. */
function planCalc(node: LogicalFilter | LogicalProject, wanted: Wanted, context: PlanContext): Stream {
  const filter = node.kind === 'filter' ? node : node.input.kind === 'filter' ? node.input : null
  // Behind a filter, or where a row can fail and be dropped, nobody knows how many rows are needed for as many to come out.
  const keepsRows = filter === null && (node as LogicalProject).expressions.every(cannotFail)
  const source = filter === null ? (node as LogicalProject).input : filter.input
  const input = planNode(source, keepsRows ? wanted : { ordinal: wanted.ordinal, watermark: wanted.watermark }, context)
  const fields = context.builder.fieldsOf(input)
  const project = node.kind === 'project' ? node.expressions : node.schema.map((f, i) => columnOf(i, { ...fields[i]!, name: f.name }))
  return addCalc(input, filter?.condition ?? null, project, node.schema, context)
}

function cannotFail(e: Expression): boolean {
  return e.kind === 'column' || e.kind === 'literal'
}

// ----------------------------------------------------------------------------------------------------- sort and limit

function planSort(node: LogicalSort, context: PlanContext): Stream {
  return addSort(withoutHidden(planNode(node.input, NOTHING, context), context), node.keys, node, 'ORDER BY is over all rows', context)
}

/** With a limit every worker keeps its own first rows, and only those are gathered. */
function addSort(
  input: Stream, keys: readonly SortKey[], { limit, offset, input: below }: LogicalSort | LogicalLimit, reason: string, context: PlanContext,
): Stream {
  const { builder } = context
  const retracting = changelogOf(below).kind === 'changes' ? { retracting: true } : {}
  const common = { kind: 'sort', keys, schema: builder.fieldsOf(input), ...retracting } as const
  const isSpread = context.workerCount > 1 && builder.get(input.node).runsOn === 'all'
  let source = input
  if (isSpread && limit !== null) {
    const first = builder.add({
      ...common,
      inputs: [input.node],
      limit: limit + offset,
      offset: 0,
      runsOn: 'all',
      distribution: local(`first ${limit + offset} of each worker`),
    })
    source = { ...input, node: first }
  }
  source = gathered(source, reason, context)
  const { retracting: _, ...overFinal } = common
  const sorted = builder.add({
    // The first rows of each worker are final.
    ...(isSpread && limit !== null ? overFinal : common), inputs: [source.node], limit, offset, runsOn: builder.get(source.node).runsOn,
    distribution: isSpread ? single(reason) : LOCAL,
  })
  return { ...source, node: sorted, sharedOutBy: null }
}

/**
 * LIMIT without ORDER BY. Over a bounded input it gives the first rows in the order of the splits, whoever read them and
 * in whatever order; only a single split is known to come in order. Over an endless input it gives whatever comes first,
 * and then the job ends.
 */
function planLimit(node: LogicalLimit, context: PlanContext): Stream {
  const bounded = isBounded(node.input, context.descriptions)
  const count = node.limit === null ? Infinity : node.limit === 0 ? 0 : node.limit + node.offset
  const first = count <= FIRST_ROWS_MAX ? { firstRows: count } : {}
  const changing = changelogOf(node.input).kind === 'changes'
  const input = planNode(node.input, changing ? NOTHING : { ordinal: bounded, watermark: false, ...first }, context)
  const readsAll = readsOf(node.input).length === context.readCount
  const isOneSplit = readsOf(node.input).every((read) => context.descriptions.source(read.table).splits === 1)
  const inOrder = context.workerCount === 1 && input.ordinal !== null && isOneSplit
  if (!bounded || (inOrder && readsAll)) {
    if (!readsAll) {
      throw new MillraceError(
        'SQL_UNSUPPORTED',
        'LIMIT over an unbounded input ends the job, and this job reads something else too; run it on its own',
        { span: node.span },
      )
    }
    return addLimit(withoutHidden(input, context), node, context)
  }
  const fields = context.builder.fieldsOf(input)
  const sortable = fields.slice(0, input.width).flatMap((f, i) => (isSortable(f.type.kind) ? [i] : []))
  const columns = input.ordinal !== null ? [input.ordinal] : sortable
  const keys = columns.map((column): SortKey => ({ column, descending: false, nullsFirst: true }))
  const source = input.ordinal !== null ? input : withoutHidden(input, context)
  return withoutHidden(addSort(source, keys, node, 'LIMIT is over all rows', context), context)
}

function isSortable(kind: string): boolean {
  return kind !== 'ARRAY' && kind !== 'MAP' && kind !== 'ROW'
}

function addLimit(input: Stream, { limit, offset }: LogicalLimit, context: PlanContext): Stream {
  const source = gathered(input, 'LIMIT is over all rows', context)
  const { runsOn, schema } = context.builder.get(source.node)
  const node = context.builder.add({
    kind: 'limit', inputs: [source.node], limit: limit ?? Number.MAX_SAFE_INTEGER, offset, schema, runsOn,
    distribution: runsOn === 'first' ? single('LIMIT is over all rows') : LOCAL,
  })
  return { ...source, node, sharedOutBy: null }
}

// -------------------------------------------------------------------------------------------------------------- union

/** A bounded table among streams has no watermark of its own: it is older than everything. */
const BEFORE_ALL_TIME = Number.MIN_SAFE_INTEGER

function planUnion(node: LogicalUnion, wanted: Wanted, context: PlanContext): Stream {
  const { builder } = context
  const inputs = node.inputs.map((input) => planNode(input, { ordinal: false, watermark: wanted.watermark }, context))
  const hasWatermark = wanted.watermark && inputs.some((input) => input.watermark !== null)
  const aligned = inputs.map((input) => alignedInput(input, node.schema, hasWatermark, context))
  const isMixed = new Set(aligned.map((input) => builder.get(input.node).runsOn)).size > 1
  const together = isMixed ? aligned.map((input) => gathered(input, 'one side of the UNION is on the first worker', context)) : aligned
  const runsOn = builder.get(together[0]!.node).runsOn
  const schema = [...node.schema, ...(hasWatermark ? [WATERMARK_FIELD] : [])]
  const id = builder.add({
    kind: 'union', inputs: together.map((input) => input.node), schema, runsOn, distribution: runsOn === 'first' ? single('') : LOCAL,
  })
  return {
    ...stream(id, node.schema.length),
    watermark: hasWatermark ? node.schema.length : null,
    onError: commonPolicy(inputs.map((input) => input.onError)),
  }
}

/** Exactly the columns of the union, and the watermark where one is carried. */
function alignedInput(input: Stream, schema: Schema, hasWatermark: boolean, context: PlanContext): Stream {
  const fields = context.builder.fieldsOf(input)
  const visible = fields.slice(0, input.width).map((f, i) => columnOf(i, f))
  const width = schema.length + (hasWatermark ? 1 : 0)
  if (fields.length === width && (!hasWatermark || input.watermark === schema.length)) return input
  const watermark = input.watermark === null ? literalOf(BEFORE_ALL_TIME, DOUBLE) : columnOf(input.watermark, fields[input.watermark]!)
  return addCalc(
    { ...input, ordinal: null, watermark: null },
    null,
    [...visible, ...(hasWatermark ? [watermark] : [])],
    [...schema, ...(hasWatermark ? [WATERMARK_FIELD] : [])],
    context,
  )
}
