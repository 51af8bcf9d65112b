import { MillraceError, type SpillFactory } from '@millrace/core'
import { pathToFileURL } from 'node:url'
import { resolveModule } from './resolve-module.js'

/** The package that keeps state beyond memory. It has native code, so it comes with no other package of ours. */
const PACKAGE = '@millrace/lmdb'

/**
 * Finds {@link PACKAGE} on the main thread; workers import it by its URL.
 *
 * @param bases as those of connectors
 * @throws MillraceError STATE_STORE_MISSING
 */
export function findSpillModule(bases: readonly string[]): string {
  const path = resolveModule(PACKAGE, bases)
  if (path !== null) return pathToFileURL(path).href
  throw new MillraceError('STATE_STORE_MISSING', `'state.memory-limit' needs the package ${PACKAGE}, which is in none of ${bases.join(', ')}; `
    + `run: npm install ${PACKAGE}`)
}

/** @throws MillraceError STATE_STORE_MISSING: its binary is not there for this system */
export async function importSpill(url: string): Promise<SpillFactory> {
  try {
    const { spill } = (await import(url)) as { readonly spill: SpillFactory }
    return spill
  } catch (cause) {
    throw new MillraceError('STATE_STORE_MISSING', `${url} cannot be loaded: ${(cause as Error).message}; run again: npm install ${PACKAGE}`, {}, { cause })
  }
}
