import { setImmediate, setTimeout } from 'node:timers/promises'

/** Lets the event loop run once: messages, timers and I/O that are ready. */
export function nextTurn(): Promise<void> {
  return setImmediate()
}

export function sleepMs(ms: number): Promise<void> {
  return setTimeout(ms)
}
