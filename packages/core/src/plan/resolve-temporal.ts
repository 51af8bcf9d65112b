import { MillraceError } from '../errors.js'
import type { JoinFacts } from './join-output.js'
import { splitCondition } from './join-keys.js'
import type { JoinAsOf, LogicalJoin } from './logical.js'

/**
 * What a join as of a time is: with a table that ends and keeps no versions an ordinary join, for it is complete before a row meets it;
 * with versions one that waits until event time has come so far.
 *
 * @param join over inputs that have been resolved
 * @throws MillraceError SQL_UNSUPPORTED, SQL_CHANGELOG
 */
export function resolveTemporal(join: LogicalJoin, asOf: JoinAsOf, facts: JoinFacts): LogicalJoin {
  const { asOf: _, ...plain } = join
  const isLookup = asOf.kind === 'clock' || asOf.right === null || asOf.key.length === 0
  if (isLookup) {
    if (facts.ends(join.right)) return { ...plain, emit: 'final', bound: null, ordered: true }
    const advice = asOf.kind === 'clock'
      ? 'a join as of processing time looks rows up in a table that ends, and this one does not; join AS OF a rowtime, or without FOR SYSTEM_TIME'
      : 'a join as of event time needs the versions of a table: declare its PRIMARY KEY (…) NOT ENFORCED and WATERMARK FOR its time'
    throw new MillraceError('SQL_UNSUPPORTED', advice, { span: join.span })
  }
  const { keys } = splitCondition(join.condition, join.left.schema.length, join.left.schema.length + join.right.schema.length)
  const isJoined = (column: number): boolean => keys.some((k) => !k.nullsEqual && k.right.kind === 'column' && k.right.index === column)
  if (!asOf.key.every(isJoined)) {
    const names = asOf.key.map((c) => `\`${join.right.schema[c]!.name}\``).join(', ')
    throw new MillraceError('SQL_UNSUPPORTED', `a join as of event time is by the PRIMARY KEY of the table: the condition must have ${names} = …`, { span: join.span })
  }
  if (facts.changelogOf(join.left).kind === 'changes') {
    throw new MillraceError(
      'SQL_CHANGELOG', 'the rows of the left side change later, and a join as of event time takes only new ones; group by a window before it', { span: join.span },
    )
  }
  return { ...join, emit: 'final', bound: null, ordered: true }
}
