import { MillraceError, nearestName } from '@millrace/core'
import { pathToFileURL } from 'node:url'
import { resolveModule } from '../resolve-module.js'
import { checkTrusted, liesIn, type ModuleTrust } from '../trusted-module.js'
import type { ConnectorAddress } from './connector-address.js'
import { BUILT_IN_NAMES } from './built-in.js'

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
  for (const candidate of candidatesOf(name)) {
    const hash = candidate.indexOf('#')
    const specifier = hash < 0 ? candidate : candidate.slice(0, hash)
    const exportName = hash < 0 ? DEFAULT_EXPORT : candidate.slice(hash + 1)
    const isConnectorPackage = CONNECTOR_PACKAGE.test(specifier)
    if (!isConnectorPackage && trust?.modulesFrom === null) {
      // Whether a file is there is nothing that confined SQL is to learn.
      if (/^[./]|^file:|[/\\#]/.test(name)) checkTrusted(name, '', trust)
      continue
    }
    const path = resolveModule(specifier, isConnectorPackage && trust !== null ? bases.filter((base) => !liesIn(base, trust.confinedTo)) : bases)
    if (path !== null && !isConnectorPackage) checkTrusted(name, path, trust)
    if (path !== null && (trust === null || !liesIn(path, trust.confinedTo) || !isConnectorPackage)) return { kind: 'module', name, url: pathToFileURL(path).href, exportName }
  }
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
