import type { CallSyntax, Name, OrderItem, SqlExpression } from './ast.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'
import { readOrderBy } from './order-by.js'
import { readOver } from './over.js'
import { isReserved } from './words.js'
import { writeSpecialCall } from './write-special-call.js'

/** A call; its name is read, `(` is next. */
export function writeCall(p: Parsing, name: Name): Written {
  const { cursor } = p
  const special = name.quoted ? null : writeSpecialCall(p, name)
  if (special !== null) return special

  cursor.expect('(')
  const inner = cursor.nested(() => readArguments(p))
  cursor.expect(')')
  const after = readClauses(p)
  const span = cursor.spanFrom(name.span.start)
  if (inner.orderBy.length > 0 && after.orderBy.length > 0) {
    cursor.refuse('ORDER BY stands in the call or in WITHIN GROUP, not in both', span, 'SQL_SYNTAX')
  }
  return p.placeholders.form(inner.args, (args) => ({
    kind: 'call', name, args, span,
    star: inner.star,
    distinct: inner.distinct,
    orderBy: [...inner.orderBy, ...after.orderBy],
    filter: after.filter,
    ignoreNulls: inner.ignoreNulls || after.ignoreNulls,
    over: after.over,
  }))
}

interface Arguments {
  readonly args: readonly Written[]
  readonly star: boolean
  readonly distinct: boolean
  readonly orderBy: readonly OrderItem[]
  readonly ignoreNulls: boolean
}

function readArguments(p: Parsing): Arguments {
  const { cursor } = p
  const none: Arguments = { args: [], star: false, distinct: false, orderBy: [], ignoreNulls: false }
  if (cursor.at(')')) return none
  if (cursor.take('*')) return { ...none, star: true }
  const distinct = cursor.take('DISTINCT')
  if (!distinct) cursor.take('ALL')
  const args = cursor.list(() => {
    if (cursor.peek(1).key === '=>') cursor.refuse('arguments are given in order here, without names')
    return p.write()
  })
  const ignoreNulls = takeNulls(p)
  return { args, star: false, distinct, orderBy: readOrderBy(p), ignoreNulls }
}

function takeNulls(p: Parsing): boolean {
  if (p.cursor.take('IGNORE', 'NULLS')) return true
  p.cursor.take('RESPECT', 'NULLS')
  return false
}

/** WITHIN GROUP, FILTER, IGNORE NULLS and OVER, behind the closing parenthesis. */
function readClauses(p: Parsing): Pick<CallSyntax, 'orderBy' | 'filter' | 'ignoreNulls' | 'over'> {
  const { cursor } = p
  const readOrder = (): OrderItem[] => (cursor.at('ORDER') ? readOrderBy(p) : cursor.fail('ORDER BY'))
  const orderBy = cursor.take('WITHIN', 'GROUP') ? cursor.parenthesised(readOrder) : []
  let ignoreNulls = takeNulls(p)
  let filter: SqlExpression | null = null
  if (cursor.at('FILTER') && cursor.peek(1).key === '(') {
    cursor.next()
    filter = cursor.parenthesised(() => (cursor.expect('WHERE'), p.expression()))
  }
  ignoreNulls ||= takeNulls(p)
  return { orderBy, filter, ignoreNulls, over: atOver(p) ? readOver(p) : null }
}

/** OVER may also be an alias: `sum(x) over, …`. */
function atOver({ cursor }: Parsing): boolean {
  const { kind, key } = cursor.peek(1)
  return cursor.at('OVER') && (key === '(' || kind === 'quoted' || (kind === 'word' && !isReserved(key)))
}
