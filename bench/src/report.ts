import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import Table from 'cli-table3'

/** One table of results: printed for people, stored as JSON for comparison. */
export interface BenchTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** What was checked and what the ratios mean, a line each. */
  readonly notes: readonly string[]
  /** What did not run; the bench then ends as failed, once everything has been printed. */
  readonly failed?: readonly string[]
}

export function printTable(table: BenchTable): string {
  const drawn = new Table({ head: [...table.columns], style: { head: [], border: [] }, colAligns: table.columns.map((_, i) => (i === 0 ? 'left' : 'right')) })
  for (const row of table.rows) drawn.push(row.map((cell) => (typeof cell === 'number' ? format(cell) : cell)))
  return `${table.title}\n${drawn.toString()}\n${table.notes.map((note) => `  ${note}\n`).join('')}`
}

export function format(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

export function writeJson(folder: string, name: string, tables: readonly BenchTable[]): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length }
  writeFileSync(path, `${JSON.stringify({ machine, tables }, null, 2)}\n`)
  return path
}
