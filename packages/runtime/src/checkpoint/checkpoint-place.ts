import { CHECKPOINT_TIMEOUT_MS_DEFAULT } from '../limits.js'
import type { CheckpointSettings } from './checkpoint-options.js'
import type { JobCheckpoints } from './job-checkpoints.js'
import type { StoreAddress } from './store-address.js'

/** Where the checkpoints of a job are kept so that they outlive its process. */
export interface CheckpointPlace {
  readonly address: StoreAddress
  readonly settings: CheckpointSettings
  /** Null where another process may have the place now, and this one opens it when its turn has come. */
  readonly opened: JobCheckpoints | null
}

/** Of checkpoints in the memory of the process: only the last counts, and they are gone with it, so a drained job finishes. */
export function settingsInProcess(intervalMs: number | null): CheckpointSettings {
  return {
    address: 'the memory of the process', intervalMs, restore: true, allowPartialRestore: false, keep: 1, timeoutMs: CHECKPOINT_TIMEOUT_MS_DEFAULT, onDrain: 'finish',
  }
}
