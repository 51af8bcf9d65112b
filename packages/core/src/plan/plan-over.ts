import { isLive } from './output-mode.js'
import { changelogOf } from './output-mode.js'
import { readsOf } from './logical.js'
import type { LogicalOver, LogicalTopN } from './over.js'
import { LOCAL, local, single, type NewNode, type Stream } from './physical-builder.js'
import type { Distribution } from './physical.js'
import { gathered, sharedOut, withoutHidden, type PlanContext } from './stream.js'

/** OVER: the rows of a partition on one worker. */
export function planOver(node: LogicalOver, context: PlanContext): Stream {
  const { input, distribution } = together(node, context)
  const { partitionBy, order, calls, window } = node
  return result({
    kind: 'over', inputs: [input.node], schema: node.schema, width: node.input.schema.length, partitionBy, order, calls, window,
    mode: node.mode ?? 'final', watermarkColumn: input.watermark, onError: input.onError,
    runsOn: context.builder.get(input.node).runsOn, distribution,
  }, input, context)
}

/** Top-N: where rows come once, at the end, every worker sends on its own first rows alone. */
export function planTopN(node: LogicalTopN, context: PlanContext): Stream {
  const retracting = changelogOf(node.input).kind === 'changes'
  const emit = node.emit ?? 'final'
  const common = {
    kind: 'top-n', latest: node.time === 'latest' && !retracting, order: node.order, partitionBy: node.partitionBy, function: node.function, window: node.window, width: node.input.schema.length,
  } as const
  const first = (input: Stream): Stream => {
    if (emit !== 'final' || retracting || node.window !== null || node.to > LOCAL_ROWS_MAX) return input
    return result({
      ...common, inputs: [input.node], schema: context.builder.fieldsOf(input).slice(0, common.width), from: 1, to: node.to, rank: false, emit,
      retracting, watermarkColumn: null, runsOn: 'all', distribution: local(`first ${node.to} of each worker`),
    }, input, context)
  }
  const { input, distribution } = together(node, context, first)
  return result({
    ...common, inputs: [input.node], schema: node.schema, from: node.from, to: node.to, rank: node.rank !== null, emit, retracting,
    watermarkColumn: input.watermark, runsOn: context.builder.get(input.node).runsOn, distribution,
  }, input, context)
}

/** Past so many rows it saves nothing to look for the first ones twice. */
const LOCAL_ROWS_MAX = 10_000

/** The input with equal partition columns on one worker: as it is where they are together already. */
function together(
  node: LogicalOver | LogicalTopN, context: PlanContext, first: (input: Stream) => Stream = (input) => input,
): { readonly input: Stream; readonly distribution: Distribution } {
  const live = readsOf(node.input).some((read) => isLive(read, context.descriptions))
  const canBeLate = live && (node.window !== null || (node.kind === 'over' && node.mode === 'rowtime'))
  const planned = context.plan(node.input, { ordinal: false, watermark: canBeLate })
  const input = canBeLate ? planned : withoutHidden(planned, context)
  if (context.workerCount === 1 || context.builder.get(input.node).runsOn === 'first') return { input, distribution: LOCAL }
  if (node.partitionBy.length === 0) {
    const reason = 'one partition over all rows'
    return { input: gathered(first(input), reason, context), distribution: single(reason) }
  }
  const shared = input.sharedOutBy
  if (shared !== null && shared.columns.every((column) => node.partitionBy.includes(column))) return { input, distribution: local(shared.reason) }
  const moved = sharedOut(first(input), node.partitionBy, 'rows: a partition needs its rows together', context)
  return { input: moved, distribution: local('all rows of a partition are here') }
}

/** Columns keep their places, so rows stay shared out as they are. Hidden ones are gone. */
function result(node: NewNode, input: Stream, context: PlanContext): Stream {
  return { ...input, node: context.builder.add(node), width: node.schema.length, ordinal: null, watermark: null }
}
