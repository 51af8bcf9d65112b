import { pathToFileURL } from 'node:url'
import { resolveModule } from '../resolve-module.js'
import { checkTrusted, liesIn, type ModuleTrust } from '../trusted-module.js'

export interface PackagedModule {
  readonly url: string
  /** What stands behind a `#`. */
  readonly fragment: string | null
}

/**
 * Finds the module that SQL means by a name.
 *
 * @param name as it stands in SQL
 * @param candidates module specifiers that it may stand for, the first that is there wins
 * @param trustedPackage matches packages that are meant for SQL by their name: whoever has installed them wants them to be used
 * @throws MillraceError MODULE_REFUSED
 */
export function findPackaged(
  name: string, candidates: readonly string[], trustedPackage: RegExp, bases: readonly string[], trust: ModuleTrust,
): PackagedModule | null {
  for (const candidate of candidates) {
    const hash = candidate.indexOf('#')
    const specifier = hash < 0 ? candidate : candidate.slice(0, hash)
    const fragment = hash < 0 ? null : candidate.slice(hash + 1)
    const isMeant = trustedPackage.test(specifier)
    if (!isMeant && trust?.modulesFrom === null) {
      // Whether a file is there is nothing that confined SQL is to learn.
      if (/^[./]|^file:|[/\\#]/.test(name)) checkTrusted(name, '', trust)
      continue
    }
    const path = resolveModule(specifier, isMeant && trust !== null ? bases.filter((base) => !liesIn(base, trust.confinedTo)) : bases)
    if (path !== null && !isMeant) checkTrusted(name, path, trust)
    if (path !== null && (trust === null || !liesIn(path, trust.confinedTo) || !isMeant)) return { url: pathToFileURL(path).href, fragment }
  }
  return null
}
