import { overDetail, topNDetail } from './explain-over.js'
import { unreachable } from '../errors.js'
import { groupShareOf } from './group-share.js'
import { sinkGuarantee } from './guarantee.js'
import { sessionDetail, slicesText, windowDetail } from './explain-windows.js'
import { printedNameOf } from '../functions/user/user-function.js'
import { describeJoin, describeTemporal } from './explain-join.js'
import { printExpression, printLiteral } from './print-expression.js'
import type { Schema } from '../types/data-type.js'
import { expandDetail, unnestDetail } from './explain-rows.js'
import type { AsyncCallNode } from './physical-async.js'
import { canSpill } from './spilling.js'
import type { AggregateCall, AggregateNode, CalcNode, PhysicalNode, PhysicalPlan, ScanNode, SinkNode, SortNode } from './physical.js'

/** A plan as what EXPLAIN shows of it, in whatever format. Options of tables are not part of it: some are secret. */
export interface ExplainNode {
  readonly operator: string
  readonly detail: string
  /** Where its rows are, and why. */
  readonly note: string
  /** Ids of the plan's nodes that it stands for. */
  readonly id: number
  readonly inputs: readonly ExplainNode[]
}

/** One tree for each sink. A node with several consumers is under each of them. */
export function explainTrees(plan: PhysicalPlan): readonly ExplainNode[] {
  const node = (id: number): ExplainNode => describe(plan.nodes[id]!, plan, node)
  return plan.nodes.filter((n) => n.kind === 'sink').map((sink) => node(sink.id))
}

function describe(n: PhysicalNode, plan: PhysicalPlan, at: (id: number) => ExplainNode): ExplainNode {
  const inputs = n.inputs.map(at)
  const fields = n.inputs.length === 0 ? [] : plan.nodes[n.inputs[0]!]!.schema
  const made = (
    operator: string, detail: string, note: string = noteOf(n), below: readonly ExplainNode[] = inputs,
  ): ExplainNode => ({ operator, detail, note, id: n.id, inputs: below })
  switch (n.kind) {
    case 'scan': return describeScan(n, sharedNote(n, plan), made)
    case 'values': return made('Values', n.rows.length === 1 ? '1 row' : `${n.rows.length} rows`)
    case 'calc': return describeCalc(n, fields, made)
    case 'aggregate': {
      const below = n.filter === null ? inputs : [made('Filter', printExpression(n.filter), 'local', inputs)]
      return made(
        `${n.calls.length === 0 ? 'Distinct' : 'Aggregate'}${n.phase === 'complete' ? '' : ` ${n.phase}`}`,
        `${aggregateDetail(n)}${plan.settings.stateMemoryBytes !== undefined && canSpill(n) ? '  spills' : ''}`,
        noteOf(n),
        below,
      )
    }
    case 'exchange': {
      const to = n.to.kind !== 'hash' ? n.to.kind : `hash(${n.to.columns.map((c) => n.schema[c]!.name).join(', ')})`
      return made(`Exchange ${to}`, n.distribution.reason, '')
    }
    case 'sort': return made('Sort', sortDetail(n))
    case 'window': return made('Window', windowDetail(n, fields))
    case 'session': return made('Session', [sessionDetail(n, fields), ...(n.calls ?? []).map(printCall)].join('  '))
    case 'limit': return made(
      'Limit', n.limit === Number.MAX_SAFE_INTEGER ? `offset=${n.offset}` : `${n.limit}${n.offset > 0 ? ` offset=${n.offset}` : ''}`,
    )
    case 'union': return made('Union', '')
    case 'async call': return made('Async call', asyncDetail(n))
    case 'unnest': return made('Unnest', unnestDetail(n))
    case 'expand': return made('Expand', expandDetail(n))
    case 'join': return made(...describeJoin(n, plan))
    case 'temporal join': return made(...describeTemporal(n, plan))
    case 'over': return made('Over', overDetail(n, fields))
    case 'top-n': return made('Top-N', topNDetail(n, fields))
    case 'sink': return made(...describeSink(n, plan))
    default: return unreachable(n)
  }
}

type Made = (operator: string, detail: string, note?: string, below?: readonly ExplainNode[]) => ExplainNode

function noteOf(n: PhysicalNode): string {
  const { kind, reason } = n.distribution
  return reason === '' ? kind : `${kind}: ${reason}`
}

function describeSink(n: SinkNode, plan: PhysicalPlan): readonly [string, string, string] {
  if (n.inputs.length === 0 && n.takes === 'late rows') return ['Late rows into', `${n.table.name} (${n.table.connector})`, '']
  if (n.inputs.length === 0) return ['Failed rows into', `${n.table.name} (${n.table.connector})`, '']
  const workers = `${plan.workerCount} worker${plan.workerCount === 1 ? '' : 's'}`
  const strategy = plan.strategy === 'coordinator' ? ', read by the coordinator' : ''
  if (n.table.connector === 'result') return ['Select', n.mode === 'append' ? '' : '(changes)', `${workers}${strategy}`]
  return ['Insert into', `${n.table.name} (${n.table.connector}, ${n.mode}${guaranteeText(n, plan)})`, `${workers}${strategy}`]
}

/** As it is with checkpoints, and without where a group keeps positions: what is never promised is left out. */
function guaranteeText(n: SinkNode, plan: PhysicalPlan): string {
  const [guarantee, without] = [sinkGuarantee(plan, n, true), sinkGuarantee(plan, n, false)]
  if (groupShareOf(plan) === null || without === guarantee) return guarantee === 'none' ? '' : `, ${guarantee}`
  return `, ${guarantee} with checkpoints, ${without === 'none' ? 'no guarantee' : without} without`
}

/** Who reads a table once for several says so. */
function sharedNote(n: ScanNode, plan: PhysicalPlan): string {
  const consumers = plan.nodes.reduce((sum, other) => sum + other.inputs.filter((id) => id === n.id).length, 0)
  return [...(consumers > 1 ? [`read once for ${consumers}`] : []), ...(n.positionsIn === undefined ? [] : [groupNote(plan)])].join('; ')
}

/** Which processes of a group read it. */
function groupNote(plan: PhysicalPlan): string {
  const { share, reason } = groupShareOf(plan)!
  return share === 'shared' ? 'shared among the processes of its group' : `by one process of its group: ${reason}`
}

function describeScan(n: ScanNode, note: string, made: Made): ExplainNode {
  const columns = n.spec.columns.map((c) => c.name).join(', ')
  const watermark = n.clock === true ? '  watermark=clock' : n.watermark === null ? '' : `  watermark=${printExpression(n.watermark)}`
  const drift = n.maxDriftMicros === undefined ? '' : `  max-drift=${n.maxDriftMicros / 1_000} ms`
  const onError = n.onError.action === 'fail' ? '' : `  on-error=${n.onError.action}`
  const first = n.firstRows === undefined ? '' : `  first ${n.firstRows} rows`
  const summary = n.summary === '' ? '' : `, ${n.summary}`
  const read = made(
    'Read',
    `${n.spec.table.name} (${n.spec.table.connector}${summary})  columns=${columns === '' ? 'none' : columns}${watermark}${drift}${first}${onError}`,
    note,
  )
  if (n.spec.filter.length === 0) return read
  const conditions = n.spec.filter.map((c) => {
    const column = n.spec.columns[c.column]!
    const values = c.values.map((v) => printLiteral(v, column.type))
    return [column.name, c.op.toUpperCase(), ...(c.op === 'in' ? [`(${values.join(', ')})`] : values)].join(' ')
  })
  return made('Filter', conditions.join(' AND '), 'local, in the reader', [read])
}

function describeCalc(n: CalcNode, fields: Schema, made: Made): ExplainNode {
  const bare = n.project.length <= fields.length && n.project.every((e, i) => e.kind === 'column' && e.name === n.schema[i]!.name)
  const isIdentity = bare && n.project.length === fields.length && n.project.every((e, i) => e.kind === 'column' && e.index === i)
  const filter = n.filter === null ? null : made('Filter', printExpression(n.filter))
  if (filter !== null && isIdentity) return filter
  const columns = n.project.map((e, i) => {
    const text = printExpression(e)
    return text === n.schema[i]!.name ? text : `${text} AS ${n.schema[i]!.name}`
  })
  return made('Project', columns.join(', '), noteOf(n), filter === null ? undefined : [filter])
}

function aggregateDetail(n: AggregateNode): string {
  const parts: string[] = []
  if (n.keys.length > 0 && (n.phase !== 'partial' || n.calls.length === 0)) parts.push(`key=${n.keys.map(printExpression).filter((key) => key !== '#from').join(', ')}`)
  if (n.calls.length > 0 && n.phase !== 'final') parts.push(n.calls.map(printCall).join(', '))
  if (n.window !== null) {
    const { endKey, allowedLatenessMicros } = n.window
    parts.push(`closes=${n.schema[endKey]!.name}${allowedLatenessMicros === 0 ? '' : ` + ${allowedLatenessMicros / 1_000} ms`}`)
  }
  if (n.slices !== undefined && n.phase !== 'partial') parts.push(slicesText(n.slices.shape))
  if (n.emit === 'changes') parts.push('emit=changes')
  return parts.join('  ')
}

function printCall(call: AggregateCall): string {
  const args = call.args.slice(0, call.argTypes.length).map(printExpression).join(', ')
  const order = call.orderBy.map((o) => `${printExpression(o.key)}${o.descending ? ' DESC' : ''}`).join(', ')
  const what = args === '' && call.name === 'count' ? '*' : args
  const inside = `${call.distinct ? 'DISTINCT ' : ''}${what}${order === '' ? '' : ` ORDER BY ${order}`}`
  return `${printedNameOf(call)}(${inside})${call.filter === null ? '' : ` FILTER (WHERE ${printExpression(call.filter)})`}`
}

/** `rating(symbol)  concurrency=16  timeout=30000 ms` */
function asyncDetail(n: AsyncCallNode): string {
  return `${n.user.name}(${n.args.map(printExpression).join(', ')})  concurrency=${n.user.concurrency}  timeout=${n.user.timeoutMs} ms`
}

function sortDetail(n: SortNode): string {
  const keys = n.keys.map((k) => {
    const nulls = k.nullsFirst === k.descending ? (k.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST') : ''
    return `${n.schema[k.column]!.name}${k.descending ? ' DESC' : ''}${nulls}`
  })
  return `${keys.join(', ')}${n.limit === null ? '' : `  limit=${n.limit}`}${n.offset === 0 ? '' : `  offset=${n.offset}`}`
}
