import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measurement } from './measurement.js'

/** Longest that one run may take. */
const RUN_MS_MAX = 2_400_000

/** Runs one subject in a process of its own, so that neither heap nor compiled code of another one is in its way. */
export async function runSubject(subject: string, parameters: object): Promise<Measurement> {
  const entry = fileURLToPath(new URL('./subject-main.js', import.meta.url))
  const child = spawn(process.execPath, [entry, subject, JSON.stringify(parameters)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text })
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  if (code !== 0) throw new Error(`bench subject ${subject} ${JSON.stringify(parameters)} ended with ${code}`)
  return JSON.parse(output.trim().split('\n').at(-1)!) as Measurement
}
