import { MillraceError, type Span } from '../errors.js'
import { literalOf, type Expression } from '../expressions/expression.js'
import { castValue } from '../functions/cast.js'
import { canCast, commonType, type CastMode } from '../functions/coercion.js'
import { sameType, typeName, type DataType } from '../types/data-type.js'
import { literalFromText } from './bind-literal.js'

/**
 * An expression as another type: itself where nothing changes, a literal where it is one, else a cast.
 *
 * Explicit casts of literals are left to their row: `CAST('x' AS INT)` behind a filter that no row passes is no error.
 *
 * @throws MillraceError SQL_TYPE where the types cannot be converted, SQL_LITERAL where a literal cannot
 */
export function convert(e: Expression, to: DataType, mode: CastMode, span: Span, timeZone: string): Expression {
  if (sameType(e.type, to) || (mode !== 'explicit' && isWidening(e.type, to))) return e
  if (e.kind === 'literal' && e.value === null) return literalOf(null, to)
  if (e.kind === 'literal' && mode !== 'explicit' && typeof e.value === 'string' && to.kind !== 'STRING') {
    if (canCast(e.type, to, 'explicit')) return literalFromText(e.value, to, span, timeZone)
  }
  if (!canCast(e.type, to, mode)) throw cannotConvert(e.type, to, mode, span)
  return folded(e, to, timeZone) ?? { kind: 'cast', arg: e, tolerant: false, type: to, nullable: e.nullable }
}

/** Conversions that change no value and no representation. */
function isWidening(from: DataType, to: DataType): boolean {
  if (from.kind !== to.kind) return false
  switch (from.kind) {
    case 'STRING': return to.kind === 'STRING' && (to.length === null || (from.length !== null && from.length <= to.length))
    case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return 'precision' in to && from.precision <= to.precision
    default: return false
  }
}

/** The cast of a literal done now, or null where it fails: then it fails for the rows that reach it. */
function folded(e: Expression, to: DataType, timeZone: string): Expression | null {
  if (e.kind !== 'literal' || e.value === null) return null
  try {
    const value = castValue(e.value, e.type, to, timeZone)
    return Array.isArray(value) || value instanceof Map ? null : literalOf(value as number, to)
  } catch (error) {
    if (error instanceof MillraceError) return null
    throw error
  }
}

function cannotConvert(from: DataType, to: DataType, mode: CastMode, span: Span): MillraceError {
  const advice = mode !== 'explicit' && canCast(from, to, 'explicit') ? `; write CAST(… AS ${typeName(to)})` : ''
  return new MillraceError(
    'SQL_TYPE', `${typeName(from)} cannot become ${typeName(to)}${mode === 'explicit' ? '' : ' here'}${advice}`, { span },
  )
}

/**
 * Brings expressions that stand side by side (results of CASE, a list of IN, columns of UNION) to one type. A quoted text
 * beside another type is read as that.
 *
 * @throws MillraceError SQL_TYPE naming both types
 */
export function unify(expressions: readonly Expression[], spans: readonly Span[], what: string, timeZone: string): readonly Expression[] {
  const type = unifiedType(expressions, spans, what)
  return expressions.map((e, i) => convert(e, type, 'implicit', spans[i]!, timeZone))
}

export function unifiedType(expressions: readonly Expression[], spans: readonly Span[], what: string): DataType {
  const common = commonType(expressions.map((e) => e.type))
  if (common !== null) return common
  const unquoted = commonType(expressions.filter((e) => !isText(e)).map((e) => e.type))
  if (unquoted !== null && expressions.some((e) => !isText(e))) return unquoted
  const odd = expressions.findIndex((_, i) => commonType(expressions.slice(0, i + 1).map((x) => x.type)) === null)
  const before = typeName(commonType(expressions.slice(0, odd).map((x) => x.type))!)
  throw new MillraceError(
    'SQL_TYPE', `${what}: ${typeName(expressions[odd]!.type)} does not go with ${before}; CAST one of them`, { span: spans[odd]! },
  )
}

function isText(e: Expression): boolean {
  return e.kind === 'literal' && typeof e.value === 'string' && e.type.kind === 'STRING'
}
