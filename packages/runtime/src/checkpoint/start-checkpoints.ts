import type { CompiledScript } from '@millrace/core/compile'
import { groupShareOf, MillraceError, type PhysicalPlan, rescaled, type Strategy } from '@millrace/core'
import { packageBases, type RunOptions } from '../options.js'
import type { CheckpointPlace } from './checkpoint-place.js'
import { checkpointSettings } from './checkpoint-options.js'
import { JobCheckpoints } from './job-checkpoints.js'
import { resolveStore } from './store-address.js'

/** What a job that is to go on at any number of workers is planned for: one that has exchanges wherever rows have to move. */
const PLANNED_WORKERS = 2

/**
 * How a text is planned: with checkpoints always in the same way, whatever runs it.
 *
 * @throws MillraceError OPTION_INVALID
 */
export function strategyToPlan(options: RunOptions, workerCount: number): { readonly strategy: Strategy | 'auto'; readonly workerCount: number } {
  const strategy = options.strategy ?? 'auto'
  if (options.checkpoint === undefined) return { strategy, workerCount }
  checkpointSettings(options.checkpoint)
  if (strategy === 'coordinator') throw coordinatorRefused()
  return { strategy: 'pipelines', workerCount: PLANNED_WORKERS }
}

/** The jobs of a text as they are to run. @throws MillraceError OPTION_INVALID */
export function placed(script: CompiledScript, options: RunOptions, workerCount: number): CompiledScript {
  if (options.checkpoint === undefined) return script
  return { ...script, jobs: script.jobs.map((job) => ({ ...job, plan: placedPlan(job.plan, options.strategy, workerCount) })) }
}

function placedPlan(plan: PhysicalPlan, asked: RunOptions['strategy'], workerCount: number): PhysicalPlan {
  // A SET of the text may have asked for another strategy.
  if (plan.strategy === 'coordinator') throw coordinatorRefused()
  if (plan.strategy === 'single') return plan
  return asked === 'single' ? { ...rescaled(plan, 1), strategy: 'single' } : rescaled(plan, workerCount)
}

function coordinatorRefused(): MillraceError {
  return new MillraceError('OPTION_INVALID', `strategy 'coordinator' takes no checkpoints: its one reader runs ahead of the workers; use 'pipelines' or 'auto'`)
}

/**
 * The checkpoints of a text that is about to run; null where it has no place for them. Those of a job that a group reads are opened when this
 * process has its turn.
 *
 * @throws MillraceError USAGE, OPTION_INVALID, CHECKPOINT_EXISTS, CHECKPOINT_CORRUPT, CHECKPOINT_FORMAT, CHECKPOINT_UNREADABLE,
 *   CHECKPOINT_UNWRITABLE
 */
export async function openCheckpoints(script: CompiledScript, options: RunOptions, newJobId: string): Promise<CheckpointPlace | null> {
  if (options.checkpoint === undefined || script.jobs.length === 0) return null
  if (script.jobs.length > 1) {
    const what = `this text has ${script.jobs.length}: its INSERTs are one, and each SELECT is one`
    throw new MillraceError('USAGE', `checkpoints are of one job, and ${what}. Give each a text and a directory of its own`)
  }
  const settings = checkpointSettings(options.checkpoint)
  const address = resolveStore(settings.address, packageBases(options), process.cwd())
  if (groupShareOf(script.jobs[0]!.plan) === null) return { address, settings, opened: await JobCheckpoints.open(address, settings, newJobId) }
  await JobCheckpoints.check(address, settings)
  return { address, settings, opened: null }
}
