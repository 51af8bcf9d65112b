import { spawn } from 'node:child_process'
import { BIN } from '../cli/command.js'
import type { Chance } from '../differential/chance.js'

export interface KilledRuns {
  readonly kills: number
  /** Of each run, for the message where something is wrong. */
  readonly history: readonly string[]
}

export interface KillPlan {
  /** Kills at most; then the job may run to its end. */
  readonly killsMax: number
  /** A kill comes at most so long after the start of the process. */
  readonly killMsMax: number
  readonly workers: readonly number[]
}

/** A process of the job that takes longer counts as stuck. */
const RUN_MS_MAX = 120_000

/**
 * Runs a job with checkpoints, kills the process with SIGKILL at a moment of the seed's choosing, and starts it again with `--restore` at
 * some number of workers, until it has ended by itself.
 */
export async function runWithKills(sqlFile: string, checkpoints: string, chance: Chance, plan: KillPlan): Promise<KilledRuns> {
  const history: string[] = []
  for (let kills = 0;;) {
    const workers = chance.pick(plan.workers)
    const killMs = kills < plan.killsMax ? chance.between(100, plan.killMsMax) : null
    const { code, signal, stderr } = await run([
      'run', sqlFile, '--checkpoint', checkpoints, '--checkpoint-interval', '50ms', '--restore', '--workers', String(workers), '--quiet',
    ], killMs)
    history.push(`${workers} workers, ${signal === 'SIGKILL' ? `killed after ${killMs} ms` : `ended with ${code}`}`)
    if (signal === 'SIGKILL' && killMs !== null) kills++
    else if (code === 0) return { kills, history }
    else throw new Error(`the job failed with ${code ?? signal}: ${stderr}\n${history.join('\n')}`)
  }
}

function run(args: readonly string[], killMs: number | null): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    const timer = setTimeout(() => child.kill('SIGKILL'), killMs ?? RUN_MS_MAX)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stderr })
    })
  })
}
