import type { ScanCondition } from '../../connector.js'
import type { Expression } from '../../expressions/expression.js'
import { typeName, type DataType } from '../../types/data-type.js'
import { printLiteral } from '../print-expression.js'
import { expressionText, textOf, type Text } from './canonical-text.js'

/**
 * What rows had to satisfy, whoever applied it: the reader, a calc, an aggregate. Which of them does depends on what else a job reads of the
 * table, so conditions are a set.
 */
export interface Condition extends Text {
  /** Set where it says which values a column has: two of one column are one, of the values that both allow. */
  readonly oneOf?: { readonly column: Text; readonly values: readonly Text[] }
}

export function withCondition(conditions: readonly Condition[], e: Expression | null, columns: readonly Text[]): readonly Condition[] {
  if (e === null) return conditions
  if (e.kind === 'call' && e.name === 'and' && e.user === undefined) {
    return e.args.reduce((all, arg) => withCondition(all, arg, columns), conditions)
  }
  const oneOf = valuesIn(e, columns)
  return added(conditions, oneOf === null ? expressionText(e, columns) : oneOfText(oneOf))
}

/** What the reader applies, as the expression that would say the same. */
export function withScanCondition(conditions: readonly Condition[], { op, values }: ScanCondition, column: Text, type: DataType): readonly Condition[] {
  const literals = values.map((value) => literalText(value, type))
  if (op === '=' || op === 'in') return added(conditions, oneOfText({ column, values: literals }))
  const exact = `${JSON.stringify(op)}(${[column, ...literals].map((text) => text.exact).join(', ')})`
  return added(conditions, textOf(exact, [column.shown, op.toUpperCase(), ...literals.map((text) => text.shown)].join(' ')))
}

type OneOf = NonNullable<Condition['oneOf']>

function literalText(value: ScanCondition['values'][number] | Uint8Array, type: DataType): Text {
  const shown = printLiteral(value, type)
  return textOf(`${shown}:${typeName(type)}`, shown)
}

/** `a = 1`, or `a = 1 OR a = 2`. */
function valuesIn(e: Expression, columns: readonly Text[]): OneOf | null {
  if (e.kind !== 'call' || e.user !== undefined) return null
  const [left, right] = e.args
  if (e.name === '=' && left?.kind === 'column' && right?.kind === 'literal' && right.value !== null) {
    return { column: columns[left.index]!, values: [literalText(right.value, right.type)] }
  }
  if (e.name !== 'or') return null
  const parts = e.args.map((arg) => valuesIn(arg, columns))
  const [first] = parts
  if (first === null || first === undefined || parts.some((part) => part?.column.exact !== first.column.exact)) return null
  return { column: first.column, values: parts.flatMap((part) => part!.values) }
}

function oneOfText({ column, values }: OneOf): Condition {
  const sorted = [...new Map(values.map((value) => [value.exact, value])).values()].sort(byText)
  const shown = sorted.length === 1 ? `${column.shown} = ${sorted[0]!.shown}` : `${column.shown} IN (${sorted.map((v) => v.shown).join(', ')})`
  return { exact: `${column.exact} in (${sorted.map((v) => v.exact).join(', ')})`, shown, oneOf: { column, values: sorted } }
}

function added(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const { oneOf } = condition
  const other = oneOf === undefined ? undefined : conditions.find((c) => c.oneOf?.column.exact === oneOf.column.exact)
  if (other === undefined) return conditions.some((c) => c.exact === condition.exact) ? conditions : [...conditions, condition].sort(byText)
  const both = oneOfText({ column: oneOf!.column, values: oneOf!.values.filter((v) => other.oneOf!.values.some((w) => w.exact === v.exact)) })
  return [...conditions.filter((c) => c !== other), both].sort(byText)
}

function byText(a: Text, b: Text): number {
  return a.exact < b.exact ? -1 : a.exact > b.exact ? 1 : 0
}
