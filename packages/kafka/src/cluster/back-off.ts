import { RETRY_MS, RETRY_MS_MAX } from '../limits.js'

/** How long to wait before attempt `attempt` (1: the second one): twice as long each time, and never quite as long as others wait. */
export function backOffMs(attempt: number): number {
  return Math.min(RETRY_MS * 2 ** (attempt - 1), RETRY_MS_MAX) * (0.75 + Math.random() / 4)
}

/** Resolves early, and without an error, when `signal` is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
