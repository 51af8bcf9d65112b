/** What whoever coordinates the workers of a job knows. */
export interface CheckpointFacts {
  readonly nowMs: number
  readonly workerCount: number
  /** Milliseconds from one checkpoint's beginning to the next; null where they are only taken when asked for. */
  readonly intervalMs: number | null
  /** How long a checkpoint may take until it is given up. */
  readonly timeoutMs: number
  /** Somebody wants one now. */
  readonly isAsked: boolean
  /** The highest epoch that was ever begun; 0 where none was. */
  readonly lastEpoch: number
  /** When it was begun, or when the job was, milliseconds. */
  readonly lastBeganMs: number
  /** The epoch that is under way, and how many workers have given their part of it. */
  readonly current: { readonly epoch: number; readonly taken: number } | null
}

/**
 * - `begin`: ask every worker for the barrier of `epoch`, those that have ended too.
 * - `commit`: all parts are there: store them, then commit what the writers have prepared.
 * - `fail`: the job has to go on from its last checkpoint: a barrier cannot be called back.
 */
export type CheckpointDecision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'begin' | 'commit' | 'fail'; readonly epoch: number }

/**
 * When checkpoints begin and end: one at a time, because a pipeline stands behind one barrier before it is asked for the next. Epochs
 * go up over all restarts, so that what an earlier run has prepared is never taken for that of a later one.
 */
export function decideCheckpoint(facts: CheckpointFacts): CheckpointDecision {
  const { nowMs, workerCount, intervalMs, timeoutMs, isAsked, lastEpoch, lastBeganMs, current } = facts
  if (current !== null) {
    if (current.taken === workerCount) return { kind: 'commit', epoch: current.epoch }
    return nowMs - lastBeganMs >= timeoutMs ? { kind: 'fail', epoch: current.epoch } : WAIT
  }
  const isDue = intervalMs !== null && nowMs - lastBeganMs >= intervalMs
  return isAsked || isDue ? { kind: 'begin', epoch: lastEpoch + 1 } : WAIT
}

const WAIT: CheckpointDecision = { kind: 'wait' }
