import { MillraceError } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { splitCondition } from './join-keys.js'
import type { LogicalJoin, LogicalNode } from './logical.js'
import type { Changelog } from './output-mode.js'
import { columnsOf, passedColumn } from './substitute.js'

/**
 * Decides whether rows without a match come out at once, to be taken back perhaps, or when it is known that none will come: when the
 * other input has ended, if it does.
 *
 * @param join over inputs that have been resolved
 * @param ends whether an input is bounded
 * @throws MillraceError SQL_UNBOUNDED
 */
export function resolveJoin(join: LogicalJoin, asked: 'changes' | 'final' | null, ends: (input: LogicalNode) => boolean): LogicalJoin {
  const decided = deciders(join).every(ends)
  if (asked === 'final' && !decided) {
    throw new MillraceError(
      'SQL_UNBOUNDED',
      'EMIT FINAL: over an unbounded input it is never final that a row has no match; bound the join in time, join windows, or EMIT CHANGES',
      { span: join.span },
    )
  }
  return { ...join, emit: decided && asked !== 'changes' ? 'final' : 'changes' }
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
