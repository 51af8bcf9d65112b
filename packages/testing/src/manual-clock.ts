/** A clock that stands still until it is told to go. */
export interface ManualClock {
  /** Microseconds since 1970. */
  nowMicros(): number
  /** Milliseconds since the clock was made. */
  monotonicMs(): number
  advanceMs(ms: number): void
}

/** @param startMicros what `nowMicros` says at first; default 2026-01-01 00:00:00 UTC */
export function manualClock(startMicros = 1_767_225_600_000_000): ManualClock {
  let elapsedMs = 0
  return {
    nowMicros: () => startMicros + elapsedMs * 1_000,
    monotonicMs: () => elapsedMs,
    advanceMs: (ms) => {
      elapsedMs += ms
    },
  }
}
