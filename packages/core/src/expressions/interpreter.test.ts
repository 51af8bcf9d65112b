import { describe, expect, test } from 'vitest'
import * as T from '../types/data-type.js'
import type { DataType, Value } from '../types/data-type.js'
import { callOf, castOf, fixedContext } from './arbitrary.test.kit.js'
import { columnOf, literalOf } from './expression.js'
import type { Expression, LiteralExpression } from './expression.js'
import { makeInterpreter } from './interpreter.js'

const value = (v: LiteralExpression['value'], type: DataType): Expression => literalOf(v, type)
const truth = (v: boolean | null): Expression => value(v, T.BOOLEAN)
const int = (v: number | null): Expression => value(v, T.INT)
const call = (name: string, ...args: Expression[]): Expression => ({ kind: 'call', name, args, type: args.at(-1)!.type, nullable: true })
const evaluate = (e: Expression, row: readonly Value[] = []): Value => makeInterpreter(e, fixedContext)(row)
/** Fails when it is evaluated. */
const failing: Expression = callOf('=', callOf('/', int(1), int(0))!, int(1))!

describe('three-valued logic', () => {
  const T3 = [true, false, null]
  test.each(T3.flatMap((a) => T3.map((b) => [a, b] as const)))('%s with %s', (a, b) => {
    const and = a === false || b === false ? false : a === null || b === null ? null : true
    const or = a === true || b === true ? true : a === null || b === null ? null : false
    expect(evaluate(call('and', truth(a), truth(b)))).toBe(and)
    expect(evaluate(call('or', truth(a), truth(b)))).toBe(or)
  })

  test('not, is null', () => {
    expect([true, false, null].map((a) => evaluate(call('not', truth(a))))).toEqual([false, true, null])
    expect([true, null].map((a) => evaluate(call('is null', truth(a))))).toEqual([false, true])
    expect([true, null].map((a) => evaluate(call('is not null', truth(a))))).toEqual([true, false])
  })
})

describe('the order of evaluation', () => {
  test('an argument of AND and OR that decides hides the errors after it, and only those', () => {
    expect(evaluate(call('and', truth(false), failing))).toBe(false)
    expect(evaluate(call('or', truth(true), failing))).toBe(true)
    expect(() => evaluate(call('and', failing, truth(false)))).toThrow('division by zero')
    expect(() => evaluate(call('and', truth(null), failing))).toThrow('division by zero')
    expect(() => evaluate(call('or', truth(null), failing))).toThrow('division by zero')
  })

  test('CASE, IF and COALESCE evaluate what they need', () => {
    const choice: Expression = { kind: 'case', branches: [{ when: truth(null), then: failing }, { when: truth(true), then: truth(false) }], otherwise: failing, type: T.BOOLEAN, nullable: true }
    expect(evaluate(choice)).toBe(false)
    expect(evaluate(call('if', truth(null), failing, truth(true)))).toBe(true)
    expect(evaluate(call('coalesce', truth(null), truth(true), failing))).toBe(true)
    expect(evaluate(call('coalesce', truth(null), truth(null)))).toBeNull()
  })

  test('every argument of a strict call is evaluated, even beside a NULL', () => {
    expect(evaluate(callOf('+', int(null), int(1))!)).toBeNull()
    expect(() => evaluate(callOf('+', int(null), callOf('/', int(1), int(0))!)!)).toThrow('division by zero')
  })
})

test('columns, casts, and casts that give NULL instead of failing', () => {
  const column = columnOf(1, { name: 'n', type: T.STRING, nullable: true })
  expect(evaluate(castOf(column, T.BIGINT), ['x', '42'])).toBe(42n)
  expect(evaluate(castOf(column, T.BIGINT), ['x', null])).toBeNull()
  expect(() => evaluate(castOf(column, T.BIGINT), ['x', 'y'])).toThrow(expect.objectContaining({ code: 'CAST_FAILED' }))
  expect(evaluate(castOf(column, T.BIGINT, true), ['x', 'y'])).toBeNull()
  // The tolerance is for the conversion, not for how its argument came about.
  expect(() => evaluate(castOf(callOf('/', int(1), int(0))!, T.STRING, true))).toThrow('division by zero')
  expect(evaluate(castOf(value(null, T.NULL), T.INT))).toBeNull()
})
