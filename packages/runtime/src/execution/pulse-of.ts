import { readCounters, WORKER_STATE } from '../counters.js'
import type { WatchedWorker } from '../supervision/watchdog.js'

/** A worker as its counters show it. */
export function pulseOf(memory: SharedArrayBuffer, index: number): WatchedWorker {
  return {
    index,
    get threadId() {
      return readCounters(memory, index).threadId
    },
    pulse: () => {
      const { state, heartbeat, turns } = readCounters(memory, index)
      return state === WORKER_STATE.running ? { rounds: heartbeat, turns } : null
    },
  }
}
