import { printedNameOf } from '../functions/user/user-function.js'
import { MillraceError } from '../errors.js'
import { columnOf, literalOf, type Expression } from '../expressions/expression.js'
import { BIGINT } from '../types/data-type.js'
import { callOf } from './bind-call.js'
import { filterOf, type LogicalNode, type LogicalSort } from './logical.js'
import { looksAhead, overOf, topNOf, type LogicalOver, type LogicalTopN, type OrderTime, type OverCall, type OverMode } from './over.js'
import { allOf } from './predicate.js'

/** What is known of the rows that come in. */
export interface InputFacts {
  /** They end by themselves. */
  readonly bounded: boolean
  /** Some are taken back. */
  readonly changes: boolean
}

/**
 * Decides when the rows of OVER and Top-N are given out: once where they come to an end, else again whenever they change.
 *
 * @param node its input is resolved
 * @throws MillraceError SQL_UNBOUNDED, SQL_UNSUPPORTED
 */
export function resolveOver(node: LogicalOver | LogicalTopN, asked: 'changes' | 'final' | null, input: InputFacts): LogicalNode {
  const closes = input.bounded || (node.window !== null && !input.changes)
  if (node.kind === 'top-n') {
    if (!closes && asked !== 'changes' && passes(node.time) && !input.changes) return keepFirst(node)
    if (asked === 'final' && !closes) {
      throw new MillraceError(
        'SQL_UNBOUNDED', 'EMIT FINAL: the first rows of an unbounded input are never final; partition by window_start and window_end, or EMIT CHANGES',
        { span: node.span },
      )
    }
    return { ...node, emit: asked ?? (closes ? 'final' : 'changes') }
  }
  const mode: OverMode = closes && asked !== 'changes' ? 'final' : modeOf(node, input)
  if (asked === 'final' && mode === 'changes') {
    throw new MillraceError('SQL_UNBOUNDED', 'EMIT FINAL: these results change as long as rows come; order by the rowtime, or EMIT CHANGES', { span: node.span })
  }
  if (mode === 'rowtime' || mode === 'proctime') node.calls.forEach((call) => checkContinuous(call, mode, node))
  return { ...node, mode }
}

function passes(time: OrderTime): time is 'rowtime' | 'proctime' {
  return time === 'rowtime' || time === 'proctime'
}

function modeOf(node: LogicalOver, input: InputFacts): OverMode {
  if (input.bounded || input.changes) return 'changes'
  if (passes(node.time)) return node.time
  throw new MillraceError(
    'SQL_UNBOUNDED',
    'OVER on an unbounded input must be ordered by its rowtime, ascending, or every new row could change all results; ORDER BY the WATERMARK column,'
      + ' partition by window_start and window_end, or keep the first rows alone: QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= 10',
    { span: node.span },
  )
}

/** What cannot be known, or not with a state that ends, while rows keep coming. */
function checkContinuous(call: OverCall, mode: OverMode, { span }: LogicalOver): void {
  const refuse = (reason: string): never => {
    throw new MillraceError('SQL_UNSUPPORTED', `${printedNameOf(call)} over an unbounded input ${reason}`, { span })
  }
  const { start, end } = call.frame
  if (call.kind === 'share') refuse('needs to know how many rows a partition has; partition by window_start and window_end, or use ROW_NUMBER')
  if (call.kind === 'offset' && call.ignoreNulls) refuse('cannot IGNORE NULLS: there is no end to how far it looks; filter NULLs out in a sub-query')
  if (call.kind !== 'frame' && call.kind !== 'aggregate') return
  if (end.kind === 'unbounded following') refuse('would wait for rows without end; end the frame at CURRENT ROW')
  if (mode === 'proctime' && looksAhead(call) && call.frame.unit === 'range') refuse('by processing time cannot look ahead; end the frame at CURRENT ROW')
  if (start.kind !== 'unbounded preceding') return
  if (call.distinct) refuse('with DISTINCT needs a frame that starts somewhere: ROWS or RANGE BETWEEN … PRECEDING AND CURRENT ROW')
  if (call.name === 'nth_value') refuse('needs a frame that starts somewhere: ROWS BETWEEN … PRECEDING AND CURRENT ROW')
}

/**
 * The first rows by ascending time never change: OVER gives each once, when time has passed it, and those in later places are
 * dropped.
 */
function keepFirst(node: LogicalTopN): LogicalNode {
  const { input, partitionBy, order, time, window, span, from, to } = node
  const name = node.rank?.name ?? 'place'
  const call: OverCall = {
    name: node.function, kind: 'rank', args: [], argTypes: [], type: BIGINT, nullable: false, count: null, distinct: false, filter: null,
    ignoreNulls: false, frame: { unit: 'range', start: { kind: 'unbounded preceding' }, end: { kind: 'current row' } },
  }
  const over = resolveOver(overOf(input, { partitionBy, order, calls: [call], time, window, span }, [name]), null, { bounded: false, changes: false })
  const place = columnOf(input.schema.length, over.schema.at(-1)!)
  const within = (op: string, bound: number): Expression => callOf(op, [place, literalOf(BigInt(bound), BIGINT)], span, 'UTC')
  return filterOf(over, allOf([...(from > 1 ? [within('>=', from)] : []), within('<=', to)]))
}

/** A continuous ORDER BY … LIMIT: the first rows of all, and what becomes of them. */
export function topNOfSort(node: LogicalSort): LogicalTopN {
  return topNOf(node.input, {
    partitionBy: [], order: node.keys, time: null, function: 'row_number', from: node.offset + 1, to: node.offset + node.limit!, rank: null, window: null,
    emit: null, span: node.span,
  })
}

/** `Changelog` of `output-mode.ts`, which imports this. */
type Changes = { readonly kind: 'append' } | { readonly kind: 'changes'; readonly key: readonly number[] | null }

export function changelogOfOver(node: LogicalOver | LogicalTopN, input: Changes): Changes {
  if (node.kind === 'over') return node.mode === 'changes' ? { kind: 'changes', key: keptKey(node, input) } : { kind: 'append' }
  if (node.emit === 'final') return { kind: 'append' }
  const isUnique = node.function === 'row_number'
  if (isUnique && node.from === node.to) return { kind: 'changes', key: node.partitionBy }
  return { kind: 'changes', key: isUnique && node.rank !== null ? [...node.partitionBy, node.schema.length - 1] : keptKey(node, input) }
}

/** The key of the rows that come in, if no row of one key can be in two partitions: there its old form might outlive the new one. */
function keptKey({ partitionBy }: LogicalOver | LogicalTopN, input: Changes): readonly number[] | null {
  const key = input.kind === 'changes' ? input.key : null
  return key !== null && partitionBy.every((column) => key.includes(column)) ? key : null
}
