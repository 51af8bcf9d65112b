import { MillraceError } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { disorderingJoin } from './column-time.js'
import { boundOf } from './join-bound.js'
import { splitCondition } from './join-keys.js'
import type { LogicalAggregate, LogicalJoin, LogicalNode } from './logical.js'
import type { Changelog } from './output-mode.js'
import { resolveTemporal } from './resolve-temporal.js'
import { columnsOf, passedColumn } from './substitute.js'

/** What is known of the inputs of a join. */
export interface JoinFacts {
  /** Ends by itself. */
  ends(input: LogicalNode): boolean
  /** Comes with watermarks that mean something. */
  isLive(input: LogicalNode): boolean
  changelogOf(input: LogicalNode): Changelog
}

/**
 * Decides whether rows without a match come out at once, to be taken back perhaps, or when it is known that none will come: when the
 * other input has ended, if it does, or when event time has passed what the condition lets match.
 *
 * @param join over inputs that have been resolved
 * @throws MillraceError SQL_UNBOUNDED, SQL_UNSUPPORTED, SQL_CHANGELOG
 */
export function resolveJoin(join: LogicalJoin, asked: 'changes' | 'final' | null, facts: JoinFacts): LogicalJoin {
  if (join.asOf !== undefined) return resolveTemporal(join, join.asOf, facts)
  const inputs = [join.left, join.right]
  const bothLive = inputs.every((input) => facts.isLive(input))
  const bound = bothLive && inputs.every((input) => facts.changelogOf(input).kind === 'append') ? boundOf(join) : null
  const decided = bound !== null || deciders(join).every((input) => facts.ends(input))
  if (asked === 'final' && !decided) {
    throw new MillraceError(
      'SQL_UNBOUNDED',
      'EMIT FINAL: over an unbounded input it is never final that a row has no match; bound the join in time, join windows, or EMIT CHANGES',
      { span: join.span },
    )
  }
  const emit = decided && (asked !== 'changes' || bound !== null) ? 'final' : 'changes'
  const endless = bound === null && inputs.every((input) => !facts.ends(input))
  return { ...join, emit, bound, endless, ordered: bound !== null || !bothLive }
}

/** The inputs that must have ended before a row of the other one is known to have no match. */
function deciders(join: LogicalJoin): readonly LogicalNode[] {
  switch (join.type) {
    case 'inner': case 'semi': return []
    case 'left': case 'anti': return [join.right]
    case 'right': return [join.left]
    case 'full': return [join.left, join.right]
  }
}

/** Rows that come stay if both inputs only add rows and none is given before it is known to have no match. */
export function changelogOfJoin(join: LogicalJoin, changelogOf: (node: LogicalNode) => Changelog): Changelog {
  const left = changelogOf(join.left)
  if (join.asOf !== undefined) return left
  const right = changelogOf(join.right)
  if (left.kind === 'append' && right.kind === 'append' && join.emit !== 'changes') return left
  if (left.kind === 'append' && right.kind === 'append' && (join.type === 'inner' || join.type === 'semi')) return left
  return { kind: 'changes', key: keyOfJoin(join, left, right) }
}

/**
 * Columns that make a row of the result unique: the keys of both sides, or of one if its rows have one match at most. None where a row
 * can change what it joins by: then its old and its new form may be on different workers, and nobody knows which comes first.
 */
function keyOfJoin(join: LogicalJoin, left: Changelog, right: Changelog): readonly number[] | null {
  if (left.kind === 'append' || left.key === null) return null
  const width = join.left.schema.length
  const { keys } = splitCondition(join.condition, width, width + join.right.schema.length)
  const isSteady = (joined: readonly Expression[], key: readonly number[]): boolean => [...columnsOf(joined)].every((c) => key.includes(c))
  if (!isSteady(keys.map((k) => k.left), left.key)) return null
  if (join.type === 'semi' || join.type === 'anti') return left.key
  if (right.kind === 'append' || right.key === null || !isSteady(keys.map((k) => k.right), right.key)) return null
  const hasOneMatch = right.key.every((column) => keys.some((k) => !k.nullsEqual && passedColumn(k.right) === column))
  if (hasOneMatch && (join.type === 'inner' || join.type === 'left')) return left.key
  return [...left.key, ...right.key.map((c) => width + c)]
}

/** @throws MillraceError SQL_WINDOW where a window's end comes through a join whose rows come in no order of time: nobody knows when it closes */
export function refuseDisorder(node: LogicalAggregate, input: LogicalNode): void {
  const end = node.window === null ? undefined : node.keys[node.window.endKey]
  const join = end === undefined ? null : [...columnsOf([end])].map((column) => disorderingJoin(input, column)).find((found) => found !== null) ?? null
  if (join === null) return
  throw new MillraceError(
    'SQL_WINDOW',
    "the rows of this join come in no order of time, so no window over them would ever be complete; bound the join in time"
      + " (a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts), join equal windows, or group by something else",
    { span: join.span },
  )
}
