import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const BIN: string = fileURLToPath(new URL('../../../packages/cli/bin/millrace.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `millrace` as a user would; a run longer than 60 s counts as a hang and is killed. `onStderr` is told what it says as it comes. */
export function millraceCommand(args: readonly string[], options: { cwd?: string; interruptAfterMs?: number; onStderr?: (text: string) => void } = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      options.onStderr?.(text)
    })
    const hang = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const interrupt = options.interruptAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), options.interruptAfterMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(hang)
      clearTimeout(interrupt)
      resolve({ code, stdout, stderr })
    })
  })
}
