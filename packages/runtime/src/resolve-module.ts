import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The file that a module specifier names: a path, a `file:` URL, or a package. Packages are looked for from each base in
 * turn, relative paths too.
 *
 * @param bases directories (absolute)
 * @returns an absolute path, or null where there is no such file
 */
export function resolveModule(specifier: string, bases: readonly string[]): string | null {
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
