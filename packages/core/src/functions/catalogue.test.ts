import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import { BIGINT, DATE, DOUBLE, INT, NULL, row, sameType, STRING } from '../types/data-type.js'
import type { Value } from '../types/data-type.js'
import { valueToText } from '../types/value.js'
import { castValue } from './cast.js'
import { aggregateFunctions, findAggregate, findScalar, resolveAggregate, resolveScalar, scalarFunctions } from './catalogue.js'
import type { Example } from './examples/example.js'
import { scalarExamples } from './examples/index.js'
import type { FunctionContext } from './function.js'

const context: FunctionContext = { nowMicros: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901, random: () => 0.5, timeZone: 'UTC' }

/** Functions whose result has no text of its own; they have tests below. */
const NOT_BY_TEXT = new Set(['field', 'hash_code'])

/** What the interpreter does with one call, and checks of the overload's promises. */
function evaluate(example: Example): string {
  const { overload, types } = resolveScalar(example.name, example.args.map((arg) => arg.type))
  const again = resolveScalar(example.name, types.args)
  expect(again.overload, 'resolving the resolved types gives the same overload').toBe(overload)
  expect(again.types.args.every((type, i) => sameType(type, types.args[i]!))).toBe(true)
  expect(sameType(again.types.returns, types.returns)).toBe(true)
  const args = example.args.map((arg, i) => castValue(arg.value, arg.type, types.args[i]!, 'UTC'))
  if (overload.nulls === 'strict' && args.includes(null)) return 'NULL'
  const call = overload.implement(types, context)
  const result = call(...args)
  expect(result === undefined).toBe(false)
  if (result === null) expect(overload.nullable, 'an overload that gives NULL says so').toBe(true)
  if (overload.deterministic) expect(valueToText(call(...args), types.returns)).toBe(valueToText(result, types.returns))
  return valueToText(result, types.returns)
}

describe('examples', () => {
  const examples = scalarExamples()

  it.each(examples.map((example) => [example.text, example] as const))('%s', (_, example) => {
    if (example.error === null) {
      expect(evaluate(example)).toBe(example.result)
      return
    }
    let thrown: unknown
    try {
      evaluate(example)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(MillraceError)
    expect((thrown as MillraceError).code).toBe(example.error)
  })

  it('cover every function', () => {
    const covered = new Set(examples.map((example) => findScalar(example.name)?.name))
    expect(scalarFunctions.map((f) => f.name).filter((name) => !covered.has(name) && !NOT_BY_TEXT.has(name))).toEqual([])
  })

  it('cover every overload', () => {
    const covered = new Set(examples.map((example) => resolveScalar(example.name, example.args.map((arg) => arg.type)).overload))
    const uncovered = scalarFunctions.filter((f) => !NOT_BY_TEXT.has(f.name)).flatMap((f) =>
      f.overloads.filter((o) => !covered.has(o)).map((o) => `${f.name}${o.signature}`))
    expect(uncovered).toEqual([])
  })
})

describe('catalogue', () => {
  it('has 150 scalar functions and more', () => {
    expect(scalarFunctions.length).toBeGreaterThan(150)
  })

  it('has no name twice', () => {
    const names = [...scalarFunctions, ...aggregateFunctions].flatMap((f) => [f.name, ...(f.aliases ?? [])])
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it.each([...scalarFunctions, ...aggregateFunctions].map((f) => [f.name, f] as const))('documents %s', (_, f) => {
    expect(f.doc).toMatch(/^.{6,}[.?…]$/s)
    expect(f.overloads.length).toBeGreaterThan(0)
    for (const overload of f.overloads) expect(overload.signature).toMatch(/^\(.*\) → \S/)
  })

  it('finds names and aliases in any case', () => {
    expect(findScalar('UCASE')).toBe(findScalar('upper'))
    expect(findAggregate('Listagg')?.name).toBe('string_agg')
    expect(findScalar('sum')).toBeUndefined()
  })

  it('names the nearest function', () => {
    expect(() => resolveScalar('uper', [STRING])).toThrow(/no function `uper`\. {2}did you mean `upper`\?/)
    expect(() => resolveAggregate('cuont', [])).toThrow(/did you mean `count`/)
    expect(() => resolveScalar('zzzzzz', [])).toThrow('no function `zzzzzz`')
  })

  it('lists the signatures for wrong arguments', () => {
    expect(() => resolveScalar('substring',
      [INT, INT])).toThrow('`substring` does not take (INT, INT).  it takes: substring(STRING, INT[, INT]) → STRING; substring(STRING, STRING) → STRING')
    expect(() => resolveScalar('+', [STRING, INT])).toThrow('`+` does not take (STRING, INT)')
    expect(() => resolveAggregate('sum', [STRING])).toThrow(/`sum` does not take \(STRING\)/)
  })

  it('refuses comparisons without a common type', () => {
    expect(() => resolveScalar('=', [INT, STRING])).toThrow(MillraceError)
    expect(resolveScalar('=', [DATE, STRING]).types.args).toEqual([DATE, DATE])
    expect(resolveScalar('=', [NULL, NULL]).types.args).toEqual([STRING, STRING])
    expect(resolveScalar('<', [BIGINT, DOUBLE]).types.args).toEqual([DOUBLE, DOUBLE])
  })

  it('gives the field of a row', () => {
    const { overload, types } = resolveScalar('field', [row([{ name: 'a', type: INT }, { name: 'b', type: STRING }]), INT])
    expect(overload.implement(types, context)([1, 'x'], 1)).toBe('x')
  })

  it('gives every equal value one hash', () => {
    const hash = (args: readonly Value[], types = args.map(() => DOUBLE)): Value => {
      const resolved = resolveScalar('hash_code', types)
      return resolved.overload.implement(resolved.types, context)(...args)
    }
    expect(hash([0])).toBe(hash([-0]))
    expect(hash([1])).not.toBe(hash([2]))
    expect(hash([null])).toBeTypeOf('number')
  })
})
