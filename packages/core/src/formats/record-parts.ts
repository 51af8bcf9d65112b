import type { ScanSpec, TableColumn, TableDefinition } from '../connector.js'
import { MillraceError, nearestName } from '../errors.js'
import type { RecordFormat } from './format.js'
import { formatOf } from './format-registry.js'

/** The key or the value of a table's records, as a table of its own. */
export interface RecordPart {
  readonly format: RecordFormat
  /** The columns of this part, named as they are in the record, and the options of its format without a prefix. */
  readonly table: TableDefinition
  /** By column of `table`: which column of the whole table it is. */
  readonly columns: readonly number[]
}

export interface RecordParts {
  /** Null where the key of a record is no column. */
  readonly key: RecordPart | null
  readonly value: RecordPart
  /**
   * True if the last record with a key counts, and one without a value deletes it: the table has a PRIMARY KEY, and its format does not
   * say itself what a record does.
   */
  readonly upsert: boolean
}

/**
 * Shares the columns of a table out among the key and the value of its records, as its options say, and checks both with their formats.
 * Called while planning, and again in workers. Metadata columns are in neither part, but for those that the value's format gives.
 *
 * @throws MillraceError OPTION_MISSING, OPTION_INVALID, and what {@link RecordFormat.check} throws
 */
export function recordPartsOf(table: TableDefinition): RecordParts {
  const { options, name } = table
  const valueName = valueFormatName(table)
  const format = formatOf(valueName, table)
  const upsert = table.primaryKey.length > 0 && format.readsKinds !== true
  const prefix = options['key.fields-prefix'] ?? ''
  const keyFields = keyFieldsOf(table)
  const keyName = options['key.format']
  if (upsert && keyName === undefined) {
    throw new MillraceError('OPTION_MISSING',
      `table \`${name}\` has a PRIMARY KEY, so the key of a record says which row it is: say how it is written, 'key.format' = 'json' for example`)
  }
  if (keyName === undefined && keyFields.length > 0 && options['key.fields'] !== undefined) {
    throw new MillraceError('OPTION_MISSING', `table \`${name}\` has 'key.fields': say how the key is written, 'key.format' = 'json' for example`)
  }
  if (keyName !== undefined && keyFields.length === 0) {
    throw new MillraceError('OPTION_MISSING',
      `table \`${name}\` has 'key.format': say which columns the key holds, 'key.fields' = 'a;b', or declare a PRIMARY KEY`)
  }
  const exceptKey = (options['value.fields-include'] ?? 'ALL').toUpperCase() === 'EXCEPT_KEY'
  if (prefix !== '' && !exceptKey) {
    throw new MillraceError('OPTION_INVALID',
      `table \`${name}\`: with a 'key.fields-prefix' the value cannot hold the columns of the key: add 'value.fields-include' = 'EXCEPT_KEY'`)
  }
  const key = keyName === undefined ? null : partOf(table, 'key', keyName, keyFields, prefix)
  const isMetadata = (column: TableColumn): boolean => column.metadata !== null && metadataKeyOf(column.metadata, format) === null
  const valueColumns = table.columns.flatMap((column, i) => (isMetadata(column) || (exceptKey && key !== null && keyFields.includes(i)) ? [] : [i]))
  return { key, upsert, value: partOf(table, 'value', valueName, valueColumns, '') }
}

/** What the value's format gives besides columns, by the keys that a table asks for it: as they are, and after `value.`. */
export function metadataOfFormat(table: TableDefinition): NonNullable<RecordFormat['metadata']> {
  const { metadata = {} } = formatOf(valueFormatName(table), table)
  return Object.fromEntries(Object.entries(metadata).flatMap(([key, field]) => [[key, field], [`value.${key}`, field]]))
}

/**
 * What a scan wants of a part: its columns, in the part's names, and conditions on them alone.
 * @returns by column of the returned scan: which column of `scan` it is
 */
export function scanOfPart(scan: ScanSpec, part: RecordPart): { readonly scan: ScanSpec; readonly columns: readonly number[] } {
  const columns: number[] = []
  const own: TableColumn[] = []
  scan.columns.forEach((wanted, i) => {
    const at = part.columns.findIndex((index) => scan.table.columns[index]!.name === wanted.name)
    if (at === -1) return
    columns.push(i)
    own.push(part.table.columns[at]!)
  })
  const filter = scan.filter.flatMap((condition) => {
    const column = columns.indexOf(condition.column)
    return column === -1 ? [] : [{ ...condition, column }]
  })
  return { columns, scan: { ...scan, table: part.table, columns: own, filter } }
}

function valueFormatName({ options, name }: TableDefinition): string {
  const format = options['format']
  const value = options['value.format']
  if (format !== undefined && value !== undefined) {
    throw new MillraceError('OPTION_INVALID', `table \`${name}\` has both 'format' and 'value.format', which mean the same: leave one out`)
  }
  if (format === undefined && value === undefined) {
    throw new MillraceError('OPTION_MISSING', `table \`${name}\` does not say how its records are written: 'format' = 'json' for example`)
  }
  return format ?? value!
}

/** Indexes of the columns of the key, in the order in which it has them. */
function keyFieldsOf(table: TableDefinition): number[] {
  const { options, primaryKey } = table
  const given = options['key.fields']?.split(';').map((name) => name.trim()).filter((name) => name !== '') ?? null
  if (given === null) return primaryKey.map((name) => table.columns.findIndex((column) => column.name === name))
  const names = table.columns.flatMap(({ name, metadata }) => (metadata === null ? [name] : []))
  const prefix = options['key.fields-prefix'] ?? ''
  return given.map((field, i) => {
    const name = names.find((candidate) => candidate === field) ?? names.find((candidate) => candidate.toLowerCase() === field.toLowerCase())
    if (name === undefined) {
      const suggestion = nearestName(field, names)
      throw new MillraceError('OPTION_INVALID', `'key.fields': table \`${table.name}\` has no physical column \`${field}\``,
        { alternatives: names, ...(suggestion === undefined ? {} : { suggestion }) })
    }
    if (given.indexOf(field) !== i) throw new MillraceError('OPTION_INVALID', `'key.fields' has \`${field}\` twice`)
    if (!name.startsWith(prefix)) {
      throw new MillraceError('OPTION_INVALID', `'key.fields': \`${name}\` does not begin with '${prefix}', as 'key.fields-prefix' asks of every key column`)
    }
    return table.columns.findIndex((column) => column.name === name)
  })
}

/** Without a `key.` or `value.`, for each: of the value's format both forms count. */
function partOf(table: TableDefinition, part: 'key' | 'value', formatName: string, columns: readonly number[], prefix: string): RecordPart {
  const format = formatOf(formatName, table)
  const options: Record<string, string> = {}
  for (const [name, value] of Object.entries(table.options)) {
    if (part === 'value' || !Object.hasOwn(format.options, name)) options[name] = value
  }
  for (const name of Object.keys(format.options)) {
    const own = table.options[`${part}.${name}`]
    if (own !== undefined) options[name] = own
  }
  const own: TableDefinition = {
    ...table,
    options: { ...options, format: formatName, 'record.part': part },
    columns: columns.map((index) => {
      const column = table.columns[index]!
      const metadata = column.metadata === null ? null : metadataKeyOf(column.metadata, format)
      return { ...column, name: column.name.slice(prefix.length), metadata }
    }),
    primaryKey: [],
    partitionedBy: [],
  }
  format.check(own)
  return { format, table: own, columns }
}

function metadataKeyOf(key: string, { metadata = {} }: RecordFormat): string | null {
  const own = key.startsWith('value.') ? key.slice('value.'.length) : key
  return Object.hasOwn(metadata, own) ? own : null
}
