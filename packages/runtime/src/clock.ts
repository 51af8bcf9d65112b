import { performance } from 'node:perf_hooks'

/** Microseconds since 1970 by the process's clock, which only goes forward. */
export function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000)
}
