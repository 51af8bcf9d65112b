import { MillraceError, type Span } from '../errors.js'
import { literalOf, type Expression } from '../expressions/expression.js'
import { canCast, commonType } from '../functions/coercion.js'
import { BOOLEAN, typeName, type DataType } from '../types/data-type.js'
import { callOf } from './bind-call.js'
import { convert } from './convert.js'

/** The conditions that all must hold, flat and in order; TRUE where there are none. */
export function allOf(parts: readonly Expression[]): Expression {
  return logical('and', parts, true)
}

/** The conditions of which one must hold, flat and in order; FALSE where there are none. */
export function anyOf(parts: readonly Expression[]): Expression {
  return logical('or', parts, false)
}

function logical(name: 'and' | 'or', parts: readonly Expression[], empty: boolean): Expression {
  const args = parts.flatMap((p) => (p.kind === 'call' && p.name === name ? p.args : [p]))
  if (args.length === 0) return literalOf(empty, BOOLEAN)
  if (args.length === 1) return args[0]!
  return { kind: 'call', name, args, type: BOOLEAN, nullable: args.some((a) => a.nullable) }
}

/** The parts of an AND, or the expression itself. */
export function conjunctsOf(e: Expression): readonly Expression[] {
  return e.kind === 'call' && e.name === 'and' ? e.args.flatMap(conjunctsOf) : [e]
}

export function negationOf(arg: Expression): Expression {
  return { kind: 'call', name: 'not', args: [arg], type: BOOLEAN, nullable: arg.nullable }
}

export function isNull(arg: Expression, name: 'is null' | 'is not null'): Expression {
  return { kind: 'call', name, args: [arg], type: BOOLEAN, nullable: false }
}

/** `x IS TRUE` and its like: two-valued. */
export function truthOf(op: string, arg: Expression, span: Span): Expression {
  const known = (value: Expression): Expression => ({
    kind: 'call', name: 'coalesce', args: [value, literalOf(false, BOOLEAN)], type: BOOLEAN, nullable: false,
  })
  switch (op) {
    case 'is true': return known(arg)
    case 'is not true': return negationOf(known(arg))
    case 'is false': return known(negationOf(arg))
    case 'is not false': return negationOf(known(negationOf(arg)))
    case 'is unknown': return isNull(arg, 'is null')
    case 'is not unknown': return isNull(arg, 'is not null')
    default: throw new MillraceError('SQL_UNSUPPORTED', `${op.toUpperCase()} is not supported`, { span })
  }
}

/**
 * A comparison of two values brought to one type. A quoted text beside a date, a time or a number is read as that: then
 * the column stays as it is, and the reader can filter by it.
 */
export function compare(op: string, left: Expression, right: Expression, span: Span, timeZone: string): Expression {
  const a = adapted(left, right.type, span, timeZone)
  const b = adapted(right, left.type, span, timeZone)
  if (commonType([a.type, b.type]) === null) {
    throw new MillraceError('SQL_TYPE', `${typeName(a.type)} and ${typeName(b.type)} cannot be compared; CAST one of them`, { span })
  }
  return callOf(op, [a, b], span, timeZone)
}

function adapted(e: Expression, beside: DataType, span: Span, timeZone: string): Expression {
  const text = e.kind === 'literal' && typeof e.value === 'string' && e.type.kind === 'STRING'
  if (!text || beside.kind === 'STRING' || beside.kind === 'NULL' || !canCast(e.type, beside, 'explicit')) return e
  return convert(e, beside, 'implicit', span, timeZone)
}
