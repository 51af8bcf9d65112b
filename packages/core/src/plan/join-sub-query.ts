import type { Span } from '../errors.js'
import { columnOf, literalOf, rewriteExpression, type Expression, type LiteralExpression } from '../expressions/expression.js'
import { resolveAggregate } from '../functions/catalogue.js'
import { BIGINT, BOOLEAN } from '../types/data-type.js'
import { comparedKeys, lift, type Lifted } from './decorrelate.js'
import { aggregateOf, joinOf, projectOf, type LogicalAggregate, type LogicalCall, type LogicalNode } from './logical.js'
import { placeholderNumber } from './placeholder.js'
import { allOf, anyOf, isNull } from './predicate.js'
import type { Scope } from './scope.js'
import { columnsOf } from './substitute.js'
import { unsupported } from './unsupported.js'

/**
 * Joins the sub-query of an expression with the rows of the query around: one row of it for each of those rows, so that there are as
 * many as before.
 */
export interface Joined {
  /** The columns of the rows, then more. */
  readonly node: LogicalNode
  /** What the sub-query is, over the node. */
  readonly value: Expression
}

export interface Work {
  readonly left: LogicalNode
  readonly onRows: OnRows
  readonly span: Span
}

/**
 * An expression over a sub-query and the query around as one over their joined rows.
 *
 * @param width how many columns stand before those of the sub-query
 */
export type OnRows = (e: Expression, width: number) => Expression

/**
 * @param scope of the query around
 * @param over what an expression over that is over the rows that are joined
 */
export function onRowsOf(scope: Scope, over: (e: Expression) => Expression): OnRows {
  return (e, width) => rewriteExpression(e, (x) => {
    const outer = placeholderNumber(x, 'outer')
    if (outer !== null) return over(columnOf(outer, scope[outer]!))
    return x.kind === 'column' && x.index >= 0 ? columnOf(width + x.index, x) : x
  })
}

// ------------------------------------------------------------------------------------------------------------- value

/** A sub-query that is a value: its only row, or NULL. */
export function joinValue(work: Work, query: LogicalNode): Joined {
  const whole = overAllRows(query)
  if (whole === null) {
    const isProject = query.kind === 'project'
    const value = isProject ? query.expressions[0]! : columnOf(0, query.schema[0]!)
    return joinSingle(work, lift(isProject ? query.input : query, work.span), value)
  }
  const joined = joinWhole(work, whole)
  return { node: joined.node, value: joined.over(whole.outputs[0]!) }
}

/**
 * The rows beside the one that a sub-query over all rows gives: of a correlated one the row of the group with the row's values, or
 * what there is where no row has them.
 *
 * @returns `over`: an output of the sub-query as an expression over the joined rows
 */
export function joinWhole(
  { left, onRows, span }: Work, { aggregate, outputs, guard }: OverAllRows,
): { readonly node: LogicalNode; readonly over: (output: Expression) => Expression } {
  if (lift(aggregate.input, span).grouped) throw groupsOfGroups(span)
  const { node, conditions } = lift(aggregate, span)
  const width = left.schema.length
  const nothing = aggregate.calls.map(resultOfNothing)
  const guarded = (e: Expression): Expression => (guard === null ? e : either(guard, e, literalOf(null, e.type)))
  const marked = projectOf(
    node, [...node.schema.map((f, i) => columnOf(i, f)), literalOf(true, BOOLEAN)], [...node.schema.map((f) => f.name), 'found'],
  )
  const joined = besides(left, marked, conditions.map((c) => onRows(c, width)), span)
  const missing = isNull(columnOf(joined.schema.length - 1, joined.schema.at(-1)!), 'is null')
  const isSame = outputs.every((e) => e.kind === 'column') && guard === null && nothing.every((e) => e.kind === 'literal' && e.value === null)
  return {
    node: joined,
    over: (output) => (isSame
      ? onRows(output, width)
      : either(missing, onRows(substituteInner(guarded(output), nothing), 0), onRows(guarded(output), width))),
  }
}

/** A sub-query of which nobody knows that it has but one row for each key. */
function joinSingle(work: Work, lifted: Lifted, value: Expression): Joined {
  const { left, onRows, span } = work
  if (lifted.grouped || lifted.repeats) throw groupsOfGroups(span)
  const { keys, conditions } = comparedKeys(lifted, span)
  const needed = [...columnsOf([value])].filter((i) => i >= 0)
  const calls = [
    countOf(null), ...needed.map((i) => singleOf(columnOf(i, lifted.node.schema[i]!))),
    ...(needed.length === 0 ? [singleOf(literalOf(true, BOOLEAN))] : []),
  ]
  const rows = aggregateOf(lifted.node, keys, keys.map((_, i) => `outer${i}`), calls, null, span)
  const width = left.schema.length
  const joined = besides(left, rows, conditions.map((c) => onRows(c, width)), span)
  const column = (i: number): Expression => columnOf(width + i, joined.schema[width + i]!)
  const places: number[] = []
  needed.forEach((old, i) => { places[old] = keys.length + 1 + i })
  const moved = rewriteExpression(value, (x) => (x.kind === 'column' && x.index >= 0 ? columnOf(places[x.index]!, { ...x, nullable: true }) : x))
  const found: Expression = { kind: 'call', name: '>', args: [column(keys.length), literalOf(0n, BIGINT)], type: BOOLEAN, nullable: true }
  // With no column in it the value would not tell that there were too many rows.
  const asked = needed.length === 0 ? allOf([found, isNull(column(keys.length + 1), 'is not null')]) : found
  const onJoined = onRows(moved, width)
  return { node: joined, value: value.kind === 'column' ? onJoined : either(asked, onJoined, literalOf(null, value.type)) }
}

/** A sub-query that aggregates all rows, and so gives one. */
export interface OverAllRows {
  readonly aggregate: LogicalAggregate
  /** Its columns over those of the aggregate. */
  readonly outputs: readonly Expression[]
  /** Its HAVING over those of the aggregate; null where there is none. */
  readonly guard: Expression | null
}

/** Null for a sub-query that is none over all rows. */
export function overAllRows(node: LogicalNode): OverAllRows | null {
  switch (node.kind) {
    case 'aggregate':
      return node.keys.length > 0 ? null : { aggregate: node, outputs: node.schema.map((f, i) => columnOf(i, f)), guard: null }
    case 'filter': {
      const input = overAllRows(node.input)
      if (input === null) return null
      const condition = substituteInner(node.condition, input.outputs)
      return { ...input, guard: input.guard === null ? condition : allOf([input.guard, condition]) }
    }
    case 'project': {
      const input = overAllRows(node.input)
      return input && { ...input, outputs: node.expressions.map((e) => substituteInner(e, input.outputs)) }
    }
    default: return null
  }
}

function resultOfNothing(call: LogicalCall): Expression {
  if (!call.nullable) return literalOf(call.type.kind === 'BIGINT' ? 0n : 0, call.type)
  const { overload, types } = resolveAggregate(call.name, call.argTypes)
  const aggregate = overload.implement(types)
  const value = aggregate.result(aggregate.create())
  return literalOf(typeof value === 'object' ? null : value as LiteralExpression['value'], call.type)
}

/** Columns become what they are over another input, placeholders stay. */
function substituteInner(e: Expression, row: readonly Expression[]): Expression {
  return rewriteExpression(e, (x) => (x.kind === 'column' && x.index >= 0 ? row[x.index]! : x))
}

function groupsOfGroups(span: Span) {
  return unsupported(
    'a sub-query that names a column of the query around it beneath two aggregates, or beneath one that is not its outermost part, is not'
      + ' supported; write a join with a grouped query', span,
  )
}

// -------------------------------------------------------------------------------------------------- EXISTS and IN

/** Whether the sub-query has a row. */
export function joinExists(work: Work, query: LogicalNode): Joined {
  const { left, onRows, span } = work
  const lifted = lift(query, span)
  if (lifted.grouped) throw groupsOfGroups(span)
  const { keys, conditions } = comparedKeys(lifted, span)
  const rows = aggregateOf(lifted.node, keys, keys.map((_, i) => `outer${i}`), [countOf(null)], null, span)
  const width = left.schema.length
  const node = besides(left, rows, conditions.map((c) => onRows(c, width)), span)
  const count = columnOf(width + keys.length, node.schema[width + keys.length]!)
  return { node, value: isTrue({ kind: 'call', name: '>', args: [count, literalOf(0n, BIGINT)], type: BOOLEAN, nullable: count.nullable }) }
}

export interface InWork extends Work {
  /** Over the left side. */
  readonly operands: readonly Expression[]
  /** An operand compared with a column. */
  readonly equal: (operand: number, column: Expression) => Expression
  /** Whether an operand or a column can be NULL. */
  readonly nullable: boolean
}

/** Whether the sub-query has a row equal to the operands; NULL if only a NULL leaves that open. */
export function joinIn(work: InWork, query: LogicalNode): Joined {
  const { left, onRows, operands, span } = work
  if (work.nullable && operands.length > 1) {
    throw unsupported('IN over several columns that can be NULL stands alone in WHERE only, or beside others with AND', span)
  }
  const lifted = lift(query, span)
  if (lifted.grouped) throw groupsOfGroups(span)
  const { keys, conditions } = comparedKeys(lifted, span)
  const columns = operands.map((_, i) => columnOf(i, lifted.node.schema[i]!))
  const width = left.schema.length
  const distinct = aggregateOf(
    lifted.node, [...columns, ...keys], [...columns.map((c) => c.name), ...keys.map((_, i) => `outer${i}`)], [], null, span,
  )
  const marked = projectOf(
    distinct, [...distinct.schema.map((f, i) => columnOf(i, f)), literalOf(true, BOOLEAN)], [...distinct.schema.map((f) => f.name), 'found'],
  )
  const equal = columns.map((c, i) => work.equal(i, columnOf(width + i, c)))
  const matched = besides(left, marked, [...equal, ...conditions.map((c) => onRows(c, width + columns.length))], span)
  const found = isNull(columnOf(matched.schema.length - 1, matched.schema.at(-1)!), 'is not null')
  if (!work.nullable) return { node: matched, value: found }

  const known = allOf(columns.map((c) => isNull(c, 'is not null')))
  const counted = aggregateOf(lifted.node, keys, keys.map((_, i) => `outer${i}`), [countOf(null), countOf(known)], null, span)
  const all = matched.schema.length
  const node = besides(matched, counted, conditions.map((c) => onRows(c, all)), span)
  const [rows, values] = [0, 1].map((i) => columnOf(all + keys.length + i, node.schema[all + keys.length + i]!)) as [Expression, Expression]
  const comparison = (name: string, args: Expression[]): Expression => ({ kind: 'call', name, args, type: BOOLEAN, nullable: true })
  const open = anyOf([...operands.map((e) => isNull(e, 'is null')), comparison('<', [values, rows])])
  const truth = literalOf(true, BOOLEAN)
  const untruth = literalOf(false, BOOLEAN)
  const some = comparison('>', [rows, literalOf(0n, BIGINT)])
  return { node, value: either(found, truth, either(allOf([some, open]), literalOf(null, BOOLEAN), untruth)) }
}

// ------------------------------------------------------------------------------------------------------------- parts

/**
 * The rows of the left side, each beside the one that goes with it, or beside NULLs: those too as long as a stream has had no row, for
 * which an aggregate over all rows has not given its first result yet.
 */
function besides(left: LogicalNode, right: LogicalNode, conditions: readonly Expression[], span: Span): LogicalNode {
  return joinOf('left', left, right, conditions.length === 0 ? null : allOf(conditions), span)
}

export function either(when: Expression, then: Expression, otherwise: Expression): Expression {
  // oxlint-disable-next-line unicorn/no-thenable -- a branch of CASE calls it so; nothing awaits one
  return { kind: 'case', branches: [{ when, then }], otherwise, type: then.type, nullable: then.nullable || otherwise.nullable }
}

function isTrue(e: Expression): Expression {
  return { kind: 'call', name: 'coalesce', args: [e, literalOf(false, BOOLEAN)], type: BOOLEAN, nullable: false }
}

function countOf(filter: Expression | null): LogicalCall {
  return { name: 'count', args: [], distinct: false, filter, argTypes: [], type: BIGINT, nullable: false, ordered: false, orderBy: [] }
}

function singleOf(arg: Expression): LogicalCall {
  return {
    name: 'single_value', args: [arg], distinct: false, filter: null, argTypes: [arg.type], type: arg.type, nullable: true, ordered: false, orderBy: [],
  }
}
