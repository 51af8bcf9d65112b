import { MillraceError, nearestName } from '../errors.js'
import { typeName } from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { aggregateFunctions } from './aggregate/index.js'
import type { AggregateFunction, AggregateOverload, ResolvedTypes, ScalarFunction, ScalarOverload } from './function.js'
import { scalarFunctions } from './scalar/index.js'

/** Every built-in function, found by name and by the types of its arguments. */
export { aggregateFunctions, scalarFunctions }

export interface ResolvedScalar {
  readonly function: ScalarFunction
  readonly overload: ScalarOverload
  readonly types: ResolvedTypes
}

export interface ResolvedAggregate {
  readonly function: AggregateFunction
  readonly overload: AggregateOverload
  readonly types: ResolvedTypes
}

const scalars = indexByName(scalarFunctions)
const aggregates = indexByName(aggregateFunctions)

interface Named {
  readonly name: string
  readonly aliases?: readonly string[]
}

function indexByName<F extends Named>(functions: readonly F[]): ReadonlyMap<string, F> {
  const index = new Map<string, F>()
  for (const f of functions) for (const name of [f.name, ...(f.aliases ?? [])]) index.set(name, f)
  return index
}

/** By canonical name or alias, in any case. */
export function findScalar(name: string): ScalarFunction | undefined {
  return scalars.get(name) ?? scalars.get(name.toLowerCase())
}

export function findAggregate(name: string): AggregateFunction | undefined {
  return aggregates.get(name) ?? aggregates.get(name.toLowerCase())
}

/**
 * The first overload that takes arguments of these types.
 *
 * @throws MillraceError SQL_FUNCTION_UNKNOWN, SQL_ARGUMENTS
 */
export function resolveScalar(name: string, args: readonly DataType[]): ResolvedScalar {
  const found = findScalar(name)
  if (found === undefined) throw unknownFunction(name)
  for (const overload of found.overloads) {
    const types = overload.resolve(args)
    if (types !== null) return { function: found, overload, types }
  }
  throw wrongArguments(name, args, found.overloads)
}

/** {@link resolveScalar} for aggregates; `count(*)` has no arguments. An ordinal is not among them. */
export function resolveAggregate(name: string, args: readonly DataType[]): ResolvedAggregate {
  const found = findAggregate(name)
  if (found === undefined) throw unknownFunction(name)
  for (const overload of found.overloads) {
    const types = overload.resolve(args)
    if (types !== null) return { function: found, overload, types }
  }
  throw wrongArguments(name, args, found.overloads)
}

function unknownFunction(name: string): MillraceError {
  const suggestion = nearestName(name, [...scalars.keys(), ...aggregates.keys()].filter((known) => /^\w+$/.test(known)))
  const message = `no function \`${name}\`${suggestion === undefined ? '' : `.  did you mean \`${suggestion}\`?`}`
  return new MillraceError('SQL_FUNCTION_UNKNOWN', message, suggestion === undefined ? {} : { suggestion })
}

function wrongArguments(name: string, args: readonly DataType[], overloads: readonly { readonly signature: string }[]): MillraceError {
  const given = args.map((type) => (type.kind === 'NULL' ? 'NULL' : typeName(type))).join(', ')
  const isOperator = !/^\w+$/.test(name)
  const signatures = overloads.map((o) => (isOperator ? o.signature : `${name.toLowerCase()}${o.signature}`))
  const message = `\`${name}\` does not take (${given}).  it takes: ${signatures.join('; ')}`
  return new MillraceError('SQL_ARGUMENTS', message, { alternatives: signatures })
}
