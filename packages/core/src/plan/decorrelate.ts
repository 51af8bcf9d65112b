import type { Span } from '../errors.js'
import { columnOf, rewriteExpression, type CallExpression, type Expression } from '../expressions/expression.js'
import { isDeterministic } from '../expressions/static-facts.js'
import { aggregateOf, filterOf, inputsOf, projectOf, withInputs, type LogicalAggregate, type LogicalJoin, type LogicalNode } from './logical.js'
import { hasPlaceholder } from './placeholder.js'
import { allOf, conjunctsOf } from './predicate.js'
import { expressionsOf } from './rules/map-expressions.js'
import { columnsOf } from './substitute.js'
import { unsupported } from './unsupported.js'

/**
 * A sub-query that no longer knows of the query around it: what it said about that has been lifted out into `conditions`. Columns of
 * `node`: those that it had, then more that the conditions need.
 */
export interface Lifted {
  readonly node: LogicalNode
  /** Over the columns of `node`, with placeholders for those of the query around. All must hold. */
  readonly conditions: readonly Expression[]
  /** Whether an aggregate over all rows has become one by key: where there are no rows, it gives none instead of one. */
  readonly grouped: boolean
  /** Whether different rows have become rows that are different only by what the conditions need. */
  readonly repeats: boolean
}

/**
 * Lifts the conditions that name columns of the query around up through filters, projections, grouping and joins, so that the
 * sub-query can be joined with that query once instead of being run for each of its rows.
 *
 * @throws MillraceError SQL_UNSUPPORTED where it names them in another place
 */
export function lift(node: LogicalNode, span: Span): Lifted {
  if (!isCorrelated(node)) return { node, conditions: [], grouped: false, repeats: false }
  switch (node.kind) {
    case 'filter': return liftFilter(node, span)
    case 'project': {
      if (node.expressions.some(isOuter)) throw cannot('in a list of columns beneath others', span)
      const input = lift(node.input, span)
      const needed = [...columnsOf(input.conditions)].filter((i) => i >= 0)
      return carried(input, needed, node.expressions, node.schema.map((f) => f.name))
    }
    case 'aggregate': return liftAggregate(node, span)
    case 'sort':
      if (node.limit !== null || node.offset > 0) throw cannot('beneath ORDER BY … LIMIT', span)
      return lift(node.input, span)
    case 'join': return liftJoin(node, span)
    case 'unnest': {
      if (node.args.some(isOuter)) throw cannot('in the arguments of a table function', span)
      const width = node.input.schema.length
      const input = lift(node.input, span)
      const moved = { ...node, input: input.node, schema: [...input.node.schema, ...node.schema.slice(width)] }
      const extra = input.node.schema.length - width
      const own = node.schema.length - width
      const order = [...range(width), ...range(own, width + extra), ...range(extra, width)]
      const places = [...range(width), ...range(extra, width + own)]
      return { ...input, node: reordered(moved, order), conditions: input.conditions.map((c) => moveInner(c, places)) }
    }
    default: throw cannot(`beneath ${node.kind === 'union' ? 'UNION' : node.kind === 'limit' ? 'LIMIT' : `a ${node.kind}`}`, span)
  }
}

/** Whether a plan has placeholders of the query around it. */
export function isCorrelated(node: LogicalNode): boolean {
  return expressionsOf(node).some(isOuter) || inputsOf(node).some(isCorrelated)
}

export function isOuter(e: Expression): boolean {
  return hasPlaceholder(e, 'outer')
}

function cannot(where: string, span: Span) {
  return unsupported(
    `a sub-query that names a column of the query around it ${where} is not supported; name it in WHERE, compared with =, or write a join`, span,
  )
}

function liftFilter(node: Extract<LogicalNode, { kind: 'filter' }>, span: Span): Lifted {
  const input = lift(node.input, span)
  const parts = conjunctsOf(node.condition)
  const plain = parts.filter((part) => !isOuter(part))
  const outer = parts.filter(isOuter)
  if (!outer.every(isDeterministic)) throw cannot('beside random values', span)
  return { ...input, node: plain.length === 0 ? input.node : filterOf(input.node, allOf(plain)), conditions: [...input.conditions, ...outer] }
}

/** Expressions, and behind them the columns of the input that conditions need. */
function carried(input: Lifted, needed: readonly number[], expressions: readonly Expression[], names: readonly string[]): Lifted {
  const columns = needed.map((i) => columnOf(i, input.node.schema[i]!))
  const places: number[] = []
  needed.forEach((column, i) => { places[column] = expressions.length + i })
  return {
    ...input,
    node: projectOf(input.node, [...expressions, ...columns], [...names, ...columns.map((c) => c.name)]),
    conditions: input.conditions.map((c) => moveInner(c, places)),
  }
}

/** What a condition compares with the query around becomes a key: for each of its values there is a group. */
function liftAggregate(node: LogicalAggregate, span: Span): Lifted {
  if (expressionsOf(node).some(isOuter)) throw cannot('inside an aggregate function or GROUP BY', span)
  const input = lift(node.input, span)
  const repeats = node.calls.length === 0 && !input.conditions.every(isComparison)
  const { keys, conditions } = repeats ? columnKeys(input) : comparedKeys(input, span)
  const [own, added, calls] = [node.keys.length, keys.length, node.calls.length]
  const grouped = aggregateOf(
    input.node, [...node.keys, ...keys], [...node.schema.slice(0, own).map((f) => f.name), ...keys.map((_, i) => `outer${i}`)],
    node.calls, node.window, node.span,
  )
  const order = [...range(own), ...range(calls, own + added), ...range(added, own)]
  const places = range(added, own + calls)
  return {
    node: reordered({ ...grouped, emit: node.emit }, order),
    conditions: conditions.map((c) => moveInner(c, places)),
    grouped: input.grouped || own === 0,
    repeats: input.repeats || repeats,
  }
}

/** Keys over the input, and conditions over the keys. */
export interface Keyed {
  readonly keys: readonly Expression[]
  readonly conditions: readonly Expression[]
}

/** For different rows every column of a condition can be a key: there may be more rows then, of which one is as good as many. */
function columnKeys({ node, conditions }: Lifted): Keyed {
  const needed = [...columnsOf(conditions)].filter((i) => i >= 0)
  const places: number[] = []
  needed.forEach((column, i) => { places[column] = i })
  return { keys: needed.map((i) => columnOf(i, node.schema[i]!)), conditions: conditions.map((c) => moveInner(c, places)) }
}

/**
 * Each condition as a comparison of a key with an expression over the query around. Conditions about that query alone stay as they are.
 *
 * @throws MillraceError SQL_UNSUPPORTED for any other
 */
export function comparedKeys({ conditions }: Lifted, span: Span): Keyed {
  const keys: Expression[] = []
  const moved = conditions.map((c): Expression => {
    if (!hasInner(c)) return c
    if (!isComparison(c)) throw cannot('in a comparison other than =, beneath an aggregate or in the place of a value,', span)
    const { args } = c as CallExpression
    const inner = args.find((arg) => !isOuter(arg))!
    const key = columnOf(keys.push(inner) - 1, { name: `outer${keys.length - 1}`, type: inner.type, nullable: inner.nullable })
    return { ...(c as CallExpression), args: args.map((arg) => (arg === inner ? key : arg)) }
  })
  return { keys, conditions: moved }
}

/** Whether it says that something of the sub-query equals something of the query around; or is about that alone. */
function isComparison(c: Expression): boolean {
  if (!hasInner(c)) return true
  if (c.kind !== 'call' || (c.name !== '=' && c.name !== 'is not distinct from')) return false
  const [a, b] = c.args as [Expression, Expression]
  return isOuter(a) ? !hasInner(a) && !isOuter(b) : !hasInner(b)
}

/** Whether it names columns of the sub-query itself. */
function hasInner(e: Expression): boolean {
  return [...columnsOf([e])].some((i) => i >= 0)
}

/** Conditions of the left side pass; those of the right side too where no row of the left survives without it. */
function liftJoin(node: LogicalJoin, span: Span): Lifted {
  const rightPasses = node.type === 'inner'
  if (isCorrelated(node.right) && !rightPasses) throw cannot(`on the right side of a ${node.type} join`, span)
  if (isCorrelated(node.left) && node.type !== 'inner' && node.type !== 'left' && node.type !== 'semi' && node.type !== 'anti') {
    throw cannot(`on the left side of a ${node.type} join`, span)
  }
  const [left, right] = [lift(node.left, span), lift(node.right, span)]
  const parts = node.condition === null ? [] : conjunctsOf(node.condition)
  if (parts.some(isOuter) && !rightPasses) throw cannot(`in the condition of a ${node.type} join`, span)
  const [leftWidth, rightWidth] = [node.left.schema.length, node.right.schema.length]
  const [leftAll, rightAll] = [left.node.schema.length, right.node.schema.length]
  // Columns of the old join where they are in the new one.
  const places = [...range(leftWidth), ...range(rightWidth, leftAll)]
  const plain = parts.filter((part) => !isOuter(part)).map((part) => moveInner(part, places))
  const joined: LogicalJoin = {
    ...(withInputs(node, (input) => (input === node.left ? left.node : right.node)) as LogicalJoin),
    condition: plain.length === 0 ? null : allOf(plain),
    schema: [],
  }
  const showsRight = node.type !== 'semi' && node.type !== 'anti'
  const nullable = node.schema.slice(leftWidth).some((f) => f.nullable)
  const rightFields = showsRight ? right.node.schema.map((f) => ({ ...f, nullable: f.nullable || nullable })) : []
  const whole: LogicalJoin = { ...joined, schema: [...left.node.schema, ...rightFields] }
  const shown = showsRight ? [...range(leftWidth), ...range(rightWidth, leftAll)] : range(leftWidth)
  const extraLeft = range(leftAll - leftWidth, leftWidth)
  const extraRight = showsRight ? range(rightAll - rightWidth, leftAll + rightWidth) : []
  const order = [...shown, ...extraLeft, ...extraRight]
  const at: number[] = []
  order.forEach((column, i) => { at[column] = i })
  const ofRight = range(rightAll, leftAll)
  return {
    node: reordered(whole, order),
    conditions: [
      ...left.conditions.map((c) => moveInner(c, at)),
      ...right.conditions.map((c) => moveInner(moveInner(c, ofRight), at)),
      ...parts.filter(isOuter).map((c) => moveInner(moveInner(c, places), at)),
    ],
    grouped: left.grouped || right.grouped,
    repeats: left.repeats || right.repeats,
  }
}

function reordered(node: LogicalNode, order: readonly number[]): LogicalNode {
  if (order.length === node.schema.length && order.every((column, i) => column === i)) return node
  return projectOf(node, order.map((i) => columnOf(i, node.schema[i]!)), order.map((i) => node.schema[i]!.name))
}

/** Moves the columns of the sub-query and leaves the placeholders. */
function moveInner(e: Expression, places: readonly number[]): Expression {
  return rewriteExpression(e, (x) => (x.kind === 'column' && x.index >= 0 ? columnOf(places[x.index]!, x) : x))
}

function range(length: number, from = 0): number[] {
  return Array.from({ length }, (_, i) => from + i)
}
