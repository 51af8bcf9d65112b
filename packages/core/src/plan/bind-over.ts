import { MillraceError, type Span } from '../errors.js'
import { columnOf, rewriteExpression, type Expression } from '../expressions/expression.js'
import { findAggregate, resolveAggregate } from '../functions/catalogue.js'
import { commonType } from '../functions/coercion.js'
import { findOver, type OverFunction } from '../functions/over-functions.js'
import { printedNameOf } from '../functions/user/user-function.js'
import type { CallSyntax, FrameBound, Name, OverSyntax, Select, SqlExpression } from '../sql/ast.js'
import { isInteger, typeName, type DataType } from '../types/data-type.js'
import { callOf, convertArgument } from './bind-call.js'
import type { ExpressionContext, OverSink } from './bind-context.js'
import { bindCondition, bindExpression } from './bind-expression.js'
import { bindUserAggregate } from './bind-user-aggregate.js'
import { sameName } from './catalog.js'
import { convert } from './convert.js'
import { foldConstants } from './fold.js'
import { projectOf, type LogicalCall, type LogicalNode } from './logical.js'
import { looksAhead, overOf, type Frame, type FrameEdge, type OrderTime, type OverCall, type WindowEnd } from './over.js'
import type { SortKey } from './physical.js'
import { placed } from './placed.js'
import { isProctime } from './proctime.js'
import { sameExpression } from './same-expression.js'
import type { TimeAttribute } from './scope.js'
import { unsupported } from './unsupported.js'

/** While a SELECT is bound, the result of its i-th OVER call is column `OVER_COLUMNS + i`: behind all others. */
export const OVER_COLUMNS: number = 2 ** 24

export function isOverColumn(e: Expression): boolean {
  return e.kind === 'column' && e.index >= OVER_COLUMNS
}

/** A call whose arguments, keys and bounds are still expressions over the input of the SELECT. */
interface BoundOver {
  readonly call: Omit<OverCall, 'args' | 'filter' | 'frame'>
  readonly args: readonly Expression[]
  readonly filter: Expression | null
  readonly frame: BoundFrame
  readonly partitionBy: readonly Expression[]
  readonly order: readonly (Omit<SortKey, 'column'> & { readonly key: Expression })[]
  readonly time: OrderTime
  readonly window: { readonly end: Expression; readonly allowedLatenessMicros: number } | null
  readonly span: Span
}

type BoundEdge =
  | Exclude<FrameEdge, { by: unknown }>
  | { readonly kind: 'preceding' | 'following'; readonly rows: number }
  | { readonly kind: 'preceding' | 'following'; readonly key: Expression; readonly bound: Expression; readonly micros: number | null; readonly text: string }

interface BoundFrame {
  readonly unit: 'rows' | 'range'
  readonly start: BoundEdge
  readonly end: BoundEdge
}

/**
 * Takes the calls with OVER out of the expressions of one SELECT. They come after GROUP BY and HAVING and before the
 * projection: their arguments can be aggregates, and ORDER BY and QUALIFY can have them too.
 */
export class OverCalls implements OverSink {
  readonly #windows: Select['namedWindows']
  #context: ExpressionContext
  readonly #calls: BoundOver[] = []

  /** @param context what arguments and keys can name; no OVER in it */
  constructor(windows: Select['namedWindows'], context: ExpressionContext) {
    this.#windows = windows
    this.#context = context
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** Whether some result waits for later rows: then rows come late, and carry event time no more. */
  get looksAhead(): boolean {
    return this.#calls.some(({ call, frame }) => looksAhead({ ...call, args: [], filter: null, frame: frame as Frame }))
  }

  call(syntax: CallSyntax, aliases: ExpressionContext['aliases']): Expression {
    this.#context = { ...this.#context, aliases }
    const bound = this.#bind(syntax, this.#definition(syntax.over!))
    let index = this.#calls.findIndex((other) => sameOver(other, bound))
    if (index === -1) index = this.#calls.push(bound) - 1
    const { type, nullable } = bound.call
    return columnOf(OVER_COLUMNS + index, { name: printedNameOf(bound.call), type, nullable })
  }

  /**
   * Puts the calls above a node, those of one window together.
   *
   * @param over says what an expression of the SELECT is over that node
   * @returns the node, and what takes the place of the columns that {@link call} gave
   */
  apply(input: LogicalNode, over: (e: Expression, span: Span) => Expression): { readonly node: LogicalNode; replace(e: Expression): Expression } {
    if (this.isEmpty) return { node: input, replace: (e) => e }
    const width = input.schema.length
    const columns = input.schema.map((f, i): Expression => columnOf(i, f))
    const place = (e: Expression, span: Span): number => {
      const meant = over(e, span)
      const known = columns.findIndex((c) => sameExpression(c, meant))
      return known === -1 ? columns.push(meant) - 1 : known
    }
    const calls = this.#calls.map((bound) => placedCall(bound, place))
    const names = columns.map((_, i) => input.schema[i]?.name ?? `over${i - width}`)
    let node: LogicalNode = columns.length === width ? input : projectOf(input, columns, names)
    const places: number[] = []
    const pending = new Set(calls.keys())
    for (const first of pending) {
      const group = [...pending].filter((i) => sameWindow(calls[i]!, calls[first]!))
      for (const i of group) pending.delete(i)
      group.forEach((i, at) => { places[i] = node.schema.length + at })
      const { partitionBy, order, time, window } = calls[first]!
      node = overOf(node, { partitionBy, order, time, window, calls: group.map((i) => calls[i]!.call), span: this.#calls[first]!.span }, group.map((i) => printedNameOf(calls[i]!.call)))
    }
    const final = node
    const replace = (e: Expression): Expression => rewriteExpression(e, (x) => (
      x.kind === 'column' && x.index >= OVER_COLUMNS ? columnOf(places[x.index - OVER_COLUMNS]!, final.schema[places[x.index - OVER_COLUMNS]!]!) : x))
    return { node, replace }
  }

  // ------------------------------------------------------------------------------------------------------- windows

  /** `OVER w` and `OVER (w ORDER BY …)` with what w says. */
  #definition(syntax: OverSyntax, seen: readonly string[] = []): OverSyntax {
    if (syntax.base === null) return syntax
    const base = syntax.base
    const found = this.#windows.find((w) => sameName(w.name.text, base))
    if (found === undefined || seen.includes(found.name.text)) throw unknownWindow(base, this.#windows)
    const inner = this.#definition(found.over, [...seen, found.name.text])
    if (syntax.partitionBy.length > 0 || (syntax.orderBy.length > 0 && inner.orderBy.length > 0)) {
      const what = syntax.partitionBy.length > 0 ? 'PARTITION BY' : 'ORDER BY'
      throw new MillraceError('SQL_WINDOW', `window \`${base.text}\` says already how rows are ${what === 'ORDER BY' ? 'ordered' : 'partitioned'}; leave ${what} out here`, { span: syntax.span })
    }
    return {
      ...syntax, base: null, partitionBy: inner.partitionBy,
      orderBy: syntax.orderBy.length > 0 ? syntax.orderBy : inner.orderBy, frame: syntax.frame ?? inner.frame,
    }
  }

  // --------------------------------------------------------------------------------------------------------- calls

  #bind(syntax: CallSyntax, over: OverSyntax): BoundOver {
    const partitionBy = over.partitionBy.map((e) => bindExpression(e, this.#context))
    const order = over.orderBy.map(({ expression, descending, nullsFirst }) => {
      const key = bindExpression(expression, this.#context)
      if (['ARRAY', 'MAP', 'ROW'].includes(key.type.kind)) throw new MillraceError('SQL_TYPE', `rows cannot be ordered by ${typeName(key.type)}`, { span: expression.span })
      return { key, descending, nullsFirst: nullsFirst ?? !descending }
    })
    const known = findOver(syntax.name.text)
    const shared = { partitionBy, order, time: this.#timeOf(order), window: this.#windowOf(partitionBy), span: syntax.span }
    const frame = this.#frame(over, order, known)
    if (known === undefined) return { ...this.#aggregate(syntax), frame, ...shared }
    if (syntax.star || syntax.distinct || syntax.filter !== null || syntax.orderBy.length > 0) {
      const what = syntax.star ? '*' : syntax.distinct ? 'DISTINCT' : syntax.filter !== null ? 'FILTER' : 'ORDER BY inside the call'
      throw new MillraceError('SQL_ARGUMENTS', `${known.name} takes no ${what}`, { span: syntax.span })
    }
    if (syntax.ignoreNulls && (known.kind === 'rank' || known.kind === 'share')) {
      throw new MillraceError('SQL_ARGUMENTS', `${known.name} looks at no value: leave IGNORE NULLS out`, { span: syntax.span })
    }
    return { ...this.#ranked(syntax, known), frame, ...shared }
  }

  #ranked(syntax: CallSyntax, known: OverFunction): Pick<BoundOver, 'call' | 'args' | 'filter'> {
    const [least, most] = known.arity
    if (syntax.args.length < least || syntax.args.length > most) {
      const signatures = known.overloads.map((o) => `${known.name}${o.signature}`)
      throw new MillraceError('SQL_ARGUMENTS', `\`${syntax.name.text}\` does not take ${syntax.args.length} arguments.  it takes: ${signatures.join('; ')}`, { span: syntax.span, alternatives: signatures })
    }
    const counted = known.countAt === null ? undefined : syntax.args[known.countAt]
    const count = counted === undefined ? known.defaultCount : this.#constantCount(counted, known.name, known.kind === 'offset' ? 0 : 1)
    const values = syntax.args.filter((_, i) => i !== known.countAt)
    const bound = values.map((arg) => bindExpression(arg, this.#context))
    const type = known.returns(bound.map((e) => e.type))
    if (type === null) throw new MillraceError('SQL_TYPE', `${known.name}: ${typeName(bound[1]!.type)} does not go with ${typeName(bound[0]!.type)}; CAST one of them`, { span: values[1]!.span })
    const args = bound.map((e, i) => convert(e, type, 'implicit', values[i]!.span, this.#context.session.timeZone))
    return {
      call: {
        name: known.name, kind: known.kind, argTypes: args.map(() => type), type, nullable: !known.neverNull, count, distinct: false,
        ignoreNulls: syntax.ignoreNulls,
      },
      args, filter: null,
    }
  }

  #aggregate(syntax: CallSyntax): Pick<BoundOver, 'call' | 'args' | 'filter'> {
    const user = this.#context.session.catalog.functions.find(syntax.name)
    if (user?.kind === 'aggregate') return userOver(bindUserAggregate(user, syntax, this.#context))
    const known = findAggregate(syntax.name.text)
    const names = syntax.name.text
    if (known === undefined) {
      placed(syntax.name.span, () => resolveAggregate(names, []))
      throw new MillraceError('SQL_ARGUMENTS', `${names} takes no OVER`, { span: syntax.span })
    }
    if (syntax.ignoreNulls) throw unsupported(`IGNORE NULLS is not supported in ${names}; use FILTER (WHERE … IS NOT NULL)`, syntax.span)
    if (syntax.orderBy.length > 0) throw unsupported(`${names} with OVER takes its rows in the order of the window; leave ORDER BY inside the call out`, syntax.span)
    if (syntax.star && known.name !== 'count') throw new MillraceError('SQL_ARGUMENTS', `${names}(*): only count takes *`, { span: syntax.span })
    const args = syntax.args.map((arg) => bindExpression(arg, this.#context))
    const { overload, types } = placed(syntax.span, () => resolveAggregate(names, args.map((a) => a.type)))
    const timeZone = this.#context.session.timeZone
    return {
      call: {
        name: known.name, kind: 'aggregate', argTypes: types.args, type: types.returns, nullable: overload.neverNull !== true, count: null,
        distinct: syntax.distinct && known.distinctIsNoop !== true, ignoreNulls: false,
      },
      args: args.map((arg, i) => convertArgument(arg, types.args[i]!, syntax.args[i]!.span, timeZone)),
      filter: syntax.filter === null ? null : bindCondition(syntax.filter, this.#context, 'FILTER'),
    }
  }

  #constantCount(e: SqlExpression, name: string, least: number): number {
    const bound = foldConstants(bindExpression(e, this.#context))
    const count = bound.kind === 'literal' && isInteger(bound.type) && bound.value !== null ? Number(bound.value) : NaN
    if (Number.isSafeInteger(count) && count >= least) return count
    throw new MillraceError('SQL_LITERAL', `${name} needs a constant whole number of ${least} or more`, { span: e.span })
  }

  // -------------------------------------------------------------------------------------------------------- frames

  #frame({ frame, orderBy, span }: OverSyntax, order: BoundOver['order'], known: OverFunction | undefined): BoundFrame {
    if (frame === null || (known !== undefined && known.kind !== 'frame')) {
      const end = order.length === 0 ? 'unbounded following' : 'current row'
      return { unit: 'range', start: { kind: 'unbounded preceding' }, end: { kind: end } }
    }
    const edge = (bound: FrameBound, isStart: boolean): BoundEdge => this.#edge(bound, isStart, frame.unit, order, orderBy.map((o) => o.expression), span)
    const [start, end] = [edge(frame.start, true), edge(frame.end, false)]
    const rank = (e: BoundEdge): number => ['unbounded preceding', 'preceding', 'current row', 'following', 'unbounded following'].indexOf(e.kind)
    if (rank(start) > rank(end)) throw new MillraceError('SQL_WINDOW', `a frame from ${start.kind.toUpperCase()} to ${end.kind.toUpperCase()} goes backwards`, { span })
    return { unit: frame.unit, start, end }
  }

  #edge(bound: FrameBound, isStart: boolean, unit: 'rows' | 'range', order: BoundOver['order'], keys: readonly SqlExpression[], span: Span): BoundEdge {
    if (bound.kind === 'current row') return bound
    if (bound.offset === null) {
      if (isStart !== (bound.kind === 'preceding')) throw new MillraceError('SQL_WINDOW', `a frame cannot ${isStart ? 'start' : 'end'} at UNBOUNDED ${bound.kind.toUpperCase()}`, { span })
      return { kind: bound.kind === 'preceding' ? 'unbounded preceding' : 'unbounded following' }
    }
    if (unit === 'rows') return { kind: bound.kind, rows: this.#constantCount(bound.offset, 'a ROWS frame', 0) }
    const [first] = order
    if (first === undefined || order.length > 1) throw new MillraceError('SQL_WINDOW', 'a RANGE frame with an offset needs exactly one ORDER BY key', { span })
    return this.#rangeEdge(bound as typeof bound & { readonly offset: SqlExpression }, first, keys[0]!)
  }

  /** The edge of a RANGE frame: the key moved by the offset, towards lower values for PRECEDING unless the order descends. */
  #rangeEdge({ kind, offset }: { readonly kind: 'preceding' | 'following'; readonly offset: SqlExpression }, order: BoundOver['order'][number], key: SqlExpression): BoundEdge {
    const timeZone = this.#context.session.timeZone
    const by = foldConstants(bindExpression(offset, this.#context))
    if (by.kind !== 'literal' || by.value === null || isNegative(by.value)) throw new MillraceError('SQL_WINDOW', 'the offset of a RANGE frame is a constant that is not negative: a number or an INTERVAL', { span: offset.span })
    const op = (kind === 'preceding') === order.descending ? '+' : '-'
    const moved = callOf(op, [order.key, by], key.span, timeZone)
    const type = commonType([order.key.type, moved.type])
    if (type === null) throw new MillraceError('SQL_TYPE', `a RANGE frame cannot move ${typeName(order.key.type)} by ${typeName(by.type)}`, { span: offset.span })
    const as = (e: Expression): Expression => convert(e, type, 'explicit', key.span, timeZone)
    const micros = by.type.kind === 'INTERVAL_SECOND' ? (by.value as number) : null
    return { kind, key: as(order.key), bound: as(moved), micros, text: textOf(by.value, by.type, micros) }
  }

  // ---------------------------------------------------------------------------------------------------------- time

  #attribute(e: Expression): TimeAttribute | null {
    return e.kind === 'column' ? this.#context.scope[e.index]?.attribute ?? null : null
  }

  #timeOf(order: BoundOver['order']): OrderTime {
    const [first] = order
    if (first === undefined) return null
    const kind = isProctime(first.key) ? 'proctime' : this.#attribute(first.key)?.kind
    if (kind === 'proctime') return first.descending ? 'latest' : 'proctime'
    return !first.descending && (kind === 'rowtime' || kind === 'window_time') ? 'rowtime' : null
  }

  #windowOf(partitionBy: readonly Expression[]): BoundOver['window'] {
    const end = partitionBy.find((e) => this.#attribute(e)?.kind === 'window_end')
    return end === undefined ? null : { end, allowedLatenessMicros: allowedLatenessOf(this.#attribute(end)) }
  }
}

function allowedLatenessOf(attribute: TimeAttribute | null): number {
  return attribute !== null && 'allowedLatenessMicros' in attribute ? attribute.allowedLatenessMicros : 0
}

function isNegative(value: unknown): boolean {
  return typeof value === 'bigint' ? value < 0n : !((value as number) >= 0)
}

function textOf(value: unknown, type: DataType, micros: number | null): string {
  if (micros !== null) return `${micros / 1_000_000} s`
  return type.kind === 'DECIMAL' ? `${Number(value) / 10 ** type.scale}` : String(value)
}

function unknownWindow(name: Name, windows: Select['namedWindows']): MillraceError {
  const alternatives = windows.map((w) => w.name.text)
  return new MillraceError('SQL_WINDOW', `no window \`${name.text}\` is defined: add WINDOW ${name.text} AS (…)`, { span: name.span, alternatives })
}

// ------------------------------------------------------------------------------------------------------------ placing

type PlacedCall = { readonly call: OverCall; readonly partitionBy: readonly number[]; readonly order: readonly SortKey[]; readonly time: OrderTime; readonly window: WindowEnd | null }

function placedCall(bound: BoundOver, place: (e: Expression, span: Span) => number): PlacedCall {
  const at = (e: Expression): number => place(e, bound.span)
  const edge = (e: BoundEdge): FrameEdge => {
    if ('rows' in e) return { kind: e.kind, by: { kind: 'rows', rows: e.rows } }
    if ('key' in e) return { kind: e.kind, by: { kind: 'values', key: at(e.key), bound: at(e.bound), micros: e.micros, text: e.text } }
    return e
  }
  return {
    call: {
      ...bound.call, args: bound.args.map(at), filter: bound.filter === null ? null : at(bound.filter),
      frame: { unit: bound.frame.unit, start: edge(bound.frame.start), end: edge(bound.frame.end) },
    },
    partitionBy: [...new Set(bound.partitionBy.map(at))],
    order: bound.order.map(({ key, descending, nullsFirst }) => ({ column: at(key), descending, nullsFirst })),
    time: bound.time,
    window: bound.window === null ? null : { endColumn: at(bound.window.end), allowedLatenessMicros: bound.window.allowedLatenessMicros },
  }
}

function sameWindow(a: PlacedCall, b: PlacedCall): boolean {
  return a.partitionBy.length === b.partitionBy.length && a.partitionBy.every((c) => b.partitionBy.includes(c))
    && a.order.length === b.order.length && a.order.every((key, i) => sameKey(key, b.order[i]!))
}

function sameKey(a: SortKey, b: SortKey): boolean {
  return a.column === b.column && a.descending === b.descending && a.nullsFirst === b.nullsFirst
}

/** A call of an aggregate function of the user's, as OVER has it. */
function userOver({ name, args, argTypes, type, distinct, filter, user }: LogicalCall): Pick<BoundOver, 'call' | 'args' | 'filter'> {
  const call = { name, kind: 'aggregate', argTypes, type, nullable: true, count: null, distinct, ignoreNulls: false, user: user! } as const
  return { call, args, filter }
}

function sameOver(a: BoundOver, b: BoundOver): boolean {
  const all = (x: readonly Expression[], y: readonly Expression[]): boolean => x.length === y.length && x.every((e, i) => sameExpression(e, y[i]!))
  const optional = (x: Expression | null, y: Expression | null): boolean => (x === null || y === null ? x === y : sameExpression(x, y))
  return a.call.name === b.call.name && a.call.count === b.call.count && a.call.distinct === b.call.distinct && a.call.ignoreNulls === b.call.ignoreNulls
    && all(a.args, b.args) && optional(a.filter, b.filter) && all(a.partitionBy, b.partitionBy)
    && all(a.order.map((o) => o.key), b.order.map((o) => o.key))
    && a.order.every((o, i) => o.descending === b.order[i]!.descending && o.nullsFirst === b.order[i]!.nullsFirst)
    && sameFrame(a.frame, b.frame)
}

function sameFrame(a: BoundFrame, b: BoundFrame): boolean {
  const edge = (x: BoundEdge, y: BoundEdge): boolean => {
    if (x.kind !== y.kind) return false
    if ('rows' in x) return 'rows' in y && x.rows === y.rows
    return !('key' in x) || ('key' in y && sameExpression(x.bound, y.bound))
  }
  return a.unit === b.unit && edge(a.start, b.start) && edge(a.end, b.end)
}

