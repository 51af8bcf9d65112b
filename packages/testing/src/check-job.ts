import { type ErrorCode, MillraceError, type PipelineCounters } from '@millrace/core'
import { isDeepStrictEqual } from 'node:util'
import { type JobHistory, type JobSimulationOptions, plannedJob, simulateJob } from './simulate-job.js'

/** A job with connectors of its own, and what it is asked for when it has ended. */
export interface JobUnderTest extends Omit<JobSimulationOptions, 'seed'> {
  /** What must be the same as without any fault. Default: what a bare SELECT comes to, `history.folded`. */
  readonly outcome?: (history: JobHistory) => unknown
  /** Counters whose sums over all workers must be the same, too, such as `rowsIn` and `rowsLate`. Default none. */
  readonly counts?: readonly (keyof PipelineCounters)[]
  /** Codes with which the job may end under faults instead of having that outcome, such as CHECKPOINT_CORRUPT where storage lies. */
  readonly mayRefuse?: readonly ErrorCode[]
}

/** What {@link checkJob} has done. */
export interface JobCheck {
  readonly seeds: number
  readonly starts: number
  readonly crashes: number
  readonly checkpoints: number
  /** Starts at another number of workers than before. */
  readonly rescales: number
  /** Jobs that ended with a code that they may end with. */
  readonly refused: number
}

export interface CheckOptions {
  readonly seeds: number
  /** Default 1. */
  readonly firstSeed?: number
  /** Told of every seed that has passed. */
  readonly onSeed?: (seed: number) => void
}

/**
 * Runs a job undisturbed and then under faults, for one seed after the other, and compares what came of both.
 *
 * @param make the job for a seed, each time with connectors of its own: two runs of one seed must not share what they write
 * @throws Error at the first difference; it names the seed, what was wanted, what came, and the last steps
 */
export async function checkJob(make: (seed: number) => JobUnderTest, { seeds, firstSeed = 1, onSeed }: CheckOptions): Promise<JobCheck> {
  const sum = { seeds: 0, starts: 0, crashes: 0, checkpoints: 0, rescales: 0, refused: 0 }
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const undisturbed = make(seed)
    const plan = await plannedJob({ ...undisturbed, seed })
    const expected = await outcomeOf({ batchRows: 1_024, compile: true, ...undisturbed, plan, workers: [1], faults: [] }, seed)
    const job = { ...make(seed), plan }
    const got = await outcomeOf(job, seed).catch((error: unknown) => {
      if (error instanceof MillraceError && job.mayRefuse?.includes(error.code) === true) return null
      throw error
    })
    sum.seeds++
    if (got === null) sum.refused++
    else {
      const { outcome, history } = got
      if (!isDeepStrictEqual(outcome, expected.outcome)) throw difference(seed, expected.outcome, outcome, history)
      for (const name of job.counts ?? []) {
        const [wanted, came] = [sumOf(name, expected.history), sumOf(name, history)]
        if (wanted !== came) throw difference(seed, `${name} ${wanted}`, `${name} ${came}`, history)
      }
      sum.starts += history.starts.length
      sum.crashes += history.crashes
      sum.checkpoints += history.checkpoints
      sum.rescales += history.starts.filter(({ workers }, i) => i > 0 && workers !== history.starts[i - 1]!.workers).length
    }
    onSeed?.(seed)
  }
  return sum
}

async function outcomeOf({ outcome = ({ folded }) => folded, mayRefuse: _mayRefuse, counts: _counts, ...job }: JobUnderTest, seed: number): Promise<{ outcome: unknown; history: JobHistory }> {
  const history = await simulateJob({ ...job, seed })
  return { outcome: outcome(history), history }
}

function sumOf(name: keyof PipelineCounters, { counters }: JobHistory): number {
  return counters.reduce((sum, one) => sum + one[name], 0)
}

function difference(seed: number, expected: unknown, outcome: unknown, { trace, starts }: JobHistory): Error {
  const runs = starts.map(({ workers, epoch }) => `${workers} workers from epoch ${epoch ?? '?'}`).join(', ')
  return new Error([
    `seed ${seed}: the job has another outcome than undisturbed (${runs})`, `wanted: ${text(expected)}`, `came:   ${text(outcome)}`, 'the last steps:', ...trace.slice(-80),
  ].join('\n'))
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
}
