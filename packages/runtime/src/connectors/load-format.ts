import { builtInFormat, FORMAT_NAMES, type LoadedFormat, MillraceError, type RecordFormat, unknownFormat } from '@millrace/core'
import type { ModuleTrust } from '../trusted-module.js'
import { findPackaged } from './find-packaged.js'

/** Formats whose package is called otherwise. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([['avro-confluent', '@millrace/avro']])
const PACKAGED_NAMES = ['avro', 'avro-confluent', 'protobuf']

const FORMAT_PACKAGE = /^(?:@millrace\/|millrace-format-)[a-z0-9-]+$/i

/**
 * Finds and imports what stands in `'format' = '…'`: a built-in one, then `@millrace/NAME`, then `millrace-format-NAME`, then a module
 * specifier. A module exports `formats`; behind a `#` stands which of them.
 *
 * @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED, CONNECTOR_INVALID, MODULE_REFUSED
 */
export async function findFormat(name: string, bases: readonly string[], trust: ModuleTrust = null): Promise<LoadedFormat> {
  const builtIn = builtInFormat(name)
  if (builtIn !== undefined) return { format: builtIn, address: null }
  const isPlain = /^[a-z][a-z0-9-]*$/i.test(name)
  const lower = name.toLowerCase()
  const candidates = isPlain ? [ELSEWHERE.get(lower) ?? `@millrace/${lower}`, `millrace-format-${lower}`, name] : [name]
  const found = findPackaged(name, candidates, FORMAT_PACKAGE, bases, trust)
  if (found === null) {
    if (!PACKAGED_NAMES.includes(lower)) throw unknownFormat(name, PACKAGED_NAMES)
    throw new MillraceError('OPTION_INVALID', `the format \`${name}\` is in a package that is not installed: npm install ${candidates[0]}`)
  }
  const wanted = found.fragment ?? (isPlain ? lower : null)
  const format = await importFormat(found.url, wanted)
  return { format, address: `${found.url}#${format.name}` }
}

/** Imports a format by its address, in any thread. @throws MillraceError CONNECTOR_INVALID */
export async function loadFormat(address: string): Promise<RecordFormat> {
  const hash = address.lastIndexOf('#')
  return importFormat(address.slice(0, hash), address.slice(hash + 1))
}

/** @param name null: the only one */
async function importFormat(url: string, name: string | null): Promise<RecordFormat> {
  const formats = formatsIn(await importModule(url))
  const format = name === null && formats.length === 1 ? formats[0] : formats.find((candidate) => candidate.name === name)
  if (format !== undefined) return format
  const names = formats.map((candidate) => candidate.name).join(', ')
  if (formats.length === 0) throw new MillraceError('CONNECTOR_INVALID', `${url} exports no formats: export const formats = [ … ]`)
  const which = name === null ? 'exports several formats; name one behind a #' : `exports no format \`${name}\``
  throw new MillraceError('CONNECTOR_INVALID', `${url} ${which}: it has ${names}`, { alternatives: [...FORMAT_NAMES, ...formats.map((f) => f.name)] })
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (cause) {
    throw new MillraceError('CONNECTOR_INVALID', `${url} cannot be loaded: ${(cause as Error).message}`, {}, { cause })
  }
}

function formatsIn(module: Record<string, unknown>): RecordFormat[] {
  const { formats } = module
  return Array.isArray(formats) ? formats.filter(isFormat) : []
}

function isFormat(value: unknown): value is RecordFormat {
  if (typeof value !== 'object' || value === null) return false
  const { name, options, check, messageDecoder, encoder } = value as Partial<RecordFormat>
  return typeof name === 'string' && typeof options === 'object' && [check, messageDecoder, encoder].every((part) => typeof part === 'function')
}
