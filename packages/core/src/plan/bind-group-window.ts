import { MillraceError } from '../errors.js'
import type { CallSyntax, GroupBy, Select, SqlExpression } from '../sql/ast.js'
import type { Expression } from '../expressions/expression.js'
import type { LogicalNode } from './logical.js'
import type { BindSession, ExpressionContext } from './bind-context.js'
import { isGroupWindow } from './bind-call.js'
import { bindExpression } from './bind-expression.js'
import { unsupported } from './unsupported.js'
import { bindWindow, type BoundFrom } from './bind-from.js'
import type { GroupWindow } from './bind-grouping.js'

interface GroupWindowed {
  readonly from: BoundFrom
  /** Null where GROUP BY has no window. */
  readonly window: GroupWindow | null
}

/**
 * The older GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE) as what it means: every row gets its window, and the window's start
 * and end are keys.
 */
export function bindGroupWindow(from: BoundFrom, groupBy: GroupBy | null, session: BindSession): GroupWindowed {
  const calls = groupBy?.expressions.filter(isGroupWindow) ?? []
  if (calls.length === 0) return { from, window: null }
  if (calls.length > 1) throw unsupported('only one window can stand in GROUP BY', calls[1]!.span)
  const call = calls[0]!
  const kind = call.name.text.toLowerCase() as 'tumble' | 'hop' | 'session' | 'cumulate'
  const context: ExpressionContext = { session, scope: from.scope, aliases: null, aggregates: 'GROUP BY' }
  const [time, ...sizes] = call.args
  if (time?.kind !== 'column' || sizes.length === 0) {
    throw new MillraceError(
      'SQL_WINDOW',
      `${call.name.text} takes a rowtime column and an interval: ${FORMS[kind]}`,
      { span: call.span },
    )
  }
  const stepped = kind === 'hop' || kind === 'cumulate'
  const most = kind === 'session' ? 1 : stepped ? 3 : 2
  if (sizes.length > most || (stepped && sizes.length < 2)) {
    throw new MillraceError('SQL_WINDOW', `the arguments are ${FORMS[kind]}`, { span: call.span })
  }
  const micros = sizes.map((size) => intervalMicros(size, call, context))
  const windowed = bindWindow(from, {
    kind, time: time.path.at(-1)!, sizeMicros: stepped ? micros[1]! : micros[0]!, slideMicros: stepped ? micros[0]! : null,
    offsetMicros: micros[stepped ? 2 : 1] ?? 0, graceMicros: null, partitionBy: [], span: call.span,
  }, session, true)
  const args = call.args.map((arg) => bindExpression(arg, context))
  return { from: windowed, window: { call, args, startColumn: from.scope.length, endColumn: from.scope.length + 1 } }
}

const FORMS = {
  tumble: "TUMBLE(ts, INTERVAL '1' MINUTE)",
  hop: "HOP(ts, INTERVAL '1' MINUTE, INTERVAL '10' MINUTE), the step before the size",
  cumulate: "CUMULATE(ts, INTERVAL '1' MINUTE, INTERVAL '10' MINUTE), the step before the size",
  session: "SESSION(ts, INTERVAL '30' SECOND)",
}

/** Whether a SELECT makes sessions without saying of what: then they are sessions of the other keys of GROUP BY, of the rows that pass WHERE. */
export function groupsSessions(select: Select): boolean {
  if (select.window !== null) return select.window.kind === 'session'
  return select.groupBy?.expressions.some((e) => isGroupWindow(e) && e.name.text.toLowerCase() === 'session') === true
}

/** Sessions of the keys that are not their own bounds. */
export function partitionSessions(node: LogicalNode, keys: readonly Expression[]): LogicalNode {
  if (node.kind !== 'window') return node
  const width = node.input.schema.length
  return { ...node, partition: keys.filter((key) => key.kind !== 'column' || key.index < width) }
}

function intervalMicros(size: SqlExpression, call: CallSyntax, context: ExpressionContext): number {
  const bound = bindExpression(size, context)
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_SECOND') return bound.value as number
  throw new MillraceError('SQL_WINDOW', `${call.name.text} needs a fixed interval such as INTERVAL '1' MINUTE`, { span: size.span })
}
