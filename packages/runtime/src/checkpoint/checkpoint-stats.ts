import type { JobCheckpoints } from './job-checkpoints.js'

/** What a job's checkpoints have been like so far. */
export interface CheckpointStats {
  /** Taken since the job was started, or started again. */
  readonly count: number
  /** How often it has gone on by itself after a failure. */
  readonly restarts: number
  /** The epoch it went on from; null where it began. */
  readonly restoredEpoch: number | null
  /** The last epoch that was committed; null where none was. */
  readonly lastEpoch: number | null
  /** When that was, milliseconds since 1970, and what it took, from the first worker's being asked to the commit. */
  readonly lastAtMs: number | null
  readonly lastDurationMs: number | null
  /** Bytes of state that were written for it. */
  readonly lastBytes: number | null
  /** The longest time in which a pipeline did nothing but take a snapshot. */
  readonly pauseMsMax: number
}

/** Of an attempt that has taken none yet. */
export function newCheckpointStats({ restored, restarts }: JobCheckpoints): CheckpointStats {
  const restoredEpoch = restored?.snapshot.epoch ?? null
  return { count: 0, restarts, restoredEpoch, lastEpoch: restoredEpoch, lastAtMs: null, lastDurationMs: null, lastBytes: null, pauseMsMax: 0 }
}
