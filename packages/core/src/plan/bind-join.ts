import { MillraceError, type Span } from '../errors.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import type { JoinSyntax, Name } from '../sql/ast.js'
import type { BindSession } from './bind-context.js'
import { callOf } from './bind-call.js'
import { bindCondition } from './bind-expression.js'
import type { BoundFrom } from './bind-from.js'
import { sameName } from './catalog.js'
import { unify } from './convert.js'
import { joinOf, projectOf, type LogicalNode } from './logical.js'
import { allOf, compare } from './predicate.js'
import type { Scope, ScopeColumn } from './scope.js'
import { unknownName } from './unknown-name.js'

/** Binds a join of two bound tables. The columns of both can be named, those of the left one alone behind SEMI and ANTI. */
export function bindJoin(syntax: JoinSyntax, left: BoundFrom, right: BoundFrom, session: BindSession): BoundFrom {
  const type = syntax.type === 'cross' ? 'inner' : syntax.type
  refuseSameName(left.scope, right.scope, syntax.span)
  const both: Scope = [...left.scope, ...right.scope]
  const pairs = sharedColumns(syntax, left.scope, right.scope)
  const equal = pairs.map(({ name, left: l, right: r }) => {
    return compare('=', columnOf(l, both[l]!), columnOf(left.scope.length + r, right.scope[r]!), name.span, session.timeZone)
  })
  const on = syntax.on === null
    ? [] : [bindCondition(syntax.on, { session, scope: both, aliases: null, aggregates: 'ON' }, 'ON')]
  const conditions = [...equal, ...on]
  const node = joinOf(type, left.node, right.node, conditions.length === 0 ? null : allOf(conditions), syntax.span)
  const scope = node.schema.map((field, i): ScopeColumn => ({ ...both[i]!, nullable: field.nullable }))
  return pairs.length === 0 ? { node, scope } : withShared(node, scope, pairs, type, left.scope.length, session)
}

/** A pair of columns of one name that a join is USING. */
interface SharedColumn {
  readonly name: Name
  readonly left: number
  readonly right: number
}

function sharedColumns(syntax: JoinSyntax, left: Scope, right: Scope): readonly SharedColumn[] {
  if (syntax.natural) {
    return left.flatMap((column, l): SharedColumn[] => {
      if (column.hidden) return []
      const name: Name = { text: column.name, quoted: true, span: syntax.span }
      const r = right.findIndex((other) => !other.hidden && sameName(other.name, { ...name, quoted: false }))
      return r === -1 ? [] : [{ name, left: l, right: r }]
    })
  }
  return syntax.using.map((name) => ({ name, left: oneColumn(left, name), right: oneColumn(right, name) }))
}

function oneColumn(scope: Scope, name: Name): number {
  const found = scope.flatMap((column, i) => (!column.hidden && sameName(column.name, name) ? [i] : []))
  if (found.length === 1) return found[0]!
  if (found.length === 0) {
    const names = scope.filter((c) => !c.hidden).map((c) => c.name)
    throw unknownName('SQL_COLUMN_UNKNOWN', `no column \`${name.text}\` on one side of the join`, name, names, 'columns there')
  }
  throw new MillraceError('SQL_COLUMN_AMBIGUOUS', `\`${name.text}\` is more than one column on one side of the join`, { span: name.span })
}

/**
 * The columns of USING once, in front: they belong to no table, and `*` has them instead of the two they stand for.
 */
function withShared(
  node: LogicalNode, scope: Scope, pairs: readonly SharedColumn[], type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti',
  leftWidth: number, session: BindSession,
): BoundFrom {
  if (type === 'semi' || type === 'anti') return { node, scope }
  const merged = pairs.map(({ name, left, right }): Expression => {
    const sides = unify([columnOf(left, scope[left]!), columnOf(leftWidth + right, scope[leftWidth + right]!)], [name.span, name.span], 'USING', session.timeZone)
    if (type === 'full') return callOf('coalesce', sides, name.span, session.timeZone)
    return sides[type === 'right' ? 1 : 0]!
  })
  const columns = scope.map((column, i) => columnOf(i, column))
  const names = pairs.map(({ left }) => scope[left]!.name)
  const all = projectOf(node, [...merged, ...columns], [...names, ...scope.map((c) => c.name)])
  const isShared = new Set(pairs.flatMap(({ left, right }) => [left, leftWidth + right]))
  return {
    node: all,
    scope: [
      ...merged.map((_, i): ScopeColumn => ({ ...all.schema[i]!, qualifier: null, hidden: false, attribute: attributeOf(pairs[i]!, scope, type, leftWidth) })),
      ...scope.map((column, i): ScopeColumn => (isShared.has(i) ? { ...column, hidden: true, shared: true } : column)),
    ],
  }
}

function attributeOf({ left, right }: SharedColumn, scope: Scope, type: string, leftWidth: number): ScopeColumn['attribute'] {
  return type === 'full' ? null : scope[type === 'right' ? leftWidth + right : left]!.attribute
}

/** Two tables of one name could not be told apart. */
function refuseSameName(left: Scope, right: Scope, span: Span): void {
  const names = new Set(left.flatMap((c) => (c.qualifier === null ? [] : [c.qualifier.text.toLowerCase()])))
  const twice = right.find((c) => c.qualifier !== null && names.has(c.qualifier.text.toLowerCase()))?.qualifier
  if (twice === undefined || twice === null) return
  throw new MillraceError('SQL_TABLE_AMBIGUOUS', `two tables of this FROM are called \`${twice.text}\`; give one of them an alias`, { span })
}
