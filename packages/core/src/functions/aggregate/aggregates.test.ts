import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MillraceError } from '../../errors.js'
import { fuzzRuns } from '../../fuzz-runs.test.kit.js'
import {
  array, BIGINT, BOOLEAN, DATE, decimal, DOUBLE, FLOAT, INT, INTERVAL_SECOND, STRING, timestamp, TINYINT, typeName,
} from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { equalValues, valueToText } from '../../types/value.js'
import { castValue } from '../cast.js'
import { aggregateFunctions, resolveAggregate } from '../catalogue.js'
import type { Accumulating } from '../function.js'

interface Bound {
  readonly accumulating: Accumulating
  readonly returns: DataType
  readonly states: readonly DataType[]
  readonly ordered: boolean
}

function bind(name: string, types: readonly DataType[]): Bound {
  const resolved = resolveAggregate(name, types)
  return { accumulating: resolved.overload.implement(resolved.types), returns: resolved.types.returns,
    states: resolved.overload.stateTypes(resolved.types), ordered: resolved.function.ordered }
}

/** The result over rows of literals; NULL as null. Ordinals count the rows. */
function over(name: string, types: readonly DataType[], rows: readonly (readonly (string | null)[])[]): string {
  const { accumulating, returns } = bind(name, types)
  const resolved = resolveAggregate(name, types).types.args
  const state = accumulating.create()
  for (const [ordinal, row] of rows.entries()) {
    accumulating.add(state,
      [...row.map((text, i) => castValue(castValue(text, STRING, types[i]!, 'UTC'), types[i]!, resolved[i]!, 'UTC')), ordinal])
  }
  try {
    return valueToText(accumulating.result(state), returns)
  } catch (error) {
    return (error as MillraceError).code
  }
}

const column = (...values: (string | null)[]): (string | null)[][] => values.map((value) => [value])
const MAX = '9223372036854775807'

/** [function, argument types, rows, result] */
const EXAMPLES: readonly (readonly [string, readonly DataType[], readonly (readonly (string | null)[])[], string])[] = [
  ['count', [], [[], []], '2'], ['count', [INT], column('1', null, '3'), '2'], ['count', [INT, INT], [['1', '2'], ['1', null]], '1'],
  ['count', [INT], [], '0'],
  ['count_if', [BOOLEAN], column('true', 'false', null, 'true'), '2'],
  ['sum', [INT], column('2147483647', '1'), '2147483648'], ['sum', [TINYINT], column('100', '100', null), '200'],
  ['sum', [INT], column(null), 'NULL'], ['sum', [INT], [], 'NULL'],
  ['sum', [BIGINT], column(MAX, '1'), 'NUMERIC_OVERFLOW'], ['sum', [BIGINT], column(MAX, MAX, `-${MAX}`, '-1'), '9223372036854775806'],
  ['sum', [decimal(10, 2)], column('0.10', '0.20'), '0.30'], ['sum', [decimal(38, 0)], column('9'.repeat(38), '1'), 'NUMERIC_OVERFLOW'],
  ['sum', [decimal(38, 0)], column('9'.repeat(38), '1', '-1'), '9'.repeat(38)],
  ['sum', [DOUBLE], column('1e100', '1', '-1e100'), '1.0'], ['sum', [DOUBLE], column(...Array<string>(10).fill('0.1')), '1.0'],
  ['sum', [DOUBLE], column('Infinity', '1'), 'Infinity'], ['sum', [DOUBLE], column('Infinity', '-Infinity'), 'NaN'],
  ['sum', [FLOAT], column('0.5', '0.25'), '0.75'], ['sum', [INTERVAL_SECOND], column('0 01:00:00', '0 00:30:00'), '+0 01:30:00.000'],
  ['avg', [INT], column('1', '2', null), '1.5'], ['avg', [INT], column(null), 'NULL'],
  ['avg', [BIGINT], column(MAX, MAX), '9223372036854776000.0'],
  ['avg', [decimal(10, 2)], column('1.00', '2.00', '2.00'), '1.666667'],
  ['avg', [decimal(10, 8)], column('0.00000001', '0.00000002'), '0.00000002'], ['avg', [DOUBLE], column('1e100', '3', '-1e100'), '1.0'],
  ['avg', [INTERVAL_SECOND], column('0 01:00:00', '0 02:00:00'), '+0 01:30:00.000'],
  ['min', [STRING], column('b', 'a', null), 'a'], ['max', [STRING], column('｡', '😀'), '😀'],
  ['max', [DOUBLE], column('1', 'NaN', '2'), 'NaN'], ['min', [DATE], column('2026-01-02', '2025-01-01'), '2025-01-01'],
  ['min', [INT], column(null), 'NULL'],
  ['max', [timestamp(3)], column('2026-01-02 00:00:00', '2026-01-03 00:00:00'), '2026-01-03 00:00:00.000'],
  ['any_value', [STRING], column(null, 'b', 'a'), 'a'],
  ['min_by', [STRING, INT], [['x', '2'], ['y', '1'], ['z', null]], 'y'],
  ['max_by', [STRING, INT], [['x', '2'], ['y', '3'], ['a', '3']], 'a'], ['max_by', [STRING, INT], [[null, '5'], ['y', '3']], 'NULL'],
  ['stddev_samp', [INT], column('2', '4', '4', '4', '5', '5', '7', '9'), '2.138089935299395'],
  ['stddev_pop', [INT], column('2', '4', '4', '4', '5', '5', '7', '9'), '2.0'], ['var_samp', [INT], column('1'), 'NULL'],
  ['var_pop', [INT], column('1'), '0.0'],
  ['var_samp', [DOUBLE], column('1000000001', '1000000002', '1000000003'), '1.0'],
  ['variance', [decimal(3, 1)], column('1.5', '2.5'), '0.5'],
  ['covar_pop', [INT, INT], [['1', '2'], ['2', '4'], ['3', null]], '0.5'], ['covar_samp', [INT, INT], [['1', '2'], ['2', '4']], '1.0'],
  ['corr', [INT, INT], [['1', '2'], ['2', '4'], ['3', '6']], '1.0'], ['corr', [INT, INT], [['1', '2'], ['1', '4']], 'NULL'],
  ['bool_and', [BOOLEAN], column('true', null), 'true'], ['bool_and', [BOOLEAN], column('true', 'false'), 'false'],
  ['bool_or', [BOOLEAN], column('false', 'true'), 'true'], ['bool_or', [BOOLEAN], column(null), 'NULL'],
  ['bit_and', [INT], column('12', '10'), '8'], ['bit_or', [INT], column('12', '10'), '14'],
  ['bit_xor', [BIGINT], column('12', '10', null), '6'],
  ['single_value', [INT], column('7'), '7'], ['single_value', [INT], [], 'NULL'], ['single_value', [INT], column('7', '7'), 'SUBQUERY_ROWS'],
  ['first_value', [STRING], column(null, 'a'), 'NULL'], ['first_value', [STRING], column('b', 'a'), 'b'],
  ['last_value', [STRING], column('b', 'a'), 'a'], ['last_value', [STRING], [], 'NULL'],
  ['string_agg', [STRING, STRING], [['b', '-'], ['a', '-'], [null, '-']], 'b-a'], ['string_agg', [INT], column('1', '2'), '1,2'],
  ['string_agg', [STRING], column(null), 'NULL'],
  ['array_agg', [INT], column('3', null, '1'), '[3, NULL, 1]'], ['array_agg', [INT], [], 'NULL'],
  ['percentile_cont', [INT, DOUBLE], [['1', '0.5'], ['2', '0.5'], ['3', '0.5'], ['4', '0.5']], '2.5'],
  ['percentile_disc', [INT, DOUBLE], [['1', '0.5'], ['2', '0.5'], ['3', '0.5'], ['4', '0.5']], '2'],
  ['percentile_disc', [STRING, DOUBLE], [['b', '0.9'], ['a', '0.9']], 'b'],
  ['percentile_cont', [INT, DOUBLE], [['10', '0'], ['20', '0']], '10.0'],
  ['median', [INT], column('5', '1', '3'), '3.0'], ['median', [decimal(3, 1)], column('1.0', '2.0'), '1.5'],
  ['mode', [STRING], column('b', 'a', 'b', 'a', 'c'), 'a'],
  ['approx_count_distinct', [INT], column('1', '2', '2', null), '2'], ['approx_count_distinct', [INT], [], '0'],
]

describe('aggregate functions', () => {
  it.each(EXAMPLES.map(([name, types, rows, result]) =>
    [`${name}(${types.map(typeName).join(', ')}) over ${JSON.stringify(rows)} is ${result}`, name, types, rows, result] as const))('%s',
      (_, name, types, rows, result) => {
    expect(over(name, types, rows)).toBe(result)
  })

  it('approximate percentiles within 0.5 %', () => {
    const { accumulating } = bind('approx_percentile', [DOUBLE, DOUBLE])
    const state = accumulating.create()
    for (let i = -1000; i <= 10_000; i++) accumulating.add(state, [i, 0.9])
    expect(Math.abs((accumulating.result(state) as number) / 8900 - 1)).toBeLessThan(0.0051)
    for (const value of [0, -5e-324, -2.5, 1.7e308, Infinity]) {
      const one = accumulating.create()
      accumulating.add(one, [value, 0.5])
      const result = accumulating.result(one) as number
      expect(result === value || Math.abs(result / value - 1) < 0.0051, `${value}`).toBe(true)
    }
  })

  it('refuse fractions outside 0 to 1, and ones that change', () => {
    for (const name of ['percentile_cont', 'percentile_disc', 'approx_percentile']) {
      const { accumulating } = bind(name, [DOUBLE, DOUBLE])
      expect(() => accumulating.add(accumulating.create(), [1, 1.5])).toThrow(/between 0 and 1/)
      const state = accumulating.create()
      accumulating.add(state, [1, 0.5])
      expect(() => accumulating.add(state, [1, 0.6])).toThrow(/the same for all rows/)
    }
  })

  it('count distinct values within five standard errors', () => {
    for (const n of [10, 100, 1_000, 50_000]) {
      const { accumulating } = bind('approx_count_distinct', [INT])
      const state = accumulating.create()
      for (let i = 0; i < n; i++) accumulating.add(state, [i])
      expect(Math.abs(Number(accumulating.result(state)) / n - 1), `${n}`).toBeLessThan(n <= 100 ? 0.05 : 0.08)
    }
  })
})

// ------------------------------------------------------------------------------------------------------------- laws

const small = fc.integer({ min: -50, max: 50 })
const ARBITRARIES: Readonly<Record<string, readonly [DataType, fc.Arbitrary<Value>]>> = {
  INT: [INT, small],
  BIGINT: [BIGINT, fc.oneof(small.map(BigInt), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  DECIMAL: [decimal(20, 4), fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n })],
  DOUBLE: [DOUBLE, fc.oneof(small, fc.double({ min: -1e6, max: 1e6, noNaN: true }))],
  BOOLEAN: [BOOLEAN, fc.boolean()],
  STRING: [STRING, fc.string({ maxLength: 3 })],
  FRACTION: [DOUBLE, fc.constant(0.3)],
  SEPARATOR: [STRING, fc.constantFrom('-', '+')],
  ARRAY: [array(INT), fc.array(small, { maxLength: 2 })],
}

/** Each with the kinds of its arguments. */
const LAWS: readonly (readonly [string, readonly string[]])[] = [
  ['count', []], ['count', ['INT']], ['count_if', ['BOOLEAN']], ['sum', ['INT']], ['sum', ['BIGINT']], ['sum', ['DECIMAL']],
  ['sum', ['DOUBLE']], ['avg', ['INT']], ['avg', ['BIGINT']], ['avg', ['DECIMAL']], ['avg', ['DOUBLE']],
  ['min', ['STRING']], ['max', ['BIGINT']], ['any_value', ['DOUBLE']], ['min_by', ['STRING', 'INT']], ['max_by', ['DECIMAL', 'STRING']],
  ['stddev_samp', ['DOUBLE']], ['stddev_pop', ['INT']], ['var_samp', ['DECIMAL']], ['var_pop', ['DOUBLE']],
  ['covar_samp', ['DOUBLE', 'INT']], ['covar_pop', ['INT', 'INT']], ['corr', ['DOUBLE', 'DOUBLE']],
  ['bool_and', ['BOOLEAN']], ['bool_or', ['BOOLEAN']], ['bit_and', ['INT']], ['bit_or', ['BIGINT']], ['bit_xor', ['INT']],
  ['first_value', ['STRING']], ['last_value', ['INT']], ['single_value', ['INT']],
  ['string_agg', ['STRING']], ['string_agg', ['STRING', 'SEPARATOR']], ['array_agg', ['ARRAY']],
  ['percentile_cont', ['DOUBLE', 'FRACTION']], ['percentile_disc', ['STRING', 'FRACTION']], ['median', ['INT']], ['mode', ['STRING']],
  ['approx_count_distinct', ['STRING']], ['approx_percentile', ['DOUBLE', 'FRACTION']],
]

function outcomeOf(accumulating: Accumulating, state: unknown): Value | string {
  try {
    return accumulating.result(state)
  } catch (error) {
    return (error as MillraceError).code
  }
}

/** Doubles agree to 12 digits of the largest number that went in, all else exactly. */
function expectAgreement(actual: Value, expected: Value, type: DataType, largest = 1e-3): void {
  if (type.kind === 'DOUBLE' && typeof actual === 'number' && typeof expected === 'number' && Number.isFinite(expected)) {
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.max(Math.abs(expected), largest) * 1e-11)
  } else expect(equalValues(type)(actual, expected) || actual === expected, `${String(actual)} and ${String(expected)}`).toBe(true)
}

/** The magnitude of what went in, in the unit of the result. */
function largestOf(rows: readonly (readonly Value[])[], power: number): number {
  const numbers = rows.flat().map((value) => Math.abs(Number(value)) ** power)
  return Math.max(1e-3, ...numbers.filter(Number.isFinite))
}

describe.each(LAWS.map(([name, kinds]) => [`${name}(${kinds.join(', ')})`, name, kinds] as const))('%s', (_, name, kinds) => {
  const types = kinds.map((kind) => ARBITRARIES[kind]![0])
  const { accumulating, returns, states, ordered } = bind(name, types)
  const resolved = resolveAggregate(name, types).types.args
  const argument = kinds.map((kind, i) =>
    (kind === 'FRACTION' ? ARBITRARIES[kind]![1]
      : fc.option(ARBITRARIES[kind]![1], { nil: null, freq: 6 })).map((value) => castValue(value, types[i]!, resolved[i]!, 'UTC')))
  // Ordinals that repeat: rows without an order among them.
  const rows = fc.array(fc.tuple(fc.tuple(...argument), fc.integer({ min: 0, max: 6 })), { maxLength: 30 })
  const argsOf = ([args, ordinal]: readonly [readonly Value[], number]): Value[] => (ordered ? [...args, ordinal] : [...args])

  const whole = (all: readonly (readonly [readonly Value[], number])[]): Value => {
    const state = accumulating.create()
    for (const row of all) accumulating.add(state, argsOf(row))
    return outcomeOf(accumulating, state)
  }

  it('gives one result however its rows are split, ordered, saved and loaded', () => {
    fc.assert(fc.property(rows, fc.infiniteStream(fc.nat(3)), (all, choices) => {
      const parts = Array.from({ length: 4 }, () => accumulating.create() as unknown)
      for (const row of all) accumulating.add(parts[choices.next().value]!, argsOf(row))
      const moved = parts.map((part) => {
        const saved = accumulating.save(part)
        expect(saved.length).toBe(states.length)
        return accumulating.load(structuredClone(saved)) as unknown
      })
      moved.reverse()
      const target = moved[choices.next().value]!
      for (const part of moved) if (part !== target) accumulating.merge(target, part)
      expectAgreement(outcomeOf(accumulating, target), whole(all), returns)
    }), { numRuns: fuzzRuns(60) })
  })

  it('saves values of its state types', () => {
    fc.assert(fc.property(rows, (all) => {
      const state = accumulating.create()
      for (const row of all) accumulating.add(state, argsOf(row))
      const forms = accumulating.save(state).map((value, i) => (value === null ? formOfType(states[i]!) : formOf(value)))
      expect(forms).toEqual(states.map(formOfType))
    }), { numRuns: 20 })
  })

  if (accumulating.retract === undefined) return
  it('forgets rows that are taken back', () => {
    fc.assert(fc.property(rows, rows, (kept, added) => {
      const state = accumulating.create()
      for (const row of [...kept, ...added]) accumulating.add(state, argsOf(row))
      for (const row of added) accumulating.retract!(state, argsOf(row))
      const expected = whole(kept)
      const actual = outcomeOf(accumulating, state)
      expectAgreement(actual, expected, returns, largestOf([...kept, ...added].map(argsOf), /^(var|covar)/.test(name) ? 2 : 1))
    }), { numRuns: fuzzRuns(60) })
  })
})

function formOf(value: Value): string {
  return Array.isArray(value) ? 'list' : value instanceof Uint8Array ? 'bytes' : typeof value
}

function formOfType(type: DataType): string {
  switch (type.kind) {
    case 'BIGINT': case 'DECIMAL': return 'bigint'
    case 'BOOLEAN': return 'boolean'
    case 'STRING': return 'string'
    case 'BYTES': return 'bytes'
    case 'ARRAY': case 'ROW': return 'list'
    default: return 'number'
  }
}

it('every aggregate function has an example and a law', () => {
  const known = (name: string): string => resolveName(name)
  const withLaw = new Set(LAWS.map(([name]) => known(name)))
  const withExample = new Set([...EXAMPLES.map(([name]) => known(name)), 'approx_percentile'])
  expect(aggregateFunctions.map((f) => f.name).filter((name) => !withLaw.has(name) || !withExample.has(name))).toEqual([])
})

function resolveName(name: string): string {
  return aggregateFunctions.find((f) => f.name === name || f.aliases?.includes(name))!.name
}
