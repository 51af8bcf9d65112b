import { MillraceError } from '../errors.js'
import type { CallSyntax, GroupBy, SqlExpression } from '../sql/ast.js'
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
      `${call.name.text} takes a rowtime column and an interval: ${kind.toUpperCase()}(ts, INTERVAL '1' MINUTE)`,
      { span: call.span },
    )
  }
  const micros = sizes.map((size) => intervalMicros(size, call, context))
  const windowed = bindWindow(from, {
    kind, time: time.path.at(-1)!, sizeMicros: micros.at(kind === 'hop' ? 1 : 0)!, slideMicros: kind === 'hop' ? micros[0]! : null,
    offsetMicros: kind === 'tumble' ? micros[1] ?? 0 : 0, graceMicros: null, partitionBy: [], span: call.span,
  }, session, true)
  const args = call.args.map((arg) => bindExpression(arg, context))
  return { from: windowed, window: { call, args, startColumn: from.scope.length, endColumn: from.scope.length + 1 } }
}

function intervalMicros(size: SqlExpression, call: CallSyntax, context: ExpressionContext): number {
  const bound = bindExpression(size, context)
  if (bound.kind === 'literal' && bound.type.kind === 'INTERVAL_SECOND') return bound.value as number
  throw new MillraceError('SQL_WINDOW', `${call.name.text} needs a fixed interval such as INTERVAL '1' MINUTE`, { span: size.span })
}
