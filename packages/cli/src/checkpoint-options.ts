import { parseDurationMs, partialRestoreNote } from '@millrace/core'
import type { Job, RunOptions } from '@millrace/runtime'
import { usageError } from './usage-error.js'

/** What the command line says of checkpoints. */
export interface CheckpointFlags {
  readonly checkpoint?: string
  readonly checkpointInterval?: string
  readonly restore?: boolean
  readonly drain?: 'suspend' | 'finish'
  readonly allowPartialRestore?: boolean
  readonly restartLimit?: string
}

/** @throws MillraceError USAGE */
export function checkpointOptions(flags: CheckpointFlags): Pick<RunOptions, 'checkpoint' | 'commitIntervalMs' | 'restart'> {
  const { checkpoint, checkpointInterval, restore, drain, restartLimit, allowPartialRestore = false } = flags
  if (allowPartialRestore && restore !== true) throw usageError('--allow-partial-restore goes with --restore')
  if (checkpoint === undefined) {
    const alone = restore === true ? '--restore' : drain !== undefined ? '--drain' : null
    if (alone !== null) throw usageError(`${alone} goes with --checkpoint DIR, which says where checkpoints are kept`)
    // Whether it has a meaning without a directory, the tables of the job say.
    return {
      ...(checkpointInterval === undefined ? {} : { commitIntervalMs: intervalOf(checkpointInterval) }),
      ...(restartLimit === undefined ? {} : { restart: { limit: restartsOf(restartLimit) } }),
    }
  }
  return {
    checkpoint: {
      address: checkpoint,
      restore: restore === true,
      allowPartialRestore,
      ...(checkpointInterval === undefined ? {} : { intervalMs: intervalOf(checkpointInterval) }),
      ...(drain === undefined ? {} : { onDrain: drain }),
    },
    ...(restartLimit === undefined ? {} : { restart: { limit: restartsOf(restartLimit) } }),
  }
}

function intervalOf(text: string): number {
  const ms = parseDurationMs(text)
  if (ms === null) throw usageError(`--checkpoint-interval ${text}: give a duration such as 10s, 500ms or 1m`)
  return ms
}

function restartsOf(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw usageError(`--restart-limit ${text}: give a whole number from 0`)
  return Number(text)
}

/** Says where the job goes on. */
export function noteRestored({ restored, group }: Job, { checkpoint, restore, allowPartialRestore }: CheckpointFlags, note: (text: string) => void): void {
  for (const { epoch, reason } of restored?.damaged ?? []) note(`passed over the checkpoint of epoch ${epoch}: ${reason}`)
  if (restored !== null) note(restored.ended ? `the job of ${checkpoint} had come to its end: nothing is left to do` : `restored from epoch ${restored.epoch} of ${checkpoint}`)
  if (restored !== null && allowPartialRestore === true && restored.lost.length + restored.fresh.length > 0) note(`the query has changed:\n${partialRestoreNote(restored)}`)
  if (restored === null && restore === true && group === null) note(`no checkpoint in ${checkpoint}: the job starts afresh`)
}
