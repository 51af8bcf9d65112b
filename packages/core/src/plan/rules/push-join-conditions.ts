import { isDeterministic } from '../../expressions/static-facts.js'
import type { Expression } from '../../expressions/expression.js'
import { joinedSchema, type LogicalJoin } from '../logical.js'
import { allOf, conjunctsOf } from '../predicate.js'
import { columnsOf, moveColumns } from '../substitute.js'

/** Where the conditions above a join and its own go: into the inputs, into the join, or above it. */
export interface SharedOut {
  readonly join: LogicalJoin
  readonly left: readonly Expression[]
  readonly right: readonly Expression[]
  readonly above: readonly Expression[]
}

/**
 * A condition about one input alone is applied there, unless that input's rows come out without a match too: then ON only decides what
 * is a match, and a condition above must see the NULLs that stand for one. Conditions above an inner join are part of it.
 */
export function shareOut(node: LogicalJoin, conditions: readonly Expression[]): SharedOut {
  const { output } = node
  if (output === undefined) return shareOutOfAll(node, conditions)
  // The conditions are about the columns that the join gives, those that they go to about all that it has.
  const shared = shareOutOfAll(node, conditions.map((e) => moveColumns(e, output)))
  const places: number[] = []
  output.forEach((column, i) => { places[column] = i })
  const { join } = shared
  const schema = join.type === node.type ? node.schema : output.map((column) => join.schema[column]!)
  return { ...shared, join: { ...join, schema }, above: shared.above.map((e) => moveColumns(e, places)) }
}

function shareOutOfAll(node: LogicalJoin, conditions: readonly Expression[]): SharedOut {
  const join = strictJoin(node, conditions)
  const width = join.left.schema.length
  const sideOf = (e: Expression): 'left' | 'right' | 'both' | 'none' => {
    const columns = [...columnsOf([e])]
    if (!isDeterministic(e) || columns.length === 0) return 'none'
    return columns.every((c) => c < width) ? 'left' : columns.every((c) => c >= width) ? 'right' : 'both'
  }
  const [left, right, above, own] = [[] as Expression[], [] as Expression[], [] as Expression[], [] as Expression[]]
  const keepsLeft = join.type === 'left' || join.type === 'full' || join.type === 'anti'
  // A version of a table that a condition refuses is no reason to take an older one.
  const keepsRight = join.type === 'right' || join.type === 'full' || join.asOf !== undefined
  for (const e of join.condition === null ? [] : conjunctsOf(join.condition)) {
    const side = sideOf(e)
    if (side === 'left' && !keepsLeft) left.push(e)
    else if (side === 'right' && !keepsRight && !join.nullMatches) right.push(e)
    else if (e.kind !== 'literal' || e.value !== true) own.push(e)
  }
  for (const e of conditions) {
    const side = sideOf(e)
    if (side === 'left' && join.type !== 'right' && join.type !== 'full') left.push(e)
    else if (side === 'right' && join.asOf === undefined && (join.type === 'inner' || join.type === 'right')) right.push(e)
    else if (join.type === 'inner' && (side === 'both' || side === 'right')) own.push(e)
    else above.push(e)
  }
  const places = Array.from({ length: width + join.right.schema.length }, (_, c) => c - width)
  return {
    join: { ...join, condition: own.length === 0 ? null : allOf(own) },
    left, right: right.map((e) => moveColumns(e, places)), above,
  }
}

/** An outer join whose rows of NULLs no condition above lets pass is an inner one. */
function strictJoin(join: LogicalJoin, conditions: readonly Expression[]): LogicalJoin {
  if (join.type !== 'left' && join.type !== 'right' && join.type !== 'full') return join
  const width = join.left.schema.length
  const refuses = (side: (c: number) => boolean): boolean => conditions.some((e) => refusesNull(e, side))
  const needsLeft = join.type !== 'left' && refuses((c) => c < width)
  const needsRight = join.type !== 'right' && refuses((c) => c >= width)
  const type = TIGHTER[join.type][(needsLeft ? 1 : 0) + (needsRight ? 2 : 0)]!
  if (type === join.type) return join
  return { ...join, type, schema: joinedSchema(type, join.left.schema, join.right.schema) }
}

/** By whether rows without a left row (1), without a right row (2), or without either (3) are refused. */
const TIGHTER = {
  left: ['left', 'left', 'inner', 'inner'],
  right: ['right', 'inner', 'right', 'inner'],
  full: ['full', 'left', 'right', 'inner'],
} as const

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>='])

/** Whether a condition is not TRUE where some columns are NULL, as far as is easily seen. */
function refusesNull(e: Expression, isMissing: (column: number) => boolean): boolean {
  if (e.kind !== 'call') return false
  const isNull = (arg: Expression): boolean => (arg.kind === 'column' ? isMissing(arg.index) : arg.kind === 'cast' && isNull(arg.arg))
  if (COMPARISONS.has(e.name)) return e.args.some(isNull)
  if (e.name === 'is not null') return isNull(e.args[0]!)
  return e.name === 'or' && e.args.every((arg) => refusesNull(arg, isMissing))
}
