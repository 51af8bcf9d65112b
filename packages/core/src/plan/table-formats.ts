import type { Connector, OptionTable } from '../connector.js'
import type { LoadedFormat } from '../formats/format-registry.js'
import { builtInFormat, installFormat, unknownFormat } from '../formats/format-registry.js'
import type { Option } from '../sql/ast.js'
import { describeOption } from './check-options.js'
import { placedLater } from './placed.js'

/** Options that name a format, and what stands before the options of that format. */
const PREFIXES: Readonly<Record<string, readonly string[]>> = { 'format': [''], 'value.format': ['', 'value.'], 'key.format': ['key.'] }

/** The formats that the options of a table name. */
export interface TableFormats {
  /** What they add to the options of the connector. */
  readonly options: OptionTable
  /** See `TableDefinition.formats`; undefined where all are built in. */
  readonly addresses: Readonly<Record<string, string>> | undefined
}

/** Loads a format of a package by what stands in `'format' = '…'`. @throws MillraceError OPTION_INVALID, CONNECTOR_INVALID, MODULE_REFUSED */
export type LoadFormat = (name: string) => Promise<LoadedFormat>

/** Finds the formats that a table names, as far as its connector takes such options. */
export async function formatsOfTable(given: readonly Option[], connector: Connector, load: LoadFormat): Promise<TableFormats> {
  const taken = { ...connector.writer?.options, ...connector.reader?.options }
  const options: Record<string, OptionTable[string]> = {}
  const addresses: Record<string, string> = {}
  for (const { key, value, span } of given) {
    const option = key.toLowerCase()
    const prefixes = Object.hasOwn(PREFIXES, option) ? PREFIXES[option]! : []
    const described = describeOption(option, taken)
    // A connector that lists the formats it takes refuses others itself.
    if (prefixes.length === 0 || described === undefined || (described.values?.includes(value.toLowerCase()) === false)) continue
    const { format, address } = await placedLater(span, load(value))
    if (address !== null) {
      installFormat(address, format)
      addresses[value] = address
    }
    // The format asks for what it needs, under whichever of its names.
    for (const [name, description] of Object.entries(format.options)) {
      for (const prefix of prefixes) options[prefix + name] = { ...description, required: false }
    }
  }
  return { options, addresses: Object.keys(addresses).length === 0 ? undefined : addresses }
}

/** Where nobody loads modules. */
export async function builtInFormats(name: string): Promise<LoadedFormat> {
  const format = builtInFormat(name)
  if (format === undefined) throw unknownFormat(name)
  return { format, address: null }
}
