import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { BIN } from '../cli/command.js'
import type { Chance } from '../differential/chance.js'

export interface KilledRuns {
  readonly kills: number
  /** Starts that went on from a checkpoint before the job's end. */
  readonly restores: number
  /** Of each run, for the message where something is wrong. */
  readonly history: readonly string[]
  /** Whole lines on stdout, of all starts. */
  readonly printed: readonly string[]
}

export interface KillPlan {
  /** Kills at most; then the job may run to its end. */
  readonly killsMax: number
  readonly workers: readonly number[]
}

/** When a process is killed: so long after it was started, or after so many new epochs have been begun to be stored. */
export type Moment = { readonly afterMs: number } | { readonly newEpochs: number; readonly afterMs: number }

/** A process of the job that takes longer counts as stuck. */
const RUN_MS_MAX = 120_000

/** How often somebody looks for new epochs. */
const LOOK_MS = 2

/**
 * Runs a job with checkpoints, kills the process with SIGKILL at a moment of the seed's choosing, and starts it again with `--restore` at
 * some number of workers, until it has ended by itself.
 */
export async function runWithKills(sqlFile: string, checkpoints: string, chance: Chance, plan: KillPlan): Promise<KilledRuns> {
  const history: string[] = []
  const printed: string[] = []
  let restores = 0
  for (let kills = 0;;) {
    const workers = chance.pick(plan.workers)
    const moment = kills < plan.killsMax ? someMoment(chance) : null
    const { code, signal, stderr, stdout } = await runJob(sqlFile, checkpoints, workers, moment)
    const epoch = Number(/restored from epoch (\d+)/.exec(stderr)?.[1] ?? 0)
    if (epoch > 0) restores++
    // Not one by one as arguments: there are many.
    for (const line of stdout.split('\n').slice(0, -1)) printed.push(line)
    history.push(`${workers} workers from epoch ${epoch}, ${signal === 'SIGKILL' ? `killed: ${JSON.stringify(moment)}` : `ended with ${code}`}`)
    if (signal === 'SIGKILL' && moment !== null) kills++
    else if (code === 0) return { kills, restores, history, printed }
    else throw new Error(`the job failed with ${code ?? signal}: ${stderr}\n${history.join('\n')}`)
  }
}

/** Mostly while checkpoints are being taken, and sometimes before any. */
function someMoment(chance: Chance): Moment {
  if (chance.maybe(0.2)) return { afterMs: chance.between(50, 1_500) }
  return { newEpochs: chance.between(1, 3), afterMs: chance.maybe(0.5) ? chance.between(0, 12) : chance.between(0, 80) }
}

export interface JobOutcome {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly stdout: string
}

/** Runs a job from its last checkpoint on, to its end or until it is killed. */
export function runJob(sqlFile: string, checkpoints: string, workers: number, moment: Moment | null): Promise<JobOutcome> {
  const args = ['run', sqlFile, '--checkpoint', checkpoints, '--checkpoint-interval', '50ms', '--restore', '--workers', String(workers)]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const kill = (): void => void child.kill('SIGKILL')
    let stderr = ''
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    const timers = [setTimeout(kill, RUN_MS_MAX)]
    if (moment !== null && !('newEpochs' in moment)) timers.push(setTimeout(kill, moment.afterMs))
    if (moment !== null && 'newEpochs' in moment) {
      const before = lastEpochIn(checkpoints)
      const look = setInterval(() => {
        if (lastEpochIn(checkpoints) < before + moment.newEpochs) return
        clearInterval(look)
        timers.push(setTimeout(kill, moment.afterMs))
      }, LOOK_MS)
      timers.push(look)
    }
    child.once('error', reject)
    child.once('close', (code, signal) => {
      timers.forEach(clearTimeout)
      resolve({ code, signal, stderr, stdout })
    })
  })
}

/** The highest epoch of which anything is stored. */
function lastEpochIn(checkpoints: string): number {
  let names: string[]
  try {
    names = readdirSync(checkpoints)
  } catch {
    return 0
  }
  return Math.max(0, ...names.map((name) => Number(/^epoch-(\d+)$/.exec(name)?.[1] ?? 0)))
}
