import type { OptionTable, TableDefinition } from '../connector.js'
import { MillraceError, nearestName } from '../errors.js'
import { lookup } from '../lookup.js'
import { csvFormat } from './csv/csv-format.js'
import { debeziumJsonFormat } from './debezium/debezium-json-format.js'
import type { RecordFormat } from './format.js'
import { jsonFormat } from './json/json-format.js'
import { rawFormat } from './raw/raw-format.js'

const FORMATS: readonly RecordFormat[] = [jsonFormat, csvFormat, rawFormat, debeziumJsonFormat]

/** Formats that are known by name but not to be had, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = lookup({
  parquet: 'write the data as json or csv (gzip or zstd compressed if it is large), for example with DuckDB: COPY … TO \'data.ndjson\'',
})

/** The built-in ones. */
export const FORMAT_NAMES: readonly string[] = FORMATS.map((format) => format.name)

/** The options of every built-in format, for a connector that takes all of them. */
export const FORMAT_OPTIONS: OptionTable = Object.assign({}, ...FORMATS.map((format) => format.options)) as OptionTable

/**
 * Formats of modules that this thread has loaded, by {@link LoadedFormat.address}. Whoever loads a job's connectors loads its formats too;
 * an address names one module, which a thread loads once, so that two jobs with modules of the same name are no trouble.
 */
const LOADED = new Map<string, RecordFormat>()

/** A format and where it comes from. */
export interface LoadedFormat {
  /** URL of its module, `#` and its name; null if it is built in. */
  readonly address: string | null
  readonly format: RecordFormat
}

/** Makes a format of a module known to this thread. Called before a connector asks for it. */
export function installFormat(address: string, format: RecordFormat): void {
  LOADED.set(address, format)
}

/** The built-in format of that name, or undefined; `ndjson` is another name of `json`. */
export function builtInFormat(name: string): RecordFormat | undefined {
  const wanted = name.toLowerCase() === 'ndjson' ? 'json' : name.toLowerCase()
  return FORMATS.find((candidate) => candidate.name === wanted)
}

/**
 * The format of that name: a built-in one, or one that the planner has noted in the table.
 *
 * @param table whose options name it. Left out: only built-in formats are found
 * @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED
 */
export function formatOf(name: string, table?: TableDefinition): RecordFormat {
  const builtIn = builtInFormat(name)
  if (builtIn !== undefined) return builtIn
  const address = table?.formats !== undefined && Object.hasOwn(table.formats, name) ? table.formats[name] : undefined
  const loaded = address === undefined ? undefined : LOADED.get(address)
  if (loaded !== undefined) return loaded
  throw unknownFormat(name)
}

/** @param packaged names of formats that packages have */
export function unknownFormat(name: string, packaged: readonly string[] = []): MillraceError {
  const instead = REFUSED[name.toLowerCase()]
  if (instead !== undefined) return new MillraceError('SQL_UNSUPPORTED', `the format \`${name}\` is not supported yet: ${instead}`)
  const alternatives = [...FORMAT_NAMES, ...packaged]
  const suggestion = nearestName(name.toLowerCase(), alternatives)
  const near = suggestion === undefined ? '' : `.  did you mean \`${suggestion}\`?`
  return new MillraceError('OPTION_INVALID', `no format \`${name}\`; formats: ${alternatives.join(', ')}${near}`,
    { alternatives, ...(suggestion === undefined ? {} : { suggestion }) })
}
