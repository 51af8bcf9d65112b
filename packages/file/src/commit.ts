import { MillraceError } from '@millrace/core'
import {
  closeSync, copyFileSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, truncateSync, writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { PreparedFile } from './part-file.js'
import { unwritable } from './part-file.js'

/** Gives prepared files their final names. What has been committed before is left as it is. */
export function commitFiles(prepared: readonly unknown[]): void {
  for (const file of filesOf(prepared)) {
    try {
      if (file.offset === 0) rename(file)
      else append(file)
      syncDirectory(dirname(file.final))
    } catch (error) {
      throw unwritable(file.final, error)
    }
  }
}

export function removeFiles(prepared: readonly unknown[]): void {
  for (const file of filesOf(prepared)) rmSync(file.temporary, { force: true })
}

/** The handles of all writers; a writer without output has none. */
function filesOf(prepared: readonly unknown[]): PreparedFile[] {
  return prepared.flatMap((handle) => (handle === null || handle === undefined ? [] : (handle as readonly PreparedFile[])))
}

function rename(file: PreparedFile): void {
  if (existsSync(file.temporary)) renameSync(file.temporary, file.final)
  else if (!existsSync(file.final)) throw gone(file)
}

/** A later epoch of a single file: the file so far and the new part, under a temporary name and then the final one. */
function append(file: PreparedFile): void {
  if (!existsSync(file.temporary)) {
    if (!existsSync(file.final)) throw gone(file)
    return
  }
  const whole = `${file.temporary}.whole.tmp`
  copyFileSync(file.final, whole)
  // If the renaming below had been done before a crash, the part is in the file already: it is cut off and added again.
  truncateSync(whole, file.offset)
  const fd = openSync(whole, 'a')
  try {
    const bytes = readFileSync(file.temporary)
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(whole, file.final)
  rmSync(file.temporary, { force: true })
}

function gone(file: PreparedFile): MillraceError {
  return new MillraceError('SINK_UNWRITABLE', `the prepared output ${file.temporary} has been removed by somebody else`)
}

/** Makes the renaming durable, where directories can be synced. */
function syncDirectory(path: string): void {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(fd)
  } catch {
    // Some file systems cannot; the file itself has been synced.
  } finally {
    closeSync(fd)
  }
}
