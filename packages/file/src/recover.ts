import { readdirSync, rmSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { dirname, join } from 'node:path'
import { syncDirectories } from './durable.js'
import { isTemporarySingle, partFilesOf, type JobFiles } from './output-names.js'
import { unwritable } from './part-file.js'
import { escapePathName } from './partition-path.js'

/**
 * Removes what earlier attempts of a job have left in a table's directory and the folders of its partitions: all their temporary
 * files, since what the checkpoint had prepared is committed by now, and committed files of epochs behind the checkpoint. There are some
 * of these where a later checkpoint was damaged: its epochs are going to be written again, perhaps by fewer workers and so into fewer
 * files. Files of other jobs are let be.
 *
 * @throws MillraceError SINK_UNWRITABLE
 */
export async function recoverParts(path: string, partitionedBy: readonly string[], jobId: string, epoch: number): Promise<void> {
  const touched: string[] = []
  recoverDirectory(path, partitionedBy, partFilesOf(jobId), epoch, touched)
  await syncDirectories(touched)
}

function recoverDirectory(directory: string, folders: readonly string[], files: JobFiles, epoch: number, touched: string[]): void {
  const [folder, ...below] = folders
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      if (folder !== undefined && entry.name.startsWith(`${escapePathName(folder)}=`)) recoverDirectory(path, below, files, epoch, touched)
    } else if (files.isTemporary(entry.name)) {
      remove(path)
    } else if ((files.epochOf(entry.name) ?? 0) > epoch) {
      remove(path)
      touched.push(directory)
    }
  }
}

/** Removes temporary files of a single file. Committing what the checkpoint had prepared has cut the file itself to its length. */
export function recoverSingle(path: string, jobId: string): void {
  const isTemporary = isTemporarySingle(path, jobId)
  const directory = dirname(path)
  for (const { name } of entriesOf(directory)) if (isTemporary(name)) remove(join(directory, name))
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    // Nothing was ever written into it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unwritable(directory, error)
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw unwritable(path, error)
  }
}
