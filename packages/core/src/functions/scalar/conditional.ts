import { NULL } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import { commonType } from '../coercion.js'
import type { ScalarFunction, ScalarOverload } from '../function.js'
import { nullNotAllowed } from '../function-error.js'
import { ANY, BOOL, overload, TEXT } from '../signature.js'
import { comparedTypes, compareTypes } from './comparison.js'

/** All arguments of one type, their common one. */
function unified(args: readonly DataType[]): readonly DataType[] | null {
  const common = commonType(args)
  return common && args.map(() => common)
}

const same = (args: readonly DataType[]): DataType => args[0] ?? NULL

const firstNotNull = (...args: Value[]): Value => args.find((arg) => arg !== null) ?? null

const coalesce = overload({
  args: [ANY], rest: ANY, unify: unified, returns: same, returnsLabel: 'any', nulls: 'custom', nullable: true, call: firstNotNull,
})
const replaceNull = overload({
  args: [ANY, ANY], unify: unified, returns: same, returnsLabel: 'any', nulls: 'custom', nullable: true, call: firstNotNull,
})

const nullif = overload({
  args: [ANY, ANY], unify: comparedTypes, returns: same, returnsLabel: 'any', nulls: 'custom', nullable: true,
  make: ({ args }) => {
    const compare = compareTypes(args[0]!, args[1]!)
    return (a: Value, b: Value) => (a !== null && b !== null && compare(a, b) === 0 ? null : a)
  },
})

const choose = overload({
  args: [BOOL, ANY, ANY], returns: ([, a]) => a!, returnsLabel: 'any', nulls: 'custom', nullable: true,
  unify: ([test, a, b]) => {
    const common = commonType([a!, b!])
    return common && [test!, common, common]
  },
  call: (test: boolean | null, a: Value, b: Value) => (test === true ? a : b),
})

/** `sign` 1 for the greatest, −1 for the least. */
function extreme(sign: 1 | -1): ScalarOverload {
  return overload({
    args: [ANY], rest: ANY, unify: unified, returns: same, returnsLabel: 'any',
    make: ({ args }) => {
      const compare = compareValues(args[0]!)
      return (...values: Value[]) => values.reduce((best, value) => (compare(value, best) * sign > 0 ? value : best))
    },
  })
}

export const conditionals: readonly ScalarFunction[] = [
  {
    name: 'coalesce', category: 'conditional', doc: 'The first argument that is not NULL; the others after it are not evaluated.',
    overloads: [coalesce],
  },
  {
    name: 'ifnull', aliases: ['nvl'], category: 'conditional', doc: 'The first argument, or the second where that is NULL.',
    overloads: [replaceNull],
  },
  {
    name: 'nvl2', category: 'conditional', doc: 'The second argument where the first is not NULL, else the third.',
    overloads: [overload({
      args: [ANY, ANY, ANY], returns: ([, a]) => a!, returnsLabel: 'any', nulls: 'custom', nullable: true,
      unify: ([test, a, b]) => {
        const common = commonType([a!, b!])
        return common && [test!, common, common]
      },
      call: (test: Value, a: Value, b: Value) => (test !== null ? a : b),
    })],
  },
  { name: 'nullif', category: 'conditional', doc: 'NULL where both arguments are equal, else the first.', overloads: [nullif] },
  {
    name: 'if', aliases: ['iif'], category: 'conditional',
    doc: 'The second argument where the first is TRUE, else the third; the other is not evaluated.',
    overloads: [choose],
  },
  {
    name: 'not_null', category: 'conditional',
    doc: 'The first argument; an error that names the second, a column, where it is NULL. INSERT puts it before NOT NULL columns.',
    overloads: [overload({
      args: [ANY, TEXT], returns: same, returnsLabel: 'any', nulls: 'custom',
      call: (value: Value, column: string | null) => value ?? nullNotAllowed(column ?? ''),
    })],
  },
  { name: 'greatest', category: 'conditional', doc: 'The greatest argument; NULL if one is NULL.', overloads: [extreme(1)] },
  { name: 'least', category: 'conditional', doc: 'The least argument; NULL if one is NULL.', overloads: [extreme(-1)] },
]
