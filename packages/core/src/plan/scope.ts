import { MillraceError } from '../errors.js'
import { columnOf, type Expression } from '../expressions/expression.js'
import type { Name } from '../sql/ast.js'
import type { DataType, Field, RowField } from '../types/data-type.js'
import { sameName } from './catalog.js'
import { unknownName } from './unknown-name.js'

/**
 * What is known of a column beyond its type: that it carries event time, or the bounds of a window. It follows the
 * column through sub-queries as long as that is passed on bare, and is how GROUP BY finds out that its groups close.
 */
export type TimeAttribute =
  | { readonly kind: 'rowtime'; readonly allowedLatenessMicros: number }
  | { readonly kind: 'proctime' }
  | { readonly kind: 'window_start' | 'window_end' | 'window_time'; readonly windowId: number; readonly allowedLatenessMicros: number }

/** A column that expressions can name. Its place in the list is its index in the plan node's schema. */
export interface ScopeColumn extends Field {
  /** Table name or alias; null where the columns have none. */
  readonly qualifier: Name | null
  readonly attribute: TimeAttribute | null
  /** Nameable, but not part of `*`. */
  readonly hidden: boolean
  /** Hidden because a join is USING it: `table.*` has it all the same. */
  readonly shared?: true
}

/** The columns of a FROM clause, in the order of the plan node beneath. */
export type Scope = readonly ScopeColumn[]

export interface ResolvedColumn {
  readonly column: Expression
  readonly attribute: TimeAttribute | null
  /** Fields of a ROW still to be taken from it: `a.b.c` where `a` is a column. */
  readonly fields: readonly Name[]
}

/**
 * Finds what a path of names means: `column`, `table.column`, or a column followed by fields of its ROW type.
 *
 * @returns undefined if nothing has that name
 * @throws MillraceError SQL_COLUMN_AMBIGUOUS
 */
export function resolveColumn(path: readonly Name[], scope: Scope): ResolvedColumn | undefined {
  const [first, second] = path
  if (second !== undefined) {
    const index = findOne(scope, second, first!, path)
    if (index !== -1) return resolved(scope, index, path.slice(2))
  }
  const index = findOne(scope, first!, null, path)
  return index === -1 ? undefined : resolved(scope, index, path.slice(1))
}

function resolved(scope: Scope, index: number, fields: readonly Name[]): ResolvedColumn {
  return { column: columnOf(index, scope[index]!), attribute: fields.length === 0 ? scope[index]!.attribute : null, fields }
}

function findOne(scope: Scope, name: Name, qualifier: Name | null, path: readonly Name[]): number {
  const isMeant = (c: ScopeColumn): boolean => qualifier === null || (c.qualifier !== null && sameName(c.qualifier.text, qualifier))
  const named = scope.flatMap((c, i) => (sameName(c.name, name) && isMeant(c) ? [i] : []))
  if (named.length <= 1) return named[0] ?? -1
  const exact = named.filter((i) => scope[i]!.name === name.text)
  if (exact.length === 1) return exact[0]!
  const visible = named.filter((i) => !scope[i]!.hidden)
  if (visible.length === 1) return visible[0]!
  const alternatives = named.map((i) => displayName(scope[i]!))
  throw new MillraceError(
    'SQL_COLUMN_AMBIGUOUS', `\`${textOf(path)}\` can be ${alternatives.join(' or ')}`, { span: spanOf(path), alternatives },
  )
}

/** The error for a path that resolves to nothing, with the columns there are and the nearest of them. */
export function unknownColumn(path: readonly Name[], scope: Scope): MillraceError {
  const name = path.at(-1)!
  const qualifier = path.length > 1 ? path[0]! : null
  const ofTable = qualifier === null ? [] : scope.filter((c) => c.qualifier !== null && sameName(c.qualifier.text, qualifier))
  const candidates = (ofTable.length > 0 ? ofTable : scope).map((c) => c.name)
  const tables = [...new Set(scope.flatMap((c) => (c.qualifier === null ? [] : [c.qualifier.text])))]
  if (qualifier !== null && ofTable.length === 0) {
    return unknownName('SQL_COLUMN_UNKNOWN', `no table or column \`${qualifier.text}\` here`, qualifier, tables, 'tables here')
  }
  const place = tables.length === 1 ? ` in table \`${tables[0]}\`` : candidates.length === 0 ? ': there is no FROM' : ''
  return unknownName('SQL_COLUMN_UNKNOWN', `no column \`${name.text}\`${place}`, name, candidates, 'columns here')
}

/** The field of a ROW type by name, with its place; undefined where there is none. */
export function fieldOf(type: DataType, name: Name): (RowField & { readonly index: number }) | undefined {
  if (type.kind !== 'ROW') return undefined
  const index = type.fields.findIndex((f) => sameName(f.name, name))
  return index === -1 ? undefined : { ...type.fields[index]!, index }
}

function displayName(column: ScopeColumn): string {
  return column.qualifier === null ? `\`${column.name}\`` : `\`${column.qualifier.text}.${column.name}\``
}

export function textOf(path: readonly Name[]): string {
  return path.map((n) => n.text).join('.')
}

export function spanOf(path: readonly Name[]): { readonly start: number; readonly end: number } {
  return { start: path[0]!.span.start, end: path.at(-1)!.span.end }
}
