import { MillraceError } from '@millrace/core'
import { renameSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { confined, type Confinement } from './confined.js'
import { syncDirectories } from './durable.js'
import { APPEND_PIECE_BYTES } from './limits.js'
import type { PreparedFile } from './part-file.js'
import { unwritable } from './part-file.js'

/**
 * Gives prepared files their final names, and adds to single files. What has been committed before is left as it is.
 *
 * @throws MillraceError SINK_UNWRITABLE, PATH_OUTSIDE
 */
export async function commitFiles(prepared: readonly unknown[], table: Confinement): Promise<void> {
  const files = filesOf(prepared)
  for (const { temporary, final } of files) {
    confined(final, table)
    if (temporary !== null) confined(temporary, table)
  }
  for (const file of files) {
    try {
      if (file.offset === 0) replace(file)
      else await append(file)
      await cutOff(file)
    } catch (error) {
      throw unwritable(file.final, error)
    }
  }
  await syncDirectories(files.map(({ final }) => dirname(final)))
}

export function removeFiles(prepared: readonly unknown[], table: Confinement): void {
  for (const { temporary } of filesOf(prepared)) if (temporary !== null) rmSync(confined(temporary, table), { force: true })
}

/** The handles of all writers; a writer without output has none. */
export function filesOf(prepared: readonly unknown[]): PreparedFile[] {
  return prepared.flatMap((handle) => (handle === null || handle === undefined ? [] : (handle as readonly PreparedFile[])))
}

function replace({ temporary, final }: PreparedFile): void {
  if (temporary !== null && sizeOf(temporary) !== null) renameSync(temporary, final)
}

/**
 * Adds a later epoch to a single file where earlier ones end. The temporary file goes when all of it is in the file for good, so that
 * a crash at any point leaves what it takes to do it again.
 */
async function append({ temporary, final, offset }: PreparedFile): Promise<void> {
  if (temporary === null || sizeOf(temporary) === null) return
  const size = sizeOf(final)
  if (size === null || size < offset) return
  const to = await open(final, 'r+')
  try {
    await to.truncate(offset)
    const from = await open(temporary, 'r')
    try {
      await copy(from, to, offset)
    } finally {
      await from.close()
    }
    await to.sync()
  } finally {
    await to.close()
  }
  rmSync(temporary, { force: true })
}

async function copy(from: FileHandle, to: FileHandle, offset: number): Promise<void> {
  const piece = Buffer.allocUnsafe(APPEND_PIECE_BYTES)
  for (let at = 0;;) {
    const { bytesRead } = await from.read(piece, 0, piece.length, at)
    if (bytesRead === 0) return
    for (let done = 0; done < bytesRead;) done += (await to.write(piece, done, bytesRead - done, offset + at + done)).bytesWritten
    at += bytesRead
  }
}

/**
 * Holds the file to what is committed. It has more where a job goes on from a checkpoint before its last, because that one was damaged:
 * epochs behind this one are going to be written again.
 */
async function cutOff(file: PreparedFile): Promise<void> {
  const end = file.offset + file.bytes
  const size = sizeOf(file.final)
  if (size === null || size < end) throw gone(file)
  if (size === end) return
  const handle = await open(file.final, 'r+')
  try {
    await handle.truncate(end)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}

function gone({ temporary, final, offset, bytes }: PreparedFile): MillraceError {
  const what = temporary === null ? `${final} is shorter than the ${offset + bytes} bytes that were committed` : `neither ${temporary} nor all of ${final} is there`
  return new MillraceError('SINK_UNWRITABLE', `${what}: somebody else has removed or changed what the job had written; put it back, or start afresh`)
}
