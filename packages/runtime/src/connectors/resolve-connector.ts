import { MillraceError, nearestName } from '@millrace/core'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ConnectorAddress } from './connector-address.js'
import { BUILT_IN_NAMES } from './built-in.js'

/** Names whose package is called otherwise. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([['nexmark', '@millrace/datagen#nexmark']])

/** What a text has no need to name: it is what bare SELECTs write to. */
const INTERNAL_NAME = 'result'
const PACKAGED_NAMES = ['file', 'datagen', 'kafka']

const DEFAULT_EXPORT = 'connector'

/**
 * Finds what stands in `'connector' = '…'`: a built-in one, then `@millrace/NAME`, then `millrace-connector-NAME`, then a
 * module specifier with an optional export (`./mine.js#orders`). Packages are looked for from each base in turn, relative
 * modules from the first.
 *
 * @param bases directories (absolute): that of the SQL file, the working directory, those the embedder names
 * @throws MillraceError CONNECTOR_UNKNOWN
 */
export function resolveConnector(name: string, bases: readonly string[]): ConnectorAddress {
  if ((BUILT_IN_NAMES as readonly string[]).includes(name)) return { kind: 'built-in', name }
  for (const candidate of candidatesOf(name)) {
    const hash = candidate.indexOf('#')
    const specifier = hash < 0 ? candidate : candidate.slice(0, hash)
    const exportName = hash < 0 ? DEFAULT_EXPORT : candidate.slice(hash + 1)
    const path = resolveModule(specifier, bases)
    if (path !== null) return { kind: 'module', name, url: pathToFileURL(path).href, exportName }
  }
  throw unknown(name, bases)
}

function candidatesOf(name: string): string[] {
  if (!/^[a-z][a-z0-9-]*$/i.test(name)) return [name]
  return [ELSEWHERE.get(name) ?? `@millrace/${name}`, `millrace-connector-${name}`, name]
}

function resolveModule(specifier: string, bases: readonly string[]): string | null {
  if (specifier.startsWith('file:')) return existing(fileURLToPath(specifier))
  if (isAbsolute(specifier)) return existing(specifier)
  if (/^\.\.?[/\\]/.test(specifier)) {
    for (const base of bases) {
      const path = existing(resolve(base, specifier))
      if (path !== null) return path
    }
    return null
  }
  for (const base of bases) {
    const path = resolvePackage(specifier, base)
    if (path !== null) return path
  }
  return null
}

function existing(path: string): string | null {
  return existsSync(path) ? path : null
}

function resolvePackage(specifier: string, base: string): string | null {
  try {
    const path = createRequire(join(base, 'from.js')).resolve(specifier)
    return isAbsolute(path) ? path : null
  } catch (error) {
    // A package for `import` alone is invisible to `require`.
    return (error as { code?: string }).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? resolveImportOnly(specifier, base) : null
  }
}

function resolveImportOnly(specifier: string, base: string): string | null {
  const [, packageName, subpath] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? []
  if (packageName === undefined) return null
  for (let folder = base; ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', packageName)
    if (existsSync(join(root, 'package.json'))) {
      const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports?: unknown }
      const target = importTarget(exports, `.${subpath ?? ''}`)
      return target === null ? null : existing(join(root, target))
    }
    if (dirname(folder) === folder) return null
  }
}

/** The file that `import` gets for an exact sub-path of a package's `exports`. */
function importTarget(exports: unknown, subpath: string): string | null {
  if (typeof exports === 'string') return subpath === '.' ? exports : null
  if (typeof exports !== 'object' || exports === null) return null
  const table = exports as Record<string, unknown>
  const entry = Object.keys(table).some((key) => key.startsWith('.')) ? table[subpath] : subpath === '.' ? table : undefined
  return conditionTarget(entry)
}

function conditionTarget(entry: unknown): string | null {
  if (typeof entry === 'string') return entry
  if (typeof entry !== 'object' || entry === null) return null
  for (const [condition, target] of Object.entries(entry)) {
    if (condition === 'import' || condition === 'node' || condition === 'default') {
      const found = conditionTarget(target)
      if (found !== null) return found
    }
  }
  return null
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
