import { columnOf, type Expression } from '../../expressions/expression.js'
import { aggregateOf, rewriteNodes, type LogicalAggregate, type LogicalCall, type LogicalNode } from '../logical.js'
import { sameExpression } from '../same-expression.js'

/**
 * `count(DISTINCT user)` by day becomes count(user) over the different pairs of day and user: each worker forgets
 * duplicates at once, only different pairs move, and every worker counts some. It holds where all calls are over the
 * same distinct arguments, and where groups are final: a changing inner aggregate could not be aggregated again.
 */
export function splitDistinct(node: LogicalNode): LogicalNode {
  return rewriteNodes(node, (n) => (n.kind === 'aggregate' && canSplit(n) ? split(n) : n))
}

function canSplit(node: LogicalAggregate): boolean {
  const [first] = node.calls
  if (first === undefined || node.emit !== 'final' || node.window?.session === true) return false
  return node.calls.every((call) => call.distinct && !call.ordered && call.filter === null && sameArgs(call, first))
}

function sameArgs(a: LogicalCall, b: LogicalCall): boolean {
  return a.args.length === b.args.length && a.args.every((arg, i) => sameExpression(arg, b.args[i]!))
}

function split(node: LogicalAggregate): LogicalNode {
  const args = node.calls[0]!.args
  const keys = [...node.keys, ...args]
  const names = [
    ...node.keys.map((_, i) => node.schema[i]!.name), ...args.map((arg, i) => (arg.kind === 'column' ? arg.name : `distinct${i}`)),
  ]
  const inner: LogicalAggregate = { ...aggregateOf(node.input, keys, names, [], node.window, node.span), emit: 'final' }
  const column = (_: Expression, i: number): Expression => columnOf(i, inner.schema[i]!)
  const calls = node.calls.map((call) => ({ ...call, distinct: false, args: call.args.map((arg, i) => column(arg, node.keys.length + i)) }))
  const window = node.window === null ? null : { endKey: node.window.endKey, allowedLatenessMicros: node.window.allowedLatenessMicros }
  return { ...node, input: inner, window, keys: node.keys.map(column), calls }
}
