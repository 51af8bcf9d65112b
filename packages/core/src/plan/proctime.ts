import { MillraceError } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { inputsOf, readsOf, withInputs, type LogicalNode, type LogicalWindow } from './logical.js'
import type { TimeAttribute } from './scope.js'

/**
 * Processing time is event time whose watermark is the clock: rows get the time at which their reader has given them, and a
 * scan whose rows reach a window over it says how late it is. So windows over it close, merge and move like all others,
 * and nothing is ever late.
 */
export const PROCTIME: TimeAttribute = Object.freeze({ kind: 'proctime' })

/** Whether an expression is PROCTIME() itself. */
export function isProctime(e: Expression): boolean {
  return e.kind === 'call' && e.name === 'proctime'
}

/**
 * The window with the clock in the scans beneath it.
 *
 * @throws MillraceError SQL_WINDOW where these rows are in windows over event time already: a scan has one kind of time
 */
export function readByClock(window: LogicalWindow): LogicalWindow {
  if (hasWindowOver('rowtime', window.input)) throw bothTimes(window)
  return { ...window, input: clocked(window.input) }
}

/** @throws MillraceError SQL_WINDOW where a window over processing time stands beneath one over event time */
export function refuseClock(window: LogicalWindow): void {
  if (readsOf(window.input).some((read) => read.clock)) throw bothTimes(window)
}

function clocked(node: LogicalNode): LogicalNode {
  return node.kind === 'read' ? { ...node, clock: true } : withInputs(node, clocked)
}

function hasWindowOver(timeKind: LogicalWindow['timeKind'], node: LogicalNode): boolean {
  return (node.kind === 'window' && node.timeKind === timeKind) || inputsOf(node).some((input) => hasWindowOver(timeKind, input))
}

function bothTimes(window: LogicalWindow): MillraceError {
  const tables = [...new Set(readsOf(window).map((read) => `\`${read.table.definition.name}\``))].join(', ')
  return new MillraceError(
    'SQL_WINDOW',
    `windows over event time and over processing time cannot both stand over one read of ${tables}; use one kind of time, or two queries`,
    { span: window.span },
  )
}
