import { MillraceError } from '../errors.js'
import { CHECKPOINT_RETRY_MS, CHECKPOINT_TRIES_MAX } from '../limits.js'
import type { CheckpointStore } from './checkpoint-store.js'

/**
 * The same store, asked again where it fails in a way that may pass: CHECKPOINT_TRIES_MAX times in all, each time after twice as long.
 * What it is given to put waits in memory meanwhile, and the pipelines go on.
 *
 * @param isWanted false once nobody waits any more
 */
export function retryingStore(store: CheckpointStore, sleepMs: (ms: number) => Promise<void>, isWanted: () => boolean = () => true): CheckpointStore {
  const retrying = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return await work()
      } catch (error) {
        const passes = error instanceof MillraceError && error.retry
        if (!passes || tried === CHECKPOINT_TRIES_MAX || !isWanted()) throw error
        await sleepMs(CHECKPOINT_RETRY_MS * 2 ** (tried - 1))
      }
    }
  }
  return {
    put: (name, parts) => retrying(() => store.put(name, parts)),
    get: (name) => retrying(() => store.get(name)),
    list: (prefix) => retrying(() => store.list(prefix)),
    remove: (names) => retrying(() => store.remove(names)),
    close: () => store.close(),
  }
}
