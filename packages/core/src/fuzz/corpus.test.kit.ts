import { readdirSync, readFileSync } from 'node:fs'

/** The statements of the conformance files, with the tables that they read as CREATE TABLE. */
export function conformanceStatements(): string[] {
  const folder = new URL('../../../../test/sql/', import.meta.url)
  return readdirSync(folder).filter((file) => file.endsWith('.slt')).flatMap((file) => {
    const blocks = readFileSync(new URL(file, folder), 'utf8').split(/\n\s*\n/)
    const tables = new Map<string, string>()
    return blocks.flatMap((block) => {
      const lines = block.split('\n').filter((line) => !line.startsWith('#'))
      const table = /^table (\w+) \((.*)\)/.exec(lines[0] ?? '')
      if (table !== null) tables.set(table[1]!, `CREATE TABLE ${table[1]} (${table[2]}) WITH ('connector' = 'plain');\n`)
      if (!/^(?:query|statement)/.test(lines[0] ?? '')) return []
      const end = lines.findIndex((line) => line === '----')
      const statement = lines.slice(1, end === -1 ? undefined : end).filter((line) => !line.startsWith('duckdb ')).join('\n')
      const read = [...tables].filter(([name]) => new RegExp(`\\b${name}\\b`, 'i').test(statement)).map(([, create]) => create)
      return statement === '' ? [] : [read.join('') + statement]
    })
  })
}
