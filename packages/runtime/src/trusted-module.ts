import { checkConfined, MillraceError, type PathFacts } from '@millrace/core'
import { existsSync, lstatSync, realpathSync } from 'node:fs'

/**
 * Which modules a job may load: null, any; else those whose files really lie in `modulesFrom`, if it is given, and never what lies in
 * `confinedTo`, where SQL may write.
 */
export type ModuleTrust = { readonly confinedTo: string; readonly modulesFrom: string | null } | null

/** Whether a file really lies in a directory. */
export function liesIn(path: string, directory: string): boolean {
  try {
    checkConfined(path, directory, FACTS)
    return true
  } catch {
    return false
  }
}

const FACTS: PathFacts = {
  realPath: (at) => (existsSync(at) ? realpathSync.native(at) : null),
  isLink: (at) => lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true,
}

/**
 * Refuses a module that SQL names and a confined job may not load: to load it is to run it, with all that the process may do, and who can
 * write a file through a table could write one that is a module.
 *
 * @param path of the module's file
 * @throws MillraceError MODULE_REFUSED
 */
export function checkTrusted(specifier: string, path: string, trust: ModuleTrust): void {
  if (trust === null) return
  if (trust.modulesFrom === null) {
    throw new MillraceError('MODULE_REFUSED', `'${specifier}' is not loaded: this job is confined and may run no code but SQL`)
  }
  if (liesIn(path, trust.modulesFrom)) return
  throw new MillraceError('MODULE_REFUSED', `'${specifier}' is not loaded: it is not in the directory from which this confined job may load modules`)
}
