import type { TableDefinition } from '@millrace/core'
import { checkConfined, MillraceError, type PathFacts } from '@millrace/core'
import { lstatSync, realpathSync } from 'node:fs'

/** The directory that the paths of a table must not leave; none where it is not confined. */
export type Confinement = Pick<TableDefinition, 'confinedTo'>

const facts: PathFacts = {
  realPath: (path) => {
    try {
      return realpathSync.native(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      throw new MillraceError('PATH_OUTSIDE', `where ${path} leads cannot be told: ${(error as Error).message}`, {}, { cause: error })
    }
  },
  isLink: (path) => {
    try {
      return lstatSync(path).isSymbolicLink()
    } catch {
      return false
    }
  },
}

/** @throws MillraceError PATH_OUTSIDE */
export function confined(path: string, { confinedTo }: Confinement): string {
  if (confinedTo !== undefined) checkConfined(path, confinedTo, facts)
  return path
}
