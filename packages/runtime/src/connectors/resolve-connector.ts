import { MillraceError, nearestName } from '@millrace/core'
import { resolveModule } from '../resolve-module.js'
import type { ModuleTrust } from '../trusted-module.js'
import type { ConnectorAddress } from './connector-address.js'
import { BUILT_IN_NAMES } from './built-in.js'
import { findPackaged } from './find-packaged.js'

/** Names whose package is called otherwise. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([['nexmark', '@millrace/datagen#nexmark']])

/** What a text has no need to name: it is what bare SELECTs write to. */
const INTERNAL_NAME = 'result'
const PACKAGED_NAMES = ['file', 'datagen', 'nexmark', 'kafka']

const DEFAULT_EXPORT = 'connector'

/** Packages that are connectors by their name: whoever has installed them meant them to be used in SQL. */
const CONNECTOR_PACKAGE = /^(?:@millrace\/|millrace-connector-)[a-z0-9-]+$/i

/**
 * Finds what stands in `'connector' = '…'`: a built-in one, then `@millrace/NAME`, then `millrace-connector-NAME`, then a
 * module specifier with an optional export (`./mine.js#orders`). Packages are looked for from each base in turn, relative
 * modules from the first.
 *
 * @param bases directories (absolute): that of the SQL file, the working directory, those the embedder names
 * @param trust which modules may be loaded besides packages that are connectors by their name
 * @throws MillraceError CONNECTOR_UNKNOWN, MODULE_REFUSED
 */
export function resolveConnector(name: string, bases: readonly string[], trust: ModuleTrust = null): ConnectorAddress {
  if ((BUILT_IN_NAMES as readonly string[]).includes(name)) return { kind: 'built-in', name }
  const found = findPackaged(name, candidatesOf(name), CONNECTOR_PACKAGE, bases, trust)
  if (found !== null) return { kind: 'module', name, url: found.url, exportName: found.fragment ?? DEFAULT_EXPORT }
  throw unknown(name, bases)
}

function candidatesOf(name: string): string[] {
  if (!/^[a-z][a-z0-9-]*$/i.test(name)) return [name]
  return [ELSEWHERE.get(name) ?? `@millrace/${name}`, `millrace-connector-${name}`, name]
}

function unknown(name: string, bases: readonly string[]): MillraceError {
  const isInstalled = (packaged: string): boolean => candidatesOf(packaged).some((candidate) => resolveModule(candidate, bases) !== null)
  const alternatives = [...BUILT_IN_NAMES.filter((builtIn) => builtIn !== INTERNAL_NAME), ...PACKAGED_NAMES.filter(isInstalled)]
  const suggestion = nearestName(name, alternatives)
  const looked = candidatesOf(name).map((candidate) => `'${candidate}'`).join(', ')
  const near = suggestion === undefined ? '' : `.  did you mean '${suggestion}'?`
  const message = `no connector '${name}': there are ${alternatives.join(', ')}${near}`
  const where = `for a package or module, looked for ${looked} from ${bases.join(', ')}`
  const details = { alternatives, ...(suggestion === undefined ? {} : { suggestion }) }
  return new MillraceError('CONNECTOR_UNKNOWN', `${message}\n  ${where}`, details)
}
