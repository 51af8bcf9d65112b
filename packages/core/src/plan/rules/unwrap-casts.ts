import { MillraceError } from '../../errors.js'
import { literalOf, rewriteExpression, type Expression, type LiteralExpression } from '../../expressions/expression.js'
import { castValue } from '../../functions/cast.js'
import { isInteger, type DataType } from '../../types/data-type.js'

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from'])

/**
 * `CAST(small AS BIGINT) > 5` becomes `small > 5` wherever the cast loses nothing and the literal has an equal in the
 * column's own type: then the column is compared as it is, and by the reader if it can.
 */
export function unwrapCasts(e: Expression): Expression {
  return rewriteExpression(e, (x) => {
    if (x.kind !== 'call' || !COMPARISONS.has(x.name)) return x
    const [left, right] = x.args as [Expression, Expression]
    return right.kind === 'literal' ? withArgs(x, left, right, false) : left.kind === 'literal' ? withArgs(x, right, left, true) : x
  })
}

function withArgs(
  comparison: Extract<Expression, { kind: 'call' }>, side: Expression, literal: LiteralExpression, swapped: boolean,
): Expression {
  if (side.kind !== 'cast' || side.tolerant || literal.value === null || !isLossless(side.arg.type, side.type)) return comparison
  const narrow = sameValueAs(literal, side.arg.type)
  if (narrow === null) return comparison
  return { ...comparison, args: swapped ? [narrow, side.arg] : [side.arg, narrow] }
}

/** Whether different values stay different and keep their order. */
function isLossless(from: DataType, to: DataType): boolean {
  if (from.kind === 'BIGINT' && to.kind === 'DOUBLE') return false
  if (isInteger(from)) {
    return isInteger(to) || to.kind === 'DOUBLE' || (to.kind === 'DECIMAL' && to.precision - to.scale >= DIGITS[from.kind]!)
  }
  if (from.kind === 'DECIMAL' && to.kind === 'DECIMAL') {
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
  }
  return from.kind === 'DATE' && to.kind === 'TIMESTAMP'
}

const DIGITS: Readonly<Partial<Record<DataType['kind'], number>>> = { TINYINT: 3, SMALLINT: 5, INT: 10, BIGINT: 19 }

/** The literal in another type, or null where that has no equal value. */
function sameValueAs(literal: LiteralExpression, type: DataType): LiteralExpression | null {
  try {
    const value = castValue(literal.value, literal.type, type, 'UTC') as LiteralExpression['value']
    return Object.is(castValue(value, type, literal.type, 'UTC'), literal.value) ? literalOf(value, type) : null
  } catch (error) {
    if (error instanceof MillraceError) return null
    throw error
  }
}
