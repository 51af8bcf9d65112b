import type { PhysicalPlan, PlanDifference, StateChange } from '@millrace/core'
import { comparePlans } from '@millrace/core/compile'
import { createRuntime } from '@millrace/runtime'
import { EXIT } from './exit-code.js'
import { sqlInput } from './sql-input.js'
import type { InputOptions } from './sql-input.js'
import { usageError } from './usage-error.js'

export interface DiffOptions extends InputOptions {
  readonly format: 'text' | 'json' | 'dot' | 'mermaid'
}

/**
 * `explain --diff old.sql new.sql`: what an edit does to what a checkpoint of the old query remembers.
 *
 * @returns 0 if all of it goes on, 1 if some is lost or begins empty: then `run --restore` is refused
 */
export async function diffCommand(files: readonly string[], options: DiffOptions): Promise<number> {
  if (options.execute !== undefined || files.length !== 2) throw usageError('explain --diff takes two SQL files: the one that ran and the one that is to go on')
  if (options.format !== 'text' && options.format !== 'json') throw usageError(`explain --diff prints text or json, not ${options.format}`)
  const [before, after] = [await planOf(files[0]!, options), await planOf(files[1]!, options)]
  const difference = comparePlans(before, after)
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(difference, null, 2)}\n` : textOf(difference))
  return difference.lost.length === 0 && difference.fresh.length === 0 ? EXIT.done : EXIT.failed
}

/** As a job with checkpoints is planned. */
async function planOf(file: string, options: DiffOptions): Promise<PhysicalPlan> {
  const input = sqlInput(file, options)
  const planned = { ...input.options, workers: 2, strategy: 'pipelines' as const }
  const { jobs } = await createRuntime({ workers: 2 }).compile(input.sql, planned)
  if (jobs.length !== 1) throw usageError(`${file} has ${jobs.length} jobs, and a checkpoint is of one: its INSERTs are one, each SELECT is one`)
  return jobs[0]!.plan
}

function textOf(difference: PlanDifference): string {
  const parts = [
    section('Goes on', difference.survives), section('Lost', difference.lost),
    section('Begins empty, without what came before the checkpoint', difference.fresh),
    section('Begins anew, with the tables it reads', difference.added), section('Not there any more', difference.removed),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function section(title: string, changes: readonly (Omit<StateChange, 'why'> & { readonly why?: readonly string[] })[]): string {
  if (changes.length === 0) return ''
  return `${title}:\n${changes.map(({ label, why = [] }) => [`  ${label}`, ...why.map((reason) => `    ${reason}`)].join('\n')).join('\n')}\n`
}
