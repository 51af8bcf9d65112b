import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Desk } from './desk.js'
import { isAlive } from './exclusively.js'

/** From start to the first answer; two slow cores may have other work. */
const READY_MS_MAX = 90_000

/** After SIGTERM; then SIGKILL. */
const STOP_MS_MAX = 10_000
const LOOK_MS = 50

export interface BrokerCommand {
  readonly java: readonly string[]
  readonly folder: string
  readonly deskPort: number
  readonly clusterId: string
  readonly ownerPid: number
  /** More words for `kafka-storage format`. */
  readonly format: readonly string[]
}

/** One broker's Java process. */
export class BrokerProcess {
  readonly #command: BrokerCommand
  #child: ChildProcess | null = null

  constructor(command: BrokerCommand) {
    this.#command = command
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  start(): void {
    const { java, folder, deskPort, clusterId, ownerPid, format } = this.#command
    const log = openSync(join(folder, 'broker.log'), 'a')
    const args = [...java, 'TestBroker', join(folder, 'server.properties'), clusterId, String(deskPort), String(ownerPid), ...format]
    // In a session of its own: Ctrl-C is for the tests, which then stop it.
    this.#child = spawn('java', args, { stdio: ['ignore', log, log], detached: true, cwd: folder })
    this.#child.once('error', () => {})
    this.#child.unref()
    closeSync(log)
  }

  /** @throws Error with the end of the broker's log, where it ends before it answers */
  async ready(): Promise<Desk> {
    const until = Date.now() + READY_MS_MAX
    while (Date.now() < until && this.isRunning) {
      const desk = await Desk.open(this.#command.deskPort)
      if (desk !== null) return desk
      await sleep(LOOK_MS)
    }
    const how = this.isRunning ? `did not answer within ${READY_MS_MAX} ms` : `ended with ${this.#child?.exitCode ?? this.#child?.signalCode}`
    await this.stop()
    throw new Error(`the broker ${how}:\n${this.logEnd()}`)
  }

  logEnd(): string {
    return readFileSync(join(this.#command.folder, 'broker.log'), 'utf8').split('\n').slice(-30).join('\n')
  }

  /** As a crash would: SIGKILL. */
  async kill(): Promise<void> {
    await endProcess(this.pid, 0)
    while (this.isRunning) await sleep(LOOK_MS)
  }

  async stop(): Promise<void> {
    if (this.isRunning) await endProcess(this.pid, STOP_MS_MAX)
  }
}

/** SIGTERM, and SIGKILL after so long. */
export async function endProcess(pid: number | null, patienceMs: number): Promise<void> {
  if (pid === null || !isAlive(pid)) return
  if (patienceMs > 0) signal(pid, 'SIGTERM')
  for (const until = Date.now() + patienceMs; Date.now() < until && isAlive(pid);) await sleep(LOOK_MS)
  if (isAlive(pid)) signal(pid, 'SIGKILL')
  while (isAlive(pid)) await sleep(LOOK_MS)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ESRCH') throw e
  }
}
