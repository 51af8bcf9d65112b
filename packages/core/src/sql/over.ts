import type { FrameBound, FrameSyntax, Name, OverSyntax, SqlExpression } from './ast.js'
import type { Parsing } from './parsing.js'
import { readOrderBy } from './order-by.js'

/** `OVER w` or `OVER (…)`. */
export function readOver(p: Parsing): OverSyntax {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('OVER')
  if (cursor.at('(')) return { ...readWindowDefinition(p), span: cursor.spanFrom(start) }
  const base = cursor.name('the name of a window')
  return { base, partitionBy: [], orderBy: [], frame: null, span: cursor.spanFrom(start) }
}

/** `([base] [PARTITION BY …] [ORDER BY …] [frame])` */
export function readWindowDefinition(p: Parsing): OverSyntax {
  const { cursor } = p
  const { start } = cursor
  return cursor.parenthesised(() => {
    const named = !cursor.at(')') && !cursor.atAny(['PARTITION', 'ORDER', 'ROWS', 'RANGE', 'GROUPS'])
    const base: Name | null = named ? cursor.name('PARTITION BY, ORDER BY or a frame') : null
    const partitionBy: SqlExpression[] = cursor.take('PARTITION', 'BY') ? cursor.list(() => p.expression()) : []
    const orderBy = readOrderBy(p)
    const frame = readFrame(p)
    if (!cursor.at(')')) cursor.fail('`)`', ['PARTITION BY', 'ORDER BY', 'ROWS', 'RANGE'])
    return { base, partitionBy, orderBy, frame, span: { start, end: cursor.token.end } }
  })
}

function readFrame(p: Parsing): FrameSyntax | null {
  const { cursor } = p
  if (cursor.at('GROUPS')) cursor.refuse('GROUPS frames are not supported: use ROWS or RANGE')
  const unit = cursor.take('ROWS') ? 'rows' : cursor.take('RANGE') ? 'range' : null
  if (unit === null) return null
  const between = cursor.take('BETWEEN')
  const start = readBound(p)
  if (between) cursor.expect('AND')
  const end: FrameBound = between ? readBound(p) : { kind: 'current row' }
  if (cursor.at('EXCLUDE')) cursor.refuse('EXCLUDE is not supported in a frame')
  return { unit, start, end }
}

function readBound(p: Parsing): FrameBound {
  const { cursor } = p
  if (cursor.take('CURRENT', 'ROW')) return { kind: 'current row' }
  const offset = cursor.take('UNBOUNDED') ? null : p.expression()
  if (cursor.take('PRECEDING')) return { kind: 'preceding', offset }
  return cursor.take('FOLLOWING') ? { kind: 'following', offset } : cursor.fail('PRECEDING or FOLLOWING', ['PRECEDING', 'FOLLOWING'])
}
