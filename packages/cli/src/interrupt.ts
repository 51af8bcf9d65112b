import type { Job } from '@millrace/runtime'

/**
 * The first SIGINT or SIGTERM drains the job: reading stops, what was read is finished and committed; a job with
 * checkpoints stops at one. A second one gives up without committing.
 */
export function onInterrupt(job: Job, note: (text: string) => void): { happened(): boolean; release(): void } {
  let signals = 0
  const handle = (signal: NodeJS.Signals): void => {
    signals++
    if (signals === 1) {
      note(`${signal}: draining; once more to give up`)
      // The outcome is that of `job.done`, which the command waits for.
      job.drain().catch(() => {})
    } else void job.stop()
  }
  process.on('SIGINT', handle).on('SIGTERM', handle)
  return {
    happened: () => signals > 0,
    release: () => void process.off('SIGINT', handle).off('SIGTERM', handle),
  }
}
