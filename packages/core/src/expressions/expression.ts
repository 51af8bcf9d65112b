import type { UserFunction } from '../functions/user/user-function.js'
import type { DataType } from '../types/data-type.js'

/**
 * A bound, typed expression over the columns of one input, as frozen plain data: the binder writes it, the interpreter
 * and the code generator read it, EXPLAIN prints it.
 *
 * Every conversion is explicit: the arguments of a call have exactly the types that its function was resolved for.
 */
export type Expression = ColumnExpression | LiteralExpression | CallExpression | CastExpression | CaseExpression

export interface ColumnExpression {
  readonly kind: 'column'
  readonly index: number
  /** For printing only. */
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

/** `value` is a plain-data `Value` of the type (never an array, map or row: those are calls of their constructors). */
export interface LiteralExpression {
  readonly kind: 'literal'
  readonly value: null | boolean | number | bigint | string | Uint8Array
  readonly type: DataType
  readonly nullable: boolean
}

/**
 * A call of a scalar function or operator of the catalogue by its canonical name (`+`, `=`, `and`, `upper`). `and`,
 * `or`, `not`, `is null`, `is not null`, `coalesce` are calls too, evaluated lazily with their own NULL rules.
 */
export interface CallExpression {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expression[]
  readonly type: DataType
  readonly nullable: boolean
  /** Set for functions of the user's: then `name` is theirs (`callNameOf`) and in no catalogue. */
  readonly user?: UserFunction
}

/** A conversion that is checked: out of range is CAST_FAILED or NUMERIC_OVERFLOW, or NULL where `tolerant` (TRY_CAST). */
export interface CastExpression {
  readonly kind: 'cast'
  readonly arg: Expression
  readonly tolerant: boolean
  readonly type: DataType
  readonly nullable: boolean
}

/** Searched CASE; `when` are BOOLEAN, results have the type of the whole. `otherwise` NULL literal where ELSE is absent. */
export interface CaseExpression {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly otherwise: Expression
  readonly type: DataType
  readonly nullable: boolean
}

export function columnOf(index: number, field: { name: string; type: DataType; nullable: boolean }): ColumnExpression {
  return { kind: 'column', index, name: field.name, type: field.type, nullable: field.nullable }
}

export function literalOf(value: LiteralExpression['value'], type: DataType): LiteralExpression {
  return { kind: 'literal', value, type, nullable: value === null }
}

/** The direct parts of an expression. */
export function childrenOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'column': case 'literal': return []
    case 'call': return e.args
    case 'cast': return [e.arg]
    case 'case': return [...e.branches.flatMap((b) => [b.when, b.then]), e.otherwise]
  }
}

/** Rebuilds an expression with its direct parts replaced. */
export function mapChildren(e: Expression, f: (child: Expression) => Expression): Expression {
  switch (e.kind) {
    case 'column': case 'literal': return e
    case 'call': return { ...e, args: e.args.map(f) }
    case 'cast': return { ...e, arg: f(e.arg) }
    case 'case': return { ...e, branches: e.branches.map((b) => ({ when: f(b.when), then: f(b.then) })), otherwise: f(e.otherwise) }
  }
}

/** Rewrites bottom-up. */
export function rewriteExpression(e: Expression, f: (e: Expression) => Expression): Expression {
  return f(mapChildren(e, (child) => rewriteExpression(child, f)))
}

/** Adds the input columns that an expression reads to `into`. */
export function collectColumns(e: Expression, into: Set<number>): Set<number> {
  if (e.kind === 'column') into.add(e.index)
  else for (const child of childrenOf(e)) collectColumns(child, into)
  return into
}
