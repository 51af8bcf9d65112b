import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { INTERVAL_SECOND, type Field } from '../../types/data-type.js'
import { callOf } from '../bind-call.js'
import { lastInstant } from '../bind-grouping.js'
import { convert } from '../convert.js'
import { projectOf, readsOf, rewriteNodes, type LogicalAggregate, type LogicalClose, type LogicalNode, type LogicalWindow } from '../logical.js'
import { changelogOf } from '../output-mode.js'
import { sameExpression } from '../same-expression.js'
import { columnsOf, passedColumn, substitute } from '../substitute.js'
import type { WindowFacts } from './lower-windows.js'

/**
 * Tells each window whether groups above close with it, and finds the aggregates that need not see a row once for every window:
 *
 * - over HOP and CUMULATE a row goes into its slice, and a window is put together from slices when it closes. So a row costs
 *   the same whatever the number of its windows;
 * - over SESSION, grouped by what the sessions are of, rows go into sessions as they come, and are not kept.
 */
export function groupByWindows(node: LogicalNode, facts: WindowFacts): LogicalNode {
  return rewriteNodes(node, (n) => (n.kind === 'aggregate' && n.window !== null ? overWindow(n, n.window, facts) : n))
}

function overWindow(node: LogicalAggregate, close: LogicalClose, facts: WindowFacts): LogicalNode {
  const end = node.keys[close.endKey]!
  const window = end.kind === 'column' ? windowOfColumn(node.input, end.index) : null
  if (window === null) return node
  const roles = rolesOf(node.input, window)
  const merges = node.calls.every((call) => call.user?.merges !== false)
  if (roles !== null && merges && changelogOf(node.input).kind === 'append' && usesBoundsAsKeysOnly(node, roles)) {
    if (window.shape.kind === 'session') return overSessions(node, close, window, roles) ?? judged(node, close, window)
    if (window.shape.kind !== 'tumble' && node.emit === 'final') return overSlices(node, close, window, roles, facts)
  }
  return judged(node, close, window)
}

/** Rows are judged late where they get their windows. */
function judged(node: LogicalAggregate, { allowedLatenessMicros }: LogicalClose, window: LogicalWindow): LogicalNode {
  return { ...node, input: replaced(node.input, window, { ...window, latenessMicros: allowedLatenessMicros }) }
}

// ------------------------------------------------------------------------------------------------ finding the window

/** The window beneath that gives a column, through nodes that pass it on as it is. */
function windowOfColumn(node: LogicalNode, column: number): LogicalWindow | null {
  switch (node.kind) {
    case 'window': return column >= node.input.schema.length ? node : windowOfColumn(node.input, column)
    case 'filter': return windowOfColumn(node.input, column)
    case 'expand': case 'unnest': return column < node.input.schema.length ? windowOfColumn(node.input, column) : null
    case 'project': {
      const passed = passedColumn(node.expressions[column]!)
      return passed === null ? null : windowOfColumn(node.input, passed)
    }
    default: return null
  }
}

/** The nodes above a window, rebuilt over another one. */
function replaced(node: LogicalNode, window: LogicalWindow, by: LogicalNode): LogicalNode {
  return node === window ? by : { ...node, input: replaced((node as Extract<LogicalNode, { input: LogicalNode }>).input, window, by) } as LogicalNode
}

/** Which bound of the window a column is. */
type Role = 'start' | 'end' | 'time' | null

/** The roles of a node's columns; null where something is computed from the bounds, or where it is not projections and filters all the way. */
function rolesOf(node: LogicalNode, window: LogicalWindow): readonly Role[] | null {
  if (node === window) return [...window.input.schema.map(() => null), 'start', 'end', 'time']
  if (node.kind !== 'filter' && node.kind !== 'project') return null
  const roles = rolesOf(node.input, window)
  if (roles === null) return null
  if (node.kind === 'filter') return [...columnsOf([node.condition])].some((c) => roles[c] !== null) ? null : roles
  return node.expressions.every((e) => isBoundOrFree(e, roles)) ? node.expressions.map((e) => roleOf(e, roles)) : null
}

function roleOf(e: Expression, roles: readonly Role[]): Role {
  return e.kind === 'column' ? roles[e.index]! : null
}

function isBoundOrFree(e: Expression, roles: readonly Role[]): boolean {
  return e.kind === 'column' || [...columnsOf([e])].every((c) => roles[c] === null)
}

function usesBoundsAsKeysOnly(node: LogicalAggregate, roles: readonly Role[]): boolean {
  const inCalls = node.calls.flatMap((call) => [...call.args, ...(call.filter === null ? [] : [call.filter]), ...call.orderBy.map((o) => o.key)])
  return node.keys.every((key) => isBoundOrFree(key, roles)) && [...columnsOf(inCalls)].every((c) => roles[c] === null)
}

// ------------------------------------------------------------------------------------------------------------- slices

function overSlices(
  node: LogicalAggregate, close: LogicalClose, window: LogicalWindow, roles: readonly Role[], facts: WindowFacts,
): LogicalNode {
  const { allowedLatenessMicros } = close
  const live = readsOf(window.input).some(facts.isLive)
  const start = window.input.schema.length
  const assigned: LogicalWindow = {
    ...window, assign: 'slices', latenessMicros: allowedLatenessMicros,
    schema: window.schema.map((f, i): Field => (i === start ? { ...f, nullable: true } : f)),
  }
  const below = live ? carried(node.input, window, assigned) : { node: replaced(node.input, window, assigned), from: -1 }
  const from = live ? columnOf(below.from, below.node.schema[below.from]!) : null
  const kept = node.keys.flatMap((key, k) => (k === close.endKey || roleOf(key, roles) === null ? [k] : []))
  const sliced: LogicalAggregate = {
    ...node, input: below.node, keys: kept.map((k) => node.keys[k]!), schema: [...kept, ...node.calls.map((_, c) => node.keys.length + c)].map((i) => node.schema[i]!),
    window: { endKey: kept.indexOf(close.endKey), allowedLatenessMicros, slices: { shape: window.shape, from } },
  }
  const end = columnOf(kept.indexOf(close.endKey), node.schema[close.endKey]!)
  return restored(node, sliced, kept, roles, { start: startOfWindow(window, end), end, time: lastInstant(end, node.span, 'UTC') })
}

/** The window's start from its end. */
function startOfWindow({ shape, span }: LogicalWindow, end: Expression): Expression {
  const micros = (value: number): Expression => literalOf(value, INTERVAL_SECOND)
  if (shape.kind !== 'cumulate') return convert(callOf('-', [end, micros(shape.sizeMicros)], span, 'UTC'), end.type, 'explicit', span, 'UTC')
  const inside = callOf('-', [end, micros(shape.slideMicros)], span, 'UTC')
  return convert(callOf('window_start_of', [inside, micros(shape.sizeMicros), micros(shape.offsetMicros)], span, 'UTC'), end.type, 'explicit', span, 'UTC')
}

/** The nodes above the window over another one, with that one's `window_start` passed up as a last column. */
function carried(node: LogicalNode, window: LogicalWindow, by: LogicalWindow): { readonly node: LogicalNode; readonly from: number } {
  if (node === window) return { node: by, from: by.input.schema.length }
  const below = carried((node as Extract<LogicalNode, { kind: 'filter' | 'project' }>).input, window, by)
  if (node.kind === 'filter') return { node: { ...node, input: below.node, schema: below.node.schema }, from: below.from }
  const { expressions, schema } = node as Extract<LogicalNode, { kind: 'project' }>
  const carry = columnOf(below.from, below.node.schema[below.from]!)
  return { node: projectOf(below.node, [...expressions, carry], [...schema.map((f) => f.name), '#from']), from: expressions.length }
}

/** The columns of an aggregate from those of one that has kept only some of its keys. */
function restored(
  node: LogicalAggregate, smaller: LogicalNode, kept: readonly number[], roles: readonly Role[], bounds: Record<'start' | 'end' | 'time', Expression>,
): LogicalNode {
  const keys = node.keys.map((key, k) => {
    const role = roleOf(key, roles)
    return role === null ? columnOf(kept.indexOf(k), smaller.schema[kept.indexOf(k)]!) : bounds[role]
  })
  const first = smaller.schema.length - node.calls.length
  const calls = node.calls.map((_, c) => columnOf(first + c, smaller.schema[first + c]!))
  return projectOf(smaller, [...keys, ...calls], node.schema.map((f) => f.name))
}

// ----------------------------------------------------------------------------------------------------------- sessions

/** Null where rows are grouped by something else than what the sessions are of: then sessions come first, and groups of their rows after. */
function overSessions(node: LogicalAggregate, close: LogicalClose, window: LogicalWindow, roles: readonly Role[]): LogicalNode | null {
  const onWindow = dissolved(node.input, window)
  if (onWindow === null) return null
  const over = (e: Expression): Expression => substitute(e, onWindow)
  const kept = node.keys.flatMap((key, k) => (roleOf(key, roles) === null ? [k] : []))
  const keys = kept.map((k) => over(node.keys[k]!))
  const { partition } = window
  const isSame = partition.every((e) => keys.some((key) => sameExpression(key, e))) && keys.every((key) => partition.some((e) => sameExpression(key, e)))
  if (!isSame) return null
  const width = window.input.schema.length
  const bounds = [width, width + 1].map((i) => columnOf(i, window.schema[i]!))
  const sessions: LogicalAggregate = {
    ...node,
    input: { ...window, partition: keys, latenessMicros: close.allowedLatenessMicros },
    keys: [...keys, ...bounds],
    calls: node.calls.map((call) => ({
      ...call, args: call.args.map(over), filter: call.filter === null ? null : over(call.filter),
      orderBy: call.orderBy.map((o) => ({ ...o, key: over(o.key) })),
    })),
    window: { endKey: keys.length + 1, allowedLatenessMicros: close.allowedLatenessMicros, session: true },
    schema: [
      ...kept.map((k) => node.schema[k]!), ...bounds.map((b): Field => ({ name: b.kind === 'column' ? b.name : '', type: b.type, nullable: b.nullable })),
      ...node.schema.slice(node.keys.length),
    ],
  }
  const [start, end] = [0, 1].map((i) => columnOf(keys.length + i, sessions.schema[keys.length + i]!)) as [Expression, Expression]
  return restored(node, sessions, kept, roles, { start, end, time: lastInstant(end, node.span, 'UTC') })
}

/** The columns of a node as expressions over the window beneath; null where rows are dropped in between. */
function dissolved(node: LogicalNode, window: LogicalWindow): readonly Expression[] | null {
  if (node === window) return window.schema.map((f, i) => columnOf(i, f))
  if (node.kind !== 'project') return null
  const below = dissolved(node.input, window)
  return below === null ? null : node.expressions.map((e) => substitute(e, below))
}
