import { MillraceError, nearestName } from '@millrace/core'

/** The name that is meant, whatever its case. */
export function nameAmong(name: string, names: readonly string[]): string | undefined {
  return names.find((other) => other === name) ?? names.find((other) => other.toLowerCase() === name.toLowerCase())
}

export function unknownTable(name: string, names: readonly string[], problem: string): never {
  const suggestion = nearestName(name, names)
  const hint = suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`
  throw new MillraceError('SQL_TABLE_UNKNOWN', `${problem} \`${name}\` but ${names.join(', ')}${hint}`, { alternatives: names })
}
