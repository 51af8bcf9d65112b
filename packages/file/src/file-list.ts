import { MillraceError } from '@millrace/core'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { glob, isDynamicPattern } from 'tinyglobby'
import { confined, type Confinement } from './confined.js'
import type { Compression } from './options.js'
import { FILES_MAX } from './limits.js'
import { failureDetails } from './file-failure.js'

export interface SourceFile {
  readonly path: string
  readonly bytes: number
  readonly compression: Compression
}

/** Files that a directory or a glob does not mean: hidden ones, and those that a job is still writing. */
const IGNORED: readonly string[] = ['**/.*', '**/.*/**', '**/_*', '**/*.tmp']

/**
 * The files that a path means, in the order of their names. A directory means all files in it and below.
 *
 * Of a confined table, links to directories found on the way are not followed; links to files are, if they lead to one inside.
 *
 * @throws MillraceError SOURCE_MISSING, SOURCE_UNREADABLE, PATH_OUTSIDE
 */
export async function listFiles(
  table: string, path: string, compression: Compression | 'auto', confinement: Confinement = {},
): Promise<SourceFile[]> {
  const followSymbolicLinks = confinement.confinedTo === undefined
  const found = statOrNull(table, path)
  let paths: string[]
  if (found === 'file') paths = [path]
  else if (found === 'directory') paths = await glob('**/*', { cwd: path, absolute: true, ignore: [...IGNORED], followSymbolicLinks })
  else if (isDynamicPattern(path)) paths = await glob(path, { absolute: true, ignore: ['**/*.tmp'], followSymbolicLinks })
  else throw new MillraceError('SOURCE_MISSING', `table \`${table}\`: there is no file or directory ${path}`, { source: table })
  if (paths.length === 0) {
    const why = found === 'directory'
      ? `the directory ${path} has no files (hidden ones, _* and *.tmp do not count)`
      : `no file matches ${path}`
    throw new MillraceError('SOURCE_MISSING', `table \`${table}\`: ${why}`, { source: table })
  }
  if (paths.length > FILES_MAX) {
    throw new MillraceError('SOURCE_UNREADABLE',
      `table \`${table}\`: ${path} means ${paths.length} files, more than ${FILES_MAX}`, { source: table })
  }
  // By code unit and not by locale: the order must be the same on every machine.
  paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return paths.map((file) => fileOf(table, confined(file, confinement), compression))
}

function statOrNull(table: string, path: string): 'file' | 'directory' | null {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return null
    throw unreadable(table, path, error)
  }
}

function fileOf(table: string, path: string, compression: Compression | 'auto'): SourceFile {
  try {
    const { size } = statSync(path)
    return { path, bytes: size, compression: compression === 'auto' ? compressionOf(path) : compression }
  } catch (error) {
    throw unreadable(table, path, error)
  }
}

/** By the first bytes: a name may lie. Neither JSON nor CSV begins like this. */
function compressionOf(path: string): Compression {
  const first = Buffer.alloc(4)
  const fd = openSync(path, 'r')
  try {
    const count = readSync(fd, first, 0, 4, 0)
    if (count >= 2 && first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
    if (count === 4 && first.readUInt32LE(0) === 0xfd2fb528) return 'zstd'
    return 'none'
  } finally {
    closeSync(fd)
  }
}

export function unreadable(table: string, path: string, error: unknown): MillraceError {
  const reason = error instanceof Error ? error.message : String(error)
  return new MillraceError('SOURCE_UNREADABLE',
    `table \`${table}\`: ${path} cannot be read: ${reason}`, { source: table, ...failureDetails(error) }, { cause: error })
}
