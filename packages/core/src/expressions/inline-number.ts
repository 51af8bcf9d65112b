import { NARROW_MAX } from '../limits.js'
import { isInteger } from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { smallIntegerRange } from '../types/number-range.js'
import type { Emitter, EmitterTable } from './emitter.js'
import type { CallExpression } from './expression.js'
import { limited } from './inline-arithmetic.js'
import { ceilNarrow, divideHalfUpNarrow, floorNarrow, narrowLimit, overflowOf, truncateNarrow } from './narrow-arithmetic.js'
import { allOf, not, parenthesised } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/**
 * Text for functions of exact numbers, which would otherwise be called with bigints. `floor(price)` of a narrow
 * DECIMAL(10, 2) is `k0(c0_values[i], 100)`. Functions of DOUBLE need none: calling them costs no conversion.
 */
export const numberEmitters: EmitterTable = {
  abs: absolute,
  floor: toWhole(floorNarrow),
  ceil: toWhole(ceilNarrow),
  truncate: toWhole(truncateNarrow),
  round: toWhole(divideHalfUpNarrow),
  sign: (c, e) => (isNarrow(c, e, 'BIGINT') ? mapped(c, e, (value) => `(Math.sign(${value}) + 0)`, 1) : null),
}

function absolute(c: RowCompiler, e: CallExpression): Operand | null {
  const { kind } = e.type
  if (isNarrow(c, e, 'BIGINT') || isNarrow(c, e, 'DECIMAL')) return mapped(c, e, (value) => `Math.abs(${value})`, NARROW_MAX)
  if (e.args[0]!.type.kind !== kind || (kind !== 'TINYINT' && kind !== 'SMALLINT' && kind !== 'INT')) return null
  const arg = c.compile(e.args[0]!)
  const t = c.name()
  const [min, max] = smallIntegerRange(kind)
  c.emit(`const ${t} = Math.abs(${arg.value})`)
  c.emit(`if ${parenthesised(allOf([`${t} > ${max}`, not(arg.isNull)]))} ${c.constant(overflowOf({ kind }))}(${t})`)
  return { value: t, isNull: arg.isNull, representation: 'number', bound: -min }
}

/** A number made whole; integers are so already, decimals lose their scale. */
function toWhole(divide: (a: number, b: number) => number): Emitter {
  return (c, e) => {
    const [arg] = e.args
    if (e.args.length !== 1 || arg!.type.kind !== e.type.kind) return null
    if (isInteger(e.type)) return c.compile(arg!)
    if (!isNarrow(c, e, 'DECIMAL') || e.type.kind !== 'DECIMAL' || e.type.scale !== 0) return null
    const { scale } = arg!.type as Extract<DataType, { kind: 'DECIMAL' }>
    if (scale > 15) return null
    const operand = c.compile(arg!)
    const t = c.name()
    c.emit(`const ${t} = ${c.constant(divide)}(${operand.value}, ${10 ** scale})`)
    return limited(c, t, operand.isNull, Math.ceil((operand.bound ?? NARROW_MAX) / 10 ** scale), narrowLimit(e.type.precision))
  }
}

/** Is argument and result of this type, held in doubles? */
function isNarrow(c: RowCompiler, e: CallExpression, kind: 'BIGINT' | 'DECIMAL'): boolean {
  return !c.wide && e.type.kind === kind && e.args[0]!.type.kind === kind
}

function mapped(c: RowCompiler, e: CallExpression, text: (value: string) => string, bound: number): Operand {
  const arg = c.compile(e.args[0]!)
  return { value: text(arg.value), isNull: arg.isNull, representation: 'number', bound: Math.min(bound, Math.max(1, arg.bound ?? bound)) }
}
