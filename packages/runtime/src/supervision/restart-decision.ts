import type { ErrorDomain } from '@millrace/core'
import { INTERNAL_RESTARTS_MAX } from '../limits.js'

/** What is known when an attempt to run a job has failed. */
export interface FailureFacts {
  readonly error: { readonly domain: ErrorDomain; readonly retry: boolean }
  /** Whether there is something to go on from: a job without checkpoints is not restarted. */
  readonly checkpointed: boolean
  /** Attempts that have failed since the last checkpoint that was completed, this one included. */
  readonly failures: number
  readonly policy: RestartPolicy
}

export interface RestartPolicy {
  /** Failures without a completed checkpoint between them after which a job is given up. 0: it is never restarted. */
  readonly limit: number
  /** Milliseconds before the first restart; each further one waits twice as long. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

export type RestartDecision =
  | { readonly kind: 'restart'; readonly afterMs: number }
  | { readonly kind: 'fail'; readonly why: 'not restartable' | 'too often' }

/**
 * Whether a failed job goes on from its last checkpoint: not where the user has to act first; where something outside has failed and may
 * come back, as often as the policy allows; where we have failed ourselves, a few times, because what was lost in memory is made anew.
 */
export function decideRestart({ error, checkpointed, failures, policy }: FailureFacts): RestartDecision {
  const limit = error.domain === 'internal' ? Math.min(policy.limit, INTERNAL_RESTARTS_MAX) : policy.limit
  if (!checkpointed || error.domain === 'user' || (error.domain === 'external' && !error.retry) || limit === 0) return { kind: 'fail', why: 'not restartable' }
  if (failures > limit) return { kind: 'fail', why: 'too often' }
  return { kind: 'restart', afterMs: Math.min(policy.backoffMsMax, policy.backoffMs * 2 ** (failures - 1)) }
}
