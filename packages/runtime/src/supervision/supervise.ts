import type { MillraceError } from '@millrace/core'
import { decideRestart, type RestartPolicy } from './restart-decision.js'

/** One attempt to bring a job to its end. */
export interface Attempt {
  /** Rejects with a MillraceError. */
  run(): Promise<void>
  /** Checkpoints that it has completed: with one, what failed before counts no more. */
  readonly checkpointsTaken: number
  /** True where it has ended at a checkpoint for another to go on from there at once. Left out: it has come to its end. */
  readonly goesOn?: boolean
}

/** What became of the attempt before one. */
export type Before = 'nothing' | 'goes on' | 'failed'


export interface Supervised<A extends Attempt> {
  readonly policy: RestartPolicy
  readonly checkpointed: boolean
  /** Makes an attempt that goes on where the last checkpoint was taken; null where nothing is to be done any more. */
  begin(before: Before): Promise<A | null>
  /** Whether the job goes on after an error that would end others. Left out: after none. */
  forgives?(error: MillraceError): boolean
  /** Told of each failure after which the job goes on. */
  restarting(error: MillraceError, afterMs: number, failures: number): void
  /** Resolves after `ms`, or as soon as somebody wants the job to stop. */
  wait(ms: number): Promise<void>
}

/**
 * Runs attempts until one has come to its end.
 *
 * @returns the one that has, or null where nothing was to be done
 * @throws MillraceError the last failure, where the job is not to go on
 */
export async function supervise<A extends Attempt>(job: Supervised<A>): Promise<A | null> {
  let failures = 0
  let before: Before = 'nothing'
  for (;;) {
    let attempt: A | null = null
    try {
      attempt = await job.begin(before)
      if (attempt === null) return null
      await attempt.run()
      if (attempt.goesOn !== true) return attempt
      before = 'goes on'
      if (attempt.checkpointsTaken > 0) failures = 0
    } catch (thrown) {
      const error = thrown as MillraceError
      before = 'failed'
      failures = attempt !== null && attempt.checkpointsTaken > 0 ? 1 : failures + 1
      const decision = decideRestart({ error: job.forgives?.(error) === true ? PASSES : error, checkpointed: job.checkpointed, failures, policy: job.policy })
      if (decision.kind === 'fail') throw decision.why === 'too often' ? givenUp(error, failures) : error
      job.restarting(error, decision.afterMs, failures)
      await job.wait(decision.afterMs)
    }
  }
}

const PASSES = { domain: 'external', retry: true } as const

function givenUp(error: MillraceError, failures: number): MillraceError {
  error.message += ` (given up after ${failures} failures without a checkpoint between them)`
  return error
}
