import { MillraceError, nearestName } from '../../errors.js'
import { typeName, type DataType } from '../../types/data-type.js'
import { jsonArrayElements, jsonArrayElementsText, jsonEach } from './json.js'
import { generateSeries } from './series.js'
import { regexpSplit, split } from './split.js'
import type { ResolvedTable, TableFunction, TableOverload } from './table-function.js'
import { unnest } from './unnest.js'

/** Every built-in table function. */
export const tableFunctions: readonly TableFunction[] = [
  unnest, generateSeries, split, regexpSplit, jsonArrayElements, jsonArrayElementsText, jsonEach,
]

export interface ResolvedTableFunction {
  readonly function: TableFunction
  readonly overload: TableOverload
  readonly types: ResolvedTable
}

const byName = new Map(tableFunctions.flatMap((f) => [f.name, ...(f.aliases ?? [])].map((name) => [name, f] as const)))

/** By canonical name or alias, in any case. */
export function findTableFunction(name: string): TableFunction | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase())
}

/**
 * The first overload that takes arguments of these types.
 *
 * @throws MillraceError SQL_FUNCTION_UNKNOWN, SQL_ARGUMENTS
 */
export function resolveTableFunction(name: string, args: readonly DataType[]): ResolvedTableFunction {
  const found = findTableFunction(name)
  if (found === undefined) {
    const suggestion = nearestName(name, [...byName.keys()])
    const message = `no table function \`${name}\`${suggestion === undefined ? '' : `.  did you mean \`${suggestion}\`?`}`
    throw new MillraceError('SQL_FUNCTION_UNKNOWN', message, suggestion === undefined ? {} : { suggestion })
  }
  for (const overload of found.overloads) {
    const types = overload.resolve(args)
    if (types !== null) return { function: found, overload, types }
  }
  const given = args.map((type) => (type.kind === 'NULL' ? 'NULL' : typeName(type))).join(', ')
  const signatures = found.overloads.map((o) => `${found.name}${o.signature}`)
  throw new MillraceError('SQL_ARGUMENTS', `\`${name}\` does not take (${given}).  it takes: ${signatures.join('; ')}`, { alternatives: signatures })
}
