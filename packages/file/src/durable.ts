import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SYNCS_AT_ONCE_MAX } from './limits.js'
import { unwritable } from './part-file.js'

/**
 * Brings files and their names to the disk, while the thread does something else: the files, then once each the directories that name
 * them.
 *
 * @throws MillraceError SINK_UNWRITABLE
 */
export async function makeDurable(files: readonly string[], directories: Iterable<string> = []): Promise<void> {
  await eachOf(files, syncFile)
  await syncDirectories([...directories, ...files.map(dirname)])
}

/** @throws MillraceError SINK_UNWRITABLE */
export async function syncDirectories(directories: readonly string[]): Promise<void> {
  await eachOf([...new Set(directories)], syncDirectory)
}

/** All of them, a few at a time: each takes a thread of libuv's pool for as long as the disk needs. */
async function eachOf(paths: readonly string[], action: (path: string) => Promise<void>): Promise<void> {
  const left = [...paths].reverse()
  const one = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      try {
        await action(path)
      } catch (error) {
        throw unwritable(path, error)
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(SYNCS_AT_ONCE_MAX, paths.length) }, one))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What systems say on which a directory cannot be opened or synced. Names are then as durable as the system makes them. */
const CANNOT_SYNC_DIRECTORIES: readonly (string | undefined)[] = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF']

async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  } catch (error) {
    if (!CANNOT_SYNC_DIRECTORIES.includes((error as NodeJS.ErrnoException).code)) throw error
  }
}
