import type { Chance } from './chance.js'

/** What a column or expression is, as far as the generator of queries cares. */
export type Kind = 'boolean' | 'int' | 'bigint' | 'double' | 'decimal' | 'string' | 'date' | 'timestamp'

export interface WorldColumn {
  readonly name: string
  readonly kind: Kind
  readonly ourType: string
  readonly duckdbType: string
}

export interface World {
  readonly columns: readonly WorldColumn[]
  /** Cells as JSON would have them: text but for booleans and NULL. */
  readonly rows: readonly (readonly (string | boolean | null)[])[]
}

const COLUMNS: readonly WorldColumn[] = [
  { name: 'id', kind: 'int', ourType: 'INT NOT NULL', duckdbType: 'INTEGER' },
  { name: 'b', kind: 'boolean', ourType: 'BOOLEAN', duckdbType: 'BOOLEAN' },
  { name: 'i', kind: 'int', ourType: 'INT', duckdbType: 'INTEGER' },
  { name: 'j', kind: 'int', ourType: 'INT', duckdbType: 'INTEGER' },
  { name: 'l', kind: 'bigint', ourType: 'BIGINT', duckdbType: 'BIGINT' },
  { name: 'd', kind: 'double', ourType: 'DOUBLE', duckdbType: 'DOUBLE' },
  { name: 'm', kind: 'decimal', ourType: 'DECIMAL(12, 2)', duckdbType: 'DECIMAL(12, 2)' },
  { name: 's', kind: 'string', ourType: 'STRING', duckdbType: 'VARCHAR' },
  { name: 'k', kind: 'string', ourType: 'STRING', duckdbType: 'VARCHAR' },
  { name: 'dt', kind: 'date', ourType: 'DATE', duckdbType: 'DATE' },
  { name: 'ts', kind: 'timestamp', ourType: 'TIMESTAMP(6)', duckdbType: 'TIMESTAMP' },
]

const TEXTS = ['', 'a', 'A', 'ab', 'abc', 'NULL', ' pad ', "o'hara", 'é', 'ß', 'naïve', '😀', 'z😀', '\uffff', 'a|b', 'a"b', 'back\\slash', 'tab\there', '100%', 'a_b', '漢字', '__proto__', '12', '-7']
const BIG = ['9223372036854775807', '-9223372036854775808', '9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '4611686018427387904', '0', '1', '-1', '1000000000000']
const DOUBLES = ['0', '1', '-1', '0.1', '0.2', '0.3', '-2.5', '1e10', '123456.789', '1e-7', '3.141592653589793', '1000000', '-0.001']

/** A table of 0 … 60 rows with NULLs, extreme numbers and every kind of text. */
export function makeWorld(chance: Chance): World {
  const rowCount = chance.maybe(0.05) ? chance.between(0, 1) : chance.between(5, 60)
  const nullRate = chance.pick([0, 0.1, 0.5])
  const rows = Array.from({ length: rowCount }, (_, id) => COLUMNS.map((column) => {
    if (column.name === 'id') return String(id)
    if (chance.maybe(nullRate)) return null
    return cell(column, chance)
  }))
  return { columns: COLUMNS, rows }
}

function cell({ name, kind }: WorldColumn, chance: Chance): string | boolean {
  switch (kind) {
    case 'boolean': return chance.maybe(0.5)
    case 'int': return String(name === 'j' ? chance.between(-3, 3) : chance.between(-1_000, 1_000))
    case 'bigint': return chance.maybe(0.3) ? chance.pick(BIG) : String(chance.between(-100_000, 100_000))
    case 'double': return chance.pick(DOUBLES)
    case 'decimal': return `${chance.maybe(0.3) ? '-' : ''}${chance.between(0, chance.pick([0, 9, 99_999_999]))}.${String(chance.between(0, 99)).padStart(2, '0')}`
    case 'string': return name === 'k' ? chance.pick(['red', 'green', 'blue', 'Blue']) : chance.pick(TEXTS)
    case 'date': return chance.pick(['1970-01-01', '2024-02-29', '2026-11-23', '1999-12-31', '2000-01-01', '0001-01-01', '9999-12-31', '1969-07-20'])
    case 'timestamp': return chance.pick([
      '1970-01-01 00:00:00', '2026-01-01 00:00:00.123456', '2024-02-29 23:59:59.999999', '2026-03-29 02:30:00', '1969-12-31 23:59:59.5', '2000-06-15 12:34:56.789', '2026-01-01 00:00:01',
    ])
  }
}

/** The rows as NDJSON, with every key in every row; numbers bare, texts quoted. */
export function toNdjson(world: World): string {
  return world.rows.map((row) => `{${world.columns.map((column, i) => `"${column.name}":${jsonCell(column.kind, row[i]!)}`).join(',')}}\n`).join('')
}

function jsonCell(kind: Kind, value: string | boolean | null): string {
  if (value === null) return 'null'
  if (kind === 'boolean' || kind === 'int' || kind === 'bigint' || kind === 'double' || kind === 'decimal') return String(value)
  return JSON.stringify(value)
}

/** CREATE TABLE and INSERT for DuckDB. */
export function toDuckdb(world: World, name: string): string[] {
  const create = `CREATE OR REPLACE TABLE ${name} (${world.columns.map((c) => `${c.name} ${c.duckdbType}`).join(', ')})`
  if (world.rows.length === 0) return [create]
  const literal = (value: string | boolean | null, type: string): string =>
    value === null ? 'NULL' : typeof value === 'boolean' ? String(value) : `'${value.replaceAll("'", "''")}'::${type}`
  const rows = world.rows.map((row) => `(${row.map((value, i) => literal(value, world.columns[i]!.duckdbType)).join(', ')})`)
  return [create, `INSERT INTO ${name} VALUES ${rows.join(', ')}`]
}
