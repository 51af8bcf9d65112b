import { CHECKPOINTS_KEPT, MillraceError } from '@millrace/core'
import { CHECKPOINT_INTERVAL_MS_DEFAULT, CHECKPOINT_TICK_MS, CHECKPOINT_TIMEOUT_MS_DEFAULT } from '../limits.js'

/** How a job is checkpointed, so that it can go on after a crash. */
export interface CheckpointOptions {
  /**
   * Where: a directory (relative to the working directory) or `file:` URL; `s3://…` where a package for it is installed. Of one job
   * alone.
   */
  readonly address: string
  /** From one checkpoint to the next; default 10,000. Null: only when `Job.checkpoint` asks for it, and at the end. */
  readonly intervalMs?: number | null
  /**
   * Goes on from the newest whole checkpoint, and starts afresh where there is none. Default false: a place that holds an unfinished job
   * is refused with CHECKPOINT_EXISTS.
   */
  readonly restore?: boolean
  /**
   * Lets `restore` go on with a query that was edited so that some state is lost, or begins empty behind tables that go on. Default false:
   * that is refused with RESTORE_MISMATCH, which lists both.
   */
  readonly allowPartialRestore?: boolean
  /** How many are kept; default 3. */
  readonly keep?: number
  /** How long one may take; default 600,000. */
  readonly timeoutMs?: number
  /**
   * What `Job.drain` does. `suspend` (default): takes a checkpoint and stops there, so that `restore` goes on exactly; windows that are
   * open stay open. `finish`: ends the job as if its tables had ended.
   */
  readonly onDrain?: 'suspend' | 'finish'
}

export type CheckpointSettings = Required<CheckpointOptions>

/** @throws MillraceError OPTION_INVALID */
export function checkpointSettings(options: CheckpointOptions): CheckpointSettings {
  const {
    address, intervalMs = CHECKPOINT_INTERVAL_MS_DEFAULT, restore = false, allowPartialRestore = false, keep = CHECKPOINTS_KEPT, timeoutMs = CHECKPOINT_TIMEOUT_MS_DEFAULT,
    onDrain = 'suspend',
  } = options
  if (typeof address !== 'string' || address === '') throw invalid('address', address, 'a directory')
  if (intervalMs !== null) checkMs('intervalMs', intervalMs)
  checkMs('timeoutMs', timeoutMs)
  if (!Number.isInteger(keep) || keep < 1) throw invalid('keep', keep, 'a whole number from 1')
  if (onDrain !== 'suspend' && onDrain !== 'finish') throw invalid('onDrain', onDrain, `'suspend' or 'finish'`)
  return { address, intervalMs, restore, allowPartialRestore, keep, timeoutMs, onDrain }
}

function checkMs(name: string, ms: number): void {
  if (!(ms >= CHECKPOINT_TICK_MS && ms < 2 ** 31)) throw invalid(name, ms, `milliseconds from ${CHECKPOINT_TICK_MS}`)
}

function invalid(name: string, value: unknown, wanted: string): MillraceError {
  return new MillraceError('OPTION_INVALID', `checkpoint.${name} is ${String(value)}: give ${wanted}`)
}
