import { checkObjectName, type CheckpointStore, type ErrorCode, MillraceError } from '@millrace/core'
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

/** Begins the name of what is being written: never an object's. */
const TEMPORARY = '.tmp-'

/**
 * Keeps checkpoints in a directory: an object is a file of its name.
 *
 * A file is written under a temporary name, brought to the disk (fsync) and renamed, then the directory is brought to the disk, and those
 * above it that were made: so it is there whole or not at all, after a crash of the machine too.
 *
 * @param path absolute; made where it does not exist
 * @throws MillraceError CHECKPOINT_UNWRITABLE
 */
export async function openDirectoryStore(path: string): Promise<CheckpointStore> {
  await attempt('CHECKPOINT_UNWRITABLE', path, () => makeDirectory(path))
  return new DirectoryStore(path)
}

/**
 * Removes what crashes have left half written. Called while nobody writes.
 *
 * @throws MillraceError CHECKPOINT_UNWRITABLE
 */
export async function sweepDirectory(path: string): Promise<void> {
  await attempt('CHECKPOINT_UNWRITABLE', path, async () => {
    for (const entry of await ifThere(readdir(path, { withFileTypes: true }), [])) {
      if (entry.isDirectory()) await removeTemporaries(join(path, entry.name))
    }
    await removeTemporaries(path)
  })
}

async function removeTemporaries(folder: string): Promise<void> {
  const names = await ifThere(readdir(folder), [])
  const temporary = names.filter((name) => name.startsWith(TEMPORARY))
  for (const name of temporary) await rm(join(folder, name), { force: true })
  if (temporary.length > 0 && temporary.length === names.length) await removeIfEmpty(folder)
}

class DirectoryStore implements CheckpointStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const target = this.#fileOf(name)
    return attempt('CHECKPOINT_UNWRITABLE', target, async () => {
      const folder = dirname(target)
      const temporary = join(folder, `${TEMPORARY}${randomUUID()}`)
      const file = await newFile(temporary)
      try {
        try {
          await writeAll(file, parts)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, target)
      } catch (error) {
        await unlink(temporary).catch(() => {})
        throw error
      }
      await syncDirectory(folder)
    })
  }

  get(name: string): Promise<Uint8Array | null> {
    const path = this.#fileOf(name)
    return attempt('CHECKPOINT_UNREADABLE', path, () => ifThere(readFile(path), null))
  }

  list(prefix: string): Promise<string[]> {
    return attempt('CHECKPOINT_UNREADABLE', this.#path, async () => {
      const entries = await ifThere(readdir(this.#path, { withFileTypes: true, recursive: true }), [])
      const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      const names = files.map((entry) => relative(this.#path, join(entry.parentPath, entry.name)).split(sep).join('/'))
      return names.filter((name) => name.startsWith(prefix)).sort()
    })
  }

  remove(names: readonly string[]): Promise<void> {
    return attempt('CHECKPOINT_UNWRITABLE', this.#path, async () => {
      const paths = names.map((name) => this.#fileOf(name))
      for (const path of paths) await ifThere(unlink(path), undefined)
      for (const folder of new Set(paths.map((path) => dirname(path)))) if (folder !== this.#path) await removeFolder(folder)
    })
  }

  async close(): Promise<void> {}

  #fileOf(name: string): string {
    checkObjectName(name)
    return join(this.#path, ...name.split('/'))
  }
}

/** Removes a folder of which no object is left, with what was never written to its end. */
async function removeFolder(folder: string): Promise<void> {
  const names = await ifThere(readdir(folder), null)
  if (names === null || !names.every((name) => name.startsWith(TEMPORARY))) return
  for (const name of names) await rm(join(folder, name), { force: true })
  await removeIfEmpty(folder)
}

/** Something may have come into it, or another may have removed it. */
async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
  })
}

async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** In a folder that is made where it is not there. */
async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await makeDirectory(dirname(path))
    return open(path, 'wx')
  }
}

/** All at one go, for each wait costs a worker a slice of its work: it looks after its files only in between. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let left = parts.filter((part) => part.length > 0)
  while (left.length > 0) {
    let { bytesWritten: written } = await file.writev(left)
    let whole = 0
    while (whole < left.length && left[whole]!.length <= written) written -= left[whole++]!.length
    left = left.slice(whole)
    if (left.length > 0) left[0] = left[0]!.subarray(written)
  }
}

/** Windows knows no fsync of a directory, and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function ifThere<T, None>(work: Promise<T>, none: None): Promise<T | None> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none
    throw error
  }
}

/** What stays as it is until somebody changes it. */
const DOES_NOT_PASS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP'])

async function attempt<T>(code: ErrorCode, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof MillraceError) throw error
    const what = code === 'CHECKPOINT_UNWRITABLE' ? 'cannot be written' : 'cannot be read'
    const { code: failure = '', message } = error as NodeJS.ErrnoException
    const details = DOES_NOT_PASS.has(failure) ? { retry: false } : {}
    throw new MillraceError(code, `checkpoint ${path} ${what}: ${message}`, details, { cause: error })
  }
}
