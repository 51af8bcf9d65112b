import { unreachable } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { valueToText } from '../types/value.js'
import { typeName, type DataType, type Value } from '../types/data-type.js'
import { lookup } from '../lookup.js'

const INFIX: Readonly<Record<string, number>> = lookup({
  or: 1, and: 2, '=': 4, '<>': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, like: 4, ilike: 4, 'similar to': 4, '~': 4, '~*': 4,
  'is distinct from': 4, 'is not distinct from': 4, '||': 5, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6, '->': 7, '->>': 7,
})
const UNARY_BINDING = 8

/** An expression as a reader would write it in SQL, with no more parentheses than needed. */
export function printExpression(e: Expression): string {
  return print(e, 0)
}

/** @param binding how tightly what stands around it holds on */
function print(e: Expression, binding: number): string {
  switch (e.kind) {
    case 'column': return e.name
    case 'literal': return printLiteral(e.value, e.type)
    case 'cast': return `${e.tolerant ? 'TRY_CAST' : 'CAST'}(${print(e.arg, 0)} AS ${typeName(e.type)})`
    case 'case': {
      const branches = e.branches.map((b) => `WHEN ${print(b.when, 0)} THEN ${print(b.then, 0)}`).join(' ')
      return `CASE ${branches} ELSE ${print(e.otherwise, 0)} END`
    }
    case 'call': return e.user === undefined ? printCall(e.name, e.args, binding) : `${e.user.name}(${e.args.map((arg) => print(arg, 0)).join(', ')})`
    default: return unreachable(e)
  }
}

function printCall(name: string, args: readonly Expression[], binding: number): string {
  if (name.endsWith('like') && args.length === 3) {
    return `${printCall(name, args.slice(0, 2), binding)} ESCAPE ${print(args[2]!, UNARY_BINDING)}`
  }
  const own = INFIX[name]
  if (own !== undefined && args.length >= 2) {
    const word = /^[a-z]/.test(name) ? name.toUpperCase() : name
    const text = args.map((arg, i) => print(arg, i === 0 ? own : own + 1)).join(` ${word} `)
    return own < binding ? `(${text})` : text
  }
  if (name === 'not') return parenthesized(`NOT ${print(args[0]!, UNARY_BINDING)}`, 3, binding)
  if (name === 'neg') return `-${print(args[0]!, UNARY_BINDING)}`
  if (name === 'is null' || name === 'is not null') {
    return parenthesized(`${print(args[0]!, UNARY_BINDING)} ${name.toUpperCase()}`, 4, binding)
  }
  if (name === 'field') return `${print(args[0]!, UNARY_BINDING)}.${print(args[1]!, 0)}`
  return `${name}(${args.map((arg) => print(arg, 0)).join(', ')})`
}

function parenthesized(text: string, own: number, binding: number): string {
  return own < binding ? `(${text})` : text
}

export function printLiteral(value: Value, type: DataType): string {
  if (value === null) return 'NULL'
  const text = valueToText(value, type)
  switch (type.kind) {
    case 'STRING': return `'${text.replaceAll("'", "''")}'`
    case 'DATE': case 'TIME': case 'TIMESTAMP': return `${type.kind} '${text}'`
    case 'TIMESTAMP_LTZ': return `TIMESTAMP '${text}'`
    case 'INTERVAL_SECOND': return `INTERVAL ${inUnit(Number(value), MICROS)}`
    case 'INTERVAL_MONTH': return `INTERVAL ${inUnit(Number(value), MONTHS)}`
    case 'BOOLEAN': return text.toUpperCase()
    case 'FLOAT': case 'DOUBLE': return String(value)
    default: return text
  }
}

const MICROS: readonly (readonly [string, number])[] = [
  ['DAY', 86_400_000_000], ['HOUR', 3_600_000_000], ['MINUTE', 60_000_000], ['SECOND', 1_000_000],
]
const MONTHS: readonly (readonly [string, number])[] = [['YEAR', 12], ['MONTH', 1]]

/** An amount in the largest unit of which it is a whole number, else in the smallest. */
function inUnit(amount: number, units: readonly (readonly [string, number])[]): string {
  const [unit, size] = units.find(([, each]) => amount !== 0 && amount % each === 0) ?? units.at(-1)!
  return `'${amount / size}' ${unit}`
}
