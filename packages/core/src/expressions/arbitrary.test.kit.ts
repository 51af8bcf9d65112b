import fc from 'fast-check'
import { findScalar, resolveScalar } from '../functions/catalogue.js'
import { canCast } from '../functions/coercion.js'
import type { FunctionContext } from '../functions/function.js'
import { batchOf, vectorKindOf } from '../types/batch.js'
import type { Batch, Vector } from '../types/batch.js'
import * as T from '../types/data-type.js'
import type { DataType, Schema, Value } from '../types/data-type.js'
import { Dictionary } from '../types/dictionary.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression, LiteralExpression } from './expression.js'

/** Random typed expressions, and random batches for them in every representation, for differential tests. */

export const fixedContext: FunctionContext = { nowMicros: () => 1_767_225_600_000_000, random: () => 0.5, timeZone: 'UTC' }

export const testSchema: Schema = ([
  ['b', T.BOOLEAN], ['c', T.BOOLEAN], ['tiny', T.TINYINT], ['small', T.SMALLINT], ['i', T.INT], ['j', T.INT], ['l', T.BIGINT], ['m', T.BIGINT],
  ['price', T.decimal(10, 2)], ['rate', T.decimal(20, 4)], ['big', T.decimal(38, 6)], ['x', T.DOUBLE], ['y', T.DOUBLE], ['f', T.FLOAT],
  ['s', T.STRING], ['t', T.STRING], ['ts', T.timestamp(3)], ['ts6', T.timestamp(6)], ['at', T.timestampLtz(3)], ['day', T.DATE], ['span', T.INTERVAL_SECOND],
] as const).map(([name, type]) => ({ name, type, nullable: true }))

const types: readonly DataType[] = testSchema.map((field) => field.type)
const numbers = types.filter(T.isNumeric)

/** A call whose arguments are cast to what its function takes; `null` where it takes no such thing. */
export function callOf(name: string, ...args: readonly Expression[]): Expression | null {
  try {
    const resolved = resolveScalar(name, args.map((arg) => arg.type))
    return { kind: 'call', name, args: args.map((arg, k) => castOf(arg, resolved.types.args[k]!)), type: resolved.types.returns, nullable: true }
  } catch {
    return null
  }
}

export function castOf(arg: Expression, type: DataType, tolerant = false): Expression {
  return T.sameType(arg.type, type) ? arg : { kind: 'cast', arg, tolerant, type, nullable: true }
}

const smallText = fc.constantFrom('', 'a', 'A', 'ab', 'abc', 'Ab%', '12', '-3.5', 'ñ', '😀', '\ue000', '2026-01-02 03:04:05', 'true', "it's", 'a_b')
const day = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -700_000, max: 2_900_000 }))
const exactUpTo = (limit: bigint): fc.Arbitrary<bigint> =>
  fc.oneof({ weight: 6, arbitrary: fc.bigInt({ min: -12n, max: 12n }) }, fc.bigInt({ min: -100_000n < -limit ? -limit : -100_000n, max: 100_000n < limit ? 100_000n : limit }), fc.bigInt({ min: -limit, max: limit }), fc.constantFrom(limit, -limit, 0n))

/** Values of a type, the awkward ones often. */
export function valuesOf(type: DataType): fc.Arbitrary<NonNullable<Value>> {
  switch (type.kind) {
    case 'BOOLEAN': return fc.boolean()
    case 'TINYINT': return fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -128, max: 127 }))
    case 'SMALLINT': return fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -32768, max: 32767 }))
    case 'INT': return fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer(), fc.constantFrom(-2147483648, 2147483647))
    case 'BIGINT': return fc.oneof({ weight: 3, arbitrary: exactUpTo(9007199254740991n) }, exactUpTo(9223372036854775807n), fc.constant(-9223372036854775808n))
    case 'DECIMAL': return exactUpTo(10n ** BigInt(type.precision) - 1n)
    case 'DOUBLE': return fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double(), fc.constantFrom(-0, 0.5, -2.5, NaN, Infinity))
    case 'FLOAT': return fc.oneof(fc.integer({ min: -4, max: 4 }), fc.float())
    case 'STRING': return smallText
    case 'DATE': return day
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': {
      const unit = 10 ** (6 - type.precision)
      return fc.tuple(day, fc.integer({ min: 0, max: 86_399_999_999 })).map(([d, micros]) => d * 86_400_000_000 + Math.floor(micros / unit) * unit)
    }
    case 'INTERVAL_SECOND': return fc.integer({ min: -90_000_000_000, max: 90_000_000_000 })
    default: throw new Error(`no values of ${type.kind}`)
  }
}

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from']
const TRUTH_TESTS = ['is true', 'is not true', 'is false', 'is not false', 'is unknown', 'is not unknown']
const TEXT_CALLS = ['upper', 'lower', 'reverse', 'trim', 'initcap'].filter((name) => findScalar(name) !== undefined)
const NUMBER_CALLS = ['neg', 'abs', 'round', 'floor', 'ceil', 'sign', 'truncate'].filter((name) => findScalar(name) !== undefined)
const TIME_UNITS = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond', 'week', 'doy', 'dow', 'quarter', 'epoch']

/** Chance for expressions, from a seed: a small generator (mulberry32) is faster by far than arbitraries, and they need no shrinking but of their depth. */
export class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** 0 … count − 1 */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let h = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h
    return Math.floor((((h ^ (h >>> 14)) >>> 0) / 4294967296) * count)
  }

  pick<V>(items: readonly V[]): V {
    return items[this.below(items.length)]!
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0
  }
}

/** Literals to choose from, by type. */
const literals = new Map(testSchema.map(({ type }) => [T.typeName(type), fc.sample(valuesOf(type), { seed: 7, numRuns: 60 })]))

/** An expression of `type`, at most `depth` levels deep. */
export function expressionOf(draw: Draw, type: DataType, depth: number): Expression {
  if (depth === 0 || draw.oneIn(10)) return leafOf(draw, type)
  const special = draw.below(10)
  if (special === 0) return caseOf(draw, type, depth)
  if (special === 1) return anyCall('coalesce', expressionOf(draw, type, depth - 1), expressionOf(draw, type, depth - 1), expressionOf(draw, type, 0))
  if (special === 2) return castFrom(draw, type, depth)
  const made = ownCallOf(draw, type, depth)
  return made === null ? leafOf(draw, type) : castOf(made, type)
}

function leafOf(draw: Draw, type: DataType): Expression {
  const columns = testSchema.flatMap((field, index) => (T.sameType(field.type, type) ? [columnOf(index, field)] : []))
  if (columns.length > 0 && !draw.oneIn(4)) return draw.pick(columns)
  if (draw.oneIn(10)) return literalOf(null, type)
  return literalOf(draw.pick(literals.get(T.typeName(type))!) as LiteralExpression['value'], type)
}

function caseOf(draw: Draw, type: DataType, depth: number): Expression {
  const otherwise = expressionOf(draw, type, depth - 1)
  if (draw.oneIn(2)) return { kind: 'call', name: 'if', args: [expressionOf(draw, T.BOOLEAN, depth - 1), expressionOf(draw, type, depth - 1), otherwise], type, nullable: true }
  const branches = Array.from({ length: 1 + draw.below(3) }, () => ({ when: expressionOf(draw, T.BOOLEAN, depth - 1), then: expressionOf(draw, type, depth - 1) }))
  return { kind: 'case', branches, otherwise, type, nullable: true }
}

function castFrom(draw: Draw, type: DataType, depth: number): Expression {
  const from = draw.pick(types.filter((t) => canCast(t, type, 'explicit')))
  return castOf(expressionOf(draw, from, depth - 1), type, draw.oneIn(2))
}

/** A call of a fixed type, NULL rules and all, that the catalogue does not type. */
function anyCall(name: string, ...args: readonly Expression[]): Expression {
  return { kind: 'call', name, args, type: args[0]!.type, nullable: true }
}

function ownCallOf(draw: Draw, type: DataType, depth: number): Expression | null {
  const sub = (t: DataType): Expression => expressionOf(draw, t, depth - 1)
  if (T.isNumeric(type)) return numberCallOf(draw, sub)
  switch (type.kind) {
    case 'BOOLEAN': return truthOf(draw, sub)
    case 'STRING': {
      if (TEXT_CALLS.length > 0 && draw.oneIn(2)) return callOf(draw.pick(TEXT_CALLS), sub(T.STRING))
      return draw.oneIn(2) ? callOf('||', sub(T.STRING), sub(T.STRING)) : callOf('substring', sub(T.STRING), sub(T.INT), sub(T.TINYINT))
    }
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return timestampCallOf(draw, sub, type)
    case 'INTERVAL_SECOND': return draw.oneIn(2) ? callOf('-', sub(T.timestamp(3)), sub(T.timestamp(6))) : callOf('+', sub(type), sub(type))
    default: return null
  }
}

function timestampCallOf(draw: Draw, sub: (type: DataType) => Expression, type: DataType): Expression | null {
  switch (draw.below(4)) {
    case 0: {
      const size = literalOf(draw.pick([1, 1000, 60_000_000, 86_400_000_000, 604_800_000_000]), T.INTERVAL_SECOND)
      const offset = literalOf(draw.pick([0, 0, 1000, -30_000_000]), T.INTERVAL_SECOND)
      return draw.oneIn(2) ? callOf('window_start_of', sub(type), size) : callOf('window_start_of', sub(type), size, offset)
    }
    case 1: return callOf('date_trunc', literalOf(draw.pick(TIME_UNITS), T.STRING), sub(type))
    default: return callOf(draw.pick(['+', '-']), sub(type), sub(T.INTERVAL_SECOND))
  }
}

function numberCallOf(draw: Draw, sub: (type: DataType) => Expression): Expression | null {
  const kind = draw.below(10)
  if (kind === 0) return callOf('extract', literalOf(draw.pick(TIME_UNITS), T.STRING), sub(draw.pick([T.timestamp(3), T.timestamp(6), T.timestampLtz(3)])))
  if (kind === 1) return draw.oneIn(2) ? callOf('char_length', sub(T.STRING)) : callOf(draw.pick(['year', 'hour', 'minute', 'dayofweek']), sub(draw.pick([T.timestamp(3), T.DATE])))
  if (kind === 2) return callOf(draw.pick(['greatest', 'least']), sub(draw.pick(numbers)), sub(draw.pick(numbers)))
  if (kind === 3) return callOf(draw.pick(NUMBER_CALLS), sub(draw.pick(numbers)))
  return callOf(draw.pick(['+', '-', '*', '/', '%']), sub(draw.pick(numbers)), sub(draw.pick(numbers)))
}

function truthOf(draw: Draw, sub: (type: DataType) => Expression): Expression | null {
  switch (draw.below(8)) {
    case 0: return anyCall('and', sub(T.BOOLEAN), sub(T.BOOLEAN), ...(draw.oneIn(2) ? [sub(T.BOOLEAN)] : []))
    case 1: return anyCall('or', sub(T.BOOLEAN), sub(T.BOOLEAN), ...(draw.oneIn(2) ? [sub(T.BOOLEAN)] : []))
    case 2: return anyCall('not', sub(T.BOOLEAN))
    case 3: return { kind: 'call', name: draw.pick(['is null', 'is not null']), args: [sub(draw.pick(types))], type: T.BOOLEAN, nullable: false }
    case 4: return callOf(draw.pick(TRUTH_TESTS), sub(T.BOOLEAN))
    case 5: {
      const pattern = literalOf(draw.pick(['a%', '%b%', '_', 'A_%', '%', '!%', 'a!']), T.STRING)
      return draw.oneIn(3) ? callOf('like', sub(T.STRING), pattern, literalOf('!', T.STRING)) : callOf(draw.pick(['like', 'ilike']), sub(T.STRING), pattern)
    }
    case 6: {
          return callOf(draw.pick(COMPARISONS), sub(draw.pick(numbers)), sub(draw.pick(numbers)))
    }
    default: {
      const type = draw.pick(types)
      return callOf(draw.pick(COMPARISONS), sub(type), sub(type))
    }
  }
}

export interface ColumnStyle {
  readonly nulls: boolean
  readonly wide: boolean
  readonly strings: 'utf8' | 'dict' | 'text'
}

/** Rows for {@link testSchema} and how each column stores them. */
export const arbitraryRows: fc.Arbitrary<{ rows: Value[][]; styles: ColumnStyle[] }> = fc.tuple(
  fc.array(fc.tuple(...types.map((type) => fc.option(valuesOf(type), { freq: 5 }))), { minLength: 1, maxLength: 12 }),
  fc.array(fc.record({ nulls: fc.boolean(), wide: fc.integer({ min: 0, max: 5 }).map((n) => n === 0), strings: fc.constantFrom('utf8', 'dict', 'text') }), { minLength: types.length, maxLength: types.length }),
).map(([rows, styles]) => ({ rows: rows as Value[][], styles: styles as ColumnStyle[] }))

/** The rows as a batch in the styles given. What must not be looked at is made poisonous. */
export function styledBatch(rows: readonly (readonly Value[])[], styles: readonly ColumnStyle[], schema: Schema = testSchema): Batch {
  return batchOf(schema.map((field, c) => styledColumn(rows.map((row) => row[c]!), field.type, styles[c]!)), rows.length)
}

function styledColumn(values: readonly Value[], type: DataType, style: ColumnStyle): Vector {
  const nulls = style.nulls || values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : null
  const kind = vectorKindOf(type)
  switch (kind) {
    case 'bool': return { kind, values: Uint8Array.from(values, (v) => (v === true ? 1 : v === null ? 7 : 0)), nulls }
    case 'i32': return { kind, values: Int32Array.from(values, (v) => (v === null ? -2147483648 : (v as number))), nulls }
    case 'f64': return { kind, values: Float64Array.from(values, (v) => (v === null ? NaN : (v as number))), nulls }
    case 'exact': {
      const fits = values.every((v) => v === null || (v as bigint) === BigInt(Math.trunc(Number(v))) && Number.isSafeInteger(Number(v)))
      if (fits && !style.wide) return { kind, values: Float64Array.from(values, (v) => (v === null ? NaN : Number(v))), wide: null, nulls }
      return { kind, values: new Float64Array(values.length).fill(NaN), wide: values.map((v) => (v === null ? undefined : v)) as bigint[], nulls }
    }
    case 'text': return stringColumn(values as readonly (string | null)[], style.strings, nulls)
    default: throw new Error(`no columns of ${kind}`)
  }
}

/** One for all batches, as a decoder keeps it. */
const sharedDictionary = new Dictionary()

function stringColumn(values: readonly (string | null)[], kind: ColumnStyle['strings'], nulls: Uint8Array | null): Vector {
  switch (kind) {
    case 'text': return { kind, values: values.map((v) => (v === null ? undefined : v)) as string[], nulls }
    case 'dict': return { kind, codes: Int32Array.from(values, (v) => (v === null ? -77 : sharedDictionary.codeOfText(v))), dictionary: sharedDictionary, nulls }
    case 'utf8': {
      const encoded = values.map((v) => new TextEncoder().encode(v ?? ''))
      const bytes = new Uint8Array(encoded.reduce((sum, e) => sum + e.length, 3))
      const starts = new Int32Array(values.length)
      const ends = new Int32Array(values.length)
      let at = 3
      encoded.forEach((e, i) => {
        bytes.set(e, at)
        starts[i] = values[i] === null ? 1_000_000 : at
        at += e.length
        ends[i] = values[i] === null ? 0 : at
      })
      return { kind, bytes, starts, ends, nulls }
    }
  }
}
