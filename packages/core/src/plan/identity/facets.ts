import { printedNameOf } from '../../functions/user/user-function.js'
import { typeName, type Schema } from '../../types/data-type.js'
import type { AggregateCall, SortKey } from '../physical.js'
import type { LatenessJudge } from '../physical-windows.js'
import type { WindowShape } from '../window-shape.js'
import { expressionText, textOf, typedText, userText, type Text } from './canonical-text.js'
import type { Condition } from './conditions.js'

/** One of the things that make an operator what it is. */
export interface Facet {
  readonly name: string
  /** In their order, where the order counts. */
  readonly values: readonly Text[]
  /**
   * - `meaning`: which rows come out depends on it, and so does all that is behind
   * - `layout`: how what is remembered is written down
   * - `place`: on which worker it is; the same at any number of them
   */
  readonly of: 'meaning' | 'layout' | 'place'
}

export function meaning(name: string, values: readonly Text[]): Facet {
  return { name, values, of: 'meaning' }
}

/** A value without columns. */
export function plain(name: string, ...values: readonly (string | number | boolean | null)[]): Facet {
  return meaning(name, values.map((value) => textOf(String(value))))
}

/** Rows of an input that are kept as they are: with another column, those that are there would lack it. */
export function keptColumns(name: string, columns: readonly Text[], schema: Schema): Facet {
  return { name, of: 'layout', values: columns.map(({ exact, shown }, i) => textOf(`${exact} ${typeName(schema[i]!.type)}`, shown)) }
}

export interface RowsIn {
  readonly source: Text
  readonly conditions: readonly Condition[]
  readonly columns: readonly Text[]
}

export function inputFacets({ source, conditions }: RowsIn, side = ''): readonly Facet[] {
  return [meaning(`${side}input`, [source]), meaning(`filter in front${side === '' ? '' : ` of the ${side}input`}`, conditions)]
}

export function callTexts(calls: readonly AggregateCall[], columns: readonly Text[]): readonly Text[] {
  return calls.map((call) => callText(call, columns))
}

function callText(call: AggregateCall, columns: readonly Text[]): Text {
  const args = call.args.map((arg) => typedText(arg, columns))
  const order = call.orderBy.map(({ key, descending, nullsFirst }) => ({ text: expressionText(key, columns), descending, nullsFirst }))
  const filter = call.filter === null ? null : expressionText(call.filter, columns)
  const exact = JSON.stringify([
    call.name, userText(call.user), call.distinct, args.map((arg) => arg.exact), typeName(call.type), filter?.exact ?? null,
    order.map(({ text, descending, nullsFirst }) => [text.exact, descending, nullsFirst]),
  ])
  const inside = args.slice(0, call.argTypes.length).map((arg) => arg.shown).join(', ')
  const by = order.length === 0 ? '' : ` ORDER BY ${order.map(({ text, descending }) => `${text.shown}${descending ? ' DESC' : ''}`).join(', ')}`
  const what = inside === '' && call.name === 'count' ? '*' : inside
  const where = filter === null ? '' : ` FILTER (WHERE ${filter.shown})`
  return textOf(exact, `${printedNameOf(call)}(${call.distinct ? 'DISTINCT ' : ''}${what}${by})${where}`)
}

export function orderTexts(keys: readonly SortKey[], columns: readonly Text[]): readonly Text[] {
  return keys.map(({ column, descending, nullsFirst }) => {
    const { exact, shown } = columns[column]!
    return textOf(JSON.stringify([exact, descending, nullsFirst]), `${shown}${descending ? ' DESC' : ''}${nullsFirst === descending ? ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}` : ''}`)
  })
}

export function shapeText({ kind, sizeMicros, slideMicros, offsetMicros }: WindowShape): string {
  return `${kind} size=${sizeMicros / 1_000} ms slide=${slideMicros / 1_000} ms offset=${offsetMicros / 1_000} ms`
}

export function latenessFacet(judge: Pick<LatenessJudge, 'latenessMicros'> | null): Facet {
  return plain('allowed lateness', `${(judge?.latenessMicros ?? 0) / 1_000} ms`)
}
