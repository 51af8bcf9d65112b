import { MillraceError, type Span } from '../errors.js'
import { columnOf, literalOf, mapChildren, type Expression } from '../expressions/expression.js'
import { findAggregate, resolveAggregate } from '../functions/catalogue.js'
import { isDeterministic } from '../expressions/static-facts.js'
import { printedNameOf, sameUserFunction } from '../functions/user/user-function.js'
import type { CallSyntax, OrderItem } from '../sql/ast.js'
import { BIGINT, INTERVAL_SECOND, type Field } from '../types/data-type.js'
import type { AggregateSink, ExpressionContext } from './bind-context.js'
import { callOf, convertArgument } from './bind-call.js'
import { groupingOf, nameOfKey, type GroupingCall, type Groups } from './bind-grouping-sets.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import { isOverColumn } from './bind-over.js'
import { bindUserAggregate } from './bind-user-aggregate.js'
import { unsupported } from './unsupported.js'
import { convert } from './convert.js'
import type { LogicalCall } from './logical.js'
import type { AggregateOrder } from './physical.js'
import { placed } from './placed.js'
import { placeholderNumber, placeholderOf } from './placeholder.js'
import { sameExpression } from './same-expression.js'
import type { Scope } from './scope.js'

/** GROUP BY TUMBLE(ts, size): what its TUMBLE_START and TUMBLE_END refer to. */
export interface GroupWindow {
  readonly call: CallSyntax
  /** Bound arguments, to tell that another call is about the same window. */
  readonly args: readonly Expression[]
  /** Columns of the scope. */
  readonly startColumn: number
  readonly endColumn: number
}

/**
 * Takes the aggregate calls out of the expressions of one SELECT. While they are bound, a call is a column behind those of
 * the input; {@link Grouping.overGroups} then says what such an expression is over the groups.
 */
export class Grouping implements AggregateSink {
  readonly calls: LogicalCall[] = []
  readonly #groupings: GroupingCall[] = []
  readonly #scope: Scope
  readonly #context: ExpressionContext
  readonly #groupWindow: GroupWindow | null

  constructor(context: Omit<ExpressionContext, 'aggregates' | 'aliases'>, groupWindow: GroupWindow | null) {
    this.#scope = context.scope
    this.#context = { ...context, aliases: null, aggregates: 'an aggregate function' }
    this.#groupWindow = groupWindow
  }

  call(syntax: CallSyntax): Expression {
    const call = this.#bind(syntax)
    let index = this.calls.findIndex((other) => sameCall(other, call))
    if (index === -1) index = this.calls.push(call) - 1
    const column = columnOf(this.#scope.length + index, fieldOfCall(call))
    this.#context.session.spans.set(column, syntax.span)
    return column
  }

  windowBound(syntax: CallSyntax): Expression {
    const window = this.#groupWindow
    const name = syntax.name.text.toLowerCase()
    if (window === null || name.split('_')[0] !== window.call.name.text.toLowerCase()) {
      throw new MillraceError(
        'SQL_WINDOW',
        `${syntax.name.text}(…) needs GROUP BY ${name.split('_')[0]!.toUpperCase()}(…) with the same arguments`,
        { span: syntax.span },
      )
    }
    const args = syntax.args.map((arg) => bindExpression(arg, this.#context))
    if (args.length !== window.args.length || !args.every((arg, i) => sameExpression(arg, window.args[i]!))) {
      throw new MillraceError(
        'SQL_WINDOW', `the arguments of ${syntax.name.text} are not those of the window in GROUP BY`, { span: syntax.span },
      )
    }
    const start = columnOf(window.startColumn, this.#scope[window.startColumn]!)
    const end = columnOf(window.endColumn, this.#scope[window.endColumn]!)
    if (name.endsWith('_start')) return start
    if (name.endsWith('_end')) return end
    return lastInstant(end, syntax.span, this.#context.session.timeZone)
  }

  groupingBits(syntax: CallSyntax): Expression {
    const args = syntax.args.map((arg) => bindExpression(arg, this.#context))
    if (args.length === 0) throw new MillraceError('SQL_ARGUMENTS', `${syntax.name.text}() needs keys of GROUP BY`, { span: syntax.span })
    const known = this.#groupings.findIndex((g) => g.args.length === args.length && g.args.every((arg, i) => sameExpression(arg, args[i]!)))
    const index = known === -1 ? this.#groupings.push({ args, span: syntax.span }) - 1 : known
    return placeholderOf('grouping', index, { name: 'grouping', type: BIGINT, nullable: false })
  }

  /**
   * An expression over the input as one over the groups: keys first, then calls.
   *
   * @throws MillraceError SQL_GROUPING for a column that is neither
   */
  overGroups(e: Expression, groups: Groups, span: Span): Expression {
    const { keys } = groups
    const key = keys.findIndex((k) => sameExpression(k, e))
    if (key !== -1) return columnOf(key, { name: nameOfKey(keys[key]!, key), type: e.type, nullable: groups.keyFields[key]!.nullable })
    if (isOverColumn(e)) return e
    if (e.kind !== 'column') return mapChildren(e, (child) => this.overGroups(child, groups, span))
    const grouping = placeholderNumber(e, 'grouping')
    if (grouping !== null) return groupingOf(this.#groupings[grouping]!, groups)
    if (e.index < 0) return e
    if (e.index >= this.#scope.length) return { ...e, index: keys.length + e.index - this.#scope.length }
    throw new MillraceError('SQL_GROUPING', `\`${e.name}\` is neither in GROUP BY nor inside an aggregate function`, {
      span: this.#context.session.spans.get(e) ?? span, alternatives: [`GROUP BY ${e.name}`, `any_value(${e.name})`],
    })
  }

  #bind(syntax: CallSyntax): LogicalCall {
    const user = this.#context.session.catalog.functions.find(syntax.name)
    if (user?.kind === 'aggregate') return bindUserAggregate(user, syntax, this.#context)
    const known = findAggregate(syntax.name.text)!
    if (syntax.ignoreNulls) {
      throw unsupported(
        `IGNORE NULLS is not supported in ${syntax.name.text}; use FILTER (WHERE … IS NOT NULL)`, syntax.span,
      )
    }
    if (syntax.star && known.name !== 'count') {
      throw new MillraceError(
        'SQL_ARGUMENTS', `${syntax.name.text}(*): only count takes *`, { span: syntax.span },
      )
    }
    const args = syntax.args.map((arg) => bindExpression(arg, this.#context))
    const { overload, types } = placed(syntax.span, () => resolveAggregate(syntax.name.text, args.map((a) => a.type)))
    const timeZone = this.#context.session.timeZone
    return {
      name: known.name,
      args: args.map((arg, i) => convertArgument(arg, types.args[i]!, syntax.args[i]!.span, timeZone)),
      distinct: syntax.distinct && known.distinctIsNoop !== true,
      filter: syntax.filter === null ? null : bindCondition(syntax.filter, this.#context, 'FILTER'),
      argTypes: types.args,
      type: types.returns,
      nullable: overload.neverNull !== true,
      ordered: known.ordered,
      orderBy: known.ordered ? this.#orderBy(syntax.orderBy) : [],
    }
  }

  #orderBy(items: readonly OrderItem[]): readonly AggregateOrder[] {
    return items.map((item) => ({
      key: bindExpression(item.expression, this.#context), descending: item.descending, nullsFirst: item.nullsFirst ?? !item.descending,
    }))
  }
}

/** `window_time` of a window's end: one millisecond before it. */
export function lastInstant(end: Expression, span: Span, timeZone: string): Expression {
  return convert(callOf('-', [end, literalOf(1_000, INTERVAL_SECOND)], span, timeZone), end.type, 'explicit', span, timeZone)
}

function fieldOfCall(call: LogicalCall): Field {
  return { name: printedNameOf(call), type: call.type, nullable: call.nullable }
}

function sameCall(a: LogicalCall, b: LogicalCall): boolean {
  return a.name === b.name && sameUserFunction(a.user, b.user) && a.distinct === b.distinct && a.args.length === b.args.length && a.orderBy.length === b.orderBy.length
    && a.args.every((arg, i) => sameExpression(arg, b.args[i]!) && isDeterministic(arg))
    && (a.filter === null ? b.filter === null : b.filter !== null && sameExpression(a.filter, b.filter))
    && a.orderBy.every((o, i) => sameOrder(o, b.orderBy[i]!))
}

function sameOrder(a: AggregateOrder, b: AggregateOrder): boolean {
  return a.descending === b.descending && a.nullsFirst === b.nullsFirst && sameExpression(a.key, b.key)
}
