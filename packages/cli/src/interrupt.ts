import { parseDurationMs } from '@millrace/core'
import type { Job } from '@millrace/runtime'
import { usageError } from './usage-error.js'

/** How long draining may take, unless the command line says otherwise: a little less than container platforms wait before they kill. */
const DRAIN_MS_DEFAULT = 25_000

/** @throws MillraceError USAGE */
export function drainMsOf({ drainTimeout }: { readonly drainTimeout?: string }): number {
  if (drainTimeout === undefined) return DRAIN_MS_DEFAULT
  const ms = parseDurationMs(drainTimeout)
  if (ms === null) throw usageError(`--drain-timeout ${drainTimeout}: give a duration such as 30s or 5m`)
  return ms
}

/**
 * The first SIGINT or SIGTERM drains the job: reading stops, what was read is finished and committed; a job with
 * checkpoints stops at one. A second one gives up without committing, and so does the end of the time for draining.
 */
export function onInterrupt(job: Job, note: (text: string) => void, drainMs: number): { happened(): boolean; release(): void } {
  let signals = 0
  let deadline: NodeJS.Timeout | undefined
  const handle = (signal: NodeJS.Signals): void => {
    signals++
    if (signals > 1) return void job.stop()
    note(`${signal}: draining; once more to give up`)
    deadline = setTimeout(() => {
      note(`not drained after ${drainMs / 1_000} s: giving up; --drain-timeout gives more time`)
      void job.stop()
    }, drainMs)
    // The outcome is that of `job.done`, which the command waits for.
    job.drain().catch(() => {})
  }
  process.on('SIGINT', handle).on('SIGTERM', handle)
  return {
    happened: () => signals > 0,
    release: () => {
      clearTimeout(deadline)
      process.off('SIGINT', handle).off('SIGTERM', handle)
    },
  }
}
