import { timeField, timeUnit, extractField, UNIT_MICROS } from '../functions/time-unit.js'
import type { TimeField } from '../functions/time-unit.js'
import { MillraceError } from '../errors.js'
import { NARROW_MAX } from '../limits.js'
import { floorTo, MICROS_PER_DAY } from '../types/civil.js'
import type { DataType } from '../types/data-type.js'
import type { Emitter, EmitterTable } from './emitter.js'
import type { CallExpression, Expression } from './expression.js'
import { allOf, not, numberText, parenthesised } from './operand.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/**
 * Text for what streaming queries do to times in every row: `window_start_of(ts, INTERVAL '1' MINUTE)` is
 * `k0(c0_values[i], 60000000)`, and parts of a time are computed without a bigint in between.
 *
 * Units and sizes must be literals. Instants (TIMESTAMP_LTZ) have text where the job's clock is UTC.
 */
export const timeEmitters: EmitterTable = {
  window_start_of: windowStart,
  date_trunc: truncation,
  extract: (c, e) => fieldOf(c, e.args[1]!, literalUnit(e.args[0]!, timeField)),
  year: part('year'),
  quarter: part('quarter'),
  month: part('month'),
  week: part('week'),
  dayofyear: part('doy'),
  dayofmonth: part('day'),
  dayofweek: part('dow'),
  hour: part('hour'),
  minute: part('minute'),
  second: part('second'),
}

/**
 * The largest multiple of `size` that is not after `micros`. The quotient may be rounded to the neighbour; while all are
 * safe integers the product is exact and shows it. A third of the time that a remainder takes.
 */
function startOfMultiple(micros: number, size: number): number {
  if (micros > NARROW_MAX || micros < -NARROW_MAX) return floorTo(micros, size)
  const start = Math.floor(micros / size) * size
  if (start > micros) return start - size
  return micros - start >= size ? start + size : start
}

function windowStart(c: RowCompiler, e: CallExpression): Operand | null {
  const [at, size, offset] = e.args
  const length = literalNumber(size!)
  const shift = offset === undefined ? 0 : literalNumber(offset)
  if (!isMoment(at!.type) || length === null || length <= 0 || shift === null) return null
  const { value, isNull } = c.compile(at!)
  if (shift === 0) return { value: `${c.constant(startOfMultiple)}(${value}, ${length})`, isNull, representation: 'number' }
  return { value: `(${c.constant(startOfMultiple)}(${value} - ${numberText(shift)}, ${length}) + ${numberText(shift)})`, isNull, representation: 'number' }
}

/** Units of fixed length only; months and years are left to the function. */
function truncation(c: RowCompiler, e: CallExpression): Operand | null {
  const unit = literalUnit(e.args[0]!, timeUnit)
  const at = e.args[1]!
  if (unit === null || unit === 'week' || UNIT_MICROS[unit] === undefined || !hasPlainClock(c, at.type) || at.type.kind === 'DATE') return null
  const { value, isNull } = c.compile(at)
  return { value: `${c.constant(startOfMultiple)}(${value}, ${UNIT_MICROS[unit]})`, isNull, representation: 'number' }
}

function part(field: TimeField): Emitter {
  return (c, e) => fieldOf(c, e.args[0]!, field)
}

const extractors = new Map<TimeField, (micros: number) => number>()

function extractorOf(field: TimeField): (micros: number) => number {
  let extract = extractors.get(field)
  if (extract === undefined) {
    extract = (micros) => extractField(field, micros)
    extractors.set(field, extract)
  }
  return extract
}

function fieldOf(c: RowCompiler, at: Expression, field: TimeField | null): Operand | null {
  if (field === null || c.wide || !hasPlainClock(c, at.type)) return null
  const arg = c.compile(at)
  const { isNull } = arg
  const t = c.name()
  c.emit(`const ${t} = ${c.constant(extractorOf(field))}(${at.type.kind === 'DATE' ? `${arg.value} * ${MICROS_PER_DAY}` : arg.value})`)
  c.emit(`if ${parenthesised(allOf([`!(${t} <= ${NARROW_MAX} && ${t} >= -${NARROW_MAX})`, not(isNull)]))} ${c.bail}`)
  return { value: t, isNull, representation: 'number', bound: NARROW_MAX }
}

function isMoment(type: DataType): boolean {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
}

/** Do the microseconds of the value show the clock's time? */
function hasPlainClock(c: RowCompiler, type: DataType): boolean {
  return type.kind === 'TIMESTAMP' || type.kind === 'DATE' || (type.kind === 'TIMESTAMP_LTZ' && c.context.timeZone === 'UTC')
}

function literalNumber(e: Expression): number | null {
  return e.kind === 'literal' && typeof e.value === 'number' && Number.isSafeInteger(e.value) ? e.value : null
}

/** The unit that a literal names; null for other expressions and for what is no unit, which is an error of its row. */
function literalUnit<U>(e: Expression, unitOf: (name: string) => U): U | null {
  if (e.kind !== 'literal' || typeof e.value !== 'string') return null
  try {
    return unitOf(e.value)
  } catch (error) {
    if (error instanceof MillraceError) return null
    throw error
  }
}
