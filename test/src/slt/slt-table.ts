import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SltTable } from './slt-file.js'

interface Column {
  readonly name: string
  /** In capitals. */
  readonly type: string
  readonly written: string
}

/** A list split at its top-level commas. */
function partsOf(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const c of list) {
    if (c === '(' || c === '<') depth++
    if (c === ')' || c === '>') depth--
    if (c === ',' && depth === 0) {
      parts.push(part)
      part = ''
    } else part += c
  }
  parts.push(part)
  return parts.map((p) => p.trim())
}

/** The physical columns. */
export function columnsOf(table: Pick<SltTable, 'columns'>): Column[] {
  return partsOf(table.columns).filter((p) => !/^(WATERMARK|PRIMARY)\b/i.test(p) && !/^\w+\s+AS\s/i.test(p)).map((p) => {
    const [, name = '', type = ''] = /^(\S+)\s+(.*)$/s.exec(p) ?? []
    const written = type.replace(/\s+NOT\s+NULL$/i, '')
    return { name, type: written.toUpperCase(), written }
  })
}

const BARE = /^(BOOLEAN|TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL|ARRAY|MAP|ROW)/

/** Writes the rows as NDJSON and returns the CREATE TABLE that reads them, in splits of a few rows. */
export function writeTable(table: SltTable, folder: string): string {
  const columns = columnsOf(table)
  const lines = table.rows.map((row) => {
    const fields = row.map((cell, i) => {
      const { name, type } = columns[i]!
      const value = cell === null ? 'null' : BARE.test(type) ? cell : JSON.stringify(cell)
      return `${JSON.stringify(name)}:${value}`
    })
    return `{${fields.join(',')}}\n`
  })
  const path = join(folder, `${table.name}.ndjson`)
  writeFileSync(path, lines.join(''))
  return `CREATE TABLE ${table.name} (${table.columns}) WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json', 'split-bytes' = '150');\n`
}

/** The same table for DuckDB. */
export function duckdbTable(table: SltTable): string[] {
  const columns = columnsOf(table)
  const type = duckdbType
  const statements = [`CREATE TABLE ${table.name} (${columns.map((c) => `${c.name} ${type(c.written)}`).join(', ')})`]
  if (table.rows.length > 0) {
    const rows = table.rows.map((row) => `(${row.map((cell, i) => (cell === null ? 'NULL' : `'${cell.replaceAll("'", "''")}'::${NESTED.test(columns[i]!.type) ? 'JSON::' : ''}${type(columns[i]!.written)}`)).join(', ')})`)
    statements.push(`INSERT INTO ${table.name} VALUES ${rows.join(', ')}`)
  }
  return statements
}

const NESTED = /^(ARRAY|MAP|ROW)</

/** `ROW<a INT, b ARRAY<STRING>>` is `STRUCT(a INT, b VARCHAR[])` there. */
function duckdbType(text: string): string {
  const [, kind, inner] = /^(ARRAY|MAP|ROW)<(.*)>$/is.exec(text) ?? []
  if (kind === undefined) return scalarType(text.toUpperCase())
  if (/array/i.test(kind)) return `${duckdbType(inner!)}[]`
  if (/map/i.test(kind)) return `MAP(${partsOf(inner!).map(duckdbType).join(', ')})`
  return `STRUCT(${columnsOf({ columns: inner! }).map((c) => `${c.name} ${duckdbType(c.written)}`).join(', ')})`
}

function scalarType(text: string): string {
  return text
    .replace(/^STRING$/, 'VARCHAR').replace(/^TIMESTAMP\(\d\)$/, 'TIMESTAMP').replace(/^TIMESTAMP_LTZ(\(\d\))?$/, 'TIMESTAMPTZ')
    .replace(/^BYTES$/, 'BLOB').replace(/^TIME\(\d\)$/, 'TIME').replace(/^FLOAT$/, 'REAL')
}
