import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whoever waits looks this often. */
const LOOK_MS = 50

/** One that holds a folder for longer is stuck: Maven may have to fetch everything. */
const HOLD_MS_MAX = 300_000

/** Test files run in several processes: does `work` in one of them at a time. The holder's death lets the next one in. */
export async function exclusively<T>(folder: string, work: () => Promise<T> | T): Promise<T> {
  const lock = join(folder, 'lock')
  const until = Date.now() + HOLD_MS_MAX
  while (!takes(lock)) {
    if (Date.now() > until) throw new Error(`${lock} is held for longer than ${HOLD_MS_MAX} ms`)
    await sleep(LOOK_MS)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function takes(lock: string): boolean {
  mkdirSync(join(lock, '..'), { recursive: true })
  try {
    mkdirSync(lock)
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return true
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

function isAbandoned(lock: string): boolean {
  let pid: number
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'))
  } catch {
    // Just taken, or just given back.
    return false
  }
  return pid > 0 && !isAlive(pid)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM'
  }
}
