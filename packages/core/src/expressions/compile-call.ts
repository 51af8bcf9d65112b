import { NARROW_MAX } from '../limits.js'
import type { DataType } from '../types/data-type.js'
import { isExact, sameType } from '../types/data-type.js'
import { bindCall, bindCast, givesNarrow } from './bound-call.js'
import type { CallExpression, CastExpression } from './expression.js'
import { canBeNull } from './static-facts.js'
import { anyOf, blankOf, not, parenthesised, representationOf } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/**
 * Text for calls of functions that have no text of their own. `gcd(a, b)` over narrow BIGINT columns, b with NULLs:
 *
 * ```js
 * let t1 = 0
 * if (!(c1_nulls[i] !== 0)) {
 *   const t1_result = k0(BigInt(c0_values[i]), BigInt(c1_values[i]))
 *   if (t1_result > 9007199254740991n || t1_result < -9007199254740991n) return i
 *   t1 = Number(t1_result)
 * }
 * ```
 */
export function compileCall(c: RowCompiler, e: CallExpression): Operand {
  const narrow = !c.wide && givesNarrow(e)
  const { call, strict } = bindCall(e, c.context, narrow)
  const args = e.args.map((arg) => c.compile(arg))
  const values = args.map((arg, k) => valueText(c, arg, e.args[k]!.type))
  if (strict) {
    const isNull = anyOf(args.map((arg) => arg.isNull))
    return callText(c, e.type, isNull, `${c.constant(call)}(${values.join(', ')})`, mayGiveNull(c, e), narrow)
  }
  const nullable = values.map((value, k) => (args[k]!.isNull === 'false' ? value : args[k]!.isNull === 'true' ? 'null' : `${args[k]!.isNull} ? null : ${value}`))
  return callText(c, e.type, 'false', `${c.constant(call)}(${nullable.join(', ')})`, canBeNull(e, c.shapes), narrow)
}

/** Can the call give NULL although no argument is? */
function mayGiveNull(c: RowCompiler, e: CallExpression): boolean {
  return canBeNull(e, c.shapes.map((shape) => ({ ...shape, nulls: false })))
}

export function compileCast(c: RowCompiler, e: CastExpression): Operand {
  const arg = c.compile(e.arg)
  const representation = representationOf(e.type, c.wide)
  if (e.arg.type.kind === 'NULL') return { value: blankOf(representation), isNull: 'true', representation }
  if (sameType(e.arg.type, e.type)) return arg
  return callText(c, e.type, arg.isNull, `${c.constant(bindCast(e, c.context))}(${valueText(c, arg, e.arg.type)})`, e.tolerant)
}

/** An operand in the form of its type as a value. */
function valueText(c: RowCompiler, operand: Operand, type: DataType): string {
  return isExact(type) && !c.wide ? `BigInt(${operand.value})` : operand.value
}

/**
 * A call that is made where `isNull` is false, and its result as an operand.
 * @param mayGiveNull whether the result must be looked at for NULL
 * @param givesNumber whether an exact result comes as a number where it is a safe integer
 */
function callText(c: RowCompiler, type: DataType, isNull: string, call: string, mayGiveNull: boolean, givesNumber = false): Operand {
  const representation = representationOf(type, c.wide)
  if (isNull === 'true') return { value: blankOf(representation), isNull, representation }
  const t = c.name()
  const narrowed = isExact(type) && !c.wide
  if (!narrowed && !mayGiveNull && isNull === 'false') {
    c.emit(`const ${t} = ${call}`)
    return { value: t, isNull, representation }
  }
  c.emit(`let ${t} = ${blankOf(representation)}${mayGiveNull ? `, ${t}_null = ${isNull}` : ''}`)
  c.emit(isNull === 'false' ? '{' : `if ${parenthesised(not(isNull))} {`)
  c.emit(`const ${t}_result = ${call}`)
  if (mayGiveNull) c.emit(`if (${t}_result === null) ${t}_null = true; else {`)
  if (narrowed && givesNumber) c.emit(`if (typeof ${t}_result === 'bigint') ${c.bail}`)
  else if (narrowed) c.emit(`if (${t}_result > ${NARROW_MAX}n || ${t}_result < -${NARROW_MAX}n) ${c.bail}`)
  c.emit(`${t} = ${narrowed && !givesNumber ? `Number(${t}_result)` : `${t}_result`}`)
  if (mayGiveNull) c.emit('}')
  c.emit('}')
  return { value: t, isNull: mayGiveNull ? `${t}_null` : isNull, representation }
}
