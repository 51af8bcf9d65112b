import { median } from './measurement.js'
import type { Measurement } from './measurement.js'
import { runSubject } from './subject-process.js'

/** One row of a comparison: who runs, with what. */
export interface Contender {
  readonly label: string
  readonly subject: string
  readonly parameters: object
}

export interface Contest {
  readonly label: string
  readonly runs: readonly Measurement[]
  readonly elapsedMs: number
  readonly cpuMs: number
  readonly rowsPerSecond: number
  readonly cpuMsPerMillionRows: number
  readonly rssMaxMb: number
}

/**
 * Runs all contenders in turn, `rounds` times over, so that a drift of the machine meets everybody, and takes medians.
 *
 * @throws if two contenders disagree about the result
 */
export async function contest(contenders: readonly Contender[], rounds: number): Promise<Contest[]> {
  const runs: Measurement[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      process.stderr.write(`  ${contender.label}, round ${round + 1} of ${rounds}\n`)
      runs[i]!.push(await runSubject(contender.subject, contender.parameters))
    }
  }
  const hashes = new Map<string, string>()
  for (const [i, contender] of contenders.entries()) for (const run of runs[i]!) hashes.set(run.hash, contender.label)
  if (hashes.size > 1) throw new Error(`results differ: ${[...hashes].map(([hash, label]) => `${label} has ${hash}`).join(', ')}`)
  return contenders.map((contender, i) => {
    const own = runs[i]!
    const elapsedMs = median(own.map((run) => run.elapsedMs))
    const cpuMs = median(own.map((run) => run.cpuMs))
    const { rows } = own[0]!
    return {
      label: contender.label, runs: own, elapsedMs, cpuMs, rowsPerSecond: (rows / elapsedMs) * 1_000,
      cpuMsPerMillionRows: cpuMs / (rows / 1e6), rssMaxMb: Math.max(...own.map((run) => run.rssMaxMb)),
    }
  })
}

/** The ratio of two contests' speeds, paired round by round so that drift cancels, median over the rounds. */
export function speedRatio(a: Contest, b: Contest): number {
  return median(a.runs.map((run, i) => b.runs[i]!.elapsedMs / run.elapsedMs))
}
