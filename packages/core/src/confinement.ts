import { dirname, relative, isAbsolute, resolve } from 'node:path'
import { MillraceError } from './errors.js'

/** What is asked of the file system; connectors have it, core has not. */
export interface PathFacts {
  /** Where a path leads once all links are followed, or null where nothing is there. */
  realPath(path: string): string | null
  /** Whether a link stands there, even one that leads nowhere. */
  isLink(path: string): boolean
}

/**
 * Holds a path of a confined job to its directory: neither `..`, nor an absolute path, nor a link on its way may lead out. What does not
 * exist yet is judged by the nearest directory above it that does.
 *
 * It is right at the moment at which it is asked. Who can replace directories by links between the question and the opening of a file
 * gets out: connectors ask again right before they open.
 *
 * @param path absolute
 * @param directory absolute; may be reached through links itself
 * @throws MillraceError PATH_OUTSIDE
 */
export function checkConfined(path: string, directory: string, facts: PathFacts): void {
  const root = facts.realPath(directory)
  if (root === null) throw new MillraceError('PATH_OUTSIDE', `the job is confined to ${directory}, which does not exist`)
  let at = resolve(path)
  const rest: string[] = []
  for (;;) {
    const real = facts.realPath(at)
    if (real !== null) {
      if (!isWithin(rest.length === 0 ? real : resolve(real, ...rest.reverse()), root)) throw outside(path, directory)
      return
    }
    // Whoever writes there would make what it points at, wherever that is.
    if (facts.isLink(at) || dirname(at) === at) throw outside(path, directory)
    rest.push(relative(dirname(at), at))
    at = dirname(at)
  }
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (!/^\.\.(?:[/\\]|$)/.test(way) && !isAbsolute(way))
}

function outside(path: string, directory: string): MillraceError {
  return new MillraceError('PATH_OUTSIDE', `${path} leads out of ${directory}, to which this job is confined; use a path inside it`)
}
