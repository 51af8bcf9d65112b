import { BOOLEAN, isTimestamp, sameType, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { powerOf10 } from '../../types/decimal.js'
import { compareValues } from '../../types/value.js'
import type { Comparator } from '../../types/value.js'
import { asDecimal, commonType } from '../coercion.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { ANY, overload } from '../signature.js'

/**
 * Both sides are brought to their common type. Numbers compare as numbers (NaN is neither equal to, less nor greater than anything), text
 * by its UTF-8 bytes, arrays and rows element by element, NULL elements being equal and lowest. Text beside a date, a
 * time, a timestamp or an
 * interval is read as one.
 */
export function comparedTypes(args: readonly DataType[]): readonly DataType[] | null {
  const common = commonType(args) ?? textAsTime(args[0]!, args[1]!) ?? textAsTime(args[1]!, args[0]!)
  if (common === null) return null
  const type = common.kind === 'NULL' || common.kind === 'STRING' ? STRING : common
  if (type.kind === 'DECIMAL' && args.some((arg) => arg.kind === 'DECIMAL' && arg.scale > type.scale)) {
    return args.map((arg) => (arg.kind === 'NULL' ? type : asDecimal(arg)))
  }
  return args.map(() => type)
}

/** The order of values of two compared types: one and the same, or two DECIMALs that no third one holds without loss. */
export function compareTypes(a: DataType, b: DataType): Comparator {
  if (a.kind !== 'DECIMAL' || b.kind !== 'DECIMAL' || a.scale === b.scale) return compareValues(a)
  const [unitA, unitB] = a.scale < b.scale ? [powerOf10(b.scale - a.scale), 1n] : [1n, powerOf10(a.scale - b.scale)]
  const compare = compareValues(a)
  return (x, y) => compare(x === null ? null : (x as bigint) * unitA, y === null ? null : (y as bigint) * unitB)
}

const TIME_KINDS: ReadonlySet<string> = new Set(['DATE', 'TIME', 'INTERVAL_MONTH', 'INTERVAL_SECOND'])

function textAsTime(text: DataType, other: DataType): DataType | null {
  if (text.kind !== 'STRING') return null
  return isTimestamp(other) || TIME_KINDS.has(other.kind) ? other : null
}

type Test = (a: any, b: any) => boolean

/** `plain` serves the types whose JavaScript operators are right, `byOrder` the others. */
function comparison(plain: Test, byOrder: (order: number) => boolean): ScalarOverload {
  return overload({
    args: [ANY, ANY], unify: comparedTypes, returns: BOOLEAN,
    make: ({ args }) => (hasPlainOperators(args) ? plain : ordered(args, byOrder)),
  })
}

function hasPlainOperators([type, other]: readonly DataType[]): boolean {
  if (type!.kind === 'DECIMAL') return sameType(type!, other!)
  return type!.kind !== 'STRING' && type!.kind !== 'BYTES' && type!.kind !== 'ARRAY' && type!.kind !== 'ROW' && type!.kind !== 'MAP'
}

function hasPlainEquality(types: readonly DataType[]): boolean {
  return hasPlainOperators(types) || types[0]!.kind === 'STRING'
}

function ordered([a, b]: readonly DataType[], byOrder: (order: number) => boolean): Test {
  const compare = compareTypes(a!, b!)
  return (a: Value, b: Value) => byOrder(compare(a, b))
}

const equality: ScalarOverload = overload({
  args: [ANY, ANY], unify: comparedTypes, returns: BOOLEAN,
  make: ({ args }) => (hasPlainEquality(args) ? (a: Value, b: Value) => a === b : ordered(args, (order) => order === 0)),
})

const inequality: ScalarOverload = overload({
  args: [ANY, ANY], unify: comparedTypes, returns: BOOLEAN,
  make: ({ args }) => (hasPlainEquality(args) ? (a: Value, b: Value) => a !== b : ordered(args, (order) => order !== 0)),
})

/** NULL is a value here: never unknown. */
function distinction(distinct: boolean): ScalarOverload {
  return overload({
    args: [ANY, ANY], unify: comparedTypes, returns: BOOLEAN, nulls: 'custom',
    make: ({ args }) => {
      const compare = compareTypes(args[0]!, args[1]!)
      return (a: Value, b: Value) => (compare(a, b) !== 0) === distinct
    },
  })
}

const between: ScalarOverload = overload({
  args: [ANY, ANY, ANY],
  unify: (args) => {
    const common = commonType(args)
    return common === null ? null : args.map(() => (common.kind === 'NULL' ? STRING : common))
  },
  returns: BOOLEAN, nulls: 'custom', nullable: true,
  make: ({ args }) => {
    const compare = compareValues(args[0]!)
    return (x: Value, low: Value, high: Value) => {
      const above = x === null || low === null ? null : compare(x, low) >= 0
      const below = x === null || high === null ? null : compare(x, high) <= 0
      return above === false || below === false ? false : above === null || below === null ? null : true
    }
  },
})

const sign = (name: string, doc: string, comparisonOverload: ScalarOverload, aliases: readonly string[] = []): ScalarFunction =>
  ({ name, aliases, category: 'comparison', doc, overloads: [comparisonOverload] })

export const comparisons: readonly ScalarFunction[] = [
  sign('=', 'Are both equal?', equality, ['==']),
  sign('<>', 'Do both differ?', inequality, ['!=']),
  sign('<', 'Is the first less?', comparison((a, b) => a < b, (order) => order < 0)),
  sign('<=', 'Is the first less or equal?', comparison((a, b) => a <= b, (order) => order <= 0)),
  sign('>', 'Is the first greater?', comparison((a, b) => a > b, (order) => order > 0)),
  sign('>=', 'Is the first greater or equal?', comparison((a, b) => a >= b, (order) => order >= 0)),
  sign('is distinct from', 'Not equal, NULL being a value like others: TRUE or FALSE, never NULL.', distinction(true)),
  sign('is not distinct from', 'Equal, NULL being a value like others: TRUE or FALSE, never NULL.', distinction(false), ['<=>']),
  sign('between', 'Not below the second argument and not above the third.', between),
]
