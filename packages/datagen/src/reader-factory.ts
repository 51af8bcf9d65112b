import { MillraceError, OptionValues, nearestName } from '@millrace/core'
import type { ReaderContext, ReaderFactory, ScanSpec, SourceDescription, Split, TableDefinition } from '@millrace/core'
import { makeColumn } from './column.js'
import { DATAGEN_OPTIONS, FIELD_OPTIONS } from './options.js'
import { DatagenReader } from './reader.js'
import { type RowRange, rowRanges } from './row-ranges.js'

/** Rows of one split of a table that is made as fast as possible. */
export const SPLIT_ROWS = 262_144

/** Splits of a throttled or endless table: row i belongs to split i mod 16, so that up to 16 workers share the load. */
export const STRIPES = 16

export const datagenReaderFactory: ReaderFactory = {
  options: DATAGEN_OPTIONS,

  async describe(table: TableDefinition): Promise<SourceDescription> {
    checkFieldOptions(table)
    for (const column of table.columns) makeColumn(table, column)
    const options = new OptionValues(table.options, DATAGEN_OPTIONS)
    const rows = options.numberOrNull('number-of-rows')
    const rate = options.numberOrNull('rows-per-second')
    return {
      bounded: rows !== null,
      filters: false,
      generated: true,
      splitKey: [],
      metadata: {},
      summary: `datagen, ${rows === null ? 'endless' : `${rows} rows`}${rate === null ? '' : `, ${rate} rows/s`}`,
    }
  },

  async listSplits(table: TableDefinition): Promise<readonly Split[]> {
    const options = new OptionValues(table.options, DATAGEN_OPTIONS)
    const rows = options.numberOrNull('number-of-rows')
    if (rows === null || options.has('rows-per-second')) return stripes(rows)
    return rowRanges('rows', rows, SPLIT_ROWS)
  },

  async open(scan: ScanSpec, split: Split, context: ReaderContext, position?: unknown): Promise<DatagenReader> {
    const { table } = scan
    const rate = new OptionValues(table.options, DATAGEN_OPTIONS).numberOrNull('rows-per-second')
    const columns = scan.columns.map((column) => makeColumn(table, column))
    const startMicros = context.shared(`datagen start ${table.name}`, () => context.nowMicros())
    return new DatagenReader(columns, scan, split.detail as RowRange, context, rate, startMicros, position as number | undefined)
  },
}

function stripes(rows: number | null): Split[] {
  return Array.from({ length: STRIPES }, (_, first) => ({
    id: `stripe ${first} of ${STRIPES}`,
    weight: rows === null ? 0 : Math.max(0, Math.ceil((rows - first) / STRIPES)),
    bounded: false,
    detail: { first, stride: STRIPES, end: rows } satisfies RowRange,
  }))
}

function checkFieldOptions(table: TableDefinition): void {
  for (const key of Object.keys(table.options)) {
    if (!key.startsWith('fields.')) continue
    const at = key.lastIndexOf('.')
    const name = key.slice('fields.'.length, at)
    const option = key.slice(at + 1)
    const names = table.columns.map((c) => c.name)
    if (!names.some((n) => n.toLowerCase() === name.toLowerCase())) {
      const suggestion = nearestName(name, names)
      throw new MillraceError('OPTION_INVALID', `option '${key}' names no column of '${table.name}'${suggestion ? `; did you mean '${suggestion}'?` : ''}`, {
        alternatives: names, ...(suggestion ? { suggestion } : {}),
      })
    }
    if (!FIELD_OPTIONS.includes(option)) {
      const suggestion = nearestName(option, FIELD_OPTIONS)
      throw new MillraceError('OPTION_UNKNOWN', `no option '${option}' of a field; there are ${FIELD_OPTIONS.join(', ')}`, {
        alternatives: FIELD_OPTIONS, ...(suggestion ? { suggestion } : {}),
      })
    }
  }
}
