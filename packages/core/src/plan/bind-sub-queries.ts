import { MillraceError, type Span } from '../errors.js'
import { columnOf, literalOf, mapChildren, type Expression } from '../expressions/expression.js'
import type { Query } from '../sql/ast.js'
import { BOOLEAN, type Field } from '../types/data-type.js'
import type { SubQuerySink } from './bind-context.js'
import type { BoundQuery, QueryContext } from './bind-from.js'
import { lift } from './decorrelate.js'
import { joinExists, joinIn, joinValue, onRowsOf, type Joined } from './join-sub-query.js'
import { filterOf, joinOf, projectOf, type LogicalNode } from './logical.js'
import { hasPlaceholder, placeholderNumber, placeholderOf } from './placeholder.js'
import { allOf, compare, conjunctsOf } from './predicate.js'
import type { Scope } from './scope.js'

type BindQuery = (query: Query, context: QueryContext) => BoundQuery

/** A sub-query of an expression, bound; it names columns of the query around by placeholders. */
interface SubQuery {
  readonly kind: 'value' | 'exists' | 'in'
  readonly node: LogicalNode
  /** What IN looks for, over the query around: as many as the sub-query has columns. */
  readonly operands: readonly Expression[]
  readonly span: Span
}

/** What an expression over the query around is over the rows that it is joined with: over its groups perhaps. */
type Over = (e: Expression) => Expression

/**
 * Takes the sub-queries out of the expressions of one clause. While they are bound, a sub-query is a placeholder; {@link attach} joins
 * it with the rows of the query around and says in which column its value is then, {@link filter} makes semi joins where nothing but
 * its truth is asked.
 *
 * | sub-query | becomes |
 * |---|---|
 * | `WHERE EXISTS (…)`, `WHERE x IN (…)` | a semi join, with NOT an anti join |
 * | a value | a join with its one row; correlated: a left join with a row for each value that it is compared with |
 * | `EXISTS`, `IN` elsewhere | a left join with the different rows, and a test whether there was one |
 */
export class SubQueries implements SubQuerySink {
  readonly #all: SubQuery[] = []
  readonly #context: QueryContext
  readonly #scope: Scope
  readonly #bindQuery: BindQuery

  /** @param scope of the query around */
  constructor(context: QueryContext, scope: Scope, bindQuery: BindQuery) {
    this.#context = { ...context, depth: context.depth + 1, outer: scope }
    this.#scope = scope
    this.#bindQuery = bindQuery
  }

  value(query: Query, span: Span): Expression {
    const { node } = this.#bind(query, 1, span)
    return this.#add({ kind: 'value', node, operands: [], span }, { ...node.schema[0]!, nullable: true })
  }

  exists(query: Query, span: Span): Expression {
    const node = existing(this.#bindQuery(query, this.#context).node)
    if (node.kind === 'aggregate' && node.keys.length === 0) return literalOf(true, BOOLEAN)
    return this.#add({ kind: 'exists', node, operands: [], span }, { name: 'exists', type: BOOLEAN, nullable: false })
  }

  within(operands: readonly Expression[], query: Query, span: Span): Expression {
    const { node } = this.#bind(query, operands.length, span)
    return this.#add({ kind: 'in', node, operands, span }, { name: 'in', type: BOOLEAN, nullable: isNullable(operands, node) })
  }

  #bind(query: Query, width: number, span: Span): BoundQuery {
    const bound = this.#bindQuery(query, this.#context)
    if (bound.columns.length === width) return bound
    throw new MillraceError('SQL_TYPE', `the sub-query must have ${width} column${width === 1 ? '' : 's'}, not ${bound.columns.length}`, { span })
  }

  #add(subQuery: SubQuery, field: Field): Expression {
    return placeholderOf('sub-query', this.#all.push(subQuery) - 1, field)
  }

  /** The rows for which the condition is TRUE, with the columns that they had. `over` as for {@link attach}. */
  filter(input: LogicalNode, condition: Expression, over: Over = (e) => e): LogicalNode {
    let node = input
    const others: Expression[] = []
    for (const part of conjunctsOf(condition)) {
      const negated = part.kind === 'call' && part.name === 'not'
      const number = placeholderNumber(negated ? part.args[0]! : part, 'sub-query')
      const joined = number === null ? null : this.#semiJoin(node, this.#all[number]!, negated, over)
      if (joined === null) others.push(part)
      else node = joined
    }
    if (others.length === 0) return node
    const attached = this.attach(node, others, over)
    const filtered = filterOf(attached.node, allOf(attached.expressions))
    if (attached.node === node) return filtered
    return projectOf(filtered, input.schema.map((f, i) => columnOf(i, f)), input.schema.map((f) => f.name))
  }

  /**
   * Joins the sub-queries that the expressions name with the rows of a node: its columns, then what they give.
   *
   * @param expressions over the node, with placeholders for sub-queries
   * @param over what an expression over the query around is over the node: over its groups perhaps
   * @returns the expressions with values in the places of their sub-queries
   */
  attach(
    input: LogicalNode, expressions: readonly Expression[], over: Over,
  ): { readonly node: LogicalNode; readonly expressions: readonly Expression[] } {
    let node = input
    const values = new Map<number, Expression>()
    const resolve = (e: Expression): Expression => {
      const number = placeholderNumber(e, 'sub-query')
      if (number === null) return mapChildren(e, resolve)
      if (!values.has(number)) {
        const joined = this.#join(node, this.#all[number]!, over)
        node = joined.node
        values.set(number, joined.value)
      }
      return values.get(number)!
    }
    const resolved = expressions.map((e) => (hasPlaceholder(e, 'sub-query') ? resolve(e) : e))
    return { node, expressions: resolved }
  }

  #join(node: LogicalNode, { kind, node: query, operands, span }: SubQuery, over: Over): Joined {
    const work = { left: node, onRows: onRowsOf(this.#scope, over), span }
    if (kind === 'value') return joinValue(work, query)
    if (kind === 'exists') return joinExists(work, query)
    const found = operands.map(over)
    return joinIn({
      ...work, operands: found, equal: (i, column) => this.#equal(found[i]!, column, span), nullable: isNullable(operands, query),
    }, query)
  }

  /** Semi or anti join, or null where the truth is better joined as a value. */
  #semiJoin(left: LogicalNode, { kind, node, operands, span }: SubQuery, negated: boolean, over: Over): LogicalNode | null {
    if (kind === 'value') return null
    const lifted = lift(node, span)
    const nullMatches = negated && kind === 'in' && isNullable(operands, node)
    // Only what IN compares may be NULL and match: what the sub-query says of the query around may not.
    if (lifted.grouped || (nullMatches && lifted.conditions.length > 0) || (kind === 'exists' && lifted.conditions.length === 0)) return null
    const onRows = onRowsOf(this.#scope, over)
    const conditions = [
      ...operands.map((operand, i) => this.#equal(over(operand), columnOf(left.schema.length + i, node.schema[i]!), span)),
      ...lifted.conditions.map((c) => onRows(c, left.schema.length)),
    ]
    return joinOf(negated ? 'anti' : 'semi', left, lifted.node, allOf(conditions), span, nullMatches)
  }

  #equal(operand: Expression, column: Expression, span: Span): Expression {
    return compare('=', operand, column, span, this.#context.session.timeZone)
  }
}

function isNullable(operands: readonly Expression[], node: LogicalNode): boolean {
  return operands.some((e) => e.nullable) || node.schema.some((f) => f.nullable)
}

/** A plan that has rows where the other has: what EXISTS needs of a sub-query. */
function existing(node: LogicalNode): LogicalNode {
  switch (node.kind) {
    case 'project': return existing(node.input)
    case 'aggregate': return node.calls.length === 0 || node.keys.length > 0 ? existing(node.input) : node
    case 'sort': case 'limit': return node.offset === 0 && node.limit !== 0 ? existing(node.input) : node
    default: return node
  }
}
