import type { ScanNode, TableDefinition } from '@millrace/core'
import { INSERT, MillraceError, rowToValues } from '@millrace/core'
import type { MemoryRow, UndecodableRow } from '../memory-connector.js'
import { type ChangeRow, splitKind } from './expected-rows.js'
import type { RunSetting } from './job-run.js'
import { traitsOf } from './stand-ins.js'

/** A table that the test pushes rows into. */
export interface Source {
  readonly table: TableDefinition
  readonly bounded: boolean
  readonly hasWatermark: boolean
  readonly changelog: boolean
  pushed: number
  /** Pushed into each partition. */
  readonly rows: number[]
  ended: boolean
}

export function sourcesOf({ plan, connectors, declared, tables }: RunSetting): Map<string, Source> {
  const real = new Set(connectors.map(({ name }) => name))
  const scans = plan.nodes.filter((node): node is ScanNode => node.kind === 'scan' && !real.has(node.spec.table.connector))
  return new Map(scans.map(({ spec: { table }, bounded, watermark }): [string, Source] => {
    const { partitions, changelog } = traitsOf(declared.find(({ name }) => name === table.name)!, tables)
    const rows = Array.from({ length: partitions }, () => 0)
    return [table.name, { table, bounded, hasWatermark: watermark !== null && !bounded, changelog, pushed: 0, rows, ended: false }]
  }))
}

/** A row that is pushed, as the memory connector takes it. */
export function memoryRow(row: ChangeRow | UndecodableRow, { table, changelog }: Source, index: number): MemoryRow {
  if (isUndecodable(row, table)) return row
  try {
    const { kind, columns } = splitKind(row, table.columns)
    const values = rowToValues(columns, table.columns)
    if (kind === INSERT) return values
    if (changelog) return { kind, values }
    const advice = `{ tables: { ${table.name}: { changelog: true } } } makes it a table with changes`
    throw new MillraceError('USAGE', `rows of \`${table.name}\` are only added; ${advice}`)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    throw new MillraceError(error.code, `row ${index + 1} pushed to \`${table.name}\`: ${error.message}`, error.details, { cause: error })
  }
}

function isUndecodable(row: ChangeRow | UndecodableRow, table: TableDefinition): row is UndecodableRow {
  return Object.hasOwn(row, 'undecodable') && !table.columns.some(({ name }) => name === 'undecodable')
}

/** A record that is no row, to be pushed: it fails as a record does that cannot be decoded. */
export function undecodable(record: string): UndecodableRow {
  return { undecodable: record }
}
