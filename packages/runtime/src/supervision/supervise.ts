import type { MillraceError } from '@millrace/core'
import { decideRestart, type RestartPolicy } from './restart-decision.js'

/** One attempt to bring a job to its end. */
export interface Attempt {
  /** Rejects with a MillraceError. */
  run(): Promise<void>
  /** Checkpoints that it has completed: with one, what failed before counts no more. */
  readonly checkpointsTaken: number
}

export interface Supervised<A extends Attempt> {
  readonly policy: RestartPolicy
  readonly checkpointed: boolean
  /** Makes an attempt that goes on where the last checkpoint was taken; `restarts` says how many came before it. */
  begin(restarts: number): Promise<A>
  /** Told of each failure after which the job goes on. */
  restarting(error: MillraceError, afterMs: number, failures: number): void
  /** Resolves after `ms`, or as soon as somebody wants the job to stop. */
  wait(ms: number): Promise<void>
}

/**
 * Runs attempts until one has come to its end.
 *
 * @returns the one that has
 * @throws MillraceError the last failure, where the job is not to go on
 */
export async function supervise<A extends Attempt>(job: Supervised<A>): Promise<A> {
  let failures = 0
  for (let restarts = 0; ; restarts++) {
    let attempt: A | null = null
    try {
      attempt = await job.begin(restarts)
      await attempt.run()
      return attempt
    } catch (thrown) {
      const error = thrown as MillraceError
      failures = attempt !== null && attempt.checkpointsTaken > 0 ? 1 : failures + 1
      const decision = decideRestart({ error, checkpointed: job.checkpointed, failures, policy: job.policy })
      if (decision.kind === 'fail') throw decision.why === 'too often' ? givenUp(error, failures) : error
      job.restarting(error, decision.afterMs, failures)
      await job.wait(decision.afterMs)
    }
  }
}

function givenUp(error: MillraceError, failures: number): MillraceError {
  error.message += ` (given up after ${failures} failures without a checkpoint between them)`
  return error
}
